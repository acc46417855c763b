"""What a week on the wall has for one member: links that name nothing."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Member
from community.models import GroupMember, MutedMember, Post
from notifications.digest import Found
from risk.models import Alert

THREADS_AT_MOST, WAITING_AT_MOST = 3, 2


def of_the_week(*, member: Member, since: datetime, now: datetime) -> list[Found]:
    """Their own threads with new replies, others they are in, and one or two that wait."""
    return [
        *(Found(_("Your post has new replies."), _address(post)) for post in _own(member, since)),
        *(
            Found(_("Others have replied where you replied."), _address(post))
            for post in _joined(member, since)
        ),
        *(
            Found(_("Somebody is waiting for a first reply."), _address(post))
            for post in _waiting(member, since)
        ),
    ]


def _own(member: Member, since: datetime) -> list[Post]:
    mine = Post.objects.filter(author=member, is_visible=True, answered_at__isnull=False)
    return list(
        mine.filter(newest_reply_at__gt=since).order_by("-newest_reply_at")[:THREADS_AT_MOST]
    )


def _joined(member: Member, since: datetime) -> list[Post]:
    joined = Post.objects.shown_to(member).filter(
        pk__in=member.replies.filter(is_visible=True).values("post"), newest_reply_at__gt=since
    )
    theirs = GroupMember.objects.filter(member=member, joined_at__isnull=False, left_at=None)
    joined = joined.filter(Q(group=None) | Q(group__in=theirs.values("group")))
    others = joined.filter(is_visible=True).exclude(author=member)
    # Not where the newest word is their own.
    moved = others.order_by("-newest_reply_at")[: 4 * THREADS_AT_MOST]
    return [post for post in moved if _has_news(post, member, since)][:THREADS_AT_MOST]


def _has_news(post: Post, member: Member, since: datetime) -> bool:
    replies = post.replies.filter(is_visible=True, published_at__gt=since)
    return replies.exclude(author=member).exists()


def _waiting(member: Member, since: datetime) -> list[Post]:
    """
    A gentle place to begin: without a content note, nobody's whom a guide is asked to look after.
    """
    waiting = Post.objects.shown_to(member).filter(
        is_visible=True, group=None, answered_at=None, content_note="", published_at__gt=since
    )
    muted = MutedMember.objects.filter(member=member).values("muted")
    return list(
        waiting.exclude(author=member)
        .exclude(author__in=Alert.objects.open().values("author"))
        .exclude(author__in=muted)
        .order_by("-published_at")[:WAITING_AT_MOST]
    )


def _address(post: Post) -> str:
    return reverse("community:thread", args=[post.public_id])
