"""
Counts for a commissioner, and how small ones are kept from naming somebody.

Nothing here names a person or a post. What may be shown is decided in `Count`, and
totals are made of what is shown and of nothing else, so that no subtraction gives a
hidden figure back. The figures stop at the last midnight: whoever watches the page
while somebody signs up sees nothing move.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from commissioning.models import Commissioner, Locality
from reporting.role import counting
from risk.enums import Urgency

# safety.md, B1: fewer than this could be pointed at.
FEW_BELOW = 8
ROUNDED_TO = 5
# What "fewer than 8" stands for where a total is made of it: the middle of 1 to 7.
_FEW_COUNTS_AS = 4
# A median of fewer waits than this says more about one of them than about all.
MEDIAN_NEEDS = 10
# Alerts are raised at these; GREEN never becomes one.
ALERTED = (Urgency.CRISIS, Urgency.RED, Urgency.AMBER)


@dataclass(frozen=True)
class Count:
    """How many, as it may be shown: nobody, a few, or about a multiple of five."""

    about: int
    is_few: bool = False

    @classmethod
    def of(cls, number: int) -> Count:
        """:param number: the true figure, which goes no further"""
        if number == 0:
            return cls(0)
        if number < FEW_BELOW:
            return cls(_FEW_COUNTS_AS, is_few=True)
        return cls((number + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO)

    @classmethod
    def in_all(cls, shown: Iterable[Count]) -> Count:
        """A total made of what is shown, so that it gives away nothing that is not."""
        return cls.of(sum(count.about for count in shown))

    @property
    def in_words(self) -> str:
        return f"about {self.about}" if self.about and not self.is_few else str(self)

    def __str__(self) -> str:
        return f"fewer than {FEW_BELOW}" if self.is_few else f"{self.about}"


@dataclass(frozen=True)
class Period:
    """From the first of a month up to the end of ``last_day``, on each locality's clock."""

    last_day: date

    @classmethod
    def latest(cls, localities: Iterable[Locality], *, now: datetime) -> Period:
        """
        The month so far, up to yesterday wherever these localities are.

        On the first of a month that is the whole of the month before.
        """
        days = [now.astimezone(locality.zone).date() for locality in localities]
        return cls(min(days, default=now.date()) - timedelta(days=1))

    @property
    def first_day(self) -> date:
        return self.last_day.replace(day=1)

    def on_clock_of(self, locality: Locality) -> tuple[datetime, datetime]:
        midnight = time(0, tzinfo=locality.zone)
        return (
            datetime.combine(self.first_day, midnight),
            datetime.combine(self.last_day + timedelta(days=1), midnight),
        )


@dataclass(frozen=True)
class Row:
    """The figures of one locality, or of all of them."""

    place: str
    joined: Count
    active: Count
    alerts: tuple[Count, ...]
    # Whole minutes until a person took an alert up; None where too few to say.
    minutes_to_a_person: int | None

    @property
    def alerts_in_all(self) -> Count:
        return Count.in_all(self.alerts)


@dataclass(frozen=True)
class Month:
    period: Period
    rows: tuple[Row, ...]
    in_all: Row


def month_of(commissioner: Commissioner, *, now: datetime) -> Month:
    """This month's figures for a commissioner: for each locality, and in all."""
    localities = sorted(
        commissioner.localities.shown() if not commissioner.is_hidden else [],
        key=lambda locality: (locality.time_zone, locality.name),
    )
    period = Period.latest(localities, now=now)
    joined: Counter[int] = Counter()
    active: Counter[int] = Counter()
    alerts: Counter[tuple[int, int]] = Counter()
    waits: dict[int, list[timedelta]] = {locality.pk: [] for locality in localities}

    # The month begins at another instant on another clock; most commissioners have one.
    with counting() as cursor:
        for _, group in groupby(localities, key=lambda locality: locality.time_zone):
            here = list(group)
            begin, end = period.on_clock_of(here[0])
            when = [[locality.pk for locality in here], begin, end]
            cursor.execute("SELECT * FROM reports.joined(%s::bigint[], %s, %s)", when)
            joined.update(dict(cursor.fetchall()))
            cursor.execute("SELECT * FROM reports.wrote(%s::bigint[], %s, %s)", when)
            active.update(dict(cursor.fetchall()))
            cursor.execute("SELECT * FROM reports.alerts(%s::bigint[], %s, %s, %s)", [*when, now])
            for locality_id, urgency, waited in cursor.fetchall():
                alerts[locality_id, urgency] += 1
                waits[locality_id].append(waited)

    rows = tuple(
        Row(
            place=locality.name,
            joined=Count.of(joined[locality.pk]),
            active=Count.of(active[locality.pk]),
            alerts=tuple(Count.of(alerts[locality.pk, urgency]) for urgency in ALERTED),
            minutes_to_a_person=median_minutes(waits[locality.pk]),
        )
        for locality in sorted(localities, key=lambda locality: locality.name)
    )
    in_all = Row(
        place="In all",
        joined=Count.in_all(row.joined for row in rows),
        active=Count.in_all(row.active for row in rows),
        alerts=tuple(
            Count.in_all(row.alerts[column] for row in rows) for column in range(len(ALERTED))
        ),
        minutes_to_a_person=median_minutes([wait for some in waits.values() for wait in some]),
    )
    return Month(period, rows, in_all)


def median_minutes(waits: list[timedelta]) -> int | None:
    """Half waited no longer than this; None where there are too few to say."""
    if len(waits) < MEDIAN_NEEDS:
        return None
    seconds = statistics.median(wait.total_seconds() for wait in waits)
    return round(seconds / 60)
