"""Becoming one of those who work here, and getting back in after losing a second factor."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Self

from django.db import models

from accounts.enums import Work
from accounts.models.people import User
from commissioning.models import Commissioner, Locality

INVITED_FOR = timedelta(days=3)
ASKED_FOR = timedelta(hours=24)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, *, now: datetime) -> Self:
        """Those that can still be taken up."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)

    def of_token(self, token: str) -> Self:
        return self.filter(token_hash=hash_of(token))


class Invitation(models.Model):
    """
    A letter that lets one mailbox take up an appointment. No sign-in exists before it is taken up.

    The letter's link is kept as a hash and the address as a seal: who reads this table can
    neither take up an invitation nor write to anybody.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    address_seal = models.CharField(max_length=64)
    name = models.CharField(max_length=60)
    work = models.CharField(max_length=10, choices=Work)
    covers = models.ManyToManyField(Locality, related_name="+", blank=True)
    # An invitation is nothing without the commissioner it is for, who is never deleted anyway.
    commissioner = models.ForeignKey(
        Commissioner, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Null: by who runs the machine, for the first administrator.
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Privacy:
        identifying = ("address_seal", "name")
        operational = (
            "id", "token_hash", "work", "covers", "commissioner", "invited_by", "invited_at",
            "expires_at", "accepted_at", "withdrawn_at",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"Invitation {self.pk}"


class SecondFactorResetQuerySet(models.QuerySet["SecondFactorReset"]):
    def open(self, *, now: datetime) -> Self:
        """Those that a second person can still agree to."""
        return self.filter(agreed_at=None, asked_at__gt=now - ASKED_FOR)


class SecondFactorReset(models.Model):
    """One person asks to set back another's lost second factor, and another agrees."""

    # Whose it is, who asked and who agreed: none of them is ever deleted from under it.
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    agreed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)

    objects = SecondFactorResetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agreed_at__isnull=True, agreed_by__isnull=True)
                | models.Q(agreed_at__isnull=False, agreed_by__isnull=False),
                name="reset_agreed_at_with_by",
            ),
            models.CheckConstraint(
                condition=~models.Q(agreed_by=models.F("asked_by"))
                & ~models.Q(user=models.F("asked_by"))
                & ~models.Q(user=models.F("agreed_by")),
                name="reset_by_two_others",
            ),
        ]

    class Privacy:
        identifying = ("user",)
        operational = ("id", "asked_by", "asked_at", "reason", "agreed_by", "agreed_at")

    def __str__(self) -> str:
        return f"SecondFactorReset {self.pk}"


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
