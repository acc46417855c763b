"""Who decides what others see: one place, so that no way of coming back forgets another reason."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Member
from community.models import Post, Reply

NOTHING_HOLDS_IT_BACK = Q(
    hidden_at__isnull=True,
    held_at__isnull=True,
    deleted_at__isnull=True,
    taken_away_at__isnull=True,
)


def settle(writings: QuerySet[Post] | QuerySet[Reply]) -> None:
    """
    Show or hide these writings as their own columns say, and count again what stands under posts.

    Call it in the transaction that changed any of those columns.
    """
    # The canary's posts go every way but onto the wall.
    unseen = Q(author__in=Member.objects.filter(locality__is_hidden=True))
    writings.update(is_visible=NOTHING_HOLDS_IT_BACK & ~(Q(author__isnull=False) & unseen))
    if writings.model is Reply:
        recount(writings.values_list("post_id", flat=True))


def recount(posts: Iterable[int]) -> None:
    """
    Read again, from the answers that others see, what posts keep about them.

    For acts on what stands there already; a new reply adds itself.
    """
    visible = Reply.objects.filter(post=OuterRef("pk"), is_visible=True).order_by().values("post")
    by_others = visible.exclude(author=OuterRef("author"), author__isnull=False)
    Post.objects.filter(pk__in=set(posts)).update(
        reply_count=Coalesce(Subquery(visible.annotate(n=Count("pk")).values("n")), 0),
        newest_reply_at=Coalesce(
            Subquery(visible.annotate(at=Max("published_at")).values("at")), F("published_at")
        ),
        answered_at=Subquery(by_others.annotate(at=Min("published_at")).values("at")),
    )
