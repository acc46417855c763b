"""What people do on the wall. Publishing asks for a screening in the same transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import Member, WallGuide
from accounts.prepared import insert, rows_of
from audit.operations import record
from community.enums import HeldBecause
from community.models import (
    QUOTE_MAX_LENGTH,
    Group,
    MutedMember,
    Post,
    Reply,
    SavedPost,
    Topic,
)
from community.paragraphs import as_paragraphs
from community.telling import tell_of, tell_of_post
from community.visibility import recount, settle
from risk.operations import request_screening

AWriting = TypeVar("AWriting", Post, Reply)


class EditedMeanwhile(Exception):
    """Someone, most likely the author in another tab, changed these words first."""


class TakenAway(Exception):
    """Its writer has taken this post away, so nothing can be written under it any more."""


class NotTheirWords(Exception):
    """A quote that does not stand in what is quoted, or no longer where others see it."""


def publish_post(
    *,
    author: Member,
    topic: Topic,
    body: str,
    idempotency_key: uuid.UUID,
    at: datetime,
    group: Group | None = None,
    content_note: str = "",
    held: HeldBecause | None = None,
) -> Post:
    """
    Put a member's post on the wall and in front of the classifier.

    The same submission sent twice is one post: a double click, or a retry after the
    answer got lost, returns the post that the first one made.

    :param held: why others read it only once a guide has; it is screened at once all the same
    """
    return _publish(
        Post, idempotency_key, author=author, body=body, at=at, held=held, topic=topic,
        newest_reply_at=at, group=group, content_note=content_note,
    )  # fmt: skip


def publish_reply(
    *,
    post: Post,
    author: Member,
    body: str,
    idempotency_key: uuid.UUID,
    at: datetime,
    under: Reply | None = None,
    quote: str = "",
    quoted_reply: Reply | None = None,
    content_note: str = "",
    held: HeldBecause | None = None,
) -> Reply:
    """
    Answer under a post, or under one of its replies. The same submission sent twice is one reply.

    :param quote: some of the words of ``quoted_reply``, or of the post where that is None
    :raises TakenAway: if the post's writer has left or has deleted it
    :raises NotTheirWords: if the quote does not stand in what others see of it
    """
    if post.is_away:
        raise TakenAway
    if quote:
        quote = quotable(quote, of=quoted_reply or post)
    return _publish(
        Reply, idempotency_key, author=author, body=body, at=at, held=held, post=post,
        # One level: what answers an answer to a reply stands beside that answer.
        under_id=(under.under_id or under.pk) if under is not None else None,
        quote=quote, quoted_reply=quoted_reply if quote else None, content_note=content_note,
    )  # fmt: skip


def quotable(quote: str, *, of: Post | Reply) -> str:
    """
    The words as they are quoted, blanks made even.

    :raises NotTheirWords: if they do not stand in what others see of it
    """
    said = " ".join(quote.split())
    if not of.is_visible or said not in " ".join(of.body.split()):
        raise NotTheirWords
    return said[:QUOTE_MAX_LENGTH]


@transaction.atomic
def reply_as_guide(
    *, post: Post, guide: WallGuide, body: str, idempotency_key: uuid.UUID, at: datetime
) -> Reply:
    """
    Answer a member as a wall guide, on the wall.

    What a guide writes is not screened: it is the work of a professional under their own
    name, and it is written in the audit log.
    """
    reply, created = Reply.objects.get_or_create(
        guide=guide,
        idempotency_key=idempotency_key,
        defaults={
            "post": post,
            "body": body,
            "body_html": as_paragraphs(body),
            "published_at": at,
        },
    )
    if created:
        _answered(reply)
        record(
            actor=f"guide:{guide.pk}", verb="reply", subject=f"post:{post.pk}", at=at,
            detail={"reply": reply.pk},
        )  # fmt: skip
    return reply


@transaction.atomic
def edit_writing(
    *,
    writing: Post | Reply,
    body: str,
    expected_revision: int,
    at: datetime,
    content_note: str | None = None,
    held: HeldBecause | None = None,
) -> None:
    """
    Change one's own post or reply. The new words are screened like the first.

    What stood there before stays in its screenings, where guides read it (community.history).

    :param content_note: None leaves the note as it is, as does a note that a guide put there
    :param held: why the new words wait for a guide. What waited for contact details alone, and
        has none any more, is shown again
    :raises EditedMeanwhile: if it is no longer at ``expected_revision``
    """
    changes: dict[str, Any] = {"body": body, "body_html": as_paragraphs(body), "edited_at": at}
    if content_note is not None and writing.content_note_by_id is None:
        changes["content_note"] = content_note
    mine = type(writing)._default_manager.filter(pk=writing.pk)
    changed = mine.filter(revision=expected_revision, deleted_at=None).update(
        revision=F("revision") + 1, **changes
    )
    if not changed:
        raise EditedMeanwhile
    if held is not None:
        mine.filter(held_at=None).update(held_at=at, held_because=held, is_visible=False)
        settle(mine)
    elif writing.held_because == HeldBecause.CONTACT_DETAILS:
        mine.filter(held_because=HeldBecause.CONTACT_DETAILS).update(held_at=None, held_because="")
        settle(mine)
        _tell_of_what_waited(writing, at=at)
    if isinstance(writing, Post):
        # A guide chose the words that stood there before.
        not_for_visitors(post=writing)
    writing.refresh_from_db()
    assert writing.author is not None  # noqa: S101 -- guides' replies are not edited here
    request_screening(
        subject=writing,
        revision=writing.revision,
        text=body,
        author=writing.author,
        at=at,
        in_reply_to=writing.post if isinstance(writing, Reply) else None,
    )


@transaction.atomic
def delete_writing(*, writing: Post | Reply, at: datetime) -> None:
    """
    Take one's own post or reply back. Others never read it again; guides still do.

    Its screenings and an alert about it stay: what worried somebody still reaches a person (F39).
    """
    mine = type(writing)._default_manager.filter(pk=writing.pk)
    if not mine.filter(deleted_at=None).update(deleted_at=at, is_visible=False):
        return
    settle(mine)
    if isinstance(writing, Post):
        not_for_visitors(post=writing)
    record(
        actor=f"member:{writing.author_id}", verb="delete", at=at,
        subject=f"{type(writing).__name__.lower()}:{writing.pk}",
    )  # fmt: skip
    writing.refresh_from_db()


@transaction.atomic
def hide(*, writing: Post | Reply, by: WallGuide, reason: str, at: datetime) -> bool:
    """Take a post or reply off the wall. Its author still sees it, with the reason."""
    changed = (
        type(writing)
        .objects.filter(pk=writing.pk, hidden_at=None)
        .update(hidden_at=at, hidden_by=by, hidden_reason=reason, is_visible=False)
    )
    return _after_visibility(writing, by=by, verb="hide", changed=changed, at=at)


@transaction.atomic
def restore(*, writing: Post | Reply, by: WallGuide, at: datetime) -> bool:
    """Put a hidden post or reply back on the wall, unless its writer has taken it away."""
    changed = (
        type(writing)
        .objects.filter(pk=writing.pk, hidden_at__isnull=False)
        .update(hidden_at=None, hidden_by=None, hidden_reason="")
    )
    settle(type(writing)._default_manager.filter(pk=writing.pk))
    return _after_visibility(writing, by=by, verb="restore", changed=changed, at=at)


@transaction.atomic
def hold_back(*, writing: Post | Reply, because: HeldBecause, at: datetime) -> bool:
    """The house takes writing back from the wall until a guide has read it. Its author sees it."""
    changed = (
        type(writing)
        .objects.filter(pk=writing.pk, held_at=None)
        .update(held_at=at, held_because=because, is_visible=False)
    )
    if changed:
        if isinstance(writing, Reply):
            recount([writing.post_id])
        record(actor="house", verb="hold", subject=name_of(writing), at=at)
        writing.refresh_from_db()
    return bool(changed)


@transaction.atomic
def release_held(*, writing: Post | Reply, by: WallGuide, at: datetime) -> bool:
    """Let held writing onto the wall, unless something else holds it back."""
    changed = (
        type(writing)
        .objects.filter(pk=writing.pk, held_at__isnull=False)
        .update(held_at=None, held_because="")
    )
    settle(type(writing)._default_manager.filter(pk=writing.pk))
    if changed:
        _tell_of_what_waited(writing, at=at)
    return _after_visibility(writing, by=by, verb="release held", changed=changed, at=at)


@transaction.atomic
def take_away_all(*, member: Member, at: datetime) -> None:
    """Take everything a member wrote off the wall, because they leave. Guides still see it."""
    # Who leaves has not agreed to be read by visitors any more, nor has who comes back.
    member.posts.filter(offered_to_visitors_at__isnull=False).update(
        offered_to_visitors_at=None, offered_to_visitors_by=None, shown_to_visitors_at=None
    )
    for writings in (member.posts.all(), member.replies.all()):
        writings.filter(taken_away_at=None).update(taken_away_at=at, is_visible=False)
        settle(writings)


@transaction.atomic
def bring_back_all(*, member: Member) -> None:
    """Put everything back that `take_away_all` took, because they stay."""
    for writings in (member.posts.all(), member.replies.all()):
        # What a guide has hidden meanwhile stays hidden.
        writings.filter(taken_away_at__isnull=False).update(taken_away_at=None)
        settle(writings)


def save_post(*, post: Post, member: Member, at: datetime) -> None:
    """Keep a post where its reader finds it again."""
    SavedPost.objects.get_or_create(member=member, post=post, defaults={"saved_at": at})


def forget_post(*, post: Post, member: Member) -> None:
    SavedPost.objects.filter(member=member, post=post).delete()


def mute_member(*, muted: Member, by: Member, at: datetime) -> None:
    """Fold what somebody writes away from this member. The muted never learn of it."""
    MutedMember.objects.get_or_create(member=by, muted=muted, defaults={"muted_at": at})


def unmute_member(*, muted: Member, by: Member) -> None:
    MutedMember.objects.filter(member=by, muted=muted).delete()


@transaction.atomic
def offer_to_visitors(*, post: Post, by: WallGuide, at: datetime) -> bool:
    """
    Ask a post's author whether people who are not members may read it, without a name.

    False if it is not on the wall, has been asked about, or its author has said no before.
    """
    changed = Post.objects.filter(
        pk=post.pk, is_visible=True, kept_from_visitors=False, offered_to_visitors_at=None
    ).update(offered_to_visitors_at=at, offered_to_visitors_by=by)
    if changed:
        record(actor=f"guide:{by.pk}", verb="offer to visitors", subject=f"post:{post.pk}", at=at)
    return bool(changed)


@transaction.atomic
def answer_about_visitors(*, post: Post, author: Member, agrees: bool, at: datetime) -> bool:
    """The author's own yes or no. A no also takes back an earlier yes, and is final."""
    asked = Post.objects.filter(pk=post.pk, author=author, offered_to_visitors_at__isnull=False)
    if agrees:
        changed = asked.filter(shown_to_visitors_at=None).update(shown_to_visitors_at=at)
    else:
        changed = asked.update(
            offered_to_visitors_at=None, offered_to_visitors_by=None, shown_to_visitors_at=None,
            kept_from_visitors=True,
        )  # fmt: skip
    if changed:
        verb = "show to visitors" if agrees else "keep from visitors"
        record(actor=f"member:{author.pk}", verb=verb, subject=f"post:{post.pk}", at=at)
    return bool(changed)


