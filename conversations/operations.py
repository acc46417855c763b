"""
What members and guides do in a conversation.

Every act takes the conversation's row first, so that whatever happens in the same instant happens
one after the other. A member's words are screened in the transaction that saves them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, When
from django.utils.html import linebreaks

from accounts.models import Member, WallGuide
from audit.operations import record
from conversations.enums import NoteAbout, Outcome, Said, State
from conversations.models import (
    EXTENDED_BY,
    PASS_UP_AFTER,
    SITTING_LASTS,
    STILL_HERE_AFTER,
    Conversation,
    ConversationQuerySet,
    HandOverNote,
    Line,
)
from conversations.telling import poke, tell
from risk.models import CLAIM_LASTS
from risk.operations import request_screening


class NotNow(Exception):
    """It could not be done, and the message says why in words for a guide."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class HeldByAnother(NotNow):
    def __init__(self, winner: WallGuide) -> None:
        super().__init__(f"{winner.name} has taken this conversation.")
        self.winner = winner


class ChangedMeanwhile(NotNow):
    def __init__(self) -> None:
        super().__init__("Another guide has done something here since you opened it. Look first.")


class StillWaiting(NotNow):
    def __init__(self) -> None:
        super().__init__("Somebody waits for an answer here. Answer first, then say goodbye.")


# -- what members do -----------------------------------------------------------------------


@transaction.atomic
def write_line(*, member: Member, body: str, idempotency_key: uuid.UUID, at: datetime) -> Line:
    """
    Put a member's words in front of the wall guides and the classifier.

    Their conversation opens with the first line, and again with the next one after it rested
    or was closed. The same submission sent twice is one line.
    """
    held = _of(member, at=at)
    before = held.lines.filter(author=member, idempotency_key=idempotency_key).first()
    if before is not None:
        if before.body == body:
            return before
        # Changed after a send that seemed lost: these words must not be lost with it.
        return write_line(
            member=member, body=body, idempotency_key=uuid.uuid5(idempotency_key, body), at=at
        )
    line = Line.objects.create(
        conversation=held,
        author=member,
        body=body,
        body_html=as_paragraphs(body),
        sent_at=at,
        idempotency_key=idempotency_key,
    )
    request_screening(subject=line, revision=1, text=body, author=member, at=at)
    changes: dict[str, Any] = {"last_line_at": at, "still_here_at": None}
    if not held.is_open:
        changes |= _new_sitting(member, at=at)
    if held.waiting_since is None:
        changes |= {"waiting_since": at, "next_action_at": at + PASS_UP_AFTER}
    held.change(**changes)
    poke(held)
    return line


def _of(member: Member, *, at: datetime) -> Conversation:
    """The member's conversation, its row taken; begun if there was none."""
    Conversation.objects.get_or_create(
        member=member,
        defaults={
            "locality_id": member.locality_id,
            "opened_at": at,
            "asked_at": at,
            "last_line_at": at,
            "next_action_at": at + PASS_UP_AFTER,
        },
    )
    return _taken(Conversation.objects.filter(member=member))


def _new_sitting(member: Member, *, at: datetime) -> dict[str, Any]:
    return {
        "state": State.OPEN,
        "locality_id": member.locality_id,
        "asked_at": at,
        "first_answered_at": None,
        "ends_at": None,
        "closed_at": None,
        "closed_by": None,
        "outcome": "",
    }


# -- what guides do ------------------------------------------------------------------------


def claim(*, conversation: Conversation, by: WallGuide, at: datetime) -> Conversation:
    """
    Take a conversation, for as long as the desk keeps saying so.

    One conditional UPDATE decides who has it; the database settles every race.

    :raises HeldByAnother: naming who has it
    """
    with transaction.atomic():
        won = (
            Conversation.objects.unclaimed(now=at)
            .filter(pk=conversation.pk)
            .update(
                claimed_by=by,
                claimed_at=at,
                claim_expires_at=at + CLAIM_LASTS,
                # Taken up again by the same hands, nothing has changed for their open forms.
                version=Case(When(claimed_by=by, then=F("version")), default=F("version") + 1),
            )
        )
        if won:
            _record("claim", conversation, by=by, at=at)
            poke(conversation)
    fresh = _fresh(conversation)
    if fresh.claimed_by_id != by.pk:
        assert fresh.claimed_by is not None  # noqa: S101 -- not free, so somebody has it
        raise HeldByAnother(fresh.claimed_by)
    return fresh


