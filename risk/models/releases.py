from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from accounts.models import User
from risk.enums import ReleaseState, Urgency
from risk.models.screening import Screening


class ModelReleaseQuerySet(models.QuerySet["ModelRelease"]):
    def champion(self) -> ModelReleaseQuerySet:
        """The release that reads for the desk; empty while the shipped model does."""
        return self.filter(state=ReleaseState.CHAMPION)

    def challengers(self) -> ModelReleaseQuerySet:
        return self.filter(state=ReleaseState.CHALLENGER).order_by("-pk")

    def damaged_in_use(self) -> ModelReleaseQuerySet:
        """The champion, where a worker could not use it and reads with the shipped model."""
        return self.champion().filter(unusable_since__isnull=False)

    def without_content(self) -> ModelReleaseQuerySet:
        """For lists: the model itself is hundreds of kilobytes."""
        return self.defer("content", "manifest")


class ModelRelease(models.Model):
    """A model that was trained here. Its bytes never change; what it is to the house does."""

    content = models.BinaryField()
    manifest = models.JSONField()
    sha256 = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=ReleaseState, default=ReleaseState.CHALLENGER)
    trained_at = models.DateTimeField()
    # How many labels it learnt from: {"all": …, "positive": …, "newest": the last label's id}.
    label_counts = models.JSONField(default=dict)
    shadow_since = models.DateTimeField()
    gate_report = models.JSONField(null=True, blank=True)
    gate_passed = models.BooleanField(default=False)
    gated_at = models.DateTimeField(null=True, blank=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # What read for the desk before it: another release, or the shipped model where this is empty.
    replaced = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    # Set by a worker that found its bytes damaged, and cleared by one that could load them.
    unusable_since = models.DateTimeField(null=True, blank=True)

    objects = ModelReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=ReleaseState.CHAMPION.value),
                name="one_champion_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReleaseState.CHAMPION.value)
                | Q(promoted_at__isnull=False, gate_passed=True),
                name="a_champion_has_passed_the_gate",
            ),
            models.CheckConstraint(
                condition=Q(gated_at__isnull=True, gate_report__isnull=True)
                | Q(gated_at__isnull=False, gate_report__isnull=False),
                name="a_gate_report_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"],
                condition=Q(state=ReleaseState.CHALLENGER.value),
                name="release_newest_challenger",
            ),
        ]

    class Privacy:
        operational = (
            "id", "content", "manifest", "sha256", "state", "trained_at", "label_counts",
            "shadow_since", "gate_report", "gate_passed", "gated_at", "promoted_at", "ended_at",
            "replaced", "unusable_since",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"Release {self.pk}"

    @property
    def version(self) -> str:
        """As screenings name the model that read them."""
        return self.sha256[:12]


class ReleaseSignature(models.Model):
    """Somebody on the staff has read a gate report and stands for it."""

    release = models.ForeignKey(ModelRelease, on_delete=models.PROTECT, related_name="signatures")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    as_senior_guide = models.BooleanField()
    signed_at = models.DateTimeField()
    # Which report was read: signatures under an older one no longer count.
    gated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "signed_by", "gated_at"], name="one_signature_a_person"
            ),
        ]

    class Privacy:
        operational = (
            "id", "release", "signed_by", "as_senior_guide", "signed_at", "gated_at",
        )  # fmt: skip


class ShadowReading(models.Model):
    """What a challenger would have said about a text. Nobody acts on it."""

    screening = models.ForeignKey(
        Screening, on_delete=models.PROTECT, related_name="shadow_readings"
    )
    release = models.ForeignKey(
        ModelRelease, on_delete=models.PROTECT, related_name="shadow_readings"
    )
    urgency = models.PositiveSmallIntegerField(choices=Urgency)
    probability = models.FloatField()
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "screening"], name="one_shadow_reading_a_release"
            ),
        ]

    class Privacy:
        clinical = ("urgency", "probability")
        operational = ("id", "screening", "release", "read_at")


class ScreeningDay(models.Model):
    """One day of screening in counts, for the drift charts. Nobody can be found in it."""

    day = models.DateField(unique=True)
    screened = models.PositiveIntegerField()
    # Counts by level's name; by tenth of probability; by rule; and overrides by rule.
    levels: Any = models.JSONField(default=dict)
    probabilities: Any = models.JSONField(default=list)
    rules: Any = models.JSONField(default=dict)
    words = models.PositiveIntegerField(default=0)
    unknown_words = models.PositiveIntegerField(default=0)
    alarms: Any = models.JSONField(default=list)
    counted_at = models.DateTimeField()

    class Privacy:
        operational = (
            "id", "day", "screened", "levels", "probabilities", "rules", "words", "unknown_words",
            "alarms", "counted_at",
        )  # fmt: skip
