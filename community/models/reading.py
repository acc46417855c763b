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


class ReadingPlace(models.Model):
    """
    Where a reader was, for themselves alone: no page, no guide and no count knows of it (S27).

    The times are the beginnings of visits and no finer than a wall needs that says what is new.
    """

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="reading_place")
    # When they were last here, and when the visit before that ended.
    here_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True, blank=True)
    # How far they had read on: which list, and the public id of the last post of a page.
    feed = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=16, blank=True)
    # Whether the wall may pick topics from the reasons and goals that they gave.
    picks_for_them = models.BooleanField(default=True)

    class Privacy:
        clinical = ("feed", "after")
        operational = ("id", "member", "here_at", "before_at", "picks_for_them")
