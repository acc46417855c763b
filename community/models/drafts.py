from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Member
from community.enums import ContentNote
from community.models.places import Topic
from community.models.writing import BODY_MAX_LENGTH


class Draft(models.Model):
    """
    Words that a member has begun and not sent. Nobody else reads them, guides least of all.

    One for each place where words can go: "post", "reply-" or "edit-" and an address.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="drafts")
    place = models.CharField(max_length=40)
    body = models.TextField(max_length=BODY_MAX_LENGTH)
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    content_note = models.CharField(max_length=20, choices=ContentNote, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-updated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "place"], name="one_draft_for_a_place"),
        ]
        indexes = [models.Index(fields=["updated_at"], name="draft_by_age")]

    class Privacy:
        clinical = ("body", "topic", "content_note", "place")
        operational = ("id", "member", "updated_at")
