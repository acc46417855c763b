"""Raising an alert, in exactly one place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from live import pokes
from risk.enums import AlertReason, ScreeningState, Urgency
from risk.models import Alert, Screening


def raise_alerts(screenings: Sequence[Screening], *, at: datetime) -> None:
    """
    Ask wall guides to read these. There is one open alert a subject.

    Where one is open already (the writing was edited, or this ran twice), it is raised
    if this is more urgent and never lowered, and goes on showing the most urgent words:
    editing them away does not take them from a guide. What no machine could read asks
    at least as AMBER. Call inside a transaction.
    """
    left = list(screenings)
    while left:
        # A first version almost never has an alert, so a whole batch costs one INSERT.
        Alert.objects.bulk_create(
            [_alert(screening, at=at) for screening in left], ignore_conflicts=True
        )
        # Those that were not created stand behind an older reading of the same subject.
        asked = set(Alert.objects.filter(screening__in=left).values_list("screening_id", flat=True))
        left = [
            screening
            for screening in left
            if screening.pk not in asked and not _add_to_open(screening, at=at)
        ]


def raise_for_guide(
    screening: Screening,
    *,
    urgency: Urgency,
    at: datetime,
    reason: AlertReason = AlertReason.RAISED_BY_GUIDE,
) -> Alert:
    """
    A person says that somebody must read this, whatever the machine made of it.

    The open alert about the same writing is raised, never lowered; without one, one is
    opened. Returns it. Call inside a transaction.
    """
    asked = _alert(screening, at=at)
    due_at = at + urgency.read_within
    asked.urgency, asked.reason = urgency, reason
    asked.due_at = asked.next_action_at = due_at
    while True:
        Alert.objects.bulk_create([asked], ignore_conflicts=True)
        # None where a guide closes the alert that stood in the way in this very moment.
        if alert := _merge(asked, screening):
            pokes.poke_localities([screening.locality_id])
            return alert


def urgency_of(screening: Screening) -> Urgency:
    """How soon to read: as the machine said, and AMBER at least where it could not say."""
    read = Urgency(screening.urgency or Urgency.GREEN)
    if screening.state == ScreeningState.LEFT_TO_A_PERSON:
        return max(read, Urgency.AMBER)
    return read


def _alert(screening: Screening, *, at: datetime) -> Alert:
    urgency = urgency_of(screening)
    due_at = at + urgency.read_within
    unread = screening.state == ScreeningState.LEFT_TO_A_PERSON
    return Alert(
        subject_type_id=screening.subject_type_id,
        subject_id=screening.subject_id,
        screening=screening,
        author_id=screening.author_id,
        locality_id=screening.locality_id,
        urgency=urgency,
        reason=AlertReason.UNREAD_BY_MACHINE if unread else AlertReason.RISK_TERMS,
        raised_at=at,
        due_at=due_at,
        next_action_at=due_at,
    )


def _add_to_open(screening: Screening, *, at: datetime) -> bool:
    """Put another reading into the alert that is open about it; False if none is any more."""
    return _merge(_alert(screening, at=at), screening) is not None


def _merge(asked: Alert, screening: Screening) -> Alert | None:
    alert = (
        Alert.objects.open()
        .select_for_update()
        .filter(subject_type_id=screening.subject_type_id, subject_id=screening.subject_id)
        .first()
    )
    if alert is None:
        return None  # a guide has closed it in this very moment
    changes: dict[str, object] = {}
    if asked.urgency >= alert.urgency:
        changes["screening"] = screening
    if asked.urgency > alert.urgency:
        # More urgent words, perhaps after a person has looked: they must be looked at anew.
        changes |= {
            "urgency": asked.urgency,
            "reason": asked.reason,
            "due_at": asked.due_at if alert.acknowledged_at else min(asked.due_at, alert.due_at),
            "next_action_at": min(asked.due_at, alert.next_action_at or asked.due_at),
            "acknowledged_at": None,
            "acknowledged_by": None,
        }
    alert.change(**changes)
    return alert
