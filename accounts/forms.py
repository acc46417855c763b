from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.utils.translation import gettext_lazy as _

from vault.seals import seal_address


class SignInForm(LoginForm):  # type: ignore[misc]
    """Signing in. What allauth is given is the address's seal, also where it counts attempts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields["password"]
        self.fields["login"] = forms.EmailField(
            label=_("E-mail"),
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        )
        self.order_fields(["login", "password"])
        password.widget.attrs.pop("placeholder", None)

    def clean_login(self) -> str:
        return seal_address(self.cleaned_data["login"])
