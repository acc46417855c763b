from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Member
from community.enums import Warmth
from community.models.writing import Post, Reply


class Support(models.Model):
    """
    A kind word in one tap, for a post or for one of its replies.

    Only its writer is shown it, as words and never as a number.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="support")
    # The reply it is for; None: the post itself.
    reply = models.ForeignKey(
        Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="support"
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="support_given")
    kind = models.CharField(max_length=20, choices=Warmth)
    given_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "support"
        constraints = [
            models.UniqueConstraint(
                fields=["post", "member"], condition=Q(reply__isnull=True),
                name="one_kind_word_for_a_post",
            ),
            models.UniqueConstraint(
                fields=["reply", "member"], condition=Q(reply__isnull=False),
                name="one_kind_word_for_a_reply",
            ),
        ]  # fmt: skip

    class Privacy:
        clinical = ("kind",)
        operational = ("id", "post", "reply", "member", "given_at")
