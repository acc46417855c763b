"""Appointments by letter: nobody types another's password, and no sign-in waits for its person."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.enums import Work
from accounts.models import Invitation, User
from accounts.models.staffing import INVITED_FOR, hash_of
from accounts.operations import (
    appoint_administrator,
    appoint_commissioning_lead,
    appoint_wall_guide,
)
from audit.operations import record
from commissioning.models import Commissioner, Locality
from vault.seals import seal_address

OPERATOR = "operator"


class Refused(Exception):
    """What was wanted cannot be; ``sentence`` says why, to the person who wanted it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Ended(Refused):
    """The invitation is used, too old, withdrawn, or never was."""


@transaction.atomic
def invite(
    *,
    email: str,
    name: str,
    work: Work,
    covers: Iterable[Locality] = (),
    commissioner: Commissioner | None = None,
    by: User | None,
    at: datetime,
) -> tuple[Invitation, str]:
    """
    Write an invitation, and say what its link must hold; that is kept nowhere.

    Whether the address has a sign-in already is not looked at here: who invites must not
    learn that somebody is a member. The mailbox's owner is told when they take it up.
    """
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        token_hash=hash_of(token),
        address_seal=seal_address(email),
        name=name,
        work=work,
        commissioner=commissioner,
        invited_by=by,
        invited_at=at,
        expires_at=at + INVITED_FOR,
    )
    invitation.covers.set(covers)
    record(
        actor=actor_name(by), verb="invite", subject=f"invitation:{invitation.pk}", at=at,
        detail={
            "work": str(work),
            "localities": sorted(invitation.covers.values_list("pk", flat=True)),
            "commissioner": commissioner.pk if commissioner else None,
        },
    )  # fmt: skip
    return invitation, token


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User, at: datetime) -> None:
    """Take an invitation back before it is taken up."""
    if Invitation.objects.open(now=at).filter(pk=invitation.pk).update(withdrawn_at=at):
        record(
            actor=actor_name(by), verb="withdraw invitation",
            subject=f"invitation:{invitation.pk}", at=at,
        )  # fmt: skip


@transaction.atomic
def accept(*, token: str, email: str, password: str, at: datetime) -> User:
    """
    Take up an appointment: from now on there is a sign-in, with nothing but a password.

    :raises Ended: if there is no such open invitation
    :raises Refused: if the address is not the one written to, or has a sign-in already
    """
    found = Invitation.objects.open(now=at).of_token(token).select_for_update().first()
    if found is None:
        raise Ended("This invitation has ended. Ask for a new one.")
    if found.address_seal != seal_address(email):
        raise Refused("We did not write to this e-mail. Type the one that the letter came to.")
    if User.objects.filter(address_seal=found.address_seal).exists():
        raise Refused(
            "This e-mail has a sign-in here already. Work needs one of its own: "
            "ask to be invited at another address."
        )
    user = _appoint(found, email=email, password=password, at=at)
    found.accepted_at = at
    found.save(update_fields=["accepted_at"])
    record(
        actor=f"user:{user.pk}", verb="accept invitation", subject=f"invitation:{found.pk}", at=at
    )
    return user


def actor_name(user: User | None) -> str:
    """The pseudonym under which somebody who works here is in the log."""
    if user is None:
        return OPERATOR
    for kind, role in (("admin", "administrator"), ("guide", "wall_guide")):
        if person := getattr(user, role, None):
            return f"{kind}:{person.pk}"
    return f"user:{user.pk}"


def _appoint(invitation: Invitation, *, email: str, password: str, at: datetime) -> User:
    name = invitation.name
    match invitation.work:
        case Work.ADMIN:
            return appoint_administrator(email=email, password=password, name=name, at=at).user
        case Work.LEAD:
            assert invitation.commissioner is not None  # noqa: S101 -- the form asks for one
            return appoint_commissioning_lead(
                email=email, password=password, name=name,
                commissioner=invitation.commissioner, at=at,
            ).user  # fmt: skip
        case _:
            return appoint_wall_guide(
                email=email, password=password, name=name, covers=list(invitation.covers.all()),
                is_senior=invitation.work == Work.SENIOR, at=at,
            ).user  # fmt: skip
