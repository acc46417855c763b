"""
What waits for a guide besides alerts: what was held, reported, asked, or left without an answer.

Each kind of work has a list of its own, in the room whose work it is. Here is the one place that
names them all, so that the desk shows every one and none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import WallGuide
from escalation import fairness
from risk.models import AuditReading


@dataclass(frozen=True)
class Work:
    """One list of work: what it is, where, how much of it waits, and since when."""

    name: str
    url: str
    count: int
    oldest: datetime | None = None
    late: int = 0


Source = Callable[[WallGuide, datetime], Work]


def blind_readings(guide: WallGuide, now: datetime) -> Work:
    waiting = AuditReading.objects.waiting_for(guide)
    return Work("Blind readings", reverse("escalation:readings"), waiting.count())


def reports(guide: WallGuide, now: datetime) -> Work:
    return _work("Reports", "matters", fairness.reports_waiting(guide, now=now))


def held(guide: WallGuide, now: datetime) -> Work:
    return _work("Held words", "held", fairness.held_waiting(guide, now=now))


def second_looks(guide: WallGuide, now: datetime) -> Work:
    return _work("Second looks", "appeals", fairness.appeals_waiting(guide, now=now))


def _work(name: str, page: str, waiting: fairness.Waiting) -> Work:
    url = reverse(f"escalation:{page}")
    return Work(name, url, waiting.count, waiting.oldest, waiting.late)


# In the order in which a guide with a free minute should look.
SOURCES: tuple[Source, ...] = (reports, held, second_looks, blind_readings)


def work_for(guide: WallGuide, *, now: datetime) -> list[Work]:
    """Every list of work for this guide, the empty ones too: nothing there is good news."""
    return [source(guide, now) for source in SOURCES]
