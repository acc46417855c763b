import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest
from django.urls import reverse

from accounts import second_factor
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in only: people join through a commissioner's way in, never through allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """By the same measure as `accounts.freshness.fresh`, which stands before it."""
        request = context.request
        return not second_factor.is_fresh(request.session, request.user, now=time.time())

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """One page, which asks for what the person has."""
        return [{"id": "reauthenticate", "url": reverse("account_reauthenticate")}]
