"""Who is told that something was written: whoever it answers, in the transaction that shows it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Member
from community.models import GroupMember, Post, Reply
from live.pokes import poke_thread, poke_wall
from notifications.enums import Kind
from notifications.operations import tell_each, tell_whom

# What `_tell` asks, written out: it is asked with nearly every reply.
_THE_POSTS_WRITER = """
    SELECT member.id FROM accounts_member member
    WHERE member.id = %(theirs)s::bigint AND member.leaving_at IS NULL
      AND NOT EXISTS (SELECT FROM community_handover given
                      WHERE given.author_id = member.id AND given.post_id = %(post)s::bigint)
      AND NOT EXISTS (SELECT FROM community_mutedmember muted
                      WHERE muted.member_id = member.id AND muted.muted_id = %(writer)s::bigint)
      AND (%(room)s::bigint IS NULL OR EXISTS (
          SELECT FROM community_groupmember place
          WHERE place.group_id = %(room)s::bigint AND place.member_id = member.id
            AND place.joined_at IS NOT NULL AND place.left_at IS NULL))"""


def tell_of_post(post: Post) -> None:
    """Pages that show the wall say that there is something new. Called once others can see it."""
    if post.is_visible and post.group_id is None:
        poke_wall()


def tell_of(reply: Reply, *, at: datetime | None = None) -> None:
    """
    Tell those whom a reply answers that it is there. Called once others can see it, not before.

    ``at`` is when that was, where it was not at once.

    Nobody is told of their own reply, nor of one by somebody they have muted. It costs one
    query, and another only where it answers a reply, whose writer may be somebody else.
    """
    poke_thread(reply.post_id)
    kind = Kind.GUIDE_REPLY if reply.guide_id else Kind.REPLY
    theirs = reply.post.author_id
    if theirs is not None and theirs != reply.author_id:
        tell_whom(
            whom=_THE_POSTS_WRITER,
            kind=kind,
            at=at or reply.published_at,
            url_name="community:thread",
            args=[reply.post.public_id],
            about=f"post:{reply.post_id}",
            theirs=theirs,
            writer=reply.author_id,
            post=reply.post_id,
            room=reply.post.group_id,
        )
    if answered := reply.quoted_reply_id or reply.under_id:
        others = Member.objects.filter(replies=answered)
        _tell(reply, others if theirs is None else others.exclude(pk=theirs), Kind.QUOTED, at)


def tell_of_support(*, writing: Post | Reply, at: datetime) -> None:
    """Somebody said a kind word for it: neither who nor how many. The list says so once."""
    if writing.author_id is None:
        return
    post = writing.post if isinstance(writing, Reply) else writing
    writer = Member.objects.filter(pk=writing.author_id, leaving_at=None)
    tell_each(
        members=_who_still_reads(post, writer),
        kind=Kind.SUPPORT,
        at=at,
        url_name="community:thread",
        args=[post.public_id],
        about=f"post:{post.pk}",
    )


def _who_still_reads(post: Post, members: QuerySet[Member]) -> QuerySet[Member]:
    """Those of them who are in its group now, where it stands in one."""
    if post.group_id is None:
        return members
    return members.filter(groups__in=GroupMember.objects.in_now(post.group_id))


def _tell(reply: Reply, members: QuerySet[Member], kind: Kind, at: datetime | None) -> None:
    # Whoever gave this thread to the guides hears no more of it (community.load).
    whom = members.filter(leaving_at=None).exclude(hand_overs__post=reply.post_id)
    whom = _who_still_reads(reply.post, whom)
    if reply.author_id is not None:
        muted = {"muted_members__muted": reply.author_id}
        whom = whom.exclude(pk=reply.author_id).exclude(**muted)
    tell_each(
        members=whom,
        kind=kind,
        at=at or reply.published_at,
        url_name="community:thread",
        args=[reply.post.public_id],
        about=f"post:{reply.post_id}",
    )
