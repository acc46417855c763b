from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models import WallGuide
from risk.enums import Helped, LabelSource, Stratum, Urgency
from risk.models.screening import Screening


class AuditDraw(models.Model):
    """One drawing of the audit sample: from how many texts, and with what chances."""

    from_at = models.DateTimeField()
    until_at = models.DateTimeField(unique=True)
    # Unflagged texts read by the machine in that time, and those of them near the threshold.
    population = models.PositiveIntegerField()
    near_population = models.PositiveIntegerField()
    near_above = models.FloatField(null=True, blank=True)
    random_rate = models.FloatField()
    near_rate = models.FloatField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at__gt=models.F("from_at")), name="an_audit_draw_covers_some_time"
            ),
        ]

    class Privacy:
        operational = (
            "id", "from_at", "until_at", "population", "near_population", "near_above",
            "random_rate", "near_rate",
        )  # fmt: skip


class AuditReadingQuerySet(models.QuerySet["AuditReading"]):
    def waiting_for(self, guide: WallGuide) -> AuditReadingQuerySet:
        """What this guide may read blind: of their localities, and not read by them before."""
        return (
            self.filter(done_at=None, screening__locality__in=guide.covers.all())
            .exclude(labels__judged_by=guide)
            .order_by("drawn_at", "pk")
        )


class AuditReading(models.Model):
    """An unflagged text that a person is asked to read blind, so that misses can be counted."""

    screening = models.OneToOneField(
        Screening, on_delete=models.PROTECT, related_name="audit_reading"
    )
    draw = models.ForeignKey(AuditDraw, on_delete=models.PROTECT, related_name="readings")
    stratum = models.CharField(max_length=20, choices=Stratum)
    # The chance that this text had of being drawn by either draw: its inverse is its weight.
    inclusion_probability = models.FloatField()
    drawn_at = models.DateTimeField()
    wants_second = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = AuditReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="an_audit_reading_had_a_chance",
            ),
        ]
        indexes = [
            models.Index(
                fields=["drawn_at", "id"], condition=Q(done_at__isnull=True), name="audit_waiting"
            ),
        ]

    class Privacy:
        operational = (
            "id", "screening", "draw", "stratum", "inclusion_probability", "drawn_at",
            "wants_second", "done_at",
        )  # fmt: skip

    @property
    def source(self) -> LabelSource:
        if self.stratum == Stratum.NEAR_THRESHOLD:
            return LabelSource.AUDIT_NEAR_THRESHOLD
        return LabelSource.AUDIT_RANDOM


class LabelQuerySet(models.QuerySet["Label"]):
    def sure(self) -> LabelQuerySet:
        """Those where the person said a level."""
        return self.filter(level__isnull=False)

    def lent(self) -> LabelQuerySet:
        """Those whose text the member has lent to the screening to learn from."""
        return self.filter(screening__author__lends_words=True)

    def confirmed(self, *, at_least: Urgency) -> LabelQuerySet:
        """Texts of which a person said that they should be read this soon, or sooner."""
        return self.filter(level__gte=at_least)


class Label(models.Model):
    """
    What a person said about one text: how soon somebody should have read it.

    Only ever an explicit answer: an alert that led to nothing is no GREEN. It never changes
    once it is given, and holds no words of anybody's.
    """

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="labels")
    source = models.CharField(max_length=24, choices=LabelSource)
    audit_reading = models.ForeignKey(
        AuditReading, on_delete=models.PROTECT, null=True, blank=True, related_name="labels"
    )
    level = models.PositiveSmallIntegerField(choices=Urgency, null=True, blank=True)
    is_unsure = models.BooleanField(default=False)
    categories = models.JSONField(default=list)
    helped = models.CharField(max_length=10, choices=Helped, default=Helped.UNSAID)
    # What the machine had said at that time, as it was shown or kept from the person.
    machine_level = models.PositiveSmallIntegerField(choices=Urgency, null=True, blank=True)
    machine_probability = models.FloatField(null=True, blank=True)
    lexicon_version = models.CharField(max_length=40, blank=True)
    model_version = models.CharField(max_length=40, blank=True)
    judged_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="labels")
    shown_at = models.DateTimeField(null=True, blank=True)
    judged_at = models.DateTimeField()

    objects = LabelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__isnull=False, is_unsure=False)
                | Q(level__isnull=True, is_unsure=True),
                name="a_label_says_a_level_or_that_it_cannot",
            ),
            models.UniqueConstraint(
                fields=["audit_reading", "judged_by"], name="one_blind_reading_a_guide"
            ),
            models.CheckConstraint(
                condition=Q(audit_reading__isnull=True)
                | Q(
                    source__in=[
                        LabelSource.AUDIT_RANDOM.value,
                        LabelSource.AUDIT_NEAR_THRESHOLD.value,
                    ]
                ),
                name="a_blind_label_says_so",
            ),
        ]
        indexes = [models.Index(fields=["-judged_at"], name="label_newest")]

    class Privacy:
        clinical = (
            "level", "is_unsure", "categories", "helped", "machine_level", "machine_probability",
        )  # fmt: skip
        operational = (
            "id", "screening", "source", "audit_reading", "lexicon_version", "model_version",
            "judged_by", "shown_at", "judged_at",
        )  # fmt: skip


def seconds_shown(label: Label) -> float | None:
    """How long the person had the text before them; None where nobody knows."""
    since: datetime | None = label.shown_at
    return None if since is None else max((label.judged_at - since).total_seconds(), 0.0)
