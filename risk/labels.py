"""
What people say about texts, kept so that the screening can be measured and can learn.

A label is an explicit answer to "how soon should a person have read this?". That an alert
came to nothing is no answer, and "I can't say" is kept apart from every level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import WallGuide
from audit.operations import record
from risk import alerts
from risk.enums import Category, Helped, LabelSource, Urgency
from risk.models import Alert, AuditReading, Label, Screening


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's answer. ``level`` is None where they could not say."""

    level: Urgency | None
    categories: Sequence[Category] = ()
    helped: Helped = Helped.UNSAID


class AlreadyRead(Exception):
    """Somebody else has read this one blind already, and no further reading is wanted."""


def label_closed_alert(
    *, alert: Alert, by: WallGuide, judgement: Judgement, shown_at: datetime | None, at: datetime
) -> Label:
    """Keep what the person who closed an alert said. Call in the transaction that closes it."""
    return _keep(
        alert.screening, LabelSource.CLOSED_ALERT, by=by, judgement=judgement,
        shown_at=shown_at, at=at,
    )  # fmt: skip


@transaction.atomic
def raise_missed(
    *, screening: Screening, by: WallGuide, level: Urgency, categories: Sequence[Category],
    at: datetime,
) -> Alert:  # fmt: skip
    """
    A guide read something that the screening let lie: an alert at once, and a label.

    :raises ValueError: for GREEN, which asks nobody to read sooner
    """
    if level == Urgency.GREEN:
        raise ValueError("A miss asks for somebody to read sooner than GREEN.")
    alert = alerts.raise_for_guide(screening, urgency=level, at=at)
    _keep(
        screening, LabelSource.GUIDE_MISS, by=by, judgement=Judgement(level, categories),
        shown_at=None, at=at,
    )  # fmt: skip
    record(
        actor=f"guide:{by.pk}", verb="raise alert", subject=f"alert:{alert.pk}", at=at,
        detail={"urgency": level.slug},
    )  # fmt: skip
    return alert


@transaction.atomic
def answer_reading(
    *,
    reading: AuditReading,
    by: WallGuide,
    judgement: Judgement,
    shown_at: datetime | None,
    at: datetime,
) -> Alert | None:
    """
    Keep a blind answer, and raise an alert at once where a person should read soon.

    :raises AlreadyRead: if no reading by this guide is wanted any more. An answer of AMBER
        or above raises its alert all the same: nobody's worry is turned away.
    """
    held = AuditReading.objects.select_for_update().get(pk=reading.pk)
    given = set(held.labels.values_list("judged_by_id", flat=True))
    wanted = held.done_at is None and by.pk not in given
    alert = None
    if judgement.level is not None and judgement.level > Urgency.GREEN and by.pk not in given:
        alert = alerts.raise_for_guide(held.screening, urgency=judgement.level, at=at)
        record(
            actor=f"guide:{by.pk}", verb="raise alert", subject=f"alert:{alert.pk}", at=at,
            detail={"urgency": judgement.level.slug},
        )  # fmt: skip
    if not wanted:
        if alert is None:
            raise AlreadyRead
        _keep(
            held.screening, LabelSource.GUIDE_MISS, by=by, judgement=judgement,
            shown_at=shown_at, at=at,
        )  # fmt: skip
        return alert
    _keep(
        held.screening, held.source, by=by, judgement=judgement, shown_at=shown_at, at=at,
        audit_reading=held,
    )  # fmt: skip
    if len(given) + 1 >= (2 if held.wants_second else 1):
        held.done_at = at
        held.save(update_fields=["done_at"])
    record(
        actor=f"guide:{by.pk}", verb="read blind", subject=f"screening:{held.screening_id}", at=at
    )
    return alert


def _keep(
    screening: Screening,
    source: LabelSource,
    *,
    by: WallGuide,
    judgement: Judgement,
    shown_at: datetime | None,
    at: datetime,
    audit_reading: AuditReading | None = None,
) -> Label:
    return Label.objects.create(
        screening=screening,
        source=source,
        audit_reading=audit_reading,
        level=judgement.level,
        is_unsure=judgement.level is None,
        categories=[Category(category).value for category in judgement.categories],
        helped=judgement.helped,
        machine_level=screening.urgency,
        machine_probability=screening.probability,
        lexicon_version=screening.lexicon_version,
        model_version=screening.model_version,
        judged_by=by,
        shown_at=shown_at,
        judged_at=at,
    )
