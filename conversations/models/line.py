from __future__ import annotations

import uuid

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise

from accounts.models import Member, WallGuide, new_public_id
from conversations.enums import Said
from conversations.models.conversation import LINE_MAX_LENGTH, Conversation
from risk.models import Screening


class LineQuerySet(models.QuerySet["Line"]):
    def newest_first(self) -> LineQuerySet:
        return self.order_by("-pk")

    def older_than(self, line: Line) -> LineQuerySet:
        return self.filter(pk__lt=line.pk)

    def of_members(self) -> LineQuerySet:
        return self.filter(author__isnull=False)


class Line(models.Model):
    """
    One turn in a conversation: a member's words, a guide's, or one of the house's own sentences.

    Lines stand as they were sent. A member's is screened like everything members write.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="lines")
    author = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="lines"
    )
    guide = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Which sentence of the house this is, if it is one; it is said in the reader's language.
    said = models.CharField(max_length=20, choices=Said, blank=True)
    body = models.TextField(max_length=LINE_MAX_LENGTH, blank=True)
    # The body as escaped paragraphs, made once when it is written.
    body_html = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    # The form's own key: a double click or a retry is the same line (F32).
    idempotency_key = models.UUIDField(default=uuid.uuid4)
    # How long the member had waited, where a guide's line is the first answer of a sitting.
    first_wait = models.DurationField(null=True, blank=True)
    screenings = GenericRelation(
        Screening, content_type_field="subject_type", object_id_field="subject_id"
    )

    objects = LineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["author", "idempotency_key"], name="one_line_per_submission"
            ),
            models.UniqueConstraint(
                fields=["guide", "idempotency_key"], name="one_guide_line_per_submission"
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False, guide__isnull=True, said="")
                | Q(author__isnull=True, guide__isnull=False, said="")
                | (Q(author__isnull=True, body="") & ~Q(said="")),
                name="a_line_is_by_a_member_a_guide_or_the_house",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "-id"], name="line_in_conversation"),
            models.Index(
                fields=["sent_at"],
                condition=Q(first_wait__isnull=False),
                name="line_first_answers",
            ),
        ]

    class Privacy:
        clinical = ("body", "body_html")
        operational = (
            "id", "public_id", "conversation", "author", "guide", "said", "sent_at",
            "idempotency_key", "first_wait", "screenings",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"Line {self.pk}"

    @property
    def in_house_words(self) -> str | Promise:
        """The house's sentence, naming the guide it is about."""
        name = self.guide.name if self.guide is not None else ""
        return str(Said(self.said).label) % {"guide": name}
