from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from belonging.enums import Reason
from escalation.models import Case


class KeptEpisode(models.Model):
    """
    A risk episode of somebody who has left, kept under a pseudonym until a day.

    Its case, what a guide noted in it and the words that a guide acted on stay; whoever wrote
    them has no sign-in, no alias and no details any more.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()
    keep_until = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["keep_until"], name="kept_until")]

    class Privacy:
        operational = ("id", "case", "kept_at", "keep_until")


class LeavingReason(models.Model):
    """How often a reason for leaving was given in a month. It points at nobody."""

    month = models.DateField()
    reason = models.CharField(max_length=20, choices=Reason)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[Any] = ["-month", "reason"]
        constraints = [
            models.UniqueConstraint(fields=["month", "reason"], name="one_count_a_reason_a_month"),
        ]

    class Privacy:
        operational = ("id", "month", "reason", "times")
