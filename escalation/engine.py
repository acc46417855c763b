"""
What moves by itself when nobody does: the sentinel's work, one tick at a time.

Everything here takes rows with SKIP LOCKED and re-reads them locked, so that any
number of sentinels, and the guides, can act at once.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from audit.operations import record
from conversations import clock
from escalation.cases import begin_step, next_step
from escalation.models import Case, CaseStep
from live.pokes import poke_localities, poke_seniors
from risk.models import PASS_UP_EVERY, Alert

BATCH = 200


def tick(*, now: datetime) -> dict[str, int]:
    """One look at everything that may be late. Returns how many of each were moved."""
    return {
        "claims_returned": return_lapsed_claims(now=now),
        "alerts_passed_up": pass_up_late_alerts(now=now),
        "cases_passed_up": pass_up_late_cases(now=now),
        **clock.move(now=now),
    }


@transaction.atomic
def return_lapsed_claims(*, now: datetime) -> int:
    """Give back to the queue what a silent desk still holds (F27)."""
    lapsed = list(
        Alert.objects.open()
        .filter(claim_expires_at__lte=now)
        .select_for_update(skip_locked=True)[:BATCH]
    )
    for alert in lapsed:
        waits_until = alert.senior_due_at if alert.waits_for_a_senior else alert.due_at
        alert.change(
            claimed_by=None,
            claimed_at=None,
            claim_expires_at=None,
            next_action_at=max(waits_until or now, now),
        )
        record(actor="sentinel", verb="return claim", subject=f"alert:{alert.pk}", at=now)
    poke_localities(alert.locality_id for alert in lapsed)
    return len(lapsed)


@transaction.atomic
def pass_up_late_alerts(*, now: datetime) -> int:
    """
    Ask the senior guides about every alert that nobody has in hand in time.

    Asked again every five minutes until a person has it: never until "sent".
    """
    late = list(
        Alert.objects.due_for_action(now=now)
        .unclaimed(now=now)
        .filter(locality__is_hidden=False)
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    for alert in late:
        alert.change(
            passed_up_at=alert.passed_up_at or now,
            passed_up_times=F("passed_up_times") + 1,
            next_action_at=now + PASS_UP_EVERY,
        )
        record(actor="sentinel", verb="pass up", subject=f"alert:{alert.pk}", at=now)
    if late:
        poke_seniors()
        poke_localities(alert.locality_id for alert in late)
    return len(late)


@transaction.atomic
def pass_up_late_cases(*, now: datetime) -> int:
    """
    Move every late case up to the seniors and on to its next step.

    The late step stays open to be written down; the next one's clock runs meanwhile.
    After the last step the case keeps asking until a person acknowledges it.
    """
    late = list(
        Case.objects.late(now=now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("protocol", "locality")[:BATCH]
    )
    for case in late:
        latest = case.steps.order_by("started_at", "pk").last()
        CaseStep.objects.filter(case=case, done_at=None, late_at=None, due_at__lte=now).update(
            late_at=now
        )
        Case.objects.filter(pk=case.pk).update(
            passed_up_at=now,
            passed_up_times=F("passed_up_times") + 1,
            acknowledged_at=None,
            acknowledged_by=None,
        )
        following = next_step(case, after=latest.step, at=now) if latest else None
        if following is not None:
            begin_step(case, following, at=now)
        else:
            Case.objects.filter(pk=case.pk).update(
                step_due_at=now + PASS_UP_EVERY, version=F("version") + 1
            )
        record(actor="sentinel", verb="pass up", subject=f"case:{case.pk}", at=now)
    if late:
        poke_seniors()
        poke_localities(case.locality_id for case in late)
    return len(late)
