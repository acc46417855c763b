"""Who may come in: how old, and where they live. Asked once, and not kept."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from commissioning.models import OLDEST, WayIn


class Bar(StrEnum):
    """Why a way in is not for somebody."""

    TOO_YOUNG = "too young"
    TOO_OLD = "too old"
    ELSEWHERE = "elsewhere"


def age_on(today: date, *, born_on: date) -> int:
    """Whole years. Who was born on 29 February is a year older on 1 March."""
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday)


def is_believable(born_on: date, *, today: date) -> bool:
    return born_on <= today and age_on(today, born_on=born_on) <= OLDEST


def bar_by_age(way_in: WayIn, *, born_on: date, today: date) -> Bar | None:
    age = age_on(today, born_on=born_on)
    if age < way_in.min_age:
        return Bar.TOO_YOUNG
    if way_in.max_age is not None and age > way_in.max_age:
        return Bar.TOO_OLD
    return None


def bar_by_country(way_in: WayIn, *, country: str) -> Bar | None:
    return Bar.ELSEWHERE if way_in.countries and country not in way_in.countries else None
