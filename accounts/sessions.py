"""
Where a person is signed in: listing it, and ending it.

A session remembers the day it began and the kind of device, in words. It never holds the
address of the machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Session, User
from accounts.session_store import SessionStore

BEGAN, DEVICE = "signed_in_at", "signed_in_with"

# The first that fits, in this order: an iPad says "Mac", Edge says "Chrome", Chrome says "Safari".
DEVICES: tuple[tuple[str, str, Any], ...] = (
    ("iphone", r"iPhone", _("an iPhone")),
    ("ipad", r"iPad", _("an iPad")),
    ("android-phone", r"Android.*Mobile", _("an Android phone")),
    ("android-tablet", r"Android", _("an Android tablet")),
    ("chromebook", r"CrOS", _("a Chromebook")),
    ("windows", r"Windows", _("a Windows computer")),
    ("mac", r"Macintosh|Mac OS X", _("a Mac")),
    ("linux", r"Linux|X11", _("a Linux computer")),
)
BROWSERS: tuple[tuple[str, str, str], ...] = (
    ("samsung", r"SamsungBrowser", "Samsung Internet"),
    ("edge", r"Edg(e|A|iOS)?/", "Edge"),
    ("opera", r"OPR/", "Opera"),
    ("firefox", r"Firefox/|FxiOS/", "Firefox"),
    ("chrome", r"Chrome/|CriOS/|Chromium/", "Chrome"),
    ("safari", r"Safari/", "Safari"),
)


@dataclass(frozen=True)
class OpenSession:
    """One place where somebody is signed in."""

    name: str  # stands for the session in a form; it opens nothing
    began_at: datetime | None
    device: str | Promise
    is_this_one: bool


def open_of(user: User, *, now: datetime, here: str | None = None) -> list[OpenSession]:
    """
    Where this person is signed in, this place first and then the newest.

    ``here`` is the session key of the request that asks.
    """
    store = SessionStore()
    found = []
    for session in Session.objects.filter(user=user, expire_date__gt=now):
        data = store.decode(session.session_data)
        found.append(
            OpenSession(
                name=_name_of(session.session_key),
                began_at=datetime.fromisoformat(data[BEGAN]) if data.get(BEGAN) else None,
                device=in_words(data.get(DEVICE, "")),
                is_this_one=session.session_key == here,
            )
        )
    found.sort(key=lambda each: each.began_at.timestamp() if each.began_at else 0, reverse=True)
    return sorted(found, key=lambda each: not each.is_this_one)


def end_session(user: User, *, name: str) -> bool:
    """End one of this person's sessions, by the name that `open_of` gave it. Was there one?"""
    for key in Session.objects.filter(user=user).values_list("session_key", flat=True):
        if _name_of(key) == name:
            return bool(Session.objects.filter(session_key=key).delete()[0])
    return False


def end_others(request: HttpRequest) -> int:
    """Sign the person out everywhere but here. How many places that were."""
    assert isinstance(request.user, User)  # noqa: S101 -- nobody else has sessions
    return end_all_of(request.user, but=request.session.session_key)


def end_all_of(user: User, *, but: str | None = None) -> int:
    """Sign a person out everywhere, ``but`` for one session key. How many places that were."""
    ended = Session.objects.filter(user=user)
    if but:
        ended = ended.exclude(session_key=but)
    return ended.delete()[0]


def after_change(request: HttpRequest, user: User) -> None:
    """How somebody signs in has changed: they stay signed in here, and nowhere else (S46)."""
    mine = request.user.is_authenticated and request.user.pk == user.pk
    end_all_of(user, but=request.session.session_key if mine else None)


def device_of(user_agent: str) -> str:
    """The families of browser and device, such as ``firefox/android-phone``; versions are lost."""
    return "/".join(
        next((code for code, pattern, _words in families if re.search(pattern, user_agent)), "")
        for families in (BROWSERS, DEVICES)
    )


def in_words(device: str) -> str | Promise:
    """What `device_of` found, for a person to read."""
    browser_code, _slash, device_code = device.partition("/")
    browser = next((words for code, _p, words in BROWSERS if code == browser_code), None)
    machine = next((words for code, _p, words in DEVICES if code == device_code), None)
    if browser and machine:
        return _("%(browser)s on %(device)s") % {"browser": browser, "device": machine}
    return browser or machine or _("A device we do not know")


def _name_of(session_key: str) -> str:
    return salted_hmac("accounts.sessions", session_key, algorithm="sha256").hexdigest()[:24]


@receiver(user_logged_in)
def note_where(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whatever way somebody signs in by, the session notes when and with what kind of device."""
    # Bounded, because the patterns look through all of it.
    user_agent = request.META.get("HTTP_USER_AGENT", "")[:400]
    request.session[BEGAN] = timezone.now().isoformat(timespec="minutes")
    request.session[DEVICE] = device_of(user_agent)
