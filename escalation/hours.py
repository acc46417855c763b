"""Hours of the week, as people write them: ``Mon-Fri 09:00-17:00; Sat 10:00-12:00``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAYS_IN_FULL = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A Monday. Hours of the week fall in this week where a moment of any week will do.
SOME_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_DAY = "|".join(DAYS)
# Word processors turn a hyphen between times into a dash; people paste what they have.
_WINDOW = re.compile(
    rf"^({_DAY})(?:\s*[-–]\s*({_DAY}))?\s+(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)$",
    re.IGNORECASE | re.ASCII,
)
_LIKE_THIS = "Write them like Mon-Fri 09:00-17:00; Sat 10:00-12:00."


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

    def in_words(self) -> str:
        """Such as ``Monday to Friday, 09:00 to 17:00``."""
        if self.start == self.until == time(0):
            clock = _("all day")
        elif self.until == time(0):
            clock = _("%(start)s to midnight") % {"start": f"{self.start:%H:%M}"}
        else:
            ends = {"start": f"{self.start:%H:%M}", "until": f"{self.until:%H:%M}"}
            words = _("%(start)s to %(until)s the next day")
            if self.start < self.until:
                words = _("%(start)s to %(until)s")
            clock = words % ends
        return f"{self._days_in_words()}, {clock}"

    def _days_in_words(self) -> str:
        if len(self.days) == 7:
            return _("Every day")
        # The days are one run, which may go over the end of the week.
        first = next(day for day in sorted(self.days) if (day - 1) % 7 not in self.days)
        last = (first + len(self.days) - 1) % 7
        if len(self.days) == 1:
            return str(WEEKDAYS[last])
        words = _("%(first)s and %(last)s") if len(self.days) == 2 else _("%(first)s to %(last)s")
        return words % {"first": WEEKDAYS[first], "last": WEEKDAYS[last]}


@dataclass(frozen=True)
class WeekHours:
    """A set of windows in a week, on the clocks of some locality."""

    windows: tuple[Window, ...]

    @classmethod
    def parse(cls, text: str) -> WeekHours:
        """
        Read hours such as ``Mon-Fri 09:00-17:00; Sat 10:00-12:00``.

        ``Fri 20:00-08:00`` runs past midnight, and ``00:00-24:00`` is a whole day.
        No text at all is no hours at all.

        :raises ValueError: with a sentence that names the part it could not read
        """
        windows = tuple(_window(part.strip()) for part in text.split(";") if part.strip())
        if text.strip() and not windows:
            raise ValueError(f"“{text.strip()}” names no hours. {_LIKE_THIS}")
        return cls(windows)

    def include(self, local: datetime) -> bool:
        """Whether these hours include a moment, given on the locality's own clock."""
        clock = local.time().replace(tzinfo=None)
        return any(window.includes(local.weekday(), clock) for window in self.windows)

    def in_words(self) -> str:
        """Such as ``Monday to Friday, 09:00 to 17:00; Saturday, 10:00 to 12:00``."""
        return "; ".join(window.in_words() for window in self.windows)


def stretches(*hours: WeekHours) -> list[datetime]:
    """
    The moments of the week at which any of these hours may begin or end, in order.

    From one to the next nothing changes, so what is true of each is true of the whole
    week. They lie in the week of `SOME_MONDAY`; only weekday and clock mean anything.
    """
    clocks = {time(0)} | {
        clock for week in hours for window in week.windows for clock in (window.start, window.until)
    }
    return sorted(
        datetime.combine(SOME_MONDAY + timedelta(days=day), clock, tzinfo=UTC)
        for day in range(7)
        for clock in clocks
    )


def validate_hours(text: str) -> None:
    """:raises ValidationError: unless ``text`` can be read as hours of the week"""
    try:
        WeekHours.parse(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _window(part: str) -> Window:
    match = _WINDOW.match(part)
    if match is None:
        raise ValueError(f"“{part}” is not hours of the week. {_LIKE_THIS}")
    first, last, *clock = match.groups()
    start, end = DAYS.index(first.title()), DAYS.index((last or first).title())
    days = frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))
    if clock[0] == "24":
        raise ValueError(f"“{part}” begins at 24:00. Name the next day, from 00:00.")
    return Window(days, _time(part, *clock[:2]), _time(part, *clock[2:]))


def _time(part: str, hour: str, minute: str) -> time:
    # 24:00 is how people close a day; as an end it means midnight, as 00:00 does.
    if (hour, minute) == ("24", "00"):
        return time(0)
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError(f"“{part}” has a time of day that does not exist.") from error
