"""Times as people say them, and no finer (S21)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.soft_time import soft_time

LONDON = ZoneInfo("Europe/London")
AUCKLAND = ZoneInfo("Pacific/Auckland")
# A Wednesday in winter, when London's clocks show UTC.
NOW = datetime(2026, 1, 14, 20, 30, tzinfo=UTC)

WORDS = {"in the night", "this morning", "this afternoon", "this evening", "yesterday",
         "this week", "last week"}  # fmt: skip
MONTHS = {f"{datetime(2000, month, 1, tzinfo=UTC):%B}" for month in range(1, 13)}


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (datetime(2026, 1, 14, 20, 29, tzinfo=UTC), "this evening"),
        (datetime(2026, 1, 14, 18, 0, tzinfo=UTC), "this evening"),
        (datetime(2026, 1, 14, 17, 59, tzinfo=UTC), "this afternoon"),
        (datetime(2026, 1, 14, 12, 0, tzinfo=UTC), "this afternoon"),
        (datetime(2026, 1, 14, 11, 59, tzinfo=UTC), "this morning"),
        (datetime(2026, 1, 14, 5, 0, tzinfo=UTC), "this morning"),
        (datetime(2026, 1, 14, 4, 59, tzinfo=UTC), "in the night"),
        (datetime(2026, 1, 14, 0, 0, tzinfo=UTC), "in the night"),
        (datetime(2026, 1, 13, 23, 59, tzinfo=UTC), "yesterday"),
        (datetime(2026, 1, 13, 0, 0, tzinfo=UTC), "yesterday"),
        (datetime(2026, 1, 12, 23, 0, tzinfo=UTC), "this week"),
        (datetime(2026, 1, 12, 0, 0, tzinfo=UTC), "this week"),
        (datetime(2026, 1, 11, 23, 59, tzinfo=UTC), "last week"),
        (datetime(2026, 1, 5, 0, 0, tzinfo=UTC), "last week"),
        (datetime(2026, 1, 4, 23, 59, tzinfo=UTC), "in January"),
        (datetime(2025, 12, 31, 12, 0, tzinfo=UTC), "in December 2025"),
    ],
)
def test_a_moment_is_told_as_a_person_would(then: datetime, said: str):
    assert soft_time(then, now=NOW, zone=LONDON) == said


def test_it_is_told_on_the_readers_own_clocks():
    # Half past eight in the evening in London is the next morning in Auckland.
    assert soft_time(NOW, now=NOW, zone=AUCKLAND) == "this morning"
    assert soft_time(NOW, now=NOW, zone=LONDON) == "this evening"


def test_a_clock_that_runs_ahead_tells_no_future():
    assert soft_time(NOW + timedelta(minutes=10), now=NOW, zone=LONDON) == "this evening"
    assert soft_time(NOW + timedelta(days=2), now=NOW, zone=LONDON) in WORDS


moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(then=moments, now=moments, zone=st.sampled_from([LONDON, AUCKLAND, ZoneInfo("UTC")]))
def test_s21_nothing_finer_than_a_part_of_a_day_is_ever_said(then, now, zone):
    said = soft_time(then, now=now, zone=zone)

    month, _, year = said.removeprefix("in ").partition(" ")
    assert said in WORDS or (month in MONTHS and (not year or len(year) == 4))


@given(then=moments, zone=st.sampled_from([LONDON, AUCKLAND]))
def test_s21_two_moments_of_the_same_hour_cannot_be_told_apart(then, zone):
    hour = then.replace(minute=0, second=0, microsecond=0)
    later = hour + timedelta(days=3)

    told = {
        soft_time(hour + timedelta(minutes=minute), now=later, zone=zone) for minute in (0, 29, 59)
    }
    assert len(told) == 1
