"""Times as people say them. A wall that tells no second tells nobody's habits (S21)."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def soft_time(moment: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """
    When something was, on the reader's clocks, no finer than a part of a day.

    "this morning", "yesterday", "this week", "last week", "in May", "in May 2024".
    """
    then = moment.astimezone(zone)
    return _in_words(then.date(), then.hour, now.astimezone(zone).date(), get_language())


@lru_cache(maxsize=2048)
def _in_words(then: date, hour: int, today: date, language: str) -> str:
    days = (today - then).days
    if days <= 0:
        return _part_of_day(hour)
    if days == 1:
        return _("yesterday")
    # Weeks begin on Monday, as in each country we serve people think of "this week".
    weeks = (days + then.weekday() - today.weekday()) // 7
    if weeks == 0:
        return _("this week")
    if weeks == 1:
        return _("last week")
    if then.year == today.year:
        return _("in %(month)s") % {"month": format_date(then, "F")}
    return _("in %(month)s") % {"month": format_date(then, "F Y")}


def _part_of_day(hour: int) -> str:
    if hour < 5:
        return _("in the night")
    if hour < 12:
        return _("this morning")
    if hour < 18:
        return _("this afternoon")
    return _("this evening")
