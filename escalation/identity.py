"""
The one door to who a member is.

What may happen is decided in the database, by functions that write the audit entry in the
same call (migration 0004 and docs/adr/0014). Here each is called by its name, a refusal gets
words, and the others are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Administrator, Member, WallGuide
from audit.operations import record
from escalation.desk import NotYours
from escalation.enums import Why
from escalation.models import Case, IdentityLook, IdentityRequest
from escalation.models.identity import SENIOR_OPENS_WITHIN
from live.pokes import poke_localities, poke_seniors
from vault import post
from vault.cipher import Sealed, ring
from vault.details import Details
from vault.operations import place_of

REFUSED = "VT001"
# Read on a locked telephone by whoever holds it, so it says nothing (S26).
LETTER_SUBJECT = "Something needs you"
LETTER_BODY = """Please sign in and look at your desk now.

Something was opened at once that others have to know of and review.
"""


class Refused(NotYours):
    """The door stays shut, and the message says why in words for a guide."""

    def __init__(self, sentence: str, *, why: str) -> None:
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True)
class Look:
    """One look at a member's identity, as that member is told of it."""

    who_was_senior: bool
    looked_at: datetime
    why: Why
    life_at_risk: bool


@dataclass(frozen=True)
class Standing:
    """What waits for one guide behind the door, in numbers for the strip."""

    to_decide: int
    to_review: int
    overdue: int

    def __bool__(self) -> bool:
        return bool(self.to_decide or self.to_review or self.overdue)


# -- asking and deciding -------------------------------------------------------------------


def ask(*, case: Case, by: WallGuide, why: Why, reason: str) -> IdentityRequest:
    """
    Ask to learn who a member is. Somebody else has to say yes.

    :raises Refused: without an open case of this guide's localities, or without a reason
    """
    with _door(by=by, case=case) as cursor:
        cursor.execute(
            "SELECT vault.ask_identity(%s, %s, %s, %s, false)", [case.pk, by.pk, why, reason]
        )
        asked = cursor.fetchone()[0]
        poke_localities([case.locality_id])
    return IdentityRequest.objects.get(pk=asked)


def release_at_once(*, case: Case, by: WallGuide, why: Why, reason: str) -> IdentityRequest:
    """
    A life is at risk: it opens now, to the seniors of the locality, or to who asks.

    Nobody has to agree first, because a missing second person must never cost a life. The
    other guides of the locality and the administrators are told, on their desks and by
    letter, and another senior has to review it within a day.

    :raises Refused: without an open case of this guide's localities, or without a reason
    """
    known = set(IdentityRequest.objects.filter(case=case).values_list("pk", flat=True))
    with _door(by=by, case=case) as cursor:
        cursor.execute(
            "SELECT vault.ask_identity(%s, %s, %s, %s, true)", [case.pk, by.pk, why, reason]
        )
        asked = cursor.fetchone()[0]
        if asked not in known:
            _write_to_the_others(case, but=by)
            poke_localities([case.locality_id])
            poke_seniors()
    return IdentityRequest.objects.get(pk=asked)


def decide(*, asked: IdentityRequest, by: WallGuide, approve: bool, note: str) -> None:
    """
    A second person says yes or no. Yes opens it for thirty minutes to the one who asked.

    :raises Refused: to the one who asked, a second time, too late, or after the case
    """
    with _door(by=by, case=asked.case) as cursor:
        cursor.execute(
            "SELECT vault.decide_identity(%s, %s, %s, %s)", [asked.pk, by.pk, approve, note]
        )
        poke_localities([asked.case.locality_id])
    asked.refresh_from_db()


def open_identity(*, asked: IdentityRequest, by: WallGuide) -> Details:
    """
    Look at who the member is. Every call is one look, which the member is told of.

    It is written down and committed first, and only then taken. So this cannot be called in a
    transaction: what is rolled back afterwards would have been read all the same.

    :raises Refused: if it is not open to this guide, not yet or no longer
    """
    with _door(by=by, case=asked.case) as cursor:
        cursor.execute("SELECT vault.note_look(%s, %s)", [asked.pk, by.pk])
        look = cursor.fetchone()[0]
    with _door(by=by, case=asked.case) as cursor:
        cursor.execute("SELECT * FROM vault.open_identity(%s, %s)", [look, by.pk])
        rows = cursor.fetchall()
    keys = ring()
    return Details(
        **{
            field: keys.open(Sealed(key_id, bytes(data)), place=place_of(handle, field))
            for handle, field, key_id, data in rows
        }
    )


