from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

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


class GroupMemberQuerySet(models.QuerySet["GroupMember"]):
    def joined(self, member: Member) -> GroupMemberQuerySet:
        """Where this member is now. A closed group is still read by who was in it."""
        return self.filter(member=member, joined_at__isnull=False, left_at=None)

    def in_now(self, group: int) -> GroupMemberQuerySet:
        """Who is in a group now, by its key."""
        return self.filter(group=group, joined_at__isnull=False, left_at=None)

    def asked(self, member: Member) -> GroupMemberQuerySet:
        """Invitations that wait for this member's yes or no."""
        return self.filter(
            member=member, joined_at=None, left_at=None, group__closed_at=None
        ).order_by("invited_at", "pk")


class GroupMember(models.Model):
    """Somebody's place in a group: asked first, and in only by their own yes."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="groups")
    invited_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True, blank=True)
    # When they left, said no, or a guide ended it.
    left_at = models.DateTimeField(null=True, blank=True)
    # The guide who ended it, and why, in words for the member; nobody where they left themselves.
    ended_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_because = models.CharField(max_length=300, blank=True)

    objects = GroupMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "member"], name="a_member_is_in_a_group_once"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_because="")
                | (Q(ended_by__isnull=False, left_at__isnull=False) & ~Q(ended_because="")),
                name="a_place_is_ended_by_somebody_for_a_reason",
            ),
        ]

    class Privacy:
        clinical = ("group", "ended_because")
        operational = (
            "id", "member", "invited_by", "invited_at", "joined_at", "left_at", "ended_by",
        )  # fmt: skip
