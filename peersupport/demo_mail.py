"""
The letters that a demo has sent, in a page: there is no mail server, and nobody's mailbox.

Only in a demo, whose letters lie in a directory. Anywhere else these pages are nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.audience import anyone
from peersupport.middleware import CONTENT_SECURITY_POLICY

SHOWN = 40
A_NAME = re.compile(r"[0-9a-z-]{1,60}\.log", re.ASCII)
# As Django's backend for files puts it between letters.
BETWEEN = b"\n" + b"-" * 79 + b"\n"
# Only its looks, and nothing that runs: a letter's style stands in its tags.
LOOKS_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True)
class SentLetter:
    name: str
    to: str
    subject: str
    plain: str
    looks: str


def _only_in_a_demo(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO or not settings.EMAIL_FILE_PATH:
            raise Http404
        return view(request, *args, **kwargs)

    return opened


@anyone
@_only_in_a_demo
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """The newest letters."""
    there = sorted(_directory().glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = [letter for path in there[:SHOWN] if (letter := _read(path.name)) is not None]
    return render(request, "demo/mail.html", {"letters": found})


@anyone
@_only_in_a_demo
@require_safe
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """One letter: its words, and its looks in a frame that can do nothing."""
    response = render(request, "demo/letter.html", {"letter": _letter(name)})
    response["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@anyone
@_only_in_a_demo
@require_safe
def looks(request: HttpRequest, name: str) -> HttpResponse:
    """What a mail program would show."""
    found = _letter(name)
    if not found.looks:
        raise Http404
    response = HttpResponse(found.looks)
    response["Content-Security-Policy"] = LOOKS_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _letter(name: str) -> SentLetter:
    found = _read(name)
    if found is None:
        raise Http404
    return found


def _directory() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _read(name: str) -> SentLetter | None:
    path = _directory() / name
    if not A_NAME.fullmatch(name) or not path.is_file():
        return None
    raw = path.read_bytes().split(BETWEEN)[0]
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 -- what that policy makes
    return SentLetter(
        name=name,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        plain=_part(message, "plain"),
        looks=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
