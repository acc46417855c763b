"""Signing in without the forms, which have tests of their own, and second factors for those."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from accounts.models import User
from accounts.second_factor import has_one, works_here

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class SignedIn(Client):
    """A client whose `force_login` leaves the session as the whole sign-in leaves it."""

    def force_login(self, user: User, backend: str | None = None) -> None:
        """Signed in this moment, with a second factor where one is compulsory."""
        super().force_login(user, backend)
        proofs = [{"method": "password", "at": time.time()}]
        if works_here(user) or has_one(user):
            proofs.append({"method": "mfa", "type": "totp", "at": time.time()})
        note(self, user, proofs)


def note(client: Client, user: User, proofs: list[dict[str, Any]]) -> None:
    """Write down how this session's person proved who they are, as allauth does."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = proofs
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(user)
    session.save()


def grow_stale(client: Client, user: User, *, seconds: float = 301) -> None:
    """As if they had signed in, second factor and all, so many seconds ago."""
    then = time.time() - seconds
    proofs: list[dict[str, Any]] = [{"method": "password", "at": then}]
    if works_here(user) or has_one(user):
        proofs.append({"method": "mfa", "type": "totp", "at": then})
    note(client, user, proofs)


def give_app(user: User, *, secret: str = SECRET) -> Authenticator:
    """An authenticator app that knows our secret, for a person who signs in by the forms."""
    return totp.TOTP.activate(user, secret).instance


def give_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def give_passkey(user: User) -> Authenticator:
    """The row of a passkey that nobody holds: enough to have one, not to sign in by it."""
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Passkey", "credential": {}}
    )


def code_now(secret: str = SECRET, *, steps: int = 0) -> str:
    """What the app shows now, or showed some half minutes ago (``steps`` below zero)."""
    counter = max(totp.yield_hotp_counters_from_time()) + steps
    return totp.format_hotp_value(totp.hotp_value(secret, counter))
