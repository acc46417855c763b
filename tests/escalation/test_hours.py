"""Hours of the week, as people write them, on clocks that change twice a year."""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.hours import DAYS, SOME_MONDAY, WeekHours, stretches, validate_hours


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


LONDON, AUCKLAND = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Auckland")
OFFICE = WeekHours.parse("Mon-Fri 09:00-17:00")

# On a busy machine a slow example says nothing about the hours.
unhurried = settings(deadline=None)

clocks = st.builds(
    time, st.integers(0, 23), st.sampled_from([0, 5, 15, 30, 45])
).map(lambda clock: f"{clock:%H:%M}")  # fmt: skip
windows = st.builds(
    lambda first, last, start, until: f"{first}-{last} {start}-{until}",
    st.sampled_from(DAYS), st.sampled_from(DAYS), clocks, clocks,
)  # fmt: skip
hours = st.lists(windows, max_size=4).map("; ".join)
moments = st.integers(0, 7 * 24 * 60 - 1).map(lambda m: SOME_MONDAY + timedelta(minutes=m))


@unhurried
@given(hours)
def test_between_two_stretches_nothing_changes(text: str):
    week = WeekHours.parse(text)
    starts = stretches(week)
    ends = [*starts[1:], SOME_MONDAY + timedelta(days=7)]

    assert starts[0] == SOME_MONDAY
    for start, end in zip(starts, ends, strict=True):
        # Any minute and not only a few: the last is where an off-by-one would show.
        inside = {start, start + (end - start) / 2, end - timedelta(minutes=1)}
        assert {week.include(moment) for moment in inside} == {week.include(start)}


@unhurried
@given(hours, hours, moments)
def test_hours_written_together_include_what_either_includes(one: str, other: str, moment):
    both = WeekHours.parse(f"{one}; {other}" if one and other else one or other)

    assert both.include(moment) == (
        WeekHours.parse(one).include(moment) or WeekHours.parse(other).include(moment)
    )


@unhurried
@given(windows, moments)
def test_a_window_lasts_as_long_as_its_clocks_say(text: str, moment):
    window = WeekHours.parse(text)
    [one] = window.windows
    length = (
        datetime.combine(SOME_MONDAY, one.until) - datetime.combine(SOME_MONDAY, one.start)
    ) % timedelta(days=1)

    included = sum(
        window.include(SOME_MONDAY + timedelta(minutes=minute))
        for minute in range(0, 7 * 24 * 60, 5)
    )

    assert included * timedelta(minutes=5) == len(one.days) * (length or timedelta(days=1))
    assert window.include(moment) == window.include(moment + timedelta(days=7))


@unhurried
@given(st.text(max_size=40))
def test_whatever_is_typed_is_either_read_or_refused_in_a_sentence(text: str):
    with suppress(ValidationError):
        validate_hours(text)  # anything but a ValidationError fails this test


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("office hours", "“office hours” is not hours of the week. Write them like"),
        ("Mon-Fri 09:00-17:00; Son 10-12", "“Son 10-12” is not hours of the week."),
        ("Mon 25:00-26:00", "“Mon 25:00-26:00” has a time of day that does not exist."),
        ("Mon 24:00-08:00", "“Mon 24:00-08:00” begins at 24:00. Name the next day, from 00:00."),
        (" ; ", "“;” names no hours. Write them like"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, sentence: str):
    with pytest.raises(ValidationError) as refusal:
        validate_hours(text)

    assert sentence in refusal.value.messages[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mon-Fri 9:00–17:00", "Monday to Friday, 09:00 to 17:00"),
        ("sat-sun 10:00-12:00", "Saturday and Sunday, 10:00 to 12:00"),
        ("Fri 20:00-08:00", "Friday, 20:00 to 08:00 the next day"),
        ("Mon-Sun 00:00-24:00", "Every day, all day"),
        ("Sat-Mon 08:00-24:00", "Saturday to Monday, 08:00 to midnight"),
        ("Mon 09:00-10:00; Wed 09:00-10:00", "Monday, 09:00 to 10:00; Wednesday, 09:00 to 10:00"),
    ],
)
def test_hours_are_told_in_words(text: str, words: str):
    assert WeekHours.parse(text).in_words() == words


def test_past_midnight_belongs_to_the_day_it_began():
    friday_night = WeekHours.parse("Fri 20:00-08:00")

    def includes(day: int, hour: int) -> bool:
        return friday_night.include(SOME_MONDAY + timedelta(days=day, hours=hour))

    assert includes(4, 20)
    assert includes(5, 7)
    assert not includes(5, 8)
    assert not includes(4, 7)  # Friday's early morning is Thursday's night


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # The same instant of UTC on the days before and after the clocks change.
        (LONDON, utc(2026, 3, 27, 8, 30), utc(2026, 3, 30, 8, 30)),
        (AUCKLAND, utc(2026, 9, 24, 20, 30), utc(2026, 9, 27, 20, 30)),
    ],
)
def test_hours_follow_the_clock_on_the_wall_and_not_utc(zone, before, after):
    assert not OFFICE.include(before.astimezone(zone))  # 08:30 there
    assert OFFICE.include(after.astimezone(zone))  # 09:30 there


def test_the_hour_that_happens_twice_is_in_the_same_hours_both_times():
    night = WeekHours.parse("Sun 01:00-02:00")
    # London, 25 October 2026: 01:30 comes at 00:30 UTC and again at 01:30 UTC.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(LONDON)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(LONDON)

    assert (f"{first:%H:%M}", f"{second:%H:%M}") == ("01:30", "01:30")
    assert night.include(first)
    assert night.include(second)


def test_the_hour_that_never_comes_leaves_no_gap_in_what_surrounds_it():
    night = WeekHours.parse("Sat 22:00-06:00")
    # London, 29 March 2026: 01:00 to 02:00 does not happen. Every real minute is covered.
    began = datetime(2026, 3, 28, 22, tzinfo=UTC)
    ended = datetime(2026, 3, 29, 5, tzinfo=UTC)  # 06:00 on the new clock
    minutes = int((ended - began).total_seconds() // 60)
    assert minutes == 7 * 60

    covered = [
        night.include((began + timedelta(minutes=minute)).astimezone(LONDON))
        for minute in range(minutes)
    ]

    assert all(covered)
    assert not night.include(ended.astimezone(LONDON))
