"""Raising an alert, in exactly one place."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from risk.enums import AlertReason, Urgency
from risk.models import Alert, Screening


def raise_alert(
    screening: Screening, *, urgency: Urgency, reason: AlertReason, at: datetime
) -> Alert:
    """
    Ask a wall guide to read this. There is one open alert a subject.

    If one is open already (the writing was edited, or this ran twice), it is raised
    where this is more urgent and never lowered; the newest reading is shown with it.
    Call inside a transaction.
    """
    due_at = at + urgency.read_within
    alert, created = Alert.objects.get_or_create(
        subject_type_id=screening.subject_type_id,
        subject_id=screening.subject_id,
        closed_at=None,
        defaults={
            "screening": screening,
            "author_id": screening.author_id,
            "locality_id": screening.locality_id,
            "urgency": urgency,
            "reason": reason,
            "raised_at": at,
            "due_at": due_at,
            "next_action_at": due_at,
        },
    )
    if created or alert.screening_id == screening.pk:
        return alert
    changes: dict[str, object] = {"screening": screening, "version": F("version") + 1}
    if urgency > alert.urgency:
        # More urgent words after a person has looked: they must be looked at anew.
        changes |= {
            "urgency": urgency,
            "reason": reason,
            "due_at": min(due_at, alert.due_at) if not alert.acknowledged_at else due_at,
            "next_action_at": min(due_at, alert.next_action_at or due_at),
            "acknowledged_at": None,
            "acknowledged_by": None,
        }
    Alert.objects.open().filter(pk=alert.pk).update(**changes)
    alert.refresh_from_db()
    return alert
