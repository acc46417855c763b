from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import WallGuide
from escalation.enums import Why
from escalation.models.cases import Case

# The database keeps these times; they are written here for the pages that tell of them.
OPENS_FOR = timedelta(minutes=30)
REVIEW_WITHIN = timedelta(hours=24)
# An ask that nobody has answered in this time is asked anew, with what is known by then.
ASK_STANDS_FOR = timedelta(hours=1)
# A senior who is there opens it; if none has in this time, whoever asked can.
SENIOR_OPENS_WITHIN = timedelta(minutes=2)


class IdentityRequestQuerySet(models.QuerySet["IdentityRequest"]):
    def for_guide(self, guide: WallGuide) -> IdentityRequestQuerySet:
        return self.filter(case__locality__in=guide.covers.all())

    def pressing(self, *, now: datetime) -> IdentityRequestQuerySet:
        """Asks that nobody has answered, and releases that no other senior has signed."""
        return self.filter(
            Q(life_at_risk=True, reviewed_at=None)
            | Q(
                life_at_risk=False,
                decided_at=None,
                asked_at__gt=now - ASK_STANDS_FOR,
                case__closed_at=None,
            )
        )

    def overdue(self, *, now: datetime) -> IdentityRequestQuerySet:
        """Releases that another senior should have signed by now."""
        return self.filter(life_at_risk=True, reviewed_at=None, review_due_at__lte=now)


class IdentityRequest(models.Model):
    """
    A wall guide asks to learn who a member is.

    Pages only read these rows. They are written by functions in the vault's schema, which
    hold the rules (a second person, thirty minutes, a reason) and record each act in the
    audit log in the same call: see the migration of this table and escalation.identity.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="identity_requests")
    asked_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # Chosen from a list, because the member will read it.
    why = models.CharField(max_length=20, choices=Why)
    reason = models.TextField(max_length=1000)
    life_at_risk = models.BooleanField(default=False)
    # Whether a senior who covers the locality had their desk open when a life was at risk.
    senior_was_there = models.BooleanField(default=False)

    decided_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True, blank=True)
    decision_note = models.TextField(blank=True, max_length=1000)
    opens_until = models.DateTimeField(null=True, blank=True)

    review_due_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = models.TextField(blank=True, max_length=2000)

    # The member sees each look at once, unless a senior wrote down why not, and until when.
    shown_from = models.DateTimeField(null=True, blank=True)
    delay_reason = models.TextField(blank=True, max_length=1000)
    delayed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    delayed_at = models.DateTimeField(null=True, blank=True)

    objects = IdentityRequestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[Any] = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="nobody_approves_their_own_identity_request",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True, approved__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False, approved__isnull=False),
                name="identity_request_decided_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(opens_until__isnull=True) | Q(approved=True) | Q(life_at_risk=True),
                name="identity_opens_only_when_approved_or_a_life_is_at_risk",
            ),
            models.CheckConstraint(
                condition=Q(life_at_risk=False) | Q(review_due_at__isnull=False),
                name="a_life_at_risk_release_is_to_be_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False)
                & ~Q(reviewed_by=F("asked_by")),
                name="identity_reviewed_at_with_another_by",
            ),
            models.CheckConstraint(
                condition=Q(shown_from__isnull=True, delayed_by__isnull=True, delay_reason="")
                | Q(shown_from__isnull=False, delayed_by__isnull=False) & ~Q(delay_reason=""),
                name="a_look_is_delayed_by_a_person_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["review_due_at"],
                condition=Q(life_at_risk=True, reviewed_at__isnull=True),
                name="identity_to_review",
            ),
        ]

    class Privacy:
        clinical = ("why", "reason", "decision_note", "review_note", "delay_reason")
        operational = (
            "id", "case", "asked_by", "asked_at", "life_at_risk", "senior_was_there",
            "decided_by", "decided_at", "approved", "opens_until", "review_due_at",
            "reviewed_by", "reviewed_at", "shown_from", "delayed_by", "delayed_at",
        )  # fmt: skip

    def is_waiting(self, *, now: datetime) -> bool:
        return (
            not self.life_at_risk
            and self.decided_at is None
            and now < self.asked_at + ASK_STANDS_FOR
        )

    def is_open(self, *, now: datetime) -> bool:
        """Whether it can still be looked at, by whoever may."""
        return self.opens_until is not None and now < self.opens_until

    def is_overdue(self, *, now: datetime) -> bool:
        return self.review_due_at is not None and not self.reviewed_at and self.review_due_at <= now

    @property
    def is_to_review(self) -> bool:
        return self.life_at_risk and self.reviewed_at is None


class IdentityLook(models.Model):
    """One look into the vault: who looked, and when. Written by the door itself."""

    request = models.ForeignKey(IdentityRequest, on_delete=models.PROTECT, related_name="looks")
    looked_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    looked_at = models.DateTimeField()
    # The entry in the audit log that the same call wrote.
    audit_seq = models.BigIntegerField(unique=True)
    # The transaction that wrote it down; the door opens once that is committed, and once only.
    noted_in = models.BigIntegerField()
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[Any] = ["-looked_at", "-pk"]

    class Privacy:
        operational = (
            "id", "request", "looked_by", "looked_at", "audit_seq", "noted_in", "opened_at",
        )  # fmt: skip
