"""
What wall guides decide about members' words, and about members.

Each act names the rule it rests on and gives a reason that the member reads. Acts are added and
never changed; what undoes one is another. Two guides who act on the same words in one instant act
one after the other, and the second is told what the first did.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.enums import HouseRule
from accounts.models import Member, WallGuide
from accounts.operations import end_pause, pause_member
from audit.operations import record
from community import operations
from community.enums import ActKind, ContentNote, HeldBecause, TakenOut
from community.models import Act, Matter, PolicyStep, Post, Reply
from community.reports import touch
from live.pokes import close_sockets_of
from notifications.enums import Kind
from notifications.operations import tell
from risk.models import Alert

# What stands where words were taken out.
GAP = "[…]"


class Refused(Exception):
    """An act that could not be done, and the message says why in words for a guide."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Ground:
    """Why a guide acts: the rule, the reason in words for the member, and what it came of."""

    rule: HouseRule | str = ""
    reason: str = ""
    matter: Matter | None = None
    alert: Alert | None = None


def seen_of(writing: Post | Reply) -> str:
    """What a form carries, so that acting on something older is noticed."""
    return f"{writing.revision}.{writing.acts.count()}"


def hide(
    *, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime, seen: str | None = None
) -> Act:
    """
    Take a member's words off the wall.

    :raises Refused: if they are off it already, or another guide has just acted on them
    """
    with _holding(writing, by=by, ground=ground, seen=seen, at=at) as held:
        if held.hidden_by is not None:
            raise Refused(f"{held.hidden_by.name} has taken it off the wall already.")
        operations.hide(writing=held, by=by, reason=ground.reason, at=at)
        return _write(ActKind.HIDE, of=held, by=by, ground=ground, at=at)


def restore(
    *, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime, seen: str | None = None
) -> Act:
    """
    Put a member's words back on the wall.

    :raises Refused: if no guide has taken them off
    """
    with _holding(writing, by=by, ground=ground, seen=seen, at=at) as held:
        if not operations.restore(writing=held, by=by, at=at):
            raise Refused("It is back on the wall already.")
        undone = _standing(held, ActKind.HIDE)
        return _write(ActKind.RESTORE, of=held, by=by, ground=ground, at=at, undoes=undone)


def fold(
    *, writing: Post | Reply, content_note: ContentNote, by: WallGuide, ground: Ground,
    at: datetime, seen: str | None = None,
) -> Act:  # fmt: skip
    """Put a note on words, so that readers choose whether to open them."""
    with _holding(writing, by=by, ground=ground, seen=seen, at=at) as held:
        type(held).objects.filter(pk=held.pk).update(content_note=content_note, content_note_by=by)
        if isinstance(held, Post):
            # Visitors read nothing that has to be folded.
            operations.not_for_visitors(post=held)
        record(actor=f"guide:{by.pk}", verb="fold", subject=operations.name_of(held), at=at)
        return _write(ActKind.FOLD, of=held, by=by, ground=ground, at=at)


def unfold(
    *, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime, seen: str | None = None
) -> Act:
    """Take a note off again, whether a guide or the house put it there. Never the writer's own."""
    with _holding(writing, by=by, ground=ground, seen=seen, at=at) as held:
        by_house = _unseen_steps(held).exists()
        if not held.content_note or not (held.content_note_by_id or by_house):
            raise Refused("There is no note of ours on it.")
        type(held).objects.filter(pk=held.pk).update(content_note="", content_note_by=None)
        record(actor=f"guide:{by.pk}", verb="unfold", subject=operations.name_of(held), at=at)
        undone = _standing(held, ActKind.FOLD)
        return _write(ActKind.UNFOLD, of=held, by=by, ground=ground, at=at, undoes=undone)


