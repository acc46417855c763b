from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q

from accounts.models import Member, WallGuide
from commissioning.models import Locality
from risk.enums import AlertOutcome, AlertReason, Urgency
from risk.models.screening import Screening

# A claim lives as long as the guide's desk keeps saying so, every 30 s (F27).
CLAIM_LASTS = timedelta(seconds=90)
# An alert passed up asks again this often until a person acknowledges it.
PASS_UP_EVERY = timedelta(minutes=5)
# "I'm not sure": how long a senior guide has to answer before it is passed up.
SENIOR_ANSWERS_WITHIN = timedelta(minutes=10)


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> AlertQuerySet:
        return self.filter(closed_at=None)

    def unacknowledged(self) -> AlertQuerySet:
        """Open, and no person has yet taken it up."""
        return self.open().filter(acknowledged_at=None)

    def unclaimed(self, *, now: datetime) -> AlertQuerySet:
        """In nobody's hands, or in hands that have stopped answering."""
        return self.filter(Q(claim_expires_at=None) | Q(claim_expires_at__lte=now))

    def for_guide(self, guide: WallGuide) -> AlertQuerySet:
        """
        Alerts from the localities this wall guide covers.

        The canary's locality is covered by nobody, so its alerts reach no desk.
        """
        return self.filter(locality__in=guide.covers.all())

    def passed_up(self) -> AlertQuerySet:
        """For a senior guide: late, or a guide is unsure."""
        return self.open().filter(
            Q(passed_up_at__isnull=False)
            | Q(senior_asked_at__isnull=False, senior_answered_at=None)
        )

    def most_urgent_first(self) -> AlertQuerySet:
        return self.order_by("-urgency", "due_at", "pk")

    def due_for_action(self, *, now: datetime) -> AlertQuerySet:
        return self.open().filter(next_action_at__lte=now)


class Alert(models.Model):
    """
    Asks a wall guide to read something a member has written.

    Open until a person closes it with an outcome. While it is open, `next_action_at`
    says when something happens by itself if nobody acts, so that it cannot be forgotten.
    """

    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="alerts")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="alerts")
    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="alerts")

    urgency = models.PositiveSmallIntegerField(choices=Urgency)
    reason = models.CharField(max_length=20, choices=AlertReason)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_action_at = models.DateTimeField(null=True)
    # Grows with every change; a form that shows an older one is answered with 409.
    version = models.PositiveIntegerField(default=1)

    claimed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    # The first person to take it up; kept when their claim lapses.
    acknowledged_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    senior_asked_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    senior_asked_at = models.DateTimeField(null=True, blank=True)
    senior_due_at = models.DateTimeField(null=True, blank=True)
    senior_question = models.TextField(blank=True)
    senior_answered_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    senior_answered_at = models.DateTimeField(null=True, blank=True)
    senior_answer = models.TextField(blank=True)

    passed_up_at = models.DateTimeField(null=True, blank=True)
    passed_up_times = models.PositiveIntegerField(default=0)

    closed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=AlertOutcome, blank=True)
    closing_note = models.TextField(blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(closed_at__isnull=True),
                name="one_open_alert_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False) | Q(next_action_at__isnull=False),
                name="an_open_alert_has_a_next_action",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome="", closed_by__isnull=True)
                | (Q(closed_at__isnull=False) & ~Q(outcome=""))
                & (Q(closed_by__isnull=False) | Q(outcome=AlertOutcome.CANARY)),
                name="a_closed_alert_has_an_outcome_and_a_person",
            ),
            models.CheckConstraint(
                condition=Q(
                    claimed_by__isnull=True, claimed_at__isnull=True, claim_expires_at__isnull=True
                )
                | Q(
                    claimed_by__isnull=False,
                    claimed_at__isnull=False,
                    claim_expires_at__isnull=False,
                ),
                name="alert_claimed_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True, acknowledged_at__isnull=True)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="alert_acknowledged_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(senior_asked_by__isnull=True, senior_asked_at__isnull=True)
                | Q(senior_asked_by__isnull=False, senior_asked_at__isnull=False),
                name="alert_senior_asked_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(senior_answered_by__isnull=True, senior_answered_at__isnull=True)
                | Q(senior_answered_by__isnull=False, senior_answered_at__isnull=False),
                name="alert_senior_answered_at_with_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["locality", "-urgency", "due_at", "id"],
                condition=Q(closed_at__isnull=True),
                name="alert_queue",
            ),
            models.Index(
                fields=["next_action_at"],
                condition=Q(closed_at__isnull=True),
                name="alert_next_action",
            ),
            models.Index(fields=["author", "-raised_at"], name="alert_by_author"),
        ]

    class Privacy:
        clinical = (
            "urgency", "reason", "senior_question", "senior_answer", "outcome", "closing_note",
        )  # fmt: skip
        operational = (
            "id", "subject_type", "subject_id", "screening", "author", "locality", "raised_at",
            "due_at", "next_action_at", "version", "claimed_by", "claimed_at", "claim_expires_at",
            "acknowledged_by", "acknowledged_at", "senior_asked_by", "senior_asked_at",
            "senior_due_at", "senior_answered_by", "senior_answered_at", "passed_up_at",
            "passed_up_times", "closed_by", "closed_at",
        )  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def waits_for_a_senior(self) -> bool:
        return self.senior_asked_at is not None and self.senior_answered_at is None

    def is_claimed(self, *, now: datetime) -> bool:
        return self.claim_expires_at is not None and self.claim_expires_at > now

    def is_claimed_by(self, guide: WallGuide, *, now: datetime) -> bool:
        return self.claimed_by_id == guide.pk and self.is_claimed(now=now)

    def is_late(self, *, now: datetime) -> bool:
        return self.acknowledged_at is None and self.due_at <= now

    def change(self, **fields: Any) -> None:
        """Change this alert, whose row the caller has taken, and count its version up."""
        Alert.objects.filter(pk=self.pk).update(version=F("version") + 1, **fields)
        self.refresh_from_db()
