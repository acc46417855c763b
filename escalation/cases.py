"""What a wall guide does with a risk episode, step by step, as the protocol says."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.models import Member, WallGuide
from audit.operations import record
from escalation import desk
from escalation.enums import CaseOutcome, StepOutcome
from escalation.models import Case, CaseStep, Protocol, ProtocolStep
from live.pokes import poke_localities
from risk.enums import AlertOutcome
from risk.models import Alert
from risk.operations import Judgement

# With every step taken, somebody has to say what came of it, or is asked again.
CLOSING_DUE_WITHIN = timedelta(minutes=15)


class NoProtocolAgreed(desk.NotYours):
    def __init__(self) -> None:
        super().__init__(
            "No protocol is agreed for this locality, nor one for everywhere. "
            "Ask a senior wall guide now, and tell an administrator."
        )


class CaseClosed(desk.NotYours):
    def __init__(self, closer: WallGuide | None) -> None:
        super().__init__(
            f"{closer.name if closer else 'Someone'} has closed this case.", winner=closer
        )


class CaseChanged(desk.NotYours):
    def __init__(self) -> None:
        super().__init__("This case has changed since you opened it. Look at it again first.")


class AlreadyDone(desk.NotYours):
    def __init__(self, who: WallGuide | None) -> None:
        super().__init__(f"{who.name if who else 'Someone'} has recorded this already.", winner=who)


def open_case(
    *,
    alert: Alert,
    by: WallGuide,
    note: str,
    version: int | None,
    at: datetime,
    judgement: Judgement | None = None,
) -> Case:
    """
    Begin to follow a risk episode under the protocol in force for the member's locality.

    The alert closes into the case. A member who is in a case already is not put into a
    second: the alert joins the one that runs, and its clock starts anew if it was late.
    How soon it should have been read may stay unsaid here: nobody in a hurry is held up.

    :raises NoProtocolAgreed: and the alert stays as it was
    :raises NotYours: as for every act on an alert
    """
    with desk.holding(alert, by=by, version=version, at=at) as held:
        # One after the other: two guides must not open two cases about one member, nor
        # may a case be closed while an alert is being put into it.
        Member.objects.select_for_update(no_key=True).get(pk=held.author_id)
        case = Case.objects.open().select_for_update().filter(member=held.author_id).first()
        if case is not None:
            if case.is_passed_up:
                _start_clock_anew(case, by=by, at=at)
        else:
            protocol = Protocol.objects.in_force_for(held.locality)
            if protocol is None:
                raise NoProtocolAgreed
            case = Case.objects.create(
                member=held.author,
                locality=held.locality,
                protocol=protocol,
                opened_by=by,
                opened_at=at,
                step_due_at=at,
            )
            record(
                actor=f"guide:{by.pk}", verb="open case", subject=f"case:{case.pk}", at=at,
                detail={"alert": held.pk, "protocol": protocol.pk},
            )  # fmt: skip
            begin_step(case, next_step(case, after=None, at=at), at=at)
        case.alerts.add(held)
        if judgement is not None:
            desk.keep_judgement(held, by=by, judgement=judgement, at=at)
        desk.close_held(held, by=by, outcome=AlertOutcome.CASE_OPENED, note=note, at=at)
    return case


def steps_left(case: Case, *, after: ProtocolStep | None, at: datetime) -> list[ProtocolStep]:
    """
    The steps still to take, by the locality's clock, the next one first.

    The hours may change while a case runs, and the steps for the new hours may stand
    above the last one taken: those never begun in this case then come after the rest.

    Should a protocol leave this hour uncovered (agreeing one refuses to), its steps
    are followed regardless of the hour: a wrong hour is better than nobody.
    """
    steps = case.protocol.steps_at(at, locality=case.locality) or list(case.protocol.steps.all())
    begun = set(case.steps.values_list("step", flat=True))
    waiting = [step for step in steps if step.pk not in begun]
    if after is None:
        return waiting
    # Stable: within each half the protocol's own order stays.
    return sorted(waiting, key=lambda step: step.position < after.position)


def next_step(case: Case, *, after: ProtocolStep | None, at: datetime) -> ProtocolStep | None:
    """The step to take now, by the locality's clock, or None where all were taken."""
    return next(iter(steps_left(case, after=after, at=at)), None)