def take_out(
    *, writing: Post | Reply, words: str, what: TakenOut, by: WallGuide, ground: Ground,
    at: datetime, seen: str | None = None,
) -> Act:  # fmt: skip
    """
    Take a detail out of a member's words. Readers see that something is missing, and what kind.

    Nothing else can be changed: the words a member did not choose are only the gap.

    :raises Refused: if the detail does not stand there, or nothing would be left
    """
    with _holding(writing, by=by, ground=ground, seen=seen, at=at) as held:
        wanted = words.strip()
        if not wanted or wanted not in held.body:
            raise Refused("These words do not stand in it exactly so. Copy them from above.")
        left = held.body.replace(wanted, GAP)
        if not left.replace(GAP, "").strip():
            raise Refused("Nothing would be left. Take it off the wall instead.")
        before = held.body
        # What waits goes on waiting: letting it onto the wall is an act of its own.
        because = HeldBecause(held.held_because) if held.held_because else None
        operations.edit_writing(
            writing=held, body=left, expected_revision=held.revision, at=at, held=because
        )
        type(held).objects.filter(pk=held.pk).update(taken_out=what)
        record(actor=f"guide:{by.pk}", verb="take out", subject=operations.name_of(held), at=at)
        return _write(
            ActKind.TAKE_OUT, of=held, by=by, ground=ground, at=at, taken_out=what, before=before
        )


def keep_held(
    *, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime, seen: str | None = None
) -> Act:
    """Held words stay off the wall: a guide has read them."""
    with _holding(writing, by=by, ground=ground, seen=seen, at=at) as held:
        if held.held_at is None:
            raise Refused("It is not held any more.")
        record(actor=f"guide:{by.pk}", verb="keep held", subject=operations.name_of(held), at=at)
        return _write(ActKind.KEEP_HELD, of=held, by=by, ground=ground, at=at)


def release(
    *, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime, seen: str | None = None
) -> Act:
    """Let held words onto the wall."""
    with _holding(writing, by=by, ground=ground, seen=seen, at=at) as held:
        if not operations.release_held(writing=held, by=by, at=at):
            raise Refused("It is not held any more.")
        undone = _standing(held, ActKind.KEEP_HELD)
        return _write(ActKind.RELEASE, of=held, by=by, ground=ground, at=at, undoes=undone)


# -- about members -----------------------------------------------------------------------------


@transaction.atomic
def say_a_word(*, member: Member, by: WallGuide, ground: Ground, at: datetime) -> Act:
    """The first step: a guide says in their own words what they would like to be different."""
    touch(ground.matter, by=by, at=at)
    record(actor=f"guide:{by.pk}", verb="word", subject=f"member:{member.pk}", at=at)
    return _write(ActKind.WORD, member=member, by=by, ground=ground, at=at)


@transaction.atomic
def strike(
    *, member: Member, by: WallGuide, ground: Ground, at: datetime, seen: str | None = None
) -> Act:
    """
    Give a member a strike. With the last of those published comes the next published pause.

    :raises Refused: if another guide has given one since the form was shown
    """
    touch(ground.matter, by=by, at=at)
    held = Member.objects.select_for_update().get(pk=member.pk)
    if seen is not None and seen != steps_seen(held):
        raise Refused("Another guide has decided something about them. Look at it again first.")
    given = _write(ActKind.STRIKE, member=held, by=by, ground=ground, at=at)
    record(actor=f"guide:{by.pk}", verb="strike", subject=f"member:{held.pk}", at=at)
    if strikes_of(held, at=at) >= settings.STRIKES_BEFORE_A_PAUSE:
        until = at + next_pause(held)
        _pause(held, until=until, by=by, ground=ground, at=at, follows=given)
    return given


@transaction.atomic
def pause(*, member: Member, days: int, by: WallGuide, ground: Ground, at: datetime) -> Act:
    """Pause a member for so many days. It ends by itself."""
    touch(ground.matter, by=by, at=at)
    held = Member.objects.select_for_update().get(pk=member.pk)
    if held.is_paused(now=at):
        raise Refused("They are paused already.")
    return _pause(held, until=at + timedelta(days=days), by=by, ground=ground, at=at)


