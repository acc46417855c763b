from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from accounts.models import Member, WallGuide, new_public_id


class Topic(models.Model):
    """What a post is about, in the words people come with."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    blurb = models.CharField(max_length=160)
    tint = models.CharField(max_length=10)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[Any] = ["position"]

    class Privacy:
        operational = ("id", "slug", "name", "blurb", "tint", "position")

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    """A room of few inside a topic, run by wall guides and entered by invitation."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=60)
    blurb = models.CharField(max_length=200, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="groups")
    guides = models.ManyToManyField(WallGuide, related_name="groups")
    created_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Privacy:
        operational = (
            "id", "public_id", "name", "blurb", "topic", "guides", "created_by", "created_at",
            "closed_at",
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """Somebody's place in a group: asked first, and in only by their own yes."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="groups")
    invited_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "member"], name="a_member_is_in_a_group_once"),
        ]

    class Privacy:
        clinical = ("group",)
        operational = ("id", "member", "invited_by", "invited_at", "joined_at", "left_at")
