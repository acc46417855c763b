"""
Second factors: who must have one, whether this session has passed it, and how fresh the proof is.

allauth keeps in the session how its person proved who they are; everything here is read from
those records, so that pages and sockets judge by the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.models import User

# Vault, roles, second factors and protocols want a proof no older than this (S45).
FRESH_FOR_SECONDS = 5 * 60
WORK_HERE = ("wall_guide", "commissioning_lead", "administrator")
SIGN_IN_WITH = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

Session = Mapping[str, Any]


def works_here(user: User | AnonymousUser) -> bool:
    """Wall guides, commissioning leads and administrators: whoever may see what others write."""
    return user.is_authenticated and any(getattr(user, role, None) for role in WORK_HERE)


def is_compulsory() -> bool:
    """For everyone who works here; only a demo (or a test) can say that it is not."""
    return not (settings.DEMO_WITHOUT_SECOND_FACTOR and (settings.DEMO or settings.TESTING))


def is_missing(session: Session, user: User | AnonymousUser) -> bool:
    """Whether this session may not go on until its person has shown a second factor."""
    return works_here(user) and is_compulsory() and not was_shown(session, user)


def was_shown(session: Session, user: User | AnonymousUser) -> bool:
    """Whether a second factor was shown in this session, at sign-in or since."""
    return any(each.get("method") == "mfa" for each in _proofs(session, user))


def is_fresh(session: Session, user: User | AnonymousUser, *, now: float) -> bool:
    """
    Whether the person proved within five minutes who they are.

    Where somebody has a second factor, only that counts: a password may be kept by a browser
    that another has in their hands, and must not be enough to replace the second factor.
    """
    proofs = _proofs(session, user)
    if was_shown(session, user) or (isinstance(user, User) and has_one(user)):
        proofs = [each for each in proofs if each.get("method") == "mfa"]
    return any(now - FRESH_FOR_SECONDS < float(each.get("at", 0)) for each in proofs)


def has_one(user: User) -> bool:
    """Whether they have an authenticator app or a passkey. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user, type__in=SIGN_IN_WITH).exists())


def is_the_last_of(authenticator: Authenticator) -> bool:
    others = Authenticator.objects.filter(user=authenticator.user, type__in=SIGN_IN_WITH)
    return not others.exclude(pk=authenticator.pk).exists()


@transaction.atomic
def take_code(authenticator: Authenticator, code: str) -> bool:
    """
    Whether a code from an app is right, taking it so that it never is again (S44).

    Codes from half a minute ago still count, because people type slowly. No code counts twice,
    nor one older than the last that was taken: this is kept with the secret, in the row, and
    not in a cache that may forget.
    """
    locked = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    secret = totp.decrypt(locked.data["secret"])
    now = max(totp.yield_hotp_counters_from_time())
    for counter in (now, now - 1):
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if totp.compare_user_code(actual=code, expected=expected):
            if counter <= int(locked.data.get("last_counter", -1)):
                return False
            locked.data["last_counter"] = counter
            locked.save(update_fields=["data"])
            return True
    return False


def _proofs(session: Session, user: User | AnonymousUser) -> list[dict[str, Any]]:
    """How this session's person has proved who they are: none if the records are another's."""
    if not isinstance(user, User):
        return []
    if session.get(_AUTHENTICATION_METHODS_USER_SESSION_KEY) != user_id_to_str(user):
        return []
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    return records if isinstance(records, list) else []