@transaction.atomic
def lift(*, member: Member, by: WallGuide, ground: Ground, at: datetime) -> Act:
    """End a pause before its time."""
    held = Member.objects.select_for_update().get(pk=member.pk)
    if not held.is_paused(now=at) or not end_pause(member=held):
        raise Refused("They are not paused any more.")
    record(actor=f"guide:{by.pk}", verb="lift", subject=f"member:{held.pk}", at=at)
    undone = held.acts.standing().filter(kind=ActKind.PAUSE, until__gt=at).order_by("-at").first()
    return _write(ActKind.LIFT, member=held, by=by, ground=ground, at=at, undoes=undone)


def pause_of(member: Member, *, at: datetime) -> Act | None:
    """The pause that holds a member's words back now, if one does."""
    if not member.is_paused(now=at):
        return None
    found: Act | None = (
        member.acts.standing().filter(kind=ActKind.PAUSE, until__gt=at).order_by("-until").first()
    )
    return found


def strikes_of(member: Member, *, at: datetime) -> int:
    """How many strikes count now: not undone, not too old, and none that led to a pause."""
    counting = member.acts.standing().filter(
        kind=ActKind.STRIKE, at__gt=at - timedelta(days=settings.STRIKES_LAST_DAYS)
    )
    last_pause = member.acts.standing().filter(kind=ActKind.PAUSE).order_by("-at", "-pk").first()
    if last_pause is not None:
        counting = counting.filter(pk__gt=last_pause.pk)
    return counting.count()


def next_pause(member: Member) -> timedelta:
    """How long the next pause is, by the published steps: longer each time, up to the longest."""
    steps = settings.PAUSES_DAYS
    times = member.acts.standing().filter(kind=ActKind.PAUSE).count()
    return timedelta(days=steps[min(times, len(steps) - 1)])


def steps_seen(member: Member) -> str:
    """What a form about a member carries, so that another guide's step is noticed."""
    kinds = (ActKind.STRIKE, ActKind.PAUSE, ActKind.STRIKE_OFF, ActKind.LIFT)
    return str(member.acts.filter(kind__in=kinds).count())


# -- undoing -----------------------------------------------------------------------------------


@transaction.atomic
def undo(*, act: Act, by: WallGuide, reason: str, at: datetime) -> Act | None:
    """
    Undo what a guide decided, in deed and on paper. None if it has been undone meanwhile.

    A strike takes the pause with it that it led to.
    """
    if Act.objects.filter(undoes=act).exists():
        return None
    ground = Ground(reason=reason, matter=act.matter)
    writing = act.writing
    if writing is not None and act.kind in _UNDOERS:
        return _UNDOERS[ActKind(act.kind)](act, writing, by, ground, at)
    held = Member.objects.select_for_update().get(pk=act.member_id)
    if act.kind == ActKind.STRIKE:
        for pause_given in act.followed_by.filter(undone_by=None):
            undo(act=pause_given, by=by, reason=reason, at=at)
        record(actor=f"guide:{by.pk}", verb="strike off", subject=f"member:{held.pk}", at=at)
        return _write(
            ActKind.STRIKE_OFF, member=held, by=by, ground=ground, at=at, undoes=act, tells=False
        )
    if act.kind == ActKind.PAUSE:
        if held.paused_until == act.until:
            end_pause(member=held)
        record(actor=f"guide:{by.pk}", verb="lift", subject=f"member:{held.pk}", at=at)
        return _write(
            ActKind.LIFT, member=held, by=by, ground=ground, at=at, undoes=act, tells=False
        )
    return None


def _undo_hide(act: Act, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime) -> Act:
    if _standing(writing, ActKind.HIDE) == act:
        operations.restore(writing=writing, by=by, at=at)
    return _undone(ActKind.RESTORE, act, by=by, ground=ground, at=at)


def _undo_fold(act: Act, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime) -> Act:
    ours = type(writing).objects.filter(pk=writing.pk, content_note_by__isnull=False)
    ours.update(content_note="", content_note_by=None)
    return _undone(ActKind.UNFOLD, act, by=by, ground=ground, at=at)


