"""
What a wall guide does with an alert.

Every act first takes the alert's row, so that two guides who act in the same instant
act one after the other, and the second is told what the first did.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.enums import HouseRule
from accounts.models import WallGuide
from audit.operations import record
from community import acts as decisions
from community import operations as wall
from community.models import Appeal, HandOver, Post, Reply, Report
from conversations import operations as talk
from conversations.models import Line
from live.pokes import poke_localities, poke_seniors
from measures.models import Goal
from risk.enums import AlertOutcome
from risk.models import (
    CLAIM_LASTS,
    PASS_UP_EVERY,
    SENIOR_ANSWERS_WITHIN,
    Alert,
    AlertQuerySet,
)
from risk.operations import Judgement, label_closed_alert, raise_missed


class NotYours(Exception):
    """The alert could not be acted on, and the message says why in words for a guide."""

    def __init__(self, sentence: str, *, winner: WallGuide | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.winner = winner


class ClaimedByAnother(NotYours):
    def __init__(self, winner: WallGuide) -> None:
        super().__init__(f"{winner.name} has claimed this.", winner=winner)


class AlreadyClosed(NotYours):
    def __init__(self, closer: WallGuide | None) -> None:
        who = closer.name if closer else "Someone"
        super().__init__(f"{who} has closed this alert.", winner=closer)


class ChangedMeanwhile(NotYours):
    def __init__(self) -> None:
        super().__init__("This alert has changed since you opened it. Look at it again first.")


def claim_alert(*, alert: Alert, by: WallGuide, at: datetime) -> Alert:
    """
    Take an alert, for as long as the desk keeps saying so.

    One conditional UPDATE decides who owns it; the database settles every race.

    :raises ClaimedByAnother: naming who has it
    :raises AlreadyClosed: naming who closed it
    """
    with transaction.atomic():
        free = Alert.objects.open().unclaimed(now=at).filter(pk=alert.pk)
        won = free.update(
            claimed_by=by,
            claimed_at=at,
            claim_expires_at=at + CLAIM_LASTS,
            next_action_at=at + CLAIM_LASTS,
            version=F("version") + 1,
        )
        if won:
            Alert.objects.filter(pk=alert.pk, acknowledged_at=None).update(
                acknowledged_by=by, acknowledged_at=at
            )
            record(actor=f"guide:{by.pk}", verb="claim", subject=f"alert:{alert.pk}", at=at)
            poke_localities([alert.locality_id])
    alert = _fresh(alert)
    if alert.closed_at is not None:
        raise AlreadyClosed(alert.closed_by)
    if alert.claimed_by_id != by.pk:
        assert alert.claimed_by is not None  # noqa: S101 -- not free, so somebody has it
        raise ClaimedByAnother(alert.claimed_by)
    return alert


def claim_next(*, queue: AlertQuerySet, by: WallGuide, at: datetime) -> Alert | None:
    """Take the most urgent alert that nobody has, or None where there is none."""
    for alert in queue.open().unclaimed(now=at).most_urgent_first()[:50]:
        try:
            return claim_alert(alert=alert, by=by, at=at)
        except NotYours:
            continue  # somebody was quicker; the next one then
    return None


def keep_claim(*, alert: Alert, by: WallGuide, at: datetime) -> Alert:
    """
    The desk's heartbeat: the claim lives on, or is taken up again if nobody else has.

    :raises NotYours: the guide is told who has it now
    """
    kept = (
        Alert.objects.open()
        .filter(pk=alert.pk, claimed_by=by, claim_expires_at__gt=at)
        .update(claim_expires_at=at + CLAIM_LASTS, next_action_at=at + CLAIM_LASTS)
    )
    return _fresh(alert) if kept else claim_alert(alert=alert, by=by, at=at)


def release_claim(*, alert: Alert, by: WallGuide, at: datetime) -> None:
    """Put an alert back into the queue for another guide."""
    with holding(alert, by=by, version=None, at=at) as held:
        held.change(**_unclaimed(held, at=at))
        record(actor=f"guide:{by.pk}", verb="release", subject=f"alert:{held.pk}", at=at)


def reply_to_member(
    *,
    alert: Alert,
    by: WallGuide,
    body: str,
    idempotency_key: uuid.UUID,
    version: int | None,
    at: datetime,
) -> Reply | Line:
    """
    Answer the member under their post, or in their conversation, as a wall guide.

    :raises NotYours: if what worries is neither on the wall nor in a conversation
    """
    with holding(alert, by=by, version=version, at=at) as held:
        writing = writing_of(held)
        if isinstance(writing, Line):
            line = _answer_in(writing, by=by, body=body, idempotency_key=idempotency_key, at=at)
            held.change()
            return line
        post = post_of(held)
        if post is None:
            raise NotYours("This has no thread to reply in. Open a case to reach its writer.")
        reply = wall.reply_as_guide(
            post=post, guide=by, body=body, idempotency_key=idempotency_key, at=at
        )
        held.change()
    return reply


def ask_senior(
    *, alert: Alert, by: WallGuide, question: str, version: int | None, at: datetime
) -> None:
    """
    "I'm not sure": a senior wall guide is asked, with a clock running.

    Where uncertain, staff alert a senior member of staff (theory of change, 4.4.4).
    """
    with holding(alert, by=by, version=version, at=at) as held:
        due_at = at + SENIOR_ANSWERS_WITHIN
        held.change(
            **_free(),
            senior_asked_by=by,
            senior_asked_at=at,
            senior_question=question,
            senior_due_at=due_at,
            senior_answered_by=None,
            senior_answered_at=None,
            senior_answer="",
            next_action_at=due_at,
        )
        record(actor=f"guide:{by.pk}", verb="ask senior", subject=f"alert:{held.pk}", at=at)
        poke_seniors()


def answer_guide(
    *, alert: Alert, by: WallGuide, answer: str, version: int | None, at: datetime
) -> None:
    """
    A senior's answer to "I'm not sure". The alert goes back to the queue with it.

    :raises NotYours: if nobody asks, or the guide is not a senior
    """
    if not by.is_senior:
        raise NotYours("Only a senior wall guide answers this.")
    with holding(alert, by=by, version=version, at=at) as held:
        if not held.waits_for_a_senior:
            raise NotYours("Nobody waits for an answer here.")
        held.change(
            **_free(),
            senior_answered_by=by,
            senior_answered_at=at,
            senior_answer=answer,
            next_action_at=at + PASS_UP_EVERY,
        )
        record(actor=f"guide:{by.pk}", verb="answer", subject=f"alert:{held.pk}", at=at)


def hide_writing(
    *,
    alert: Alert,
    by: WallGuide,
    rule: HouseRule,
    reason: str,
    version: int | None,
    at: datetime,
) -> None:
    """Take what the alert is about off the wall; the alert stays open."""
    with holding(alert, by=by, version=version, at=at) as held, _as_refusal():
        ground = decisions.Ground(rule=rule, reason=reason, alert=held)
        decisions.hide(writing=_on_the_wall(held), by=by, ground=ground, at=at)
        held.change()


def restore_writing(*, alert: Alert, by: WallGuide, version: int | None, at: datetime) -> None:
    """Put what the alert is about back on the wall."""
    with holding(alert, by=by, version=version, at=at) as held, _as_refusal():
        ground = decisions.Ground(alert=held)
        decisions.restore(writing=_on_the_wall(held), by=by, ground=ground, at=at)
        held.change()


@contextmanager
def _as_refusal() -> Iterator[None]:
    """What an act on words refuses, in the words of this desk."""
    try:
        yield
    except decisions.Refused as refusal:
        raise NotYours(refusal.sentence) from refusal


def close_alert(
    *,
    alert: Alert,
    by: WallGuide,
    outcome: AlertOutcome,
    note: str,
    judgement: Judgement,
    version: int | None,
    at: datetime,
) -> None:
    """
    Say what came of an alert. A person does this, always, and says what and why.

    They also say how soon it should have been read: the screening is measured by that.
    """
    with holding(alert, by=by, version=version, at=at) as held:
        if held.waits_for_a_senior and not by.is_senior:
            raise NotYours("A senior wall guide has been asked and has not answered yet.")
        keep_judgement(held, by=by, judgement=judgement, at=at)
        close_held(held, by=by, outcome=outcome, note=note, at=at)


def keep_judgement(held: Alert, *, by: WallGuide, judgement: Judgement, at: datetime) -> None:
    """Keep what a guide says of an alert whose row the caller has taken and will close."""
    # Taken up with this very act, it was before them for a time that nobody knows.
    shown_at = held.claimed_at if held.claimed_at != at else None
    label_closed_alert(alert=held, by=by, judgement=judgement, shown_at=shown_at, at=at)


def report_missed(
    *, writing: Post | Reply | Line, by: WallGuide, judgement: Judgement, at: datetime
) -> Alert:
    """
    "This needed reading sooner": an alert about it at once, and a label.

    :raises NotYours: if it is no member's, not of this guide's localities, or no level is said
    """
    if writing.author is None or writing.author.locality_id not in set(
        by.covers.values_list("pk", flat=True)
    ):
        raise NotYours("This is not from a locality that you cover.")
    if not judgement.level:
        raise NotYours("Say how soon somebody should read it.")
    # Always there: nothing can be published without one.
    screening = writing.screenings.order_by("-revision")[0]
    return raise_missed(
        screening=screening, by=by, level=judgement.level, categories=judgement.categories, at=at
    )


def close_held(
    held: Alert, *, by: WallGuide, outcome: AlertOutcome, note: str, at: datetime
) -> None:
    """Close an alert whose row the caller has taken."""
    held.change(
        **_free(),
        closed_by=by,
        closed_at=at,
        outcome=outcome,
        closing_note=note,
        next_action_at=None,
    )
    record(
        actor=f"guide:{by.pk}", verb="close", subject=f"alert:{held.pk}", at=at,
        detail={"outcome": outcome},
    )  # fmt: skip


def _answer_in(
    line: Line, *, by: WallGuide, body: str, idempotency_key: uuid.UUID, at: datetime
) -> Line:
    """:raises NotYours: if another guide has the conversation"""
    try:
        return talk.answer(
            conversation=line.conversation,
            by=by,
            body=body,
            idempotency_key=idempotency_key,
            version=None,
            at=at,
        )
    except talk.NotNow as refusal:
        raise NotYours(refusal.sentence) from refusal


def writing_of(alert: Alert) -> Post | Reply | Goal | Line | HandOver | Report | Appeal:
    """What an open alert is about. Writing is never deleted while one points at it."""
    writing = alert.subject
    # The only subjects there are.
    assert isinstance(writing, Post | Reply | Goal | Line | HandOver | Report | Appeal)  # noqa: S101
    return writing


def post_of(alert: Alert) -> Post | None:
    """The post in whose thread the alert's writing stands; None if it is not on the wall."""
    writing = writing_of(alert)
    if not isinstance(writing, Post | Reply):
        return None
    return writing.post if isinstance(writing, Reply) else writing


