"""Hours of the week, as people write them: ``Mon-Fri 09:00-17:00; Sat 10:00-12:00``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from django.core.exceptions import ValidationError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = "|".join(DAYS)
_WINDOW = re.compile(
    rf"^({_DAY})(?:\s*-\s*({_DAY}))?\s+(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Window:
    """Some days, from one time of day to another; past midnight if ``until`` is not later."""

    days: frozenset[int]
    start: time
    until: time

    def includes(self, weekday: int, clock: time) -> bool:
        if self.start < self.until:
            return weekday in self.days and self.start <= clock < self.until
        began_today = weekday in self.days and clock >= self.start
        began_yesterday = (weekday - 1) % 7 in self.days and clock < self.until
        return began_today or began_yesterday


@dataclass(frozen=True)
class WeekHours:
    """A set of windows in a week, on the clocks of some locality."""

    windows: tuple[Window, ...]

    @classmethod
    def parse(cls, text: str) -> WeekHours:
        """
        Read hours such as ``Mon-Fri 09:00-17:00; Sat 10:00-12:00``.

        ``Fri 20:00-08:00`` runs past midnight, and ``00:00-24:00`` is a whole day.

        :raises ValueError: with a sentence that names the part it could not read
        """
        return cls(tuple(_window(part.strip()) for part in text.split(";") if part.strip()))

    def include(self, local: datetime) -> bool:
        """Whether these hours include a moment, given on the locality's own clock."""
        clock = local.time().replace(tzinfo=None)
        return any(window.includes(local.weekday(), clock) for window in self.windows)


def validate_hours(text: str) -> None:
    """:raises ValidationError: unless ``text`` can be read as hours of the week"""
    try:
        WeekHours.parse(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _window(part: str) -> Window:
    match = _WINDOW.match(part)
    if match is None:
        raise ValueError(
            f"“{part}” is not hours of the week. Write them like Mon-Fri 09:00-17:00; "
            "Sat 10:00-12:00."
        )
    first, last, *clock = match.groups()
    start, end = DAYS.index(first.title()), DAYS.index((last or first).title())
    days = frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))
    return Window(days, _time(part, *clock[:2]), _time(part, *clock[2:]))


def _time(part: str, hour: str, minute: str) -> time:
    # 24:00 is how people close a day; as an end it means midnight, as 00:00 does.
    if (hour, minute) == ("24", "00"):
        return time(0)
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError(f"“{part}” has a time of day that does not exist.") from error