def _undo_take_out(
    act: Act, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime
) -> Act:
    # What its writer has changed since is theirs, and stays as they have it.
    held = type(writing).objects.select_for_update().get(pk=writing.pk)
    if GAP in held.body and _standing(held, ActKind.TAKE_OUT) == act:
        operations.edit_writing(
            writing=held, body=act.before, expected_revision=held.revision, at=at
        )
    type(held).objects.filter(pk=held.pk).update(taken_out="")
    return _undone(ActKind.PUT_BACK, act, by=by, ground=ground, at=at)


def _undo_keep_held(
    act: Act, writing: Post | Reply, by: WallGuide, ground: Ground, at: datetime
) -> Act:
    operations.release_held(writing=writing, by=by, at=at)
    return _undone(ActKind.RELEASE, act, by=by, ground=ground, at=at)


_UNDOERS = {
    ActKind.HIDE: _undo_hide,
    ActKind.FOLD: _undo_fold,
    ActKind.TAKE_OUT: _undo_take_out,
    ActKind.KEEP_HELD: _undo_keep_held,
}


def _undone(kind: ActKind, act: Act, **more: Any) -> Act:
    """Its undoing on paper. Whoever asked for it is told by the answer to what they asked."""
    return _write(kind, of=act.writing, member=act.member, undoes=act, tells=False, **more)


# -- how each is done --------------------------------------------------------------------------


@contextmanager
def _holding(
    writing: Post | Reply, *, by: WallGuide, ground: Ground, seen: str | None, at: datetime
) -> Iterator[Post | Reply]:
    """The writing, its row taken until the block's end, and what the house did by itself seen."""
    with transaction.atomic():
        touch(ground.matter, by=by, at=at)
        # Its row alone: who hid it is joined from the side, and may be nobody.
        held: Post | Reply = (
            type(writing)
            .objects.select_for_update(of=("self",))
            .select_related("author", "hidden_by")
            .get(pk=writing.pk)
        )
        if held.author is None:
            raise Refused("No member wrote this. Speak with the guide who did.")
        if seen is not None and seen != seen_of(held):
            last = held.acts.select_related("by").order_by("-at", "-pk").first()
            who = f"{last.by.name} has just acted on this" if last else "These words have changed"
            raise Refused(f"{who}. Look at it again first: what you typed is below.")
        yield held
        _unseen_steps(held).update(looked_at=at, looked_by=by)


def _unseen_steps(writing: Post | Reply) -> Any:
    of_this = {type(writing).__name__.lower(): writing}
    return PolicyStep.objects.filter(**of_this, looked_at=None).exclude(treatment="publish")


def _standing(writing: Post | Reply, kind: ActKind) -> Act | None:
    found: Act | None = writing.acts.standing().filter(kind=kind).order_by("-at", "-pk").first()
    return found


def _pause(
    member: Member, *, until: datetime, by: WallGuide, ground: Ground, at: datetime,
    follows: Act | None = None,
) -> Act:  # fmt: skip
    pause_member(member=member, until=until, because=ground.reason)
    record(actor=f"guide:{by.pk}", verb="pause", subject=f"member:{member.pk}", at=at)
    close_sockets_of(member.user_id)
    return _write(
        ActKind.PAUSE, member=member, by=by, ground=ground, at=at, until=until, follows=follows
    )


def _write(
    kind: ActKind, *, by: WallGuide, ground: Ground, at: datetime, member: Member | None = None,
    of: Post | Reply | None = None, tells: bool = True, **more: Any,
) -> Act:  # fmt: skip
    """The act on paper, and its member told that there is one."""
    member = member or (of.author if of else None)
    assert member is not None  # noqa: S101 -- words without a member are refused before
    place = {type(of).__name__.lower(): of} if of is not None else {}
    act = Act.objects.create(
        kind=kind, by=by, at=at, member=member, rule=ground.rule, reason=ground.reason,
        matter=ground.matter, alert=ground.alert, **place, **more,
    )  # fmt: skip
    if tells:
        tell(
            member=member, kind=Kind.DECISION, at=at, url_name="community:decisions",
            about=f"act:{act.pk}",
        )  # fmt: skip
    return act