def keep_claim(*, conversation: Conversation, by: WallGuide, at: datetime) -> Conversation:
    """
    The desk's heartbeat: the claim lives on, or is taken up again if nobody else has.

    :raises HeldByAnother: naming who has it
    """
    kept = Conversation.objects.filter(
        pk=conversation.pk, claimed_by=by, claim_expires_at__gt=at
    ).update(claim_expires_at=at + CLAIM_LASTS)
    return _fresh(conversation) if kept else claim(conversation=conversation, by=by, at=at)


def answer(
    *,
    conversation: Conversation,
    by: WallGuide,
    body: str,
    idempotency_key: uuid.UUID,
    version: int | None,
    at: datetime,
) -> Line:
    """
    A guide's words to the member. The same submission sent twice is one line.

    The first ones begin the time that was said. Like all that guides write under their own
    name, they are not screened but written in the audit log.

    :raises NotNow: if another guide has it, or has acted since; nothing is sent then
    """
    with transaction.atomic():
        _taken(Conversation.objects.filter(pk=conversation.pk))
        # Before the version is looked at: a second press carries the old one.
        before = Line.objects.filter(guide=by, idempotency_key=idempotency_key).first()
        if before is not None:
            return before
        with holding(conversation, by=by, version=version, at=at) as held:
            is_first = held.is_open and held.first_answered_at is None
            line = Line.objects.create(
                conversation=held,
                guide=by,
                body=body,
                body_html=as_paragraphs(body),
                sent_at=at,
                idempotency_key=idempotency_key,
                first_wait=at - held.asked_at if is_first else None,
            )
            held.act(**_answered(held, at=at))
            _record("answer", held, by=by, at=at, detail={"line": line.pk})
            tell(held, at=at)
    return line


def _answered(held: Conversation, *, at: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "waiting_since": None,
        "passed_up_at": None,
        "passed_up_times": 0,
        "still_here_at": None,
        "last_line_at": at,
        "next_action_at": at + STILL_HERE_AFTER,
    }
    if not held.is_open:
        # A guide may write first to somebody whose conversation had come to an end.
        changes |= _new_sitting(held.member, at=at)
    if not held.is_open or held.first_answered_at is None:
        changes |= {"first_answered_at": at, "ends_at": at + SITTING_LASTS}
    elif held.is_late(now=at) and held.ends_at is not None and held.waiting_since is not None:
        # What they waited for us is not taken from their time.
        changes["ends_at"] = held.ends_at + (at - held.waiting_since)
    return changes


def extend(*, conversation: Conversation, by: WallGuide, version: int | None, at: datetime) -> None:
    """
    A quarter of an hour more, said to both.

    :raises NotNow: if it has not begun, another guide has it, or has acted since
    """
    with holding(conversation, by=by, version=version, at=at) as held:
        if held.ends_at is None or not held.is_open:
            raise NotNow("The time begins with your first answer. There is nothing to extend yet.")
        _say(held, Said.EXTENDED, guide=by, at=at)
        held.act(ends_at=max(held.ends_at, at) + EXTENDED_BY)
        _record("extend", held, by=by, at=at)


