"""Ending and changing what staff may do, on open pages too; and the way back in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from accounts.invitations import Refused, actor_name
from accounts.letters import compose
from accounts.models import Administrator, SecondFactorReset, User, WallGuide
from accounts.second_factor import works_here
from accounts.sessions import end_all_of
from audit.operations import record
from commissioning.models import Locality
from live.pokes import close_sockets_of
from vault import post

NOT_ONESELF = "Nobody changes their own appointment. Ask another administrator."


@transaction.atomic
def stand_down(*, user: User, by: User | None = None, at: datetime) -> None:
    """
    End a person's access now: no page opens any more, and open sockets close (S07).

    :raises Refused: if it is the person themselves, or the last administrator
    """
    if by is not None and by.pk == user.pk:
        raise Refused(NOT_ONESELF)
    # Locked, so that of two administrators who end each other at once one stays.
    left = Administrator.objects.select_for_update().filter(user__is_active=True)
    if [admin.user_id for admin in left] == [user.pk]:
        raise Refused("This is the last administrator. Appoint another first.")
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_all_of(user)
    record(actor=actor_name(by), verb="stand down", subject=f"user:{user.pk}", at=at)
    close_sockets_of(user.pk)


@transaction.atomic
def change_coverage(
    *,
    guide: WallGuide,
    covers: Iterable[Locality],
    is_senior: bool,
    by: User | None = None,
    at: datetime,
) -> None:
    """
    Change which localities a wall guide watches, and whether they answer as a senior.

    :raises Refused: if it is their own
    """
    if by is not None and by.pk == guide.user_id:
        raise Refused(NOT_ONESELF)
    localities = list(covers)
    guide.covers.set(localities)
    WallGuide.objects.filter(pk=guide.pk).update(is_senior=is_senior)
    record(
        actor=actor_name(by),
        verb="change coverage",
        subject=f"guide:{guide.pk}",
        at=at,
        detail={"senior": is_senior, "localities": sorted(place.pk for place in localities)},
    )
    close_sockets_of(guide.user_id)


@transaction.atomic
def ask_for_reset(*, user: User, by: User, reason: str, at: datetime) -> SecondFactorReset:
    """
    Ask to set back somebody's lost second factor. A second person must agree within a day.

    :raises Refused: if it is their own, is asked for already, or belongs to nobody who works here
    """
    if by.pk == user.pk:
        raise Refused("Nobody sets back their own second step. Ask another administrator.")
    if not works_here(user) or not user.is_active:
        raise Refused("This person does not work here any more.")
    User.objects.select_for_update().get(pk=user.pk)
    if SecondFactorReset.objects.open(now=at).filter(user=user).exists():
        raise Refused("This is asked for already. Another person can agree to it.")
    asked = SecondFactorReset.objects.create(user=user, asked_by=by, asked_at=at, reason=reason)
    record(
        actor=actor_name(by), verb="ask for reset", subject=f"user:{user.pk}", at=at,
        detail={"reset": asked.pk},
    )  # fmt: skip
    return asked


@transaction.atomic
def agree_to_reset(*, asked: SecondFactorReset, by: User, at: datetime) -> None:
    """
    Set a second factor back: the person signs in by password once more, and enrols again.

    :raises Refused: if they asked for it themselves, it is their own, neither of the two is an
        administrator, or a day has passed
    """
    if by.pk in (asked.asked_by_id, asked.user_id):
        raise Refused("A second person must agree: neither who asked, nor whose it is.")
    if not any(hasattr(person, "administrator") for person in (by, asked.asked_by)):
        raise Refused("One of the two must be an administrator.")
    still_open = SecondFactorReset.objects.open(now=at).filter(pk=asked.pk)
    try:
        taken = still_open.update(agreed_by=by, agreed_at=at)
    except IntegrityError as error:  # pragma: no cover -- refused above already
        raise Refused("A second person must agree.") from error
    if not taken:
        raise Refused("This was settled or has become too old. Ask again.")
    Authenticator.objects.filter(user=asked.user).delete()
    end_all_of(asked.user)
    record(
        actor=actor_name(by), verb="set back second factor", subject=f"user:{asked.user_id}", at=at,
        detail={"reset": asked.pk, "asked_by": actor_name(asked.asked_by)},
    )  # fmt: skip
    close_sockets_of(asked.user_id)


def tell_of_reset(user: User, *, link: str) -> None:
    """A letter to whoever's second factor was set back, in case that was not them."""
    subject, body = compose("set_back", link=link)
    post.send(handle=user.handle, subject=subject, body=body)