@transaction.atomic
def take_from_visitors(*, post: Post, by: WallGuide, at: datetime) -> bool:
    """A guide takes a post out of what visitors read, or asks no longer."""
    changed = not_for_visitors(post=post)
    if changed:
        record(actor=f"guide:{by.pk}", verb="take from visitors", subject=f"post:{post.pk}", at=at)
    return changed


def not_for_visitors(*, post: Post) -> bool:
    return bool(
        Post.objects.filter(pk=post.pk, offered_to_visitors_at__isnull=False).update(
            offered_to_visitors_at=None, offered_to_visitors_by=None, shown_to_visitors_at=None
        )
    )


def name_of(writing: Post | Reply) -> str:
    """What the audit log calls it."""
    return f"{type(writing).__name__.lower()}:{writing.pk}"


def _publish(
    model: type[AWriting],
    key: uuid.UUID,
    *,
    author: Member,
    body: str,
    at: datetime,
    held: HeldBecause | None,
    **place: Any,
) -> AWriting:
    try:
        with transaction.atomic():
            writing = model(
                author=author,
                body=body,
                body_html=as_paragraphs(body),
                published_at=at,
                idempotency_key=key,
                held_at=at if held else None,
                held_because=held or "",
                # The canary's posts go every way but onto the wall.
                is_visible=not (held or author.locality.is_hidden),
                **place,
            )
            insert(writing)
            if isinstance(writing, Reply) and writing.is_visible:
                _answered(writing)
            if isinstance(writing, Post):
                tell_of_post(writing)
            request_screening(
                subject=writing,
                revision=1,
                text=body,
                author=author,
                at=at,
                in_reply_to=writing.post if isinstance(writing, Reply) else None,
            )
            return writing
    except IntegrityError:
        before = model.objects.get(author=author, idempotency_key=key)
        # The first revision's words, so that a retry after an edit is still a retry.
        if before.screenings.filter(revision=1, text=body).exists():
            return before
        # Changed after a send that seemed lost: these words must not be lost with it.
        return _publish(
            model, uuid.uuid5(key, body), author=author, body=body, at=at, held=held, **place
        )


