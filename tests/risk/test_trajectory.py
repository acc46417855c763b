"""What a member wrote before may raise by one step, never lowers, and never asks for CRISIS."""

from datetime import UTC, datetime, timedelta

import pytest

from risk.enums import Urgency
from risk.trajectory import Before, raised_by, weight_of

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def before(urgency: Urgency, **ago: float) -> Before:
    return Before(NOW - timedelta(**ago), urgency)


def test_nothing_before_changes_nothing():
    for words in Urgency:
        assert raised_by([], words=words, at=NOW).urgency == words


def test_a_calm_post_within_three_days_of_a_red_one_is_still_read():
    raised = raised_by([before(Urgency.RED, days=2)], words=Urgency.GREEN, at=NOW)
    assert raised.urgency == Urgency.AMBER
    assert "Calm now" in raised.because


def test_a_calm_post_a_week_after_a_red_one_is_left_alone():
    raised = raised_by([before(Urgency.RED, days=7)], words=Urgency.GREEN, at=NOW)
    assert raised == raised_by([], words=Urgency.GREEN, at=NOW)


def test_a_worry_after_red_and_days_of_silence_is_red():
    raised = raised_by([before(Urgency.CRISIS, days=4)], words=Urgency.AMBER, at=NOW)
    assert raised.urgency == Urgency.RED
    assert "then nothing" in raised.because


def test_several_worries_in_a_fortnight_raise_another_one():
    several = [before(Urgency.AMBER, days=day) for day in (1, 2, 3)] + [before(Urgency.RED, days=2)]
    assert raised_by(several, words=Urgency.AMBER, at=NOW).urgency == Urgency.RED


def test_one_worry_long_ago_raises_nothing():
    raised = raised_by([before(Urgency.RED, days=15)], words=Urgency.AMBER, at=NOW)
    assert raised.urgency == Urgency.AMBER


@pytest.mark.parametrize("words", [Urgency.RED, Urgency.CRISIS])
def test_the_days_before_never_ask_for_crisis(words):
    much = [before(Urgency.CRISIS, hours=hour) for hour in range(1, 20)]
    assert raised_by(much, words=words, at=NOW).urgency == words


def test_a_reading_counts_half_after_seven_days():
    today = weight_of([before(Urgency.RED, seconds=1)], at=NOW)
    assert weight_of([before(Urgency.RED, days=7)], at=NOW) == pytest.approx(today / 2, rel=1e-3)


def test_what_was_written_later_is_not_before():
    later = Before(NOW + timedelta(hours=1), Urgency.CRISIS)
    assert raised_by([later], words=Urgency.GREEN, at=NOW).urgency == Urgency.GREEN
