"""
How soon a commissioner's members get a first answer: week by week, and by the hour of the day.

Of all their localities together, over whole weeks, and nine of ten only where there are enough
that it is nobody's own wait. It moves once a week, with what a midnight has closed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from commissioning.models import Commissioner
from escalation.first_replies import minutes_of, nine_of_ten
from reporting.counts import Count, Period
from reporting.role import counting

WEEKS = 8
# Nine of ten of so many leaves two who waited longer: it is not the wait of the last one.
NEEDS = 20


@dataclass(frozen=True)
class Row:
    """A week, or an hour of the day: how many posts, and within how long nine of ten had theirs."""

    name: str
    posts: Count
    minutes: int | None


@dataclass(frozen=True)
class FirstReplies:
    weeks: tuple[Row, ...]
    hours: tuple[Row, ...]


def of(commissioner: Commissioner, *, now: datetime) -> FirstReplies:
    """The last whole weeks, the newest first, and the hours of the day over all of them."""
    localities = list(commissioner.localities.shown()) if not commissioner.is_hidden else []
    yesterday = Period.latest(localities, now=now).last_day
    until = yesterday + timedelta(days=1)
    until -= timedelta(days=until.weekday())
    mondays = [until - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    by_week: dict[date, list[timedelta]] = defaultdict(list)
    by_hour: dict[int, list[timedelta]] = defaultdict(list)
    # The last of the clocks on which that week is over: an answer that comes later moves nothing.
    closed_at = max(
        (datetime.combine(until, time(0, tzinfo=each.zone)) for each in localities), default=now
    )
    with counting() as cursor:
        cursor.execute(
            "SELECT * FROM reports.first_replies(%s::bigint[], %s, %s, %s)",
            [[each.pk for each in localities], mondays[-1], until, closed_at],
        )
        for week, hour, waited in cursor.fetchall():
            by_week[week].append(waited)
            by_hour[hour].append(waited)
    return FirstReplies(
        weeks=tuple(_row(f"{monday:%-d %B}", by_week[monday]) for monday in mondays),
        hours=tuple(_row(f"{hour:02}:00", by_hour[hour]) for hour in range(24)),
    )


def _row(name: str, waits: list[timedelta]) -> Row:
    enough = len(waits) >= NEEDS
    return Row(name, Count.of(len(waits)), minutes_of(nine_of_ten(waits)) if enough else None)
