"""Times as people say them. A wall that tells no second tells nobody's habits (S21)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def soft_time(moment: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """
    When something was, on the reader's clocks, no finer than a part of a day.

    "this morning", "yesterday", "this week", "last week", "in May", "in May 2024".
    """
    then, today = moment.astimezone(zone), now.astimezone(zone)
    days = (today.date() - then.date()).days
    if days <= 0:
        return _part_of_day(then.hour)
    if days == 1:
        return "yesterday"
    # Weeks begin on Monday, as in each country we serve people think of "this week".
    weeks = (days + then.weekday() - today.weekday()) // 7
    if weeks == 0:
        return "this week"
    if weeks == 1:
        return "last week"
    if then.year == today.year:
        return f"in {then:%B}"
    return f"in {then:%B %Y}"


def _part_of_day(hour: int) -> str:
    if hour < 5:
        return "in the night"
    if hour < 12:
        return "this morning"
    if hour < 18:
        return "this afternoon"
    return "this evening"
