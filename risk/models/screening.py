from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from accounts.models import Member
from commissioning.models import Locality
from risk.enums import Category, ScreeningState, Urgency

# A batch takes well under a second; a worker that died frees its rows after this. Three
# deaths over the same text must come to a person within 15 s (F01).
LEASE_LASTS = timedelta(seconds=3)
ATTEMPTS_BEFORE_A_PERSON = 3


class ScreeningQuerySet(models.QuerySet["Screening"]):
    def pending(self) -> ScreeningQuerySet:
        return self.filter(state=ScreeningState.PENDING)

    def ready(self, *, now: datetime) -> ScreeningQuerySet:
        """Pending, and in no worker's hands."""
        return self.pending().filter(Q(leased_until=None) | Q(leased_until__lt=now))

    def waiting_since(self, moment: datetime) -> ScreeningQuerySet:
        return self.pending().filter(requested_at__lte=moment)


class Screening(models.Model):
    """One reading, by the machine, of one version of something a member wrote."""

    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    revision = models.PositiveIntegerField(default=1)

    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="screenings")
    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="+")
    # The words as they were asked about: a later edit or deletion takes nothing away.
    text = models.TextField()
    # What it answers, where it is a reply: "do it then" means nothing by itself.
    in_reply_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers"
    )

    state = models.CharField(max_length=20, choices=ScreeningState, default=ScreeningState.PENDING)
    requested_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    screened_at = models.DateTimeField(null=True, blank=True)

    urgency = models.PositiveSmallIntegerField(choices=Urgency, null=True, blank=True)
    probability = models.FloatField(null=True, blank=True)
    categories = models.JSONField(default=list)
    spans = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    # What weighed most in the model, [{"text", "weight"}], at most five.
    model_terms = models.JSONField(default=list)
    why_not_higher = models.TextField(blank=True)
    # What the words alone asked for, and why the member's last weeks raised it, where they did.
    urgency_of_words = models.PositiveSmallIntegerField(choices=Urgency, null=True, blank=True)
    raised_because = models.TextField(blank=True)
    lexicon_version = models.CharField(max_length=40, blank=True)
    model_version = models.CharField(max_length=40, blank=True)

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "revision"],
                name="one_screening_per_version_of_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(state=ScreeningState.PENDING, screened_at__isnull=True)
                | (~Q(state=ScreeningState.PENDING) & Q(screened_at__isnull=False)),
                name="screening_is_pending_until_screened_at",
            ),
            models.CheckConstraint(
                condition=~Q(state=ScreeningState.SCREENED) | Q(urgency__isnull=False),
                name="a_screened_text_has_an_urgency",
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=Q(state=ScreeningState.PENDING),
                name="screening_pending",
            ),
            models.Index(fields=["author", "-requested_at"], name="screening_by_author"),
            # Rows lie in the order of their time, so a few bytes a page of the table are enough.
            BrinIndex(fields=["screened_at"], name="screening_by_time", autosummarize=True),
        ]

    class Privacy:
        clinical = (
            "text", "urgency", "probability", "categories", "spans", "reasons", "model_terms",
            "why_not_higher", "urgency_of_words", "raised_because",
        )  # fmt: skip
        operational = (
            "id", "subject_type", "subject_id", "revision", "author", "locality", "state",
            "in_reply_to", "requested_at", "attempts", "leased_until", "screened_at",
            "lexicon_version", "model_version",
        )  # fmt: skip

    @property
    def category_labels(self) -> list[str]:
        return [Category(slug).label for slug in self.categories]
