"""
The operator's own terms: adding, changing and retiring them without a new release.

Every change is a version of its own. What strengthens may take force at once; what weakens
needs the gate, a dry run that was seen, and two people of whom one is a clinician.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import IntegrityError, connection, transaction

from accounts.models import Administrator, User, WallGuide
from audit.operations import record
from commissioning.models import Locality
from risk import current, term_rules, term_trials
from risk.classifier import Reader
from risk.current import current_overlay
from risk.enums import TermAct, TermKind, TermState
from risk.models import TermChange
from risk.term_rules import Entry, TermRefused, Verdict
from risk.term_trials import DryRun, Gate

__all__ = [
    "ChangedMeanwhile", "Keeper", "NotTheirs", "Refused", "StoppedAtTheGate", "TermRefused",
    "Trial", "UnderWay", "UnseenDryRun", "current_overlay", "dry_run", "entry_in_force", "propose",
    "refuse", "sign", "try_change", "withdraw",
]  # fmt: skip

# A dry run that is older has to be looked at again.
SEEN_LASTS_SECONDS = 24 * 60 * 60
_SEEN = "risk.terms.dry-run"
# Whatever takes force does so one after the other (an advisory lock's key).
_ONE_AT_A_TIME = 7_261_003


class Refused(Exception):
    """The terms are not as whoever acted believed; the sentence says how they are."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ChangedMeanwhile(Refused):
    def __init__(self) -> None:
        super().__init__("Somebody has changed this term since. Look at it again first.")


class UnderWay(Refused):
    """There is a change of this term that waits for a signature."""

    def __init__(self, change: TermChange) -> None:
        super().__init__("A change of this term waits already. Sign, refuse or withdraw it first.")
        self.change = change


class UnseenDryRun(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This weakens the screening. Look first at what it would have changed, below."
        )


class StoppedAtTheGate(Refused):
    """Texts that must be caught would not be, or the term would be found everywhere."""

    def __init__(self, gate: Gate) -> None:
        if gate.falls:
            number = len(gate.falls)
            texts = "One text that must be caught" if number == 1 else f"{number} texts that must"
            said = f"{texts}{'' if number == 1 else ' be caught'} would be read as less urgent."
        else:
            said = (
                f"It would be found in {gate.found_in_ordinary} of {gate.ordinary} ordinary "
                "posts: its patterns are too wide."
            )
        super().__init__(said)
        self.gate = gate


class NotTheirs(Refused):
    """This person may not do this to the change."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps the terms: an administrator, or a senior wall guide, who is the clinician."""

    user: User
    is_senior: bool
    actor: str
    localities: Sequence[Locality]

    @classmethod
    def of(cls, *, administrator: Administrator | None, wall_guide: WallGuide | None) -> Keeper:
        """Somebody who is both acts as the clinician."""
        if wall_guide is not None and wall_guide.is_senior:
            places = wall_guide.covers.shown().select_related("commissioner")
            return cls(wall_guide.user, True, f"guide:{wall_guide.pk}", list(places))
        assert administrator is not None  # noqa: S101 -- the audience lets nobody else in
        everywhere = Locality.objects.shown().select_related("commissioner")
        return cls(administrator.user, False, f"admin:{administrator.pk}", list(everywhere))


@dataclass(frozen=True, slots=True)
class Trial:
    """A change as it would be: what it is, what it does, and whether it may pass."""

    act: TermAct
    term: str
    before_entry: Entry | None
    entry: Entry
    before: Reader
    after: Reader
    gate: Gate
    verdict: Verdict

    @property
    def mark(self) -> str:
        return term_rules.mark_of(self.act, self.entry)

    @property
    def is_weakening(self) -> bool:
        return self.verdict.kind == TermKind.WEAKENING


def entry_in_force(term: str) -> Entry | None:
    """A term as it is looked for now, None where it is not."""
    raw = current.lexicon().entries.get(term)
    return term_rules.entry_of(raw) if raw is not None else None


