"""Deny by default: a view that names no audience answers nobody."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from accounts.audience import second_factor_first

# Views that are not ours and guard themselves: signing in, and files anyone may have.
SIGNING_IN = "allauth.account."
GUARD_THEMSELVES = (SIGNING_IN, "django.contrib.staticfiles.", "django.views.static")
# Of those, what somebody who works here can reach before their second factor (S44).
ALWAYS_OPEN = ("account_login", "account_logout")

Respond = Callable[[HttpRequest], HttpResponse]


class deny_by_default:  # noqa: N801 -- reads as a verb in the settings' list
    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not hasattr(view, "audience") and not view.__module__.startswith(GUARD_THEMSELVES):
            raise ImproperlyConfigured(
                f"{view.__module__}.{view.__name__} names no audience, so it answers nobody. "
                "Open it with one decorator from accounts.audience."
            )
        name = request.resolver_match.url_name if request.resolver_match else None
        if view.__module__.startswith(SIGNING_IN) and name not in ALWAYS_OPEN:
            return second_factor_first(request)
        return None
