from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in only: people join through a commissioner's way in, never through allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
