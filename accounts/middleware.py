"""Deny by default: a view that names no audience answers nobody."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

# Views that are not ours and guard themselves: files anyone may have.
GUARD_THEMSELVES = ("django.contrib.staticfiles.", "django.views.static")

Respond = Callable[[HttpRequest], HttpResponse]


class deny_by_default:  # noqa: N801 -- reads as a verb in the settings' list
    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        if not hasattr(view, "audience") and not view.__module__.startswith(GUARD_THEMSELVES):
            raise ImproperlyConfigured(
                f"{view.__module__}.{view.__name__} names no audience, so it answers nobody. "
                "Open it with one decorator from accounts.audience."
            )
