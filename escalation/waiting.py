"""
What waits for a guide besides alerts: what was held, reported, asked, or left without an answer.

Each kind of work has a list of its own, in the room whose work it is. Here is the one place that
names them all, so that the desk shows every one and none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.urls import reverse

from accounts.models import WallGuide
from community import clock, load
from conversations.models import LATE_AFTER, Conversation
from escalation import fairness
from escalation.models import ThemeRise
from risk.models import AuditReading


@dataclass(frozen=True)
class Work:
    """One list of work: what it is, where, how much of it waits, and since when."""

    name: str
    url: str
    count: int
    oldest: datetime | None = None
    late: int = 0
    # Somebody waits for a guide's words: shown beside every page of the desk.
    is_talk: bool = False


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


def unanswered(guide: WallGuide, now: datetime) -> Work:
    """Whoever waits for a first answer, or was handed over."""
    late = Q(waits_since__lte=now - clock.FIRST_REPLY_WITHIN)
    found = clock.waiting_for(guide).aggregate(
        count=Count("pk"), oldest=Min("waits_since"), late=Count("pk", filter=late)
    )
    return Work("Waiting for a first answer", reverse("escalation:unanswered"), **found)


def rising_themes(guide: WallGuide, now: datetime) -> Work:
    rises = ThemeRise.objects.filter(looked_at=None)
    oldest = rises.aggregate(at=Min("risen_at"))["at"]
    return Work("Themes that rise", reverse("escalation:themes"), rises.count(), oldest)


def peers(guide: WallGuide, now: datetime) -> Work:
    checks = load.checks_for(guide).filter(acted_at=None)
    oldest = checks.aggregate(at=Min("asked_at"))["at"]
    return Work("Peers who carry a lot", reverse("escalation:peers"), checks.count(), oldest)


def conversations(guide: WallGuide, now: datetime) -> Work:
    waiting = Conversation.objects.for_guide(guide).waiting()
    since = sorted(at for at in waiting.values_list("waiting_since", flat=True) if at)
    return Work(
        "Conversations",
        reverse("escalation:conversations"),
        len(since),
        oldest=since[0] if since else None,
        late=sum(each <= now - LATE_AFTER for each in since),
        is_talk=True,
    )


# In the order in which a guide with a free minute should look.
SOURCES: tuple[Source, ...] = (
    reports, held, conversations, unanswered, second_looks, rising_themes, peers, blind_readings,
)  # fmt: skip


def work_for(guide: WallGuide, *, now: datetime) -> list[Work]:
    """Every list of work for this guide, the empty ones too: nothing there is good news."""
    return [source(guide, now) for source in SOURCES]
