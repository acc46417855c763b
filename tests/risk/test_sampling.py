"""The audit sample: chances that are written down, and nobody in it who should not be."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from risk.enums import ScreeningState, Stratum, Urgency
from risk.models import AuditDraw, AuditReading, Screening
from risk.sampling import Rates, choose, draw
from tests.cast import Cast
from tests.factories.community import PostFactory
from tests.factories.risk import screened

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def all_of_them(settings: Any) -> None:
    settings.AUDIT_RANDOM = 1.0
    settings.AUDIT_READ_TWICE = 0.0


def test_only_unflagged_texts_of_people_in_places_that_guides_see_are_drawn(
    cast: Cast, now: datetime, all_of_them: None
):
    ago = now - timedelta(minutes=10)
    wanted = screened(author=cast.member, at=ago)
    screened(author=cast.member, at=ago, urgency=Urgency.AMBER)
    screened(author__locality__is_hidden=True, at=ago)
    paused = screened(author=cast.suspended, at=ago)
    unread = screened(author=cast.member, at=ago)
    Screening.objects.filter(pk=unread.pk).update(state=ScreeningState.LEFT_TO_A_PERSON)
    PostFactory(author=cast.member)

    assert draw(now=now) == 1

    assert AuditReading.objects.get().screening == wanted
    assert paused.author.suspended_at


def test_each_text_is_considered_once(cast: Cast, now: datetime, all_of_them: None):
    screened(author=cast.member, at=now - timedelta(minutes=10))

    assert draw(now=now) == 1
    assert draw(now=now) == 0
    assert draw(now=now + timedelta(hours=1)) == 0
    assert AuditReading.objects.count() == 1
    assert [each.population for each in AuditDraw.objects.order_by("until_at")] == [1, 0]


def test_the_chance_of_coming_in_by_either_draw_is_written_down(
    cast: Cast, now: datetime, settings: Any
):
    settings.AUDIT_RANDOM, settings.AUDIT_NEAR, settings.AUDIT_WEEKLY_AT_LEAST = 0.5, 1.0, 0
    ago = now - timedelta(minutes=10)
    for number in range(20):
        screened(author=cast.member, at=ago, probability=number / 100)

    draw(now=now)

    drawn = AuditDraw.objects.get()
    assert (drawn.population, drawn.near_population, drawn.near_above) == (20, 2, 0.18)
    chances = {
        reading.screening.probability: reading.inclusion_probability
        for reading in AuditReading.objects.select_related("screening")
    }
    assert chances[0.18] == chances[0.19] == 1.0
    assert {chance for text, chance in chances.items() if text < 0.18} == {0.5}
    assert 10 <= len(chances) <= 12


def test_a_quiet_house_still_reads_its_least_number_in_a_week(
    cast: Cast, now: datetime, settings: Any
):
    settings.AUDIT_RANDOM, settings.AUDIT_NEAR, settings.AUDIT_WEEKLY_AT_LEAST = 0.02, 0.0, 20
    for hour in range(0, 168, 3):
        moment = now + timedelta(hours=hour)
        for _ in range(2):
            screened(author=cast.member, at=moment - timedelta(minutes=10))
        draw(now=moment)

    assert 20 <= AuditReading.objects.count() <= 26


def test_one_in_ten_is_read_twice(cast: Cast, now: datetime, settings: Any):
    settings.AUDIT_RANDOM, settings.AUDIT_READ_TWICE = 1.0, 0.5
    for _ in range(40):
        screened(author=cast.member, at=now - timedelta(minutes=10))

    draw(now=now)

    assert 8 <= AuditReading.objects.filter(wants_second=True).count() <= 32


def test_every_text_has_the_chance_that_its_draw_says():
    rates, near = Rates(0.1, 0.5), {1, 2, 3, 4}
    dice = random.Random(1)
    times = dict.fromkeys(range(20), 0)
    strata = set()
    for _ in range(4000):
        chosen = choose(range(20), near, rates, dice)
        strata |= set(chosen.values())
        for pk in chosen:
            times[pk] += 1

    assert strata == {Stratum.RANDOM, Stratum.NEAR_THRESHOLD}
    for pk, count in times.items():
        assert count / 4000 == pytest.approx(rates.chance(is_near=pk in near), abs=0.035)