def hand_over(
    *, conversation: Conversation, by: WallGuide, note: str, version: int | None, at: datetime
) -> None:
    """
    Give a conversation to another guide, with a note that they see first.

    The member is told, and that they need not say it all again. From now on they wait for a
    guide, whoever spoke last, so that the clock runs.

    :raises NotNow: if another guide has it, or has acted since
    """
    with holding(conversation, by=by, version=version, at=at) as held:
        if not held.is_open:
            raise NotNow("This conversation is not under way: there is nothing to hand over.")
        HandOverNote.objects.create(
            conversation=held, by=by, about=NoteAbout.HAND_OVER, body=note, written_at=at
        )
        _say(held, Said.HANDED_OVER, guide=by, at=at)
        waits = (
            {}
            if held.waiting_since
            else {"waiting_since": at, "next_action_at": at + PASS_UP_AFTER}
        )
        held.act(still_here_at=None, **_free(), **waits)
        _record("hand over", held, by=by, at=at)


def close(
    *,
    conversation: Conversation,
    by: WallGuide,
    outcome: Outcome,
    note: str,
    version: int | None,
    at: datetime,
) -> None:
    """
    Bring a sitting to its end. A person does this, always, after a goodbye.

    :raises StillWaiting: if words of the member's are unanswered
    :raises NotNow: if it is closed, another guide has it, or has acted since
    """
    with holding(conversation, by=by, version=version, at=at) as held:
        if held.is_closed:
            raise NotNow("This conversation is closed already.")
        if held.waiting_since is not None:
            raise StillWaiting
        HandOverNote.objects.create(
            conversation=held, by=by, about=NoteAbout.CLOSING, body=note, written_at=at
        )
        _say(held, Said.CLOSED, guide=by, at=at)
        held.act(
            state=State.CLOSED,
            outcome=outcome,
            closed_by=by,
            closed_at=at,
            next_action_at=None,
            **_free(),
        )
        _record("close", held, by=by, at=at, detail={"outcome": outcome})


def release(*, conversation: Conversation, by: WallGuide, at: datetime) -> None:
    """Take one's hands off a conversation; nothing is said to the member."""
    with holding(conversation, by=by, version=None, at=at) as held:
        held.act(**_free())
        _record("release", held, by=by, at=at)


@contextmanager
def holding(
    conversation: Conversation, *, by: WallGuide, version: int | None, at: datetime
) -> Iterator[Conversation]:
    """
    The conversation, its row taken and claimed by this guide, until the block's end.

    :raises HeldByAnother: if another guide has it
    :raises ChangedMeanwhile: if another guide has acted since ``version``
    """
    with transaction.atomic():
        held = _taken(Conversation.objects.filter(pk=conversation.pk))
        if held.is_claimed(now=at) and held.claimed_by_id != by.pk:
            assert held.claimed_by is not None  # noqa: S101 -- claimed, says the line above
            raise HeldByAnother(held.claimed_by)
        if version is not None and version != held.version:
            raise ChangedMeanwhile
        if not held.is_claimed_by(by, now=at):
            held = claim(conversation=held, by=by, at=at)
        yield held
        poke(held)


def say_as_house(held: Conversation, said: Said, *, at: datetime) -> None:
    """One of the house's own sentences, in a conversation whose row the caller has taken."""
    _say(held, said, guide=None, at=at)


def as_paragraphs(body: str) -> str:
    """Plain text as escaped HTML paragraphs: nothing anybody types is ever markup."""
    return linebreaks(body.strip(), autoescape=True)


def _say(held: Conversation, said: Said, *, guide: WallGuide | None, at: datetime) -> None:
    Line.objects.create(conversation=held, guide=guide, said=said, sent_at=at)


def _taken(of: ConversationQuerySet) -> Conversation:
    related = of.select_related("member__user", "claimed_by")
    return related.select_for_update(of=("self",)).get()


def _free() -> dict[str, None]:
    return {"claimed_by": None, "claimed_at": None, "claim_expires_at": None}


def _fresh(conversation: Conversation) -> Conversation:
    fresh = Conversation.objects.select_related("member__user", "claimed_by", "closed_by")
    return fresh.get(pk=conversation.pk)


def _record(
    verb: str,
    conversation: Conversation,
    *,
    by: WallGuide,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    record(
        actor=f"guide:{by.pk}", verb=verb, subject=f"conversation:{conversation.pk}", at=at,
        detail=detail or {},
    )  # fmt: skip
