from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.internal.flows.login import perform_login, record_authentication
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.adapter import AccountAdapter
from accounts.models import User
from accounts.passwords import LONGEST
from vault.seals import seal_address

WHOLE_ADDRESS = _("Please type a whole e-mail address, like name@example.org.")
TYPE_PASSWORD = _("Please type your password.")


class AddressField(forms.EmailField):
    """An e-mail address, as somebody types it."""

    default_error_messages = {
        "required": _("Please type your e-mail address."),
        "invalid": WHOLE_ADDRESS,
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("E-mail"))
        widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
        super().__init__(widget=widget, **kwargs)
        for message in (v for v in self.validators if getattr(v, "code", "") == "invalid"):
            message.message = WHOLE_ADDRESS  # type: ignore[attr-defined]


class PasswordField(forms.CharField):
    """
    A password. It may be pasted, a button shows it (show-password.js), and nothing trims it.

    ``new`` is one that is being chosen: then a browser offers to make one up.
    """

    default_error_messages = {"required": TYPE_PASSWORD}

    def __init__(self, *, new: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Password"))
        widget = forms.PasswordInput(
            attrs={
                "autocomplete": "new-password" if new else "current-password",
                "data-show-password": "",
                "data-show": _("Show password"),
                "data-hide": _("Hide password"),
            }
        )
        super().__init__(widget=widget, strip=False, **kwargs)


class NewPasswordField(PasswordField):
    """A password that is being chosen, typed once: it can be looked at."""

    default_error_messages = {"required": _("Please choose a password.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("New password"))
        kwargs.setdefault(
            "help_text",
            _("At least 10 characters. A few words you can remember are good."),
        )
        super().__init__(new=True, **kwargs)

    def validate(self, value: str) -> None:
        super().validate(value)
        validate_password(value)


class SignInForm(LoginForm):  # type: ignore[misc]
    """Signing in. What allauth is given is the address's seal, also where it counts attempts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField()
        self.fields["password"] = PasswordField()
        self.order_fields(["login", "password"])

    def clean_login(self) -> str:
        return seal_address(self.cleaned_data["login"])

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if len(password) > LONGEST:
            # No password here is that long, and hashing this one is work for nothing.
            raise AccountAdapter.wrong_sign_in()
        return password

    def _login_with_password(
        self, request: HttpRequest, redirect_url: str | None, credentials: dict[str, Any]
    ) -> HttpResponse:
        # As allauth does it, but for the note in the session: that would hold the seal.
        login = self._login
        login.redirect_url = redirect_url
        record_authentication(request, login.user, method="password")
        response: HttpResponse = perform_login(request, login)
        return response


class AskForLetterForm(forms.Form):
    """Where to send a letter with a way in."""

    email = AddressField()


class NewPasswordForm(forms.Form):
    """A new password for somebody whose letter has proved who they are."""

    password1 = NewPasswordField()

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        kwargs.pop("temp_key", None)
        self.user = user
        super().__init__(*args, **kwargs)

    def save(self) -> None:
        assert self.user is not None  # noqa: S101 -- allauth asks only after the letter's key
        self.user.set_password(self.cleaned_data["password1"])
        self.user.save(update_fields=["password"])


class ChangePasswordForm(NewPasswordForm):
    """A new password for somebody who knows the old one."""

    oldpassword = PasswordField(label=_("Your password now"))
    field_order = ("oldpassword", "password1")

    def clean_oldpassword(self) -> str:
        given: str = self.cleaned_data["oldpassword"]
        assert self.user is not None  # noqa: S101 -- the view is for people who are signed in
        if len(given) > LONGEST or not self.user.check_password(given):
            raise forms.ValidationError(_("This is not your password. Please try again."))
        return given


class InvitedForm(NewPasswordForm):
    """Taking up an appointment: the address that the letter came to, and a password."""

    email = AddressField()
    field_order = ("email", "password1")
