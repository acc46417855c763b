"""Who asks; and deny by default: a view that names no audience answers nobody."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from accounts.models import User

# Views that are not ours and guard themselves: files anyone may have.
GUARD_THEMSELVES = ("django.contrib.staticfiles.", "django.views.static")

Respond = Callable[[HttpRequest], HttpResponse]


class know_who_asks(AuthenticationMiddleware):  # noqa: N801 -- reads as a verb in the settings
    """Django's, which takes a member that the session's query brought along (session_store)."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _who(request))  # type: ignore[assignment]


def _who(request: HttpRequest) -> User | AnonymousUser:
    # Where Django keeps it, and looks for it.
    kept: dict[str, Any] = request.__dict__
    if "_cached_user" not in kept:
        kept["_cached_user"] = _brought(request) or auth.get_user(request)
    who: User | AnonymousUser = kept["_cached_user"]
    return who


def _brought(request: HttpRequest) -> User | None:
    """
    The member whom the session brought; None if Django's own way has to find out.

    The same checks as there: the session says that it is theirs, by a way of signing in that
    we have, and their password has not changed since.
    """
    said = request.session
    key = said.get(auth.SESSION_KEY)
    user: User | None = getattr(said, "brought", None)
    if (
        user is not None
        and key == str(user.pk)
        and said.get(auth.BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(said.get(auth.HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    ):
        return user
    return None


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