def _on_the_wall(alert: Alert) -> Post | Reply:
    """:raises NotYours: if nobody but its writer sees it anyway"""
    writing = writing_of(alert)
    if isinstance(writing, Line):
        raise NotYours("It is in a conversation, which no other member sees.")
    if isinstance(writing, HandOver | Report | Appeal):
        raise NotYours("Only guides read this: there is nothing to take off the wall.")
    if isinstance(writing, Goal):
        raise NotYours("Only its writer sees a goal: there is nothing to take off the wall.")
    return writing


@contextmanager
def holding(alert: Alert, *, by: WallGuide, version: int | None, at: datetime) -> Iterator[Alert]:
    """
    The alert, its row taken and claimed by this guide, until the block's end.

    A claim that lapsed while the guide was reading is taken up again without a word,
    as long as nobody else has it.
    """
    with transaction.atomic():
        held = Alert.objects.select_for_update().get(pk=alert.pk)
        if held.closed_at is not None:
            raise AlreadyClosed(held.closed_by)
        if held.is_claimed(now=at) and held.claimed_by_id != by.pk:
            assert held.claimed_by is not None  # noqa: S101 -- claimed, says the line above
            raise ClaimedByAnother(held.claimed_by)
        if version is not None and version != held.version:
            raise ChangedMeanwhile
        if not held.is_claimed_by(by, now=at):
            held = claim_alert(alert=held, by=by, at=at)
        yield held
        poke_localities([held.locality_id])


def _free() -> dict[str, None]:
    return {"claimed_by": None, "claimed_at": None, "claim_expires_at": None}


def _unclaimed(alert: Alert, *, at: datetime) -> dict[str, object]:
    """Back in the queue; if it was late before, it is passed up at the next look."""
    due_at = alert.senior_due_at if alert.waits_for_a_senior else alert.due_at
    return {**_free(), "next_action_at": max(due_at or at, at)}


def _fresh(alert: Alert) -> Alert:
    return Alert.objects.select_related("claimed_by", "closed_by", "screening").get(pk=alert.pk)
