"""
What allauth asks this house. It knows people by seals, and here is where it would forget that.

It would write a person's "username" (here: the seal of an address) into messages, a connection's
address into its counters, and letters to addresses it has a table for. None of it happens.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts import brakes, letters, second_factor, sessions
from accounts.models import User


def nobody_by_name(user: User) -> str:
    """How allauth may call a person in its words: not at all (ACCOUNT_USER_DISPLAY)."""
    return ""


class LetterNotOurs(Exception):
    """Guards the post: whatever is written to somebody goes by the vault and accounts.letters."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in only: people join through a commissioner's way in, never through allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """By the same measure as `accounts.freshness.fresh`, which stands before it."""
        request = context.request
        return not second_factor.is_fresh(request.session, request.user, now=time.time())

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """One page, which asks for what they have: a second factor, or else the password."""
        page = "account_reauthenticate"
        return [{"id": page, "url": reverse(page), "description": ""}]

    @staticmethod
    def wrong_sign_in() -> forms.ValidationError:
        """The one answer to a wrong address and to a wrong password (S25)."""
        return forms.ValidationError(
            _("The e-mail or the password is not correct. Please look at both.")
        )

    def validation_error(self, code: str, *args: Any) -> forms.ValidationError:
        if code == "username_password_mismatch":
            return self.wrong_sign_in()
        error: forms.ValidationError = super().validation_error(code, *args)
        return error

    # --- Brakes (S50) ---------------------------------------------------------------------

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """
        Who signs in with these, if anybody does. Only wrong ones are counted in the end.

        :raises ImmediateHttpResponse: with the page of a brake, the same whether or not there
            is such a sign-in
        """
        at = timezone.now()
        whose = credentials.get("username", "")
        pressed = []
        for brake, who in (
            (brakes.SIGN_INS_TO_ONE, whose),
            (brakes.SIGN_INS_FROM_ONE, brakes.connection_of(request)),
        ):
            if until := brake.press(who, at=at):
                raise ImmediateHttpResponse(brakes.sign_in_refused(request, until=until, at=at))
            pressed.append((brake, who))
        everybody_waits_until = brakes.SIGN_INS_OF_ALL.press("", at=at)

        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            for brake, who in [*pressed, (brakes.SIGN_INS_OF_ALL, "")]:
                brake.give_back(who, at=at)
        if everybody_waits_until and not (user and _has_second_factor(user)):
            # Somebody tries passwords all over the house. Whoever knows theirs gets in by
            # letter; whoever guessed one learns nothing.
            if user is not None:
                letters.send_way_in(request, user)
            raise ImmediateHttpResponse(
                brakes.sign_in_refused(
                    request, until=everybody_waits_until, at=at, letter_sent=True
                )
            )
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted above, where the page can say when to try again."""

    def _rollback_login_failed_rl_usage(self) -> None:
        """Nothing was counted by allauth."""

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing was counted by allauth."""

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the person's password, asked while they are signed in."""
        return user.check_password(password)

    def get_client_ip(self, request: HttpRequest) -> str:
        """What stands for a connection in allauth's counters: a keyed hash, never the address."""
        return salted_hmac("connection", brakes.connection_of(request)).hexdigest()

    # --- After a change -------------------------------------------------------------------

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """
        The password or a second factor has changed: other sessions end, a letter says so (S46).

        allauth calls this for each such change, its own MFA pages too, and would write to an
        address that it holds. It holds none: the letter goes by way of the vault.
        """
        sessions.after_change(self.request, user)
        letters.send_change_notice(self.request, user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """
        allauth sends no letter of its own: its words name the site and the person.

        :raises LetterNotOurs: always, so that a new version of allauth cannot begin to
        """
        raise LetterNotOurs(f"allauth would write {template_prefix}.")


def _has_second_factor(user: User) -> bool:
    from allauth.mfa.utils import is_mfa_enabled

    return bool(is_mfa_enabled(user))
