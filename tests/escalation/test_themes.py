"""Whether a theme spreads: people counted against the weeks before, and never a word of theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from community.models import Post
from community.operations import hide
from escalation import themes
from escalation.models import ThemeRise
from escalation.waiting import rising_themes
from risk import lexicon
from risk.enums import Category, ScreeningState, Urgency
from risk.models import Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.races import at_once

NOW = datetime.fromisoformat("2026-11-24T14:30:00+00:00")
WEEK = timedelta(days=7)
FAREWELL = next(t.id for t in lexicon.load().terms if t.family == "suicide_farewell")
WAYS = next(t.id for t in lexicon.load().terms if t.family == "methods_asked")


def read(
    writing: Any, *, at: datetime, category: str = Category.SUICIDE, rule: str = FAREWELL,
    urgency: Urgency = Urgency.RED,
) -> None:  # fmt: skip
    """As the machine would have read it."""
    Screening.objects.filter(
        subject_id=writing.pk, subject_type__model=type(writing).__name__.lower()
    ).update(
        state=ScreeningState.SCREENED, requested_at=at, screened_at=at, urgency=urgency,
        categories=[category], spans=[{"rule": rule, "term": "kumquat", "category": category}],
    )  # fmt: skip


def met(cast: Cast, at: datetime, *, author: Member | None = None, **more: Any) -> Post:
    post: Post = PostFactory(
        author=author or MemberFactory(locality=cast.leeds), body="A kumquat.", at=at,
        **({"topic": more.pop("topic")} if "topic" in more else {}),
    )  # fmt: skip
    read(post, at=at, **more)
    return post


def theme(slug: str, *, now: datetime = NOW) -> themes.Theme | None:
    return next((each for each in themes.every_theme(now=now) if each.slug == slug), None)


def test_more_people_than_usual_is_a_rise(cast: Cast):
    for hours in (1, 2, 3):
        met(cast, NOW - timedelta(hours=hours))
    assert theme("category-suicide").has_risen is False  # type: ignore[union-attr]
    met(cast, NOW - timedelta(hours=5))

    found = theme("category-suicide")

    assert found is not None
    assert (found.authors, found.threads, found.expected) == (4, 4, 0)
    assert found.has_risen
    assert theme("family-suicide_farewell").has_risen  # type: ignore[union-attr]
    assert theme("category-eating_disorder") is None


def test_as_many_as_in_other_weeks_is_none(cast: Cast):
    for week in range(5):
        for hours in (1, 2, 3, 4, 5):
            met(cast, NOW - timedelta(hours=hours) - week * WEEK)

    found = theme("category-suicide")

    assert found is not None
    assert (found.authors, found.expected) == (5, 5)
    assert not found.has_risen


def test_nobody_raises_a_theme_alone(cast: Cast):
    author = MemberFactory(locality=cast.leeds)
    for minutes in range(0, 300, 20):
        met(cast, NOW - timedelta(minutes=minutes), author=author)

    found = theme("category-suicide")

    assert found is not None
    assert found.authors == 1
    assert not found.has_risen


def test_only_what_should_be_read_soon_counts_and_nothing_of_hidden_places(cast: Cast):
    met(cast, NOW, urgency=Urgency.GREEN)
    met(cast, NOW - timedelta(hours=80))
    cast.derby.is_hidden = True
    cast.derby.save()
    elsewhere = met(cast, NOW)
    Screening.objects.filter(subject_id=elsewhere.pk).update(locality=cast.derby)

    assert themes.every_theme(now=NOW) == []


def test_people_stand_in_bins_of_six_hours(cast: Cast):
    same = MemberFactory(locality=cast.leeds)
    met(cast, NOW - timedelta(minutes=1))
    met(cast, NOW - timedelta(hours=2), author=same)
    met(cast, NOW - timedelta(hours=2, minutes=10), author=same)
    met(cast, NOW - timedelta(hours=3))
    met(cast, NOW - timedelta(hours=66))

    found = theme("category-suicide")

    assert found is not None
    # 12:00 to 18:00, where one wrote twice and another a minute ago; 06:00 to 12:00; long ago.
    assert found.bins == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2)
    assert sum(found.usual) == 0


def test_the_tail_of_poisson_is_what_the_tables_say():
    assert themes.chance_of(0, expected=1.0) == 1.0
    assert themes.chance_of(1, expected=1.0) == pytest.approx(0.6321, abs=1e-4)
    assert themes.chance_of(4, expected=0.5) == pytest.approx(0.00175, abs=1e-5)
    assert themes.chance_of(5, expected=5.0) == pytest.approx(0.5595, abs=1e-4)


def test_threads_stand_in_the_order_in_which_it_came_to_them(cast: Cast):
    topic = TopicFactory()
    carrier = MemberFactory(locality=cast.leeds)
    first = met(cast, NOW - timedelta(hours=9), topic=topic, author=carrier)
    other = met(cast, NOW - timedelta(hours=6), topic=topic)
    elsewhere = met(cast, NOW - timedelta(hours=5))
    second = met(cast, NOW - timedelta(hours=4), topic=topic)
    reply = ReplyFactory(post=second, author=carrier, at=NOW - timedelta(hours=3))
    read(reply, at=NOW - timedelta(hours=3))

    order = themes.spread_of("category-suicide", cast.guide, now=NOW)

    assert [each.post for each in order] == [first, other, elsewhere, second]
    assert [each.after for each in order] == [None, first, None, first]
    assert [each.shares_people for each in order] == [False, False, False, True]
    assert [len(each.authors) for each in order] == [1, 1, 1, 2]


def test_a_guide_sees_threads_of_their_own_localities(cast: Cast):
    met(cast, NOW)

    assert len(themes.spread_of("category-suicide", cast.guide, now=NOW)) == 1
    assert themes.spread_of("category-suicide", cast.guide_elsewhere, now=NOW) == []


def rise(cast: Cast, *, now: datetime = NOW) -> None:
    for hours in (1, 2, 3, 4, 5):
        met(cast, now - timedelta(hours=hours))


def test_a_rise_waits_on_the_desk_until_a_guide_has_looked(cast: Cast):
    rise(cast)
    assert rising_themes(cast.guide, NOW).count == 0

    # The category and the family.
    assert themes.watch(now=NOW) == 2
    assert themes.watch(now=NOW) == 0
    assert rising_themes(cast.guide, NOW).count == 2

    for slug in ("category-suicide", "family-suicide_farewell"):
        assert themes.look_at(slug=slug, by=cast.guide, at=NOW)
    assert rising_themes(cast.guide, NOW).count == 0
    # It is known: the same rise does not ask again the next hour.
    assert themes.watch(now=NOW + timedelta(hours=1)) == 0


@pytest.mark.django_db(transaction=True)
def test_two_watches_at_once_note_a_rise_once(cast: Cast):
    rise(cast)

    at_once([lambda: themes.watch(now=NOW)] * 4)

    assert ThemeRise.objects.count() == 2


def test_no_page_shows_a_word_or_a_way_only_names_of_families(cast: Cast):
    for hours in (1, 2, 3, 4, 5):
        post = met(cast, timezone.now() - timedelta(hours=hours), rule=WAYS)
        hide(writing=post, by=cast.guide, reason="x", at=timezone.now())
    themes.watch(now=timezone.now())
    guide = cast.client("guide")

    pages = [
        guide.get(reverse("escalation:themes")),
        guide.get(reverse("escalation:theme", args=["family-methods_asked"])),
    ]

    for page in pages:
        assert page.status_code == 200
        assert "Asking for a way" in page.text
        assert "kumquat" not in page.text
        assert WAYS not in page.text
    assert "not looked at" in pages[0].text
    assert "I have looked" in pages[1].text


def test_the_names_of_families_name_no_way():
    """Every family of the lexicon has a plain name of ours; none is shown by its terms."""
    shipped = {term.family for term in lexicon.load().terms if term.category is not None}

    assert shipped <= set(themes.FAMILIES)


@pytest.mark.parametrize("slug", ["category-made-up", "family-x", "x", "category-"])
def test_what_is_no_theme_does_not_exist(cast: Cast, slug: str):
    guide = cast.client("guide")
    assert guide.get(reverse("escalation:theme", args=[slug])).status_code == 404
    assert guide.post(reverse("escalation:theme-look", args=[slug])).status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_the_page_asks_as_often_whatever_there_is(
    cast: Cast, rows: int, django_assert_num_queries: Any
):
    for number in range(rows):
        met(cast, timezone.now() - timedelta(minutes=number))
    themes.every_theme(now=timezone.now())

    # The five spans, and whether the operator has terms of their own.
    with django_assert_num_queries(6):
        themes.every_theme(now=timezone.now())