def try_change(*, term: str, entry: Entry | None, at: datetime) -> Trial:
    """
    Build what a change would lead to and send it through the gate. Takes a few seconds.

    :param entry: the whole entry as it shall be; None retires the term
    :raises TermRefused: if it is out of bounds or cannot be read, with every problem by field
    """
    overlay = current_overlay()
    before = current.reader()
    known = current.lexicon_of(before)
    raw = known.entries.get(term)
    had = term_rules.entry_of(raw) if raw is not None else None
    if entry is None:
        if had is None:
            raise TermRefused({"term": ["There is no such term to retire."]})
        act, whole = TermAct.RETIRED, had
    else:
        whole = term_rules.entry_of({**entry, "reviewed_on": at.date().isoformat()})
        act = TermAct.ADDED if had is None else TermAct.CHANGED
        term_rules.check(whole, known=known, before=had)
    after = current.build(
        overlay.with_change(term=term, entry=None if act == TermAct.RETIRED else whole)
    )
    gate = term_trials.check_must_catch(before=before, after=after, term=term, mark=overlay.mark)
    verdict = term_rules.judge(
        act=act, before=had, after=whole, known=known,
        falls=[fall.by for fall in gate.falls],
    )  # fmt: skip
    return Trial(act, term, had, whole, before, after, gate, verdict)


def dry_run(*, trial: Trial, by: Keeper, at: datetime) -> tuple[DryRun, str]:
    """
    Read the last weeks before and after a change, and say what was seen.

    Returns the run and a token that proves to `propose` that this person has seen it. Only a
    clinician is given examples, of the localities they cover; that they were is audited.
    """
    run = term_trials.dry_run(
        before=trial.before, after=trial.after, term=trial.term, localities=by.localities,
        with_texts=by.is_senior, now=at,
    )  # fmt: skip
    with transaction.atomic():
        record(
            actor=by.actor, verb="dry-run term", subject=_subject(trial.term), at=at,
            detail={"mark": trial.mark, "examples": len(run.examples), **run.as_dict()},
        )  # fmt: skip
    seen = {"mark": trial.mark, "by": by.user.pk, "counts": run.as_dict()}
    return run, signing.dumps(seen, salt=_SEEN)


def propose(*, trial: Trial, reason: str, seen: str = "", by: Keeper, at: datetime) -> TermChange:
    """
    Propose a change; what may take force at once does.

    A strengthening by a clinician takes force, and by an administrator too unless it asks for
    CRISIS. The rest waits for `sign`.

    :param seen: the token of the dry run, which a weakening needs
    :raises StoppedAtTheGate: if a text that must be caught would not be
    :raises UnseenDryRun: if it weakens and the dry run of exactly this was not seen
    :raises UnderWay: if it would wait and another change of the term waits already
    :raises ChangedMeanwhile: if something has taken force since it was tried
    """
    if not trial.gate.passed:
        raise StoppedAtTheGate(trial.gate)
    counts = _seen_counts(seen, trial=trial, by=by)
    if trial.is_weakening and counts is None:
        raise UnseenDryRun
    at_once = not trial.is_weakening and (by.is_senior or not trial.verdict.asks_for_crisis)
    if not at_once and (waiting := TermChange.objects.waiting().filter(term=trial.term).first()):
        raise UnderWay(waiting)
    try:
        with transaction.atomic():
            _one_at_a_time()
            if TermChange.objects.mark() != trial.gate.mark:
                raise ChangedMeanwhile
            versions = TermChange.objects.of_term(trial.term)
            newest = versions.first()
            change = TermChange.objects.create(
                term=trial.term,
                number=newest.number + 1 if newest else 1,
                act=trial.act,
                entry=trial.entry,
                reason=reason,
                kind=trial.verdict.kind,
                kind_because=list(trial.verdict.because),
                asks_for_crisis=trial.verdict.asks_for_crisis,
                based_on=_number_in_force(trial.term),
                proposed_by=by.user,
                proposed_by_senior=by.is_senior,
                proposed_at=at,
                dry_run=counts,
                gate=trial.gate.as_dict(),
                state=TermState.IN_FORCE if at_once else TermState.PROPOSED,
                in_force_at=at if at_once else None,
                force_order=TermChange.objects.next_force_order() if at_once else None,
            )
            _record(change, by=by, verb="put term in force" if at_once else "propose term", at=at)
    except IntegrityError:
        # Somebody else proposed a change of the same term in the same instant.
        other = TermChange.objects.waiting().filter(term=trial.term).first()
        raise (UnderWay(other) if other else ChangedMeanwhile()) from None
    return change


