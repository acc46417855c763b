"""Ending sessions. (Another room's fuller version replaces this one.)"""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from accounts.models import User


def end_all_of(user: User, *, but: str | None = None) -> int:
    """Sign a person out everywhere, ``but`` for one session key. How many places that were."""
    ended = 0
    for session in Session.objects.exclude(session_key=but):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            ended += session.delete()[0]
    return ended


def end_others(request: HttpRequest) -> int:
    """Sign the person out everywhere but here. How many places that were."""
    assert isinstance(request.user, User)  # noqa: S101 -- nobody else has sessions
    return end_all_of(request.user, but=request.session.session_key)
