from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import WallGuide
from conversations.enums import Situation
from conversations.models.conversation import LINE_MAX_LENGTH

NAME_MAX_LENGTH = 60


class ReplyTemplateQuerySet(models.QuerySet["ReplyTemplate"]):
    def in_use(self) -> ReplyTemplateQuerySet:
        return self.filter(retired_at=None)

    def offered_to(self, guide: WallGuide) -> ReplyTemplateQuerySet:
        """What a guide may put into a reply: everybody's, and their own."""
        return self.in_use().filter(Q(owner=None) | Q(owner=guide))

    def editable_by(self, guide: WallGuide) -> ReplyTemplateQuerySet:
        """A guide's own; a senior's also those that everybody uses."""
        mine = Q(owner=guide)
        return self.in_use().filter(mine | Q(owner=None) if guide.is_senior else mine)


class ReplyTemplate(models.Model):
    """
    Words to begin a reply with. They have no gaps to fill in: nothing is ever sent half-filled.

    The guide reads and changes them before sending, as with anything they type.
    """

    # Whose it is; None: everybody's, and seniors look after it.
    owner = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    situation = models.CharField(max_length=20, choices=Situation)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    words = models.TextField(max_length=LINE_MAX_LENGTH)
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    retired_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ReplyTemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["situation", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(retired_by__isnull=True, retired_at__isnull=True)
                | Q(retired_by__isnull=False, retired_at__isnull=False),
                name="template_retired_at_with_by",
            ),
        ]

    class Privacy:
        operational = (
            "id", "owner", "situation", "name", "words", "version", "written_by", "written_at",
            "retired_by", "retired_at",
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def retire(self, *, by: WallGuide, at: datetime) -> bool:
        """Take it out of use, and say whether it was in use."""
        return bool(
            ReplyTemplate.objects.filter(pk=self.pk, retired_at=None).update(
                retired_by=by, retired_at=at
            )
        )
