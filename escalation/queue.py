"""What a guide's desk shows: reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from accounts.models import WallGuide
from community.models import Appeal, HandOver, Post, Reply, Report
from conversations.models import Line
from escalation import safety
from escalation.models import Case, Heartbeat
from live import pokes
from measures.models import Goal
from risk.enums import Urgency
from risk.models import Alert, AlertQuerySet, ModelRelease, ScreeningDay

ROWS = 50
# A desk says that it is open by asking; writing that down more often would be waste.
SEEN_EVERY = timedelta(seconds=15)
# When the desk warns that screening is behind: well before a promise is broken.
SCREENING_IS_BEHIND_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class Strip:
    waiting: int
    late: int
    oldest: datetime | None
    guides_on_shift: int


def open_alerts(guide: WallGuide) -> AlertQuerySet:
    """This guide's queue, most urgent first."""
    return (
        Alert.objects.for_guide(guide)
        .open()
        .select_related("screening", "author", "locality__commissioner", "claimed_by")
        .most_urgent_first()
    )


def strip_for(guide: WallGuide, *, now: datetime) -> Strip:
    unacknowledged = Alert.objects.for_guide(guide).unacknowledged()
    return Strip(
        waiting=unacknowledged.count(),
        late=unacknowledged.filter(due_at__lte=now).count(),
        oldest=unacknowledged.aggregate(at=Min("raised_at"))["at"],
        guides_on_shift=WallGuide.objects.on_shift(now=now)
        .filter(covers__in=guide.covers.all())
        .distinct()
        .count(),
    )


def what_is_wrong(*, now: datetime) -> str:
    """What the desk must know about the house itself, in a sentence; empty if all is well."""
    sentences = []
    if not pokes.hint(lambda connection: connection.ping()):
        sentences.append("Redis is away: the desk looks every 15 seconds instead of at once.")
    oldest = safety.oldest_unscreened()
    if oldest is not None and now - oldest > SCREENING_IS_BEHIND_AFTER:
        waited = int((now - oldest).total_seconds())
        sentences.append(f"Screening is behind: the oldest writing has waited {waited} seconds.")
    sentinel = Heartbeat.objects.filter(name="sentinel").first()
    if sentinel is None or now - sentinel.at > safety.SENTINEL_LIMIT:
        sentences.append("The sentinel is silent: late alerts do not move up by themselves.")
    if not safety.terms_in_use():
        sentences.append(safety.TERMS_LEFT_OUT)
    if ModelRelease.objects.damaged_in_use().exists():
        sentences.append(safety.MODEL_IS_DAMAGED)
    return " ".join(sentences)


def screening_has_moved() -> bool:
    """Whether the last counted day of screening raised an alarm: see /operator/screening/."""
    newest = ScreeningDay.objects.order_by("-day").only("alarms").first()
    return newest is not None and bool(newest.alarms)


def note_open_desk(guide: WallGuide, *, now: datetime) -> None:
    """A desk that asks for its queue is a guide on shift."""
    if guide.last_seen_at is None or now - guide.last_seen_at > SEEN_EVERY:
        WallGuide.objects.filter(pk=guide.pk).update(last_seen_at=now)
        guide.last_seen_at = now


def as_json(alert: Alert, *, now: datetime) -> dict[str, Any]:
    """One row of the queue for a program; what it shows is what the page shows."""
    subject = alert.subject
    # What members write.
    assert isinstance(subject, Post | Reply | Goal | Line | HandOver | Report | Appeal)  # noqa: S101
    return {
        "id": alert.pk,
        "version": alert.version,
        "urgency": Urgency(alert.urgency).slug,
        "reason": alert.reason,
        "raised_at": alert.raised_at.isoformat(),
        "due_at": alert.due_at.isoformat(),
        "acknowledged": alert.acknowledged_at is not None,
        "claimed_by": alert.claimed_by.name
        if alert.claimed_by and alert.is_claimed(now=now)
        else None,
        "waits_for_a_senior": alert.waits_for_a_senior,
        "passed_up": alert.passed_up_at is not None,
        "alias": alert.author.alias,
        "locality": alert.locality.name,
        "subject": {
            "kind": type(subject).__name__.lower(),
            "public_id": subject.public_id,
        },
    }


def history_of(alert: Alert, *, now: datetime) -> list[dict[str, Any]]:
    """As `history_of_member`, but for the alert itself."""
    return history_of_member(alert.author_id, now=now, but=alert)


def history_of_member(
    member_id: int, *, now: datetime, but: Alert | None = None
) -> list[dict[str, Any]]:
    """A member's last thirty days as a timeline: alerts and cases, newest first."""
    since = now - timedelta(days=30)
    alerts = Alert.objects.filter(author=member_id, raised_at__gte=since)
    if but is not None:
        alerts = alerts.exclude(pk=but.pk)
    events: list[dict[str, Any]] = [
        {
            "at": other.raised_at,
            "kind": "alert",
            "alert": other,
            "urgency": Urgency(other.urgency),
            "text": other.screening.text,
        }
        for other in alerts.select_related("screening", "closed_by").order_by("-raised_at")[:20]
    ]
    events += [
        {"at": case.opened_at, "kind": "case", "case": case}
        for case in Case.objects.filter(member=member_id, opened_at__gte=since)
        .select_related("opened_by", "closed_by")
        .order_by("-opened_at")[:10]
    ]
    return sorted(events, key=lambda event: event["at"], reverse=True)
