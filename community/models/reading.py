from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import Member
from community.models.writing import Post


class SavedPost(models.Model):
    """A post that a member wants to find again. Nobody else is told, its writer least of all."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="saved_posts")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "post"], name="a_post_is_saved_once"),
        ]

    class Privacy:
        clinical = ("post",)
        operational = ("id", "member", "saved_at")


class MutedMember(models.Model):
    """Somebody whose words a member does not want to meet. The muted never learn of it."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="muted_members")
    muted = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    muted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "muted"], name="a_member_is_muted_once"),
            models.CheckConstraint(condition=~Q(member=F("muted")), name="nobody_mutes_themselves"),
        ]

    class Privacy:
        clinical = ("muted",)
        operational = ("id", "member", "muted_at")
