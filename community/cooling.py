"""
Slowing a thread so that everybody in it can breathe: slow mode, hold, a guide's answer on top.

What a thread's readers and writers need to know stands on the post itself, and costs them no
query. Who did it, why and for how long is kept beside it. Nothing has to happen when the time is
over: the moment passes by itself.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import ngettext

from accounts.models import Member, WallGuide
from audit.operations import record
from community.enums import CoolingKind, HeldBecause
from community.models import Post, Reply, ThreadCooling
from community.operations import reply_as_guide
from live.pokes import poke_thread

MINUTES_TO_CHOOSE = (5, 15, 30, 60)
HOURS_TO_CHOOSE = (1, 6, 24, 72)


@dataclass(frozen=True)
class SlowDown:
    """A thread is slow, and this member has answered in it only now: from when they may again."""

    until: datetime
    minutes: int

    def in_words(self, *, at: datetime) -> str:
        """For who wrote, whose words are kept for them."""
        left = max(1, -(-(self.until - at) // timedelta(minutes=1)))
        return ngettext(
            "A guide has slowed this thread. You can reply again in %(left)d minute. "
            "Your words stay here.",
            "A guide has slowed this thread. You can reply again in %(left)d minutes. "
            "Your words stay here.",
            left,
        ) % {"left": left}


def may_write(*, post: Post, author: Member, at: datetime) -> SlowDown | HeldBecause | None:
    """
    Whether a member may answer here now: yes, later, or yes but a guide reads it first.

    It asks the database nothing unless the thread is slow. A writer who is held back keeps their
    words: the page gives them back.
    """
    if post.slow_until is not None and post.slow_until > at and post.slow_minutes:
        pause = timedelta(minutes=post.slow_minutes)
        last = (
            Reply.objects.filter(post=post, author=author, published_at__gt=at - pause)
            .newest_first()
            .values_list("published_at", flat=True)
            .first()
        )
        if last is not None:
            return SlowDown(until=min(last + pause, post.slow_until), minutes=post.slow_minutes)
    return holds(post=post, at=at)


def holds(*, post: Post, at: datetime) -> HeldBecause | None:
    """Whether what is new in a thread waits for a guide."""
    if post.hold_until is not None and post.hold_until > at:
        return HeldBecause.THREAD_ON_HOLD
    return None


@transaction.atomic
def slow_down(
    *, post: Post, minutes: int, until: datetime, reason: str, by: WallGuide, at: datetime
) -> None:
    """Let each member answer here once in so many minutes, until a moment."""
    Post.objects.filter(pk=post.pk).update(slow_until=until, slow_minutes=minutes)
    _begin(post, CoolingKind.SLOW, until=until, reason=reason, by=by, at=at, minutes=minutes)


@transaction.atomic
def hold(*, post: Post, until: datetime, reason: str, by: WallGuide, at: datetime) -> None:
    """Hold what is new in a thread for a guide to read first, until a moment."""
    Post.objects.filter(pk=post.pk).update(hold_until=until)
    _begin(post, CoolingKind.HOLD, until=until, reason=reason, by=by, at=at)


@transaction.atomic
def end(*, post: Post, kind: CoolingKind, by: WallGuide, at: datetime) -> bool:
    """Let a thread go on as others do. What was held stays so until a guide releases it."""
    fields: dict[str, None] = (
        {"slow_until": None, "slow_minutes": None}
        if kind == CoolingKind.SLOW
        else {"hold_until": None}
    )
    Post.objects.filter(pk=post.pk).update(**fields)
    ended = ThreadCooling.objects.filter(post=post, kind=kind, ended_at=None, until__gt=at)
    changed = ended.update(ended_at=at, ended_by=by)
    if changed:
        _note(post, verb=f"end {kind}", by=by, at=at)
    return bool(changed)


@transaction.atomic
def pin(*, post: Post, reply: Reply, by: WallGuide, at: datetime) -> None:
    """
    Put a wall guide's answer first in its thread.

    :raises ValueError: if it is not a guide's answer in this thread
    """
    if reply.post_id != post.pk or reply.guide_id is None:
        raise ValueError("only a guide's answer in this thread can stand first in it")
    Post.objects.filter(pk=post.pk).update(pinned_reply=reply)
    _note(post, verb="pin", by=by, at=at)


@transaction.atomic
def pin_new(
    *, post: Post, body: str, idempotency_key: uuid.UUID, by: WallGuide, at: datetime
) -> Reply:
    """Answer as a guide, and put that answer first in the thread."""
    reply = reply_as_guide(post=post, guide=by, body=body, idempotency_key=idempotency_key, at=at)
    pin(post=post, reply=reply, by=by, at=at)
    return reply


@transaction.atomic
def unpin(*, post: Post, by: WallGuide, at: datetime) -> bool:
    changed = Post.objects.filter(pk=post.pk, pinned_reply__isnull=False).update(pinned_reply=None)
    if changed:
        _note(post, verb="unpin", by=by, at=at)
    return bool(changed)


def _begin(
    post: Post, kind: CoolingKind, *, until: datetime, reason: str, by: WallGuide, at: datetime,
    minutes: int | None = None,
) -> None:  # fmt: skip
    # The one before ends where this one begins.
    ThreadCooling.objects.filter(post=post, kind=kind, ended_at=None, until__gt=at).update(
        ended_at=at, ended_by=by
    )
    ThreadCooling.objects.create(
        post=post, kind=kind, minutes=minutes, reason=reason, begun_by=by, begun_at=at, until=until
    )
    _note(post, verb=str(kind), by=by, at=at, until=until.isoformat(timespec="minutes"))


def _note(post: Post, *, verb: str, by: WallGuide, at: datetime, **detail: str) -> None:
    record(
        actor=f"guide:{by.pk}", verb=f"thread: {verb}", subject=f"post:{post.pk}", at=at,
        detail=detail,
    )  # fmt: skip
    poke_thread(post.pk)
    post.refresh_from_db()
