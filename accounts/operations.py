"""Taking people in. Ways in for members come through a commissioner; staff are appointed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import Administrator, CommissioningLead, Member, User, WallGuide
from accounts.models.people import new_avatar_seed
from audit.operations import record
from commissioning.models import Commissioner, Locality
from vault.details import Details
from vault.operations import keep


@transaction.atomic
def enrol_member(
    *,
    email: str,
    password: str,
    alias: str,
    locality: Locality,
    at: datetime,
    details: Details | None = None,
    avatar_seed: str | None = None,
) -> Member:
    """
    Let somebody in who has come through a commissioner.

    The address and whatever else they told go into the vault, in the same transaction.
    """
    user = _sign_in(email, password, details=details, at=at)
    return Member.objects.create(
        user=user,
        alias=alias,
        locality=locality,
        joined_at=at,
        avatar_seed=avatar_seed or new_avatar_seed(),
    )


def _sign_in(
    email: str, password: str | None, *, at: datetime, details: Details | None = None
) -> User:
    """A sign-in whose address lies in the vault, so that letters reach it."""
    user = User.objects.create_user(email, password)
    keep(handle=user.handle, details=replace(details or Details(), email=email), at=at)
    return user


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
    user = _sign_in(email, password, at=at)
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
    user = _sign_in(email, password, at=at)
    lead = CommissioningLead.objects.create(user=user, name=name, commissioner=commissioner)
    record(actor="operator", verb="appoint", subject=f"lead:{lead.pk}", at=at)
    return lead


@transaction.atomic
def appoint_administrator(*, email: str, password: str, name: str, at: datetime) -> Administrator:
    """Name somebody who configures the house."""
    user = _sign_in(email, password, at=at)
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