def begin_step(case: Case, step: ProtocolStep | None, *, at: datetime) -> None:
    """Start a step's clock; without a step, the clock of saying what came of it all."""
    due_at = at + (step.time_to_next if step else CLOSING_DUE_WITHIN)
    if step is not None:
        CaseStep.objects.create(case=case, step=step, started_at=at, due_at=due_at)
    Case.objects.filter(pk=case.pk).update(step_due_at=due_at, version=F("version") + 1)
    case.refresh_from_db()


def record_step(
    *,
    case_step: CaseStep,
    by: WallGuide,
    outcome: StepOutcome,
    note: str,
    at: datetime,
) -> Case:
    """
    Write down what came of a step, and start the next.

    A step that was late can still be written down after the case has moved on.

    :raises AlreadyDone: naming who wrote it down first; nothing is overwritten
    """
    with transaction.atomic():
        case = _taken(case_step.case_id)
        latest = case.steps.order_by("started_at", "pk").last()
        done = CaseStep.objects.filter(pk=case_step.pk, done_at=None).update(
            done_by=by, done_at=at, outcome=outcome, note=note
        )
        if not done:
            case_step.refresh_from_db()
            raise AlreadyDone(case_step.done_by)
        record(
            actor=f"guide:{by.pk}", verb="step", subject=f"case:{case.pk}", at=at,
            detail={"step": case_step.pk, "outcome": outcome},
        )  # fmt: skip
        _somebody_has_it(case, by=by, at=at)
        if latest is not None and latest.pk == case_step.pk:
            begin_step(case, next_step(case, after=case_step.step, at=at), at=at)
        poke_localities([case.locality_id])
    return case


def acknowledge_case(*, case: Case, by: WallGuide, at: datetime) -> Case:
    """
    A person says that they have a late case in hand. Its clock starts anew.

    Of a case that is not late there is nothing to say: its clock runs on, so that nobody
    can put a step off by pressing a button.
    """
    with transaction.atomic():
        case = _taken(case.pk)
        if case.is_passed_up:
            _start_clock_anew(case, by=by, at=at)
            poke_localities([case.locality_id])
    return case


def close_case(
    *, case: Case, by: WallGuide, outcome: CaseOutcome, note: str, version: int | None, at: datetime
) -> Case:
    """
    End a risk episode, with what came of it.

    :raises NotYours: if somebody closed or changed it first
    """
    with transaction.atomic():
        case = _taken(case.pk)
        if version is not None and case.version != version:
            raise CaseChanged
        Case.objects.filter(pk=case.pk).update(
            closed_by=by,
            closed_at=at,
            outcome=outcome,
            closing_note=note,
            step_due_at=None,
            version=F("version") + 1,
        )
        record(
            actor=f"guide:{by.pk}", verb="close", subject=f"case:{case.pk}", at=at,
            detail={"outcome": outcome},
        )  # fmt: skip
        poke_localities([case.locality_id])
    case.refresh_from_db()
    return case


def _taken(pk: int) -> Case:
    """The open case, its row taken until the transaction ends."""
    case = Case.objects.select_for_update().get(pk=pk)
    if case.closed_at is not None:
        raise CaseClosed(case.closed_by)
    return case


def _start_clock_anew(case: Case, *, by: WallGuide, at: datetime) -> None:
    latest = case.steps.order_by("started_at", "pk").last()
    wait = latest.step.time_to_next if latest and not latest.done_at else CLOSING_DUE_WITHIN
    _somebody_has_it(case, by=by, at=at)
    Case.objects.filter(pk=case.pk).update(step_due_at=at + wait, version=F("version") + 1)
    record(actor=f"guide:{by.pk}", verb="acknowledge", subject=f"case:{case.pk}", at=at)
    case.refresh_from_db()


def _somebody_has_it(case: Case, *, by: WallGuide, at: datetime) -> None:
    if case.is_passed_up:
        Case.objects.filter(pk=case.pk).update(acknowledged_by=by, acknowledged_at=at)
