"""Letting somebody in who has come through a commissioner's way in."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.alias import races_settled, tidy
from accounts.consent import give_consent
from accounts.joining import Account, Joining
from accounts.models import Member, User
from commissioning.models import Uptake
from vault import operations as vault
from vault.details import Details
from vault.seals import seal_address


class Refused(Exception):
    """They cannot come in like this."""


class ClosedMeanwhile(Refused):
    """The way in was used for the last time, by somebody else."""


class AliasTaken(Refused):
    """Somebody took this alias while the letter was on its way."""


class HasSignIn(Refused):
    """There is a sign-in with this address, or of this person's, already."""


@transaction.atomic
def admit(*, joining: Joining, account: Account, address: str | None, at: datetime) -> Member:
    """
    Make a member, count one more for their way in, and keep in the vault what must be kept.

    ``address`` is where they sign in; without one they do it at their organisation. By which
    way in they came is counted and not written down.

    :raises ClosedMeanwhile: if the way in has no place left
    :raises AliasTaken: if another member has this alias by now
    :raises HasSignIn: if they are here already
    """
    assert joining.locality is not None  # noqa: S101 -- asked before the account is
    if not joining.way_in.take():
        raise ClosedMeanwhile
    seal = seal_address(address) if address else joining.proved
    try:
        with transaction.atomic():
            user = User.objects.create(address_seal=seal, password=account.password_hash)
    except IntegrityError as error:
        raise HasSignIn from error
    try:
        with races_settled():
            member = Member.objects.create(
                user=user,
                alias=tidy(account.alias),
                avatar_seed=account.avatar_seed,
                locality=joining.locality,
                joined_at=at,
            )
    except ValidationError as error:
        raise AliasTaken from error
    give_consent(member=member, version=int(joining.consent), at=at)
    details = Details(email=address, born_on=account.born_on)
    vault.keep(handle=user.handle, details=details, at=at)
    month = joining.today(at=at).replace(day=1)
    Uptake.objects.add_one(way_in=joining.way_in, month=month)
    return member
