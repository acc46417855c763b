"""A commissioner reads how soon nine of ten have an answer, and never who waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.urls import reverse

from commissioning.models import Locality
from reporting import first_replies
from reporting.role import counting
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory

# A Friday; the last whole week began on Monday the 9th.
NOW = datetime(2026, 3, 20, 15, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)


def answered(place: Locality, minutes: int | None, *, at: datetime) -> None:
    post = PostFactory(author=MemberFactory(locality=place), at=at)
    if minutes is not None:
        ReplyFactory(post=post, at=at + timedelta(minutes=minutes))


def test_nine_of_ten_of_a_whole_week_and_of_an_hour(cast: Cast):
    for number in range(20):
        answered(cast.leeds, 5 if number < 17 else 11 + number, at=MONDAY + timedelta(hours=9))

    found = first_replies.of(cast.leeds.commissioner, now=NOW)

    assert (found.weeks[0].name, found.weeks[0].posts.about) == ("9 March", 20)
    assert found.weeks[0].minutes == 28
    assert found.hours[9].minutes == 28
    assert [row.minutes for row in found.weeks[1:]] == [None] * 7


def test_of_fewer_than_twenty_nothing_is_said(cast: Cast):
    for _ in range(19):
        answered(cast.leeds, 5, at=MONDAY)

    found = first_replies.of(cast.leeds.commissioner, now=NOW)

    assert (str(found.weeks[0].posts), found.weeks[0].minutes) == ("20", None)


def test_the_running_week_and_others_places_are_not_in_it(cast: Cast):
    for _ in range(20):
        answered(cast.leeds, 5, at=MONDAY + timedelta(days=7))
        answered(cast.derby, 5, at=MONDAY)

    found = first_replies.of(cast.leeds.commissioner, now=NOW)

    assert [str(row.posts) for row in found.weeks] == ["0"] * 8


def test_s23_an_answer_that_comes_later_moves_nothing(cast: Cast):
    """Whoever watches the page while somebody is answered sees it stand still."""
    late = []
    for _ in range(20):
        late.append(PostFactory(author=MemberFactory(locality=cast.leeds), at=MONDAY))
    before = first_replies.of(cast.leeds.commissioner, now=NOW)

    for post in late:
        ReplyFactory(post=post, at=NOW - timedelta(hours=1))

    assert before.weeks[0].minutes == 7 * 24 * 60
    assert first_replies.of(cast.leeds.commissioner, now=NOW) == before


def test_weeks_and_hours_are_on_the_writers_clock(cast: Cast):
    cast.leeds.time_zone = "America/Toronto"
    cast.leeds.save()
    # Four in the morning of Monday in London is still Sunday there.
    for _ in range(20):
        answered(cast.leeds, 5, at=MONDAY + timedelta(hours=3))

    found = first_replies.of(cast.leeds.commissioner, now=NOW)

    assert [str(row.posts) for row in found.weeks[:2]] == ["0", "20"]
    assert found.hours[23].minutes == 5


def test_s04_who_counts_it_reads_no_table(cast: Cast):
    with pytest.raises(ProgrammingError), transaction.atomic(), counting() as cursor:
        cursor.execute("SELECT * FROM community_post")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        assert cursor.fetchone()[0] != "peersupport_reports"


def test_the_leads_page_shows_it_with_small_numbers_masked(cast: Cast):
    answered(cast.leeds, 5, at=MONDAY)

    page = cast.client("commissioner").get(reverse("reporting:commissioner-home"))

    assert page.status_code == 200
    assert "How soon members get a first answer" in page.text
