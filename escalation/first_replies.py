"""How long members wait for a first answer by somebody else, for those who answer for it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import WallGuide
from community.clock import FIRST_REPLY_WITHIN
from community.models import Post, PostQuerySet

WEEKS = 8
# Nine of ten means nothing of fewer.
NEEDS = 10


@dataclass(frozen=True)
class Waits:
    """The first answers of some span: how many posts, and how soon."""

    name: str
    posts: int
    # Nine of ten had waited no longer than this; None where there are too few.
    nine_of_ten: timedelta | None
    # How many of a hundred had an answer in time; None where there are too few.
    in_time: int | None

    @property
    def minutes(self) -> int | None:
        return None if self.nine_of_ten is None else minutes_of(self.nine_of_ten)

    @property
    def is_late(self) -> bool:
        return self.nine_of_ten is not None and self.nine_of_ten > FIRST_REPLY_WITHIN


def minutes_of(wait: timedelta) -> int:
    """Whole minutes, begun ones too: a rounded-down wait would flatter."""
    return math.ceil(wait.total_seconds() / 60)


def nine_of_ten(waits: Sequence[timedelta]) -> timedelta:
    """The 90th percentile by nearest rank: a wait that somebody really had."""
    return sorted(waits)[math.ceil(0.9 * len(waits)) - 1]


def by_week(guide: WallGuide, *, now: datetime) -> list[Waits]:
    """The last weeks, the running one first. Weeks begin on Monday, in UTC."""
    monday = (now - timedelta(days=now.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    begins = [monday - timedelta(weeks=week) for week in range(WEEKS)]
    found: dict[datetime, list[timedelta]] = defaultdict(list)
    for written, wait in _waits(guide, since=begins[-1], now=now):
        found[max(begin for begin in begins if begin <= written)].append(wait)
    return [_row(f"{begin:%-d %b}", found[begin]) for begin in begins]


def by_hour(guide: WallGuide, *, now: datetime) -> list[Waits]:
    """By the hour, on its writer's clock, in which something was written, over the same weeks."""
    found: dict[int, list[timedelta]] = defaultdict(list)
    zones = {each.pk: each.zone for each in guide.covers.all()}
    rows = _posts(guide, since=now - timedelta(weeks=WEEKS)).values_list(
        "published_at", "answered_at", "author__locality"
    )
    for written, answered, locality in rows:
        hour = written.astimezone(zones[locality]).hour
        found[hour].append((answered or now) - written)
    return [_row(f"{hour:02}:00", found[hour]) for hour in range(24)]


def _waits(
    guide: WallGuide, *, since: datetime, now: datetime
) -> Iterable[tuple[datetime, timedelta]]:
    """One that still waits has waited so far: leaving it out would flatter."""
    rows = _posts(guide, since=since).values_list("published_at", "answered_at")
    return [(written, (answered or now) - written) for written, answered in rows]


def _posts(guide: WallGuide, *, since: datetime) -> PostQuerySet:
    return Post.objects.filter(
        author__locality__in=guide.covers.all(), is_visible=True, published_at__gte=since
    )


def _row(name: str, waits: list[timedelta]) -> Waits:
    if len(waits) < NEEDS:
        return Waits(name, len(waits), None, None)
    in_time = sum(wait <= FIRST_REPLY_WITHIN for wait in waits)
    return Waits(name, len(waits), nine_of_ten(waits), in_time * 100 // len(waits))
