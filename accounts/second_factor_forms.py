"""The small forms of second factors: a code, a passkey, a password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import brakes
from accounts.forms import PasswordField
from accounts.models import User
from accounts.passwords import LONGEST
from accounts.second_factor import has_one, take_code

WRONG_CODE = _("That code is not right. A code works once: wait for the next one, and try it.")
WRONG_PASSWORD = _("That password is not right.")
WRONG_PASSKEY = _("That passkey did not work here. Please try again.")
# What allauth and fido2 raise over an answer that no browser would give.
UNREADABLE = (TypeError, ValueError, KeyError, AttributeError)
# A code is six digits from an app or eight on paper, with room for spaces and dashes.
LONGEST_CODE = 20


def _code_box(**attrs: str) -> forms.TextInput:
    return forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        | attrs
    )


class StepForm(AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in: a code from an app, or one kept on paper."""

    code = forms.CharField(label=_("Your code"), max_length=LONGEST_CODE, widget=_code_box())

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        clear = check_rate_limit(self.user)
        self.authenticator = whose_code(self.user, code)
        if self.authenticator is None:
            raise ValidationError(WRONG_CODE)
        clear()
        return code


class AppForm(ActivateTOTPForm):  # type: ignore[misc]
    """A code from an app that has just been told our secret."""

    code = forms.CharField(
        label=_("The code that the app shows"), max_length=LONGEST_CODE, widget=_code_box()
    )

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()
        except ValidationError as error:
            wrong = getattr(error, "code", "") == "incorrect_code"
            raise ValidationError(WRONG_CODE) if wrong else error from error
        return code


class _Unreadable:
    """What is no answer of a browser is a wrong one, and not an error of ours."""

    def full_clean(self) -> None:
        try:
            super().full_clean()  # type: ignore[misc]
        except UNREADABLE:
            self.add_error("credential", WRONG_PASSKEY)  # type: ignore[attr-defined]


class StepByPasskeyForm(_Unreadable, AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class SignInByPasskeyForm(_Unreadable, LoginWebAuthnForm):  # type: ignore[misc]
    pass


class ConfirmByPasskeyForm(_Unreadable, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class PasskeyForm(_Unreadable, AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey. The browser fills in the rest."""

    passwordless = None
    name = forms.CharField(label=_("A name, to tell it from others"), max_length=40, required=False)


def whose_code(user: User, code: str) -> Authenticator | None:
    """The app or sheet of recovery codes that this code is of, taking it for good."""
    for authenticator in Authenticator.objects.filter(user=user):
        match authenticator.type:
            case Authenticator.Type.TOTP:
                is_right = take_code(authenticator, code)
            case Authenticator.Type.RECOVERY_CODES:
                is_right = authenticator.wrap().validate_code(code)
            case _:
                is_right = False
        if is_right:
            return authenticator
    return None


class ConfirmForm(forms.Form):
    """
    Shows that it is still the same person, by whatever they have.

    A second factor where they have one, and a password only where they have none. Its names
    all begin with ``confirm``, so that it can travel inside another form.
    """

    confirm_code = forms.CharField(
        label=_("Your code"), max_length=LONGEST_CODE, required=False, widget=_code_box()
    )
    confirm_password = PasswordField(label=_("Your password"), required=False)
    confirm_passkey = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        self.has_passkey = Authenticator.Type.WEBAUTHN in types
        has_code = types & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
        if not has_code:
            del self.fields["confirm_code"]
        if not self.has_passkey:
            del self.fields["confirm_passkey"]
        if has_one(user) or not user.has_usable_password():
            del self.fields["confirm_password"]

    def clean(self) -> dict[str, Any]:
        """Prove it, which counts attempts and takes codes: an answer is looked at once."""
        given = super().clean() or {}
        if given.get("confirm_passkey"):
            self._by_passkey(given["confirm_passkey"])
        elif given.get("confirm_code"):
            self._by_code(given["confirm_code"])
        elif given.get("confirm_password"):
            self._by_password(given["confirm_password"])
        elif "confirm_code" in self.fields:
            self.add_error("confirm_code", _("Please type your code."))
        elif "confirm_password" in self.fields:
            self.add_error("confirm_password", _("Please type your password."))
        else:
            raise ValidationError(WRONG_PASSKEY)
        return given

    def _by_code(self, code: str) -> None:
        clear = check_rate_limit(self.user)
        authenticator = whose_code(self.user, code)
        if authenticator is None:
            self.add_error("confirm_code", WRONG_CODE)
            return
        clear()
        post_authentication(context.request, authenticator, reauthenticated=True)

    def _by_password(self, password: str) -> None:
        request, at, who = context.request, timezone.now(), str(self.user.pk)
        if until := brakes.CONFIRMATIONS.press(who, at=at):
            raise ImmediateHttpResponse(
                brakes.too_many(request, until=until, at=at, sentence=brakes.wrong_passwords())
            )
        # One that is far too long is not worth the work of hashing it.
        if len(password) <= LONGEST and get_adapter().reauthenticate(self.user, password):
            brakes.CONFIRMATIONS.give_back(who, at=at)
            reauthenticate_by_password(request)
        else:
            self.add_error("confirm_password", WRONG_PASSWORD)

    def _by_passkey(self, credential: str) -> None:
        form = ConfirmByPasskeyForm({"credential": credential}, user=self.user)
        if not form.is_valid():
            raise ValidationError(WRONG_PASSKEY)
        form.save()
