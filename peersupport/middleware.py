"""What surrounds every page: its headers, and what it says when Postgres is away."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)

Respond = Callable[[HttpRequest], HttpResponse]

# Nothing inline anywhere, so no nonce is needed: the policy is one constant.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        # The second is where "Leave quickly" ends up: a redirect counts as a form's action.
        "form-action 'self' https://www.bbc.co.uk",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), browsing-topics=()"


def security_headers(respond: Respond) -> Respond:
    """A strict policy on every answer, and no cached copy of a page about a person."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        # What a shared computer's back button shows after leaving is nothing.
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def no_zero_bytes(respond: Respond) -> Respond:
    """A zero byte is in no address of ours, and Postgres refuses it with an error."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404
        return respond(request)

    return answer


class keep_writing_when_the_database_is_away:  # noqa: N801 -- reads as a verb in the settings
    """An honest 503 that gives back what was typed, with the crisis lines beside it."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.respond(request)
        except (OperationalError, InterfaceError) as error:
            return self.apologise(request, error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return self.apologise(request, error)
        return None

    def apologise(self, request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("The database did not answer: %s", type(error).__name__)
        # Only the typed words and a fixed page: nothing here may ask the database again.
        return render(
            None,  # type: ignore[arg-type]
            "503.html",
            {"body": request.POST.get("body", "") if request.method == "POST" else ""},
            status=503,
        )
