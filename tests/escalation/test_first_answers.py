"""The guides' list of who waits, how long people wait, and the sentinel that forgets nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from community import clock, offers
from community.models import HelpInvitation, LoadCheck, Post, ReplyClock
from escalation import first_replies, tasks
from escalation.sentinel import CLOCKS_EVERY, Sentinel
from escalation.waiting import peers, unanswered
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory

# A Tuesday.
NOW = datetime.fromisoformat("2026-11-24T14:00:00+00:00")
LONG_AGO = NOW - timedelta(days=90)


def a_waiting_post(cast: Cast, *, minutes: int = 30, now: datetime | None = None) -> Post:
    now = now or timezone.now()
    post: Post = PostFactory(
        author=MemberFactory(locality=cast.leeds), body="Is anybody there?",
        at=now - timedelta(minutes=minutes),
    )  # fmt: skip
    clock.apply_due(now=now)
    return post


# --- both who look at the clock -------------------------------------------------------------


def by_beat(_monkeypatch: Any, now: datetime) -> None:
    _monkeypatch.setattr(tasks.timezone, "now", lambda: now)
    tasks.answer_the_unanswered()


def by_the_sentinel(_monkeypatch: Any, now: datetime) -> None:
    Sentinel(name="alone").answer_the_unanswered(now=now)


@pytest.mark.parametrize("look", [by_beat, by_the_sentinel])
def test_beat_or_the_sentinel_alone_forgets_nobody(cast: Cast, monkeypatch: Any, look: Any):
    helper = MemberFactory(locality=cast.leeds, joined_at=LONG_AGO)
    offers.offer(member=helper, topics=[], at=LONG_AGO)
    author = MemberFactory(locality=cast.leeds)
    ReplyFactory(post=PostFactory(author=author, at=LONG_AGO), at=LONG_AGO)
    post = PostFactory(author=author, at=NOW - clock.ASK_AFTER)

    look(monkeypatch, NOW)
    assert HelpInvitation.objects.get().member == helper
    look(monkeypatch, NOW + clock.GUIDES_AFTER)

    assert list(clock.waiting_for(cast.guide)) == [post]


def test_the_sentinel_looks_every_quarter_of_a_minute(cast: Cast):
    sentinel = Sentinel(name="alone")
    sentinel.answer_the_unanswered(now=NOW)
    post = PostFactory(author=MemberFactory(locality=cast.leeds), at=NOW - timedelta(hours=1))

    sentinel.answer_the_unanswered(now=NOW + CLOCKS_EVERY - timedelta(seconds=1))
    assert not ReplyClock.objects.filter(post=post).exists()
    sentinel.answer_the_unanswered(now=NOW + CLOCKS_EVERY)

    assert ReplyClock.objects.filter(post=post).exists()


def test_a_clock_that_fails_does_not_stop_the_sentinel(cast: Cast, monkeypatch: Any, caplog: Any):
    def fails(**_: Any) -> dict[str, int]:
        raise ValueError("no")

    monkeypatch.setattr(clock, "apply_due", fails)

    Sentinel(name="alone").answer_the_unanswered(now=NOW)

    assert "the first-reply clock failed" in caplog.text


# --- the list -------------------------------------------------------------------------------


def test_the_list_shows_who_waits_and_since_when_to_guides_of_the_locality(cast: Cast):
    a_waiting_post(cast)

    page = cast.client("guide").get(reverse("escalation:unanswered")).text
    assert "Is anybody there?" in page
    assert "data-since" in page
    assert "Is anybody there?" not in (
        cast.client("guide_elsewhere").get(reverse("escalation:unanswered")).text
    )


def test_the_desk_says_how_many_wait_and_how_many_too_long(cast: Cast):
    a_waiting_post(cast, minutes=30)
    a_waiting_post(cast, minutes=12)
    LoadCheck.objects.create(member=cast.member, signs=["many"], asked_at=timezone.now())

    work = unanswered(cast.guide, timezone.now())

    assert (work.count, work.late) == (2, 1)
    assert peers(cast.guide, timezone.now()).count == 1
    assert "Waiting for a first answer" in cast.client("guide").get("/desk/").text


def test_a_claim_is_shown_to_the_others(cast: Cast):
    post = a_waiting_post(cast)
    path = reverse("escalation:unanswered-claim", args=[post.public_id])

    cast.client("guide").post(path)

    assert "Guide Leeds sees to this one" in (
        cast.client("senior").get(reverse("escalation:unanswered")).text
    )
    assert "already" in cast.client("senior").post(path, follow=True).text


@pytest.mark.parametrize("rows", [1, 3, 20])
def test_the_list_asks_as_often_whatever_waits(
    cast: Cast, rows: int, django_assert_num_queries: Any
):
    for number in range(rows):
        a_waiting_post(cast, minutes=20 + number)
    guide = cast.client("guide")
    guide.get(reverse("escalation:unanswered"))

    with django_assert_num_queries(13):
        assert guide.get(reverse("escalation:unanswered")).status_code == 200


def test_an_act_on_a_peer_needs_one_and_another_guides_is_not_lost(cast: Cast):
    check = LoadCheck.objects.create(
        member=cast.member, other=MemberFactory(alias="Sorrel"), signs=["to_one"],
        asked_at=timezone.now(),
    )  # fmt: skip
    path = reverse("escalation:peer-update", args=[check.pk])
    guide, senior = cast.client("guide"), cast.client("senior")
    page = guide.get(reverse("escalation:peers")).text
    assert cast.member.alias in page
    assert "Sorrel" in page
    assert "Writes nearly all their answers to one person" in page

    assert guide.post(path, {"note": "Kept kumquat."}).status_code == 422
    assert guide.post(path, {"act": "spoke", "note": "A talk."}).status_code == 302
    late = senior.post(path, {"act": "watching", "note": "Kept kumquat."})

    assert late.status_code == 409
    assert "Kept kumquat." in late.text
    assert "A talk." in late.text


# --- how long people wait -------------------------------------------------------------------


def answered(cast: Cast, minutes: int, *, at: datetime) -> None:
    post = PostFactory(author=MemberFactory(locality=cast.leeds), at=at)
    ReplyFactory(post=post, at=at + timedelta(minutes=minutes))


def test_nine_of_ten_is_a_wait_that_somebody_had(cast: Cast):
    this_week = NOW - timedelta(hours=2)
    for minutes in (1, 2, 3, 4, 5, 6, 7, 8, 14, 90):
        answered(cast, minutes, at=this_week)
    for _ in range(9):
        answered(cast, 1, at=this_week - timedelta(days=7))

    weeks = first_replies.by_week(cast.guide, now=NOW)

    assert (weeks[0].posts, weeks[0].minutes, weeks[0].in_time) == (10, 14, 90)
    assert not weeks[0].is_late
    # Nine of ten means nothing of nine.
    assert (weeks[1].posts, weeks[1].minutes) == (9, None)
    assert len(weeks) == first_replies.WEEKS


def test_who_still_waits_has_waited_so_far(cast: Cast):
    for _ in range(8):
        answered(cast, 1, at=NOW - timedelta(hours=3))
    for _ in range(2):
        PostFactory(author=MemberFactory(locality=cast.leeds), at=NOW - timedelta(hours=3))

    week = first_replies.by_week(cast.guide, now=NOW)[0]

    assert week.minutes == 180
    assert week.is_late


def test_hours_are_of_the_writers_clock_and_another_guides_are_not_counted(cast: Cast):
    cast.leeds.time_zone = "America/Toronto"
    cast.leeds.save()
    for _ in range(10):
        answered(cast, 3, at=NOW - timedelta(hours=1))

    hours = first_replies.by_hour(cast.guide, now=NOW)

    assert [hour.name for hour in hours if hour.posts] == ["08:00"]
    assert hours[8].minutes == 3
    assert not any(hour.posts for hour in first_replies.by_hour(cast.guide_elsewhere, now=NOW))


def test_the_seniors_page_shows_it_with_who_waits_now(cast: Cast):
    a_waiting_post(cast)

    page = cast.client("senior").get(reverse("escalation:first-replies"))

    assert page.status_code == 200
    assert "Nine of ten should have one within 15 minutes" in page.text
    assert Post.objects.get().author.alias in page.text  # type: ignore[union-attr]
