"""Taking people in. Ways in for members come through a commissioner; staff are appointed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.alias import races_settled
from accounts.consent import give_consent
from accounts.enums import Reason
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
    consented_to: int | None = None,
) -> Member:
    """
    Let somebody in who has come through a commissioner.

    The address and whatever else they told go into the vault, in the same transaction.
    ``consented_to`` is the version of the terms they have agreed to; without one they are
    asked before their first page.

    :raises ValidationError: if another member has this alias, or one that looks like it
    """
    user = _sign_in(email, password, details=details, at=at)
    with races_settled():
        member = Member.objects.create(
            user=user,
            alias=alias,
            locality=locality,
            joined_at=at,
            avatar_seed=avatar_seed or new_avatar_seed(),
        )
    if consented_to is not None:
        give_consent(member=member, version=consented_to, at=at)
    return member


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
def pause_member(*, member: Member, until: datetime, because: str) -> None:
    """Pause a member until a moment. It ends by itself. The caller writes down who decided it."""
    Member.objects.filter(pk=member.pk).update(paused_until=until, paused_because=because)
    member.refresh_from_db()


@transaction.atomic
def end_pause(*, member: Member) -> bool:
    """End a pause, of whichever kind, before its time; False if there is none."""
    paused = Member.objects.filter(
        Q(suspended_at__isnull=False) | Q(paused_until__isnull=False), pk=member.pk
    )
    ended = paused.update(
        suspended_at=None, suspended_by=None, suspended_reason="", paused_until=None,
        paused_because="",
    )  # fmt: skip
    member.refresh_from_db()
    return bool(ended)


@transaction.atomic
def lend_words(*, member: Member, lends: bool, at: datetime) -> None:
    """A member says whether the screening may learn from what they write. It starts as no."""
    changed = Member.objects.exclude(lends_words=lends).filter(pk=member.pk)
    if changed.update(lends_words=lends):
        verb = "lend words" if lends else "take words back"
        record(actor=f"member:{member.pk}", verb=verb, subject=f"member:{member.pk}", at=at)
    member.lends_words = lends


@transaction.atomic
def say_reasons(*, member: Member, reasons: Iterable[Reason], at: datetime) -> None:
    """What brings a member here, in their own choosing. Nothing at all is an answer."""
    # In the order they are listed in, whatever the order they were sent in.
    member.reasons = [reason for reason in Reason if reason in set(reasons)]
    member.save(update_fields=["reasons"])
    record(actor=f"member:{member.pk}", verb="say reasons", subject=f"member:{member.pk}", at=at)


@transaction.atomic
def say_waiting(*, member: Member, waiting: bool | None, at: datetime) -> None:
    """Whether a member waits for help elsewhere; None where they would rather not say."""
    member.on_waiting_list = waiting
    member.save(update_fields=["on_waiting_list"])
    record(actor=f"member:{member.pk}", verb="say waiting", subject=f"member:{member.pk}", at=at)
