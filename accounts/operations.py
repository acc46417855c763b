"""Taking people in. Ways in for members come through a commissioner; staff are appointed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Administrator, CommissioningLead, Member, User, WallGuide
from audit.operations import record
from commissioning.models import Commissioner, Locality


@transaction.atomic
def enrol_member(
    *, email: str, password: str, alias: str, locality: Locality, at: datetime
) -> Member:
    """Let somebody in who has come through a commissioner."""
    user = User.objects.create_user(email, password)
    return Member.objects.create(user=user, alias=alias, locality=locality, joined_at=at)


@transaction.atomic
def appoint_wall_guide(
    *,
    email: str,
    password: str,
    name: str,
    covers: Iterable[Locality],
    is_senior: bool = False,
    at: datetime,
) -> WallGuide:
    """Give somebody the desk, for these localities."""
    user = User.objects.create_user(email, password)
    guide = WallGuide.objects.create(user=user, name=name, is_senior=is_senior)
    guide.covers.set(covers)
    record(
        actor="operator", verb="appoint", subject=f"guide:{guide.pk}", at=at,
        detail={"senior": is_senior, "localities": sorted(place.pk for place in covers)},
    )  # fmt: skip
    return guide


@transaction.atomic
def appoint_commissioning_lead(
    *, email: str, password: str, name: str, commissioner: Commissioner, at: datetime
) -> CommissioningLead:
    """Name the person who agrees protocols and reads counts for a commissioner."""
    user = User.objects.create_user(email, password)
    lead = CommissioningLead.objects.create(user=user, name=name, commissioner=commissioner)
    record(actor="operator", verb="appoint", subject=f"lead:{lead.pk}", at=at)
    return lead


@transaction.atomic
def appoint_administrator(*, email: str, password: str, name: str, at: datetime) -> Administrator:
    """Name somebody who configures the house."""
    user = User.objects.create_user(email, password)
    administrator = Administrator.objects.create(user=user, name=name)
    record(actor="operator", verb="appoint", subject=f"admin:{administrator.pk}", at=at)
    return administrator


@transaction.atomic
def suspend_member(*, member: Member, by: WallGuide, reason: str, at: datetime) -> None:
    """Pause a member: they can read why and find help, and cannot read or write the wall."""
    Member.objects.filter(pk=member.pk).update(
        suspended_at=at, suspended_by=by, suspended_reason=reason
    )
    record(actor=f"guide:{by.pk}", verb="suspend", subject=f"member:{member.pk}", at=at)
    member.refresh_from_db()


@transaction.atomic
def lend_words(*, member: Member, lends: bool, at: datetime) -> None:
    """A member says whether the screening may learn from what they write. It starts as no."""
    changed = Member.objects.exclude(lends_words=lends).filter(pk=member.pk)
    if changed.update(lends_words=lends):
        verb = "lend words" if lends else "take words back"
        record(actor=f"member:{member.pk}", verb=verb, subject=f"member:{member.pk}", at=at)
    member.lends_words = lends
