"""What is shown of a post on the wall, and of a reply in a thread, to one who reads it."""

from __future__ import annotations

from datetime import datetime

from django.utils.safestring import SafeString, mark_safe

from accounts.models import Member
from accounts.templatetags.avatars import avatar
from community import moulds
from community.models import Post, Reply
from community.search import Hit
from community.soft_time import soft_time


def brick(post: Post, *, reader: Member, now: datetime) -> SafeString:
    """
    One post of a list, as `_brick.html` shows it.

    :param post: with its author and topic; `community.muting.fold` has marked what to fold
    """
    author = post.author
    assert author is not None  # noqa: S101 -- a place without a writer is on no list
    return moulds.fill(
        "community/_brick.html",
        moulds.shape(
            tint=post.topic.tint,
            topic=post.topic.name,
            replies=post.reply_count,
            is_changed=post.edited_at is not None,
            is_new=post.is_first_words and author.pk != reader.pk,
            is_mine=author.pk == reader.pk,
            taken_out=post.get_taken_out_display() if post.taken_out else "",
            folded_because=str(post.folded_because),
        ),
        public_id=post.public_id,
        alias=author.alias,
        picture=avatar(author.avatar_seed),
        when=soft_time(post.published_at, now=now, zone=reader.locality.zone),
        words=mark_safe(post.body_html),  # noqa: S308 -- escaped when it was written
    )


def answer(reply: Reply, *, reader: Member, now: datetime) -> SafeString:
    """
    One reply of a thread, as `_reply.html` shows it.

    :param reply: as `community.thread.page_of_a_thread` finds it, folded by `community.muting`
    """
    if not reply.is_seen:
        return moulds.fill(
            "community/_reply.html",
            moulds.shape(is_seen=False, is_nested=reply.under_id is not None),
            public_id=reply.public_id,
        )
    is_mine = reply.author_id == reader.pk
    return moulds.fill(
        "community/_reply.html",
        moulds.shape(
            is_seen=True,
            is_nested=reply.under_id is not None,
            is_by_guide=reply.guide_id is not None,
            is_mine=is_mine,
            is_hidden=reply.hidden_at is not None,
            is_held=reply.held_at is not None,
            held_because=reply.held_because,
            received=tuple(reply.received),
            given=reply.given,
            may_answer=reply.is_visible and not is_mine and reply.author_id is not None,
            is_changed=reply.edited_at is not None,
            can_be_muted=not is_mine and reply.author_id is not None and not reply.is_by_muted,
            can_be_answered=reply.is_visible,
            is_to_somebody=bool(reply.answered_name),
            has_quote=bool(reply.quoted_words),
            taken_out=reply.get_taken_out_display() if reply.taken_out else "",
            folded_because=str(reply.folded_because),
            note=str(reply.get_content_note_display()) if is_mine else "",
            is_guides_note=reply.content_note_by_id is not None,
        ),
        public_id=reply.public_id,
        thread=reply.post.public_id,
        name=reply.guide.name if reply.guide else reply.author.alias if reply.author else "",
        picture=avatar(reply.author.avatar_seed) if reply.author else "",
        when=soft_time(reply.published_at, now=now, zone=reader.locality.zone),
        words=mark_safe(reply.body_html),  # noqa: S308 -- escaped when it was written
        answered_name=reply.answered_name,
        quoted_words=reply.quoted_words,
        quoted_name=reply.quoted_name,
        reason=reply.hidden_reason,
    )


def hit(found: Hit, *, reader: Member, now: datetime) -> SafeString:
    """What a search found, as `_hit.html` shows it."""
    writing = found.writing
    guide = writing.guide if isinstance(writing, Reply) else None
    author = writing.author
    return moulds.fill(
        "community/_hit.html",
        moulds.shape(
            tint=found.post.topic.tint,
            topic=found.post.topic.name,
            is_reply=isinstance(writing, Reply),
            is_by_guide=guide is not None,
            is_in_a_group=bool(found.room),
            folded_because=str(writing.folded_because),
        ),
        public_id=writing.public_id,
        name=guide.name if guide else author.alias if author else "",
        picture=avatar(author.avatar_seed) if author else "",
        when=soft_time(writing.published_at, now=now, zone=reader.locality.zone),
        room=found.room,
        excerpt=found.excerpt,
    )