def _tell_of_what_waited(writing: Post | Reply, *, at: datetime) -> None:
    """What others see only now, they are told of now."""
    writing.refresh_from_db()
    if not writing.is_visible:
        return
    if isinstance(writing, Post):
        tell_of_post(writing)
    else:
        tell_of(writing, at=at)


_ONE_MORE_ANSWER = """
    UPDATE community_post SET reply_count = reply_count + 1, newest_reply_at = %(at)s,
        answered_at = CASE WHEN author_id IS NOT DISTINCT FROM %(author)s THEN answered_at
                           ELSE COALESCE(answered_at, %(at)s) END
    WHERE id = %(post)s RETURNING id"""


def _answered(reply: Reply) -> None:
    """Add a new answer to what its post keeps about them."""
    rows_of(_ONE_MORE_ANSWER, post=reply.post_id, author=reply.author_id, at=reply.published_at)
    tell_of(reply)


def _after_visibility(
    writing: Post | Reply, *, by: WallGuide, verb: str, changed: int, at: datetime
) -> bool:
    if changed:
        if isinstance(writing, Reply):
            recount([writing.post_id])
        record(
            actor=f"guide:{by.pk}", verb=verb, at=at,
            subject=name_of(writing),
        )  # fmt: skip
        writing.refresh_from_db()
    return bool(changed)
