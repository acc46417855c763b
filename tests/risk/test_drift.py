"""Drift is noticed, noise is not, and no name gets out by way of new slang."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from risk import days
from risk.drift import Counted, alarms, limits, new_slang, psi
from risk.enums import Urgency
from risk.models import ScreeningDay
from tests.factories.accounts import MemberFactory
from tests.factories.risk import screened


def a_day(**fields: object) -> Counted:
    usual = {
        "screened": 100, "levels": {"green": 80, "amber": 15, "red": 4, "crisis": 1},
        "probabilities": [60, 20, 10, 4, 2, 1, 1, 1, 1, 0], "rules": {"one": 30, "two": 10},
        "words": 5000, "unknown_words": 250,
    }  # fmt: skip
    return Counted(**{**usual, **fields})  # type: ignore[arg-type]


BEFORE, WEEK = [a_day()] * 28, [a_day()] * 7


def test_nothing_is_said_while_nothing_moves():
    assert alarms(BEFORE, WEEK) == []


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("RED", {"levels": {"green": 70, "amber": 15, "red": 14, "crisis": 1}}),
        ("AMBER", {"levels": {"green": 95, "red": 4, "crisis": 1}}),
        ("probabilities", {"probabilities": [10, 10, 10, 10, 10, 10, 10, 10, 10, 10]}),
        ("rules", {"rules": {"one": 5, "two": 35}}),
        ("unknown", {"unknown_words": 600}),
    ],
)
def test_what_has_moved_is_named(what: str, fields: dict[str, object]):
    found = alarms(BEFORE, [a_day(**fields)] * 7)

    assert len(found) == 1
    assert what in found[0]


def test_a_house_too_quiet_to_say_anything_says_nothing():
    busy = {"levels": {"red": 1}, "screened": 1, "probabilities": [1] + [0] * 9}

    assert alarms([a_day(**busy)] * 28, [a_day(**{**busy, "levels": {"crisis": 1}})] * 7) == []


def test_control_limits_are_three_sigma_of_a_count():
    found = limits([(10, 100)] * 10, texts=100)

    assert found is not None
    assert found.middle == pytest.approx(100)
    assert found.high == pytest.approx((0.1 + 3 * (0.1 / 100) ** 0.5) * 1000)
    assert limits([(10, 100)] * 6, texts=100) is None


def test_psi_of_the_same_is_nothing_and_grows_with_the_distance():
    assert psi([10, 20, 30], [1, 2, 3]) == pytest.approx(0)
    assert psi([50, 50], [60, 40]) < psi([50, 50], [90, 10])  # type: ignore[operator]
    assert psi([0, 0], [1, 1]) is None


def test_a_word_is_shown_only_if_five_members_used_it():
    raised = [(member, ["sadgirl", "the"]) for member in range(5)]
    raised += [(member, ["tamsin"]) for member in range(4)]
    everyday = [(member, ["the", "sun"]) for member in range(100)]

    assert [each.word for each in new_slang(raised, everyday)] == ["sadgirl"]


def test_a_word_that_one_member_repeats_is_one_member():
    raised = [(1, ["tamsin"])] * 50

    assert new_slang(raised, [(member, ["sun"]) for member in range(100)]) == []


@pytest.mark.django_db
def test_each_whole_day_is_counted_once_and_holds_no_words():
    now = timezone.now()
    yesterday = (now - timedelta(days=1)).replace(hour=12)
    author = MemberFactory()
    screened(author=author, at=yesterday, body="Xyzzyplanted words here.", probability=0.31)
    screened(
        author=author, at=yesterday, urgency=Urgency.RED, probability=0.99,
        spans=[{"rule": "a-rule", "term": "words"}, {"rule": "a-rule", "term": "here"}],
    )  # fmt: skip
    screened(author=author, at=now)
    screened(author=MemberFactory(locality__is_hidden=True), at=yesterday)

    assert days.count_days(now=now) == days.CATCH_UP
    assert days.count_days(now=now) == 0

    day = ScreeningDay.objects.get(day=yesterday.date())
    assert (day.screened, day.levels) == (2, {"green": 1, "red": 1})
    assert day.rules == {"a-rule": 1}
    assert (day.probabilities[3], day.probabilities[9]) == (1, 1)
    assert day.unknown_words >= 1
    everything = str(ScreeningDay.objects.values_list())
    assert "yzzyplanted" not in everything


@pytest.mark.django_db
def test_alarms_are_kept_with_the_day_that_raised_them():
    now = timezone.now()
    for back in range(2, 36):
        usual = a_day(levels={"green": 80, "amber": 20}) if back > 7 else a_day(levels={"red": 100})
        ScreeningDay.objects.create(
            day=(now - timedelta(days=back)).date(), counted_at=now, screened=usual.screened,
            levels=usual.levels, probabilities=list(usual.probabilities), rules=usual.rules,
            words=usual.words, unknown_words=usual.unknown_words,
        )  # fmt: skip

    days.count_days(now=now)

    newest = ScreeningDay.objects.order_by("-day")[0]
    assert any("RED" in alarm for alarm in newest.alarms)