def sign(*, change: TermChange, by: Keeper, at: datetime) -> TermChange:
    """
    Sign a waiting change as the second person: it is in force from here on.

    The gate is asked again if anything has taken force since it was last asked.

    :raises NotTheirs: for the proposer, and where no clinician would stand behind it
    :raises ChangedMeanwhile: if the change is not waiting any more, or the term is another now
    :raises StoppedAtTheGate: if as things are now a text that must be caught would not be
    :raises TermRefused: if it cannot be built over what is in force now
    """
    if change.proposed_by_id == by.user.pk:
        raise NotTheirs("You proposed this. Somebody else has to sign it.")
    if change.needs_a_senior and not by.is_senior:
        raise NotTheirs("One of the two who sign must be a senior wall guide.")
    gate = change.gate
    if gate["mark"] != TermChange.objects.mark():
        again = _tried_again(change, at=at)
        if not again.passed:
            raise StoppedAtTheGate(again)
        gate = again.as_dict()
    with transaction.atomic():
        _one_at_a_time()
        waiting = _taken(change)
        is_as_seen = waiting.based_on == _number_in_force(waiting.term)
        if not is_as_seen or gate["mark"] != TermChange.objects.mark():
            raise ChangedMeanwhile
        waiting.gate = gate
        waiting.signed_by, waiting.signed_at = by.user, at
        waiting.signed_by_senior = by.is_senior
        waiting.state, waiting.in_force_at = TermState.IN_FORCE, at
        waiting.force_order = TermChange.objects.next_force_order()
        waiting.save(
            update_fields=[
                "gate", "signed_by", "signed_at", "signed_by_senior", "state", "in_force_at",
                "force_order",
            ]
        )  # fmt: skip
        _record(waiting, by=by, verb="sign term", at=at)
    return waiting


def refuse(*, change: TermChange, because: str, by: Keeper, at: datetime) -> TermChange:
    """
    Refuse a waiting change of somebody else, with a reason that stays with it.

    :raises NotTheirs: for the proposer, who may withdraw it
    :raises ChangedMeanwhile: if it is not waiting any more
    """
    if change.proposed_by_id == by.user.pk:
        raise NotTheirs("You proposed this. Withdraw it instead.")
    return _end(change, TermState.REFUSED, because=because, by=by, verb="refuse term", at=at)


def withdraw(*, change: TermChange, by: Keeper, at: datetime) -> TermChange:
    """
    Take back what one has proposed and nobody has signed.

    :raises NotTheirs: for anybody but the proposer
    :raises ChangedMeanwhile: if it is not waiting any more
    """
    if change.proposed_by_id != by.user.pk:
        raise NotTheirs("Only who proposed this can withdraw it.")
    return _end(change, TermState.WITHDRAWN, because="", by=by, verb="withdraw term", at=at)


def _end(
    change: TermChange, state: TermState, *, because: str, by: Keeper, verb: str, at: datetime
) -> TermChange:
    with transaction.atomic():
        waiting = _taken(change)
        waiting.state, waiting.ended_by, waiting.ended_at = state, by.user, at
        waiting.ended_because = because
        waiting.save(update_fields=["state", "ended_by", "ended_at", "ended_because"])
        _record(waiting, by=by, verb=verb, at=at)
    return waiting


def _tried_again(change: TermChange, *, at: datetime) -> Gate:
    entry = None if change.act == TermAct.RETIRED else change.entry
    overlay = current_overlay()
    after = current.build(overlay.with_change(term=change.term, entry=entry))
    return term_trials.check_must_catch(
        before=current.reader(), after=after, term=change.term, mark=overlay.mark
    )


def _taken(change: TermChange) -> TermChange:
    """The change as it is now, its row taken until the transaction ends."""
    now = TermChange.objects.select_for_update().get(pk=change.pk)
    if not now.is_waiting:
        raise ChangedMeanwhile
    return now


def _number_in_force(term: str) -> int:
    newest = TermChange.objects.in_force().of_term(term).first()
    return newest.number if newest else 0


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])


def _seen_counts(token: str, *, trial: Trial, by: Keeper) -> dict[str, Any] | None:
    """The counts of a dry run that this person has seen of exactly this change, if they have."""
    try:
        seen = signing.loads(token, salt=_SEEN, max_age=SEEN_LASTS_SECONDS)
    except signing.BadSignature:
        return None
    is_this = seen["mark"] == trial.mark and seen["by"] == by.user.pk
    return dict(seen["counts"]) if is_this else None


def _subject(term: str) -> str:
    return f"term:{term}"[:60]


def _record(change: TermChange, *, by: Keeper, verb: str, at: datetime) -> None:
    # The mark ties the entry to the very words that were proposed or signed.
    record(
        actor=by.actor, verb=verb, subject=_subject(change.term), at=at,
        detail={
            "change": change.pk, "number": change.number, "act": change.act, "kind": change.kind,
            "mark": term_rules.mark_of(change.act, change.entry),
        },
    )  # fmt: skip
