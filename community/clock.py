"""
The first-reply clock: nobody who writes stays without an answer.

It reads rows and nothing else, so it can be looked at as often as one likes, by as many as like:
Celery's beat does, and the sentinel does when Celery is dead. A post that stands unanswered for
ten minutes: members who offered are asked, quietly. Ten minutes more, and it stands in the wall
guides' list. Somebody's first words go there at once, beside the asking, and so does a post for
which nobody could be found to ask.

It starts from the moment of writing. What a guide held back and let out later is late at once,
and rightly: its writer has waited all that time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import WallGuide
from audit.operations import record
from community import offers
from community.models import (
    HandOver,
    Post,
    PostQuerySet,
    Reply,
    ReplyClock,
)
from live.pokes import poke_localities

# What the operator promises members and reports to commissioners (docs/adr/0019).
ASK_AFTER = timedelta(minutes=10)
GUIDES_AFTER = timedelta(minutes=10)
# The first reply comes within this for nine of ten.
FIRST_REPLY_WITHIN = timedelta(minutes=15)
# A post that is older when it is first seen belongs to another time: nobody is asked about it.
STARTS_WITHIN = timedelta(days=14)
# A guide who said that they see to it, and did not, does not hold it back from the others.
CLAIM_LASTS = timedelta(minutes=15)
BATCH = 100


def unanswered() -> PostQuerySet:
    """Posts that others can see and that nobody but their writer has answered."""
    return Post.objects.filter(is_visible=True, answered_at=None, author__isnull=False)


def apply_due(*, now: datetime, in_an_episode: Iterable[int] = ()) -> dict[str, int]:
    """
    Do whatever is due. Harmless to do twice, and at the same time as somebody else.

    :param in_an_episode: members whom guides follow in an open case: they are not asked to carry
        others (this room does not know of cases)
    """
    start_clocks(now=now)
    return {
        "asked_about": ask_helpers(now=now, in_an_episode=list(in_an_episode)),
        "to_the_guides": give_to_guides(now=now),
        "invitations_answered": offers.note_answers(now=now),
    }


def start_clocks(*, now: datetime) -> None:
    """A row for each post that has stood unanswered for long enough."""
    due = unanswered().filter(
        ~Exists(ReplyClock.objects.filter(post=OuterRef("pk"))),
        published_at__lte=now - ASK_AFTER,
        published_at__gt=now - STARTS_WITHIN,
    )
    ReplyClock.objects.bulk_create(
        [
            ReplyClock(post_id=pk)
            for pk in due.order_by("published_at").values_list("pk", flat=True)[:BATCH]
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def ask_helpers(*, now: datetime, in_an_episode: list[int]) -> int:
    """Ask members who offered about every post whose clock has run for ten minutes."""
    due = _held(ReplyClock.objects.filter(invited_at=None))
    for clock in due:
        asked = offers.ask(post=clock.post, at=now, in_an_episode=in_an_episode)
        clock.invited_at = now
        if clock.at_desk_at is None and (not asked or _are_first_words(clock.post)):
            clock.at_desk_at = now
    ReplyClock.objects.bulk_update(due, ["invited_at", "at_desk_at"])
    _poke(due)
    return len(due)


@transaction.atomic
def give_to_guides(*, now: datetime) -> int:
    """Put into the guides' list what members were asked about and did not answer either."""
    due = _held(ReplyClock.objects.filter(at_desk_at=None, invited_at__lte=now - GUIDES_AFTER))
    ReplyClock.objects.filter(pk__in=[clock.pk for clock in due]).update(at_desk_at=now)
    _poke(due)
    return len(due)


def waiting_for(guide: WallGuide) -> PostQuerySet:
    """
    The guides' list: what nobody has answered, and what a member could not carry.

    Each with ``waits_since`` and ``handed_over_at``; oldest first. A post that was hidden, held,
    taken back or answered meanwhile is no longer in it, and is again if that is undone.
    """
    handed_over = (
        HandOver.objects.filter(post=OuterRef("pk"), taken_up_at=None)
        .order_by("handed_over_at")
        .values("handed_over_at")[:1]
    )
    posts = Post.objects.filter(author__locality__in=guide.covers.all(), is_visible=True)
    return (
        posts.annotate(
            handed_over_at=Subquery(handed_over),
            waits_since=Coalesce("handed_over_at", "published_at"),
        )
        .filter(
            Q(handed_over_at__isnull=False) | Q(answered_at=None, clock__at_desk_at__isnull=False)
        )
        .order_by("waits_since", "pk")
    )


def claimed_by(post: Post, *, now: datetime) -> WallGuide | None:
    """The guide who sees to a post just now, if one said so lately."""
    kept: ReplyClock | None = getattr(post, "clock", None)
    if kept is None or kept.claimed_at is None or kept.claimed_at <= now - CLAIM_LASTS:
        return None
    return kept.claimed_by


def claim(*, post: Post, by: WallGuide, at: datetime) -> bool:
    """Tell the other guides that one sees to it. False if somebody else said so just now."""
    ReplyClock.objects.get_or_create(post=post)
    free = Q(claimed_at=None) | Q(claimed_at__lte=at - CLAIM_LASTS) | Q(claimed_by=by)
    claimed = ReplyClock.objects.filter(free, post=post).update(claimed_by=by, claimed_at=at)
    if claimed and post.author is not None:
        poke_localities([post.author.locality_id])
    return bool(claimed)


@transaction.atomic
def take_up_hand_overs(*, post: Post, by: WallGuide, at: datetime) -> int:
    """A guide has this thread now: whoever handed it over can let go."""
    taken = HandOver.objects.filter(post=post, taken_up_at=None).update(
        taken_up_by=by, taken_up_at=at
    )
    if taken:
        record(actor=f"guide:{by.pk}", verb="take up", subject=f"post:{post.pk}", at=at)
    return taken


def _held(clocks: object) -> list[ReplyClock]:
    """These clocks, their rows taken, of posts that still wait, but for what another has."""
    return list(
        clocks.filter(post__in=unanswered())  # type: ignore[attr-defined]
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("post__author__locality", "post__topic")
        .order_by("post__published_at")[:BATCH]
    )


def _are_first_words(post: Post) -> bool:
    """Whether somebody wrote for the first time with this post: answers elsewhere are words too."""
    earlier = {"author": post.author_id, "published_at__lt": post.published_at}
    return not (Post.objects.filter(**earlier).exists() or Reply.objects.filter(**earlier).exists())


def _poke(clocks: list[ReplyClock]) -> None:
    poke_localities(
        clock.post.author.locality_id
        for clock in clocks
        if clock.at_desk_at is not None and clock.post.author is not None
    )