def review(*, asked: IdentityRequest, by: WallGuide, note: str) -> None:
    """
    Another senior has looked into a release and says what they found.

    :raises Refused: to whoever asked or looked, or is no senior
    """
    with _door(by=by, case=asked.case) as cursor:
        cursor.execute("SELECT vault.review_identity(%s, %s, %s)", [asked.pk, by.pk, note])
        poke_localities([asked.case.locality_id])
    asked.refresh_from_db()


def delay(*, asked: IdentityRequest, by: WallGuide, reason: str, until: datetime | None) -> None:
    """
    Have the member see these looks later, until a time; ``None`` shows them now.

    :raises Refused: to whoever is no senior, without a reason, or without an end in 30 days
    """
    with _door(by=by, case=asked.case) as cursor:
        cursor.execute("SELECT vault.delay_looks(%s, %s, %s, %s)", [asked.pk, by.pk, reason, until])
    asked.refresh_from_db()


def forget_requests(*, case: Case) -> None:
    """
    Let go of who asked about a closed case, when its time of keeping ends.

    What the audit log says of it stays.

    :raises Refused: while the case is open, or a release has not been reviewed
    """
    with _door(by=None, case=case) as cursor:
        cursor.execute("SELECT vault.forget_requests(%s)", [case.pk])


@contextmanager
def _door(*, by: WallGuide | None, case: Case) -> Iterator[Any]:
    """A transaction at the door. Who is refused is written down as well."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            yield cursor
    except DatabaseError as problem:
        diagnosis = getattr(problem.__cause__, "diag", None)
        if diagnosis is None or diagnosis.sqlstate != REFUSED:
            raise
        refusal = Refused(diagnosis.message_primary, why=diagnosis.message_hint)
    else:
        return
    record(
        actor=f"guide:{by.pk}" if by else "operator", verb="refused at the vault",
        subject=f"member:{case.member_id}", at=timezone.now(),
        detail={"case": case.pk, "why": refusal.why},
    )  # fmt: skip
    raise refusal


def _write_to_the_others(case: Case, *, but: WallGuide) -> None:
    """A letter that says nothing but where to look, to who covers the locality and who runs it."""
    guides = WallGuide.objects.filter(covers=case.locality_id, user__is_active=True)
    people = [
        *guides.exclude(pk=but.pk).values_list("user__handle", flat=True),
        *Administrator.objects.filter(user__is_active=True).values_list("user__handle", flat=True),
    ]
    for handle in dict.fromkeys(people):
        post.send(handle=handle, subject=LETTER_SUBJECT, body=LETTER_BODY)


# -- reading -------------------------------------------------------------------------------


def looks_for(member: Member, *, now: datetime | None = None) -> list[Look]:
    """Every look at a member's identity that they are told of by now, newest first."""
    now = now or timezone.now()
    shown = IdentityLook.objects.filter(
        Q(request__shown_from=None) | Q(request__shown_from__lte=now),
        request__case__member=member,
    ).select_related("request", "looked_by")
    return [
        Look(
            who_was_senior=look.looked_by.is_senior,
            looked_at=look.looked_at,
            why=Why(look.request.why),
            life_at_risk=look.request.life_at_risk,
        )
        for look in shown
    ]


def standing_for(guide: WallGuide, *, now: datetime) -> Standing:
    """What waits for this guide: asks of others, and releases that want a review."""
    found = (
        IdentityRequest.objects.for_guide(guide)
        .pressing(now=now)
        .values_list("life_at_risk", "asked_by_id", "review_due_at")
    )
    to_decide = to_review = overdue = 0
    for life_at_risk, asked_by_id, due_at in found:
        if life_at_risk:
            to_review += 1
            overdue += due_at is not None and due_at <= now
        elif asked_by_id != guide.pk:
            to_decide += 1
    return Standing(to_decide, to_review, overdue)


def opens_to_asker_at(asked: IdentityRequest) -> datetime:
    """When a release opens to the one who asked, should no senior open it before."""
    wait = SENIOR_OPENS_WITHIN if asked.senior_was_there else SENIOR_OPENS_WITHIN * 0
    return asked.asked_at + wait


def may_look(asked: IdentityRequest, guide: WallGuide, *, now: datetime) -> bool:
    """Whether a page offers to look. The door decides for itself."""
    if not asked.is_open(now=now) or not asked.case.is_open:
        return False
    if not asked.life_at_risk:
        return asked.asked_by_id == guide.pk
    if guide.is_senior:
        return True
    if asked.asked_by_id != guide.pk or now < opens_to_asker_at(asked):
        return False
    return not asked.senior_was_there or not asked.looks.exclude(looked_by=guide).exists()
