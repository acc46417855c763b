"""
Who a view is for. Every view opens with exactly one of these decorators.

A view without one answers nobody (accounts.middleware), and each decorator refuses as
little informatively as it can: to a stranger, a page for others does not exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import consent, second_factor
from accounts.language import speak_to
from accounts.models import Administrator, CommissioningLead, Member, User, WallGuide

View = TypeVar("View", bound=Callable[..., HttpResponse])


class Audience(Protocol):
    """A decorator that opens a view to some people and changes nothing else about it."""

    def __call__(self, view: View) -> View: ...


class SignedInRequest(HttpRequest):
    user: User


class MemberRequest(SignedInRequest):
    member: Member


class GuideRequest(SignedInRequest):
    wall_guide: WallGuide


class LeadRequest(SignedInRequest):
    lead: CommissioningLead


class AdminRequest(SignedInRequest):
    administrator: Administrator


class KeeperRequest(SignedInRequest):
    """An administrator or a senior wall guide; somebody may be both."""

    administrator: Administrator | None
    wall_guide: WallGuide | None


def role_of(user: User | AnonymousUser, role: str) -> Any:
    """The user's ``member``, ``wall_guide``, ``commissioning_lead`` … or None."""
    return getattr(user, role, None) if user.is_authenticated else None


def is_staff(user: User | AnonymousUser) -> bool:
    return bool(role_of(user, "wall_guide") or role_of(user, "administrator"))


def _refuse(request: HttpRequest) -> HttpResponse:
    """Not signed in: sign in first. Signed in as somebody else: there is no such page."""
    if request.user.is_authenticated:
        raise Http404
    if request.method == "POST" and request.POST.get("body"):
        return writing_kept(
            request,
            _(
                "You have been signed out. Your words are safe below: copy them, sign in, "
                "and paste them back."
            ),
            status=403,
        )
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    return redirect_to_login("/")


def writing_kept(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """A page that says what went wrong and gives back what was typed."""
    return render(
        request,
        "errors/writing_kept.html",
        {"sentence": sentence, "body": request.POST.get("body", "")},
        status=status,
    )


def second_factor_first(request: HttpRequest) -> HttpResponse | None:
    """
    Who works here and has shown no second factor in this session goes and does that (S44).

    None for everybody else. Decided from what the session and the person hold already, so
    that it costs no query.
    """
    if not second_factor.is_missing(request.session, request.user):
        return None
    if request.method == "POST" and request.POST.get("body"):
        return writing_kept(
            request,
            _("Your sign-in needs its second step first. Your words are safe below: copy them."),
            status=403,
        )
    return redirect("mfa_index")


def _audience(
    name: str,
    enter: Callable[[HttpRequest], HttpResponse | None],
    *,
    first: Callable[[HttpRequest], HttpResponse | None] = second_factor_first,
) -> Audience:
    """A decorator for views whose audience ``enter`` lets in by returning None."""

    def decorator(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return first(request) or enter(request) or view(request, *args, **kwargs)

        opened.audience = name  # type: ignore[attr-defined]
        return opened  # type: ignore[return-value]

    return decorator


def _enter_signed_in(request: HttpRequest) -> HttpResponse | None:
    return None if request.user.is_authenticated else _refuse(request)


def _enter_as(role: str, attribute: str) -> Callable[[HttpRequest], HttpResponse | None]:
    def enter(request: HttpRequest) -> HttpResponse | None:
        person = role_of(request.user, role)
        if person is None:
            return _refuse(request)
        setattr(request, attribute, person)
        return None

    return enter


def _enter_as_member_paused_or_not(request: HttpRequest) -> HttpResponse | None:
    member: Member | None = role_of(request.user, "member")
    if member is None:
        return _refuse(request)
    speak_to(member)
    if member.leaving_at is not None:
        return _only_stay(request)
    if not consent.is_current(member):
        return _consent_first(request)
    request.member = member  # type: ignore[attr-defined]
    return None


def _enter_as_member(request: HttpRequest) -> HttpResponse | None:
    member: Member | None = role_of(request.user, "member")
    if member is None:
        return _refuse(request)
    speak_to(member)
    if member.leaving_at is not None:
        return _only_stay(request)
    if member.is_paused(now=timezone.now()):
        return render(
            request,
            "accounts/paused.html",
            {
                "member": member,
                "until": None if member.suspended_at else member.paused_until,
                "body": request.POST.get("body", ""),
            },
            status=403,
        )
    if not consent.is_current(member):
        return _consent_first(request)
    request.member = member  # type: ignore[attr-defined]
    return None


def _only_stay(request: HttpRequest) -> HttpResponse:
    """Somebody who has left finds one page: how to come back, and whom to call."""
    if request.method == "POST" and request.POST.get("body"):
        return writing_kept(
            request,
            _("You have left the wall. Your words are safe below: copy them first."),
            status=403,
        )
    return redirect("belonging:stay")


def _consent_first(request: HttpRequest) -> HttpResponse:
    """The terms have changed: read them first. What was being sent goes along, and is not lost."""
    here = request.get_full_path()
    if request.method in ("GET", "HEAD"):
        return redirect(f"{reverse('consent')}?{urlencode({'next': here})}")
    context = {"kept": consent.kept(request.POST, to=here), "body": request.POST.get("body", "")}
    return render(request, "accounts/consent_first.html", context, status=409)


def _enter_as_member_even_paused(request: HttpRequest) -> HttpResponse | None:
    member: Member | None = role_of(request.user, "member")
    if member is None:
        return _refuse(request)
    speak_to(member)
    request.member = member  # type: ignore[attr-defined]
    return None


def _enter_as_senior(request: HttpRequest) -> HttpResponse | None:
    guide: WallGuide | None = role_of(request.user, "wall_guide")
    if guide is None or not guide.is_senior:
        return _refuse(request)
    request.wall_guide = guide  # type: ignore[attr-defined]
    return None


def _enter_as_keeper(request: HttpRequest) -> HttpResponse | None:
    """Administrators, and the clinicians among the guides."""
    guide: WallGuide | None = role_of(request.user, "wall_guide")
    senior = guide if guide is not None and guide.is_senior else None
    administrator: Administrator | None = role_of(request.user, "administrator")
    if senior is None and administrator is None:
        return _refuse(request)
    request.wall_guide = senior  # type: ignore[attr-defined]
    request.administrator = administrator  # type: ignore[attr-defined]
    return None


def _enter_as_staff(request: HttpRequest) -> HttpResponse | None:
    return None if is_staff(request.user) else _refuse(request)


def _enter_as_monitor(request: HttpRequest) -> HttpResponse | None:
    """A monitor shows its token; a person on the staff signs in."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.MONITOR_TOKEN and secrets.compare_digest(
        given.encode(), settings.MONITOR_TOKEN.encode()
    ):
        return None
    return _enter_as_staff(request)


def _enter_as_visitor(request: HttpRequest) -> HttpResponse | None:
    """Who is signed in has come in already, and is shown to their own place."""
    return redirect("home") if request.user.is_authenticated else None


def _at_once(request: HttpRequest) -> None:
    """No second factor first: the crisis page, say, may not even ask who somebody is."""


anyone = _audience("anyone", _at_once, first=_at_once)
visitors_only = _audience("visitors", _enter_as_visitor, first=_at_once)
# Where a second factor is set up, and so the one place that does not ask for it.
enrolling_too = _audience("signed in, second factor or not", _enter_signed_in, first=_at_once)
signed_in_only = _audience("signed in", _enter_signed_in)
members_only = _audience("members", _enter_as_member)
# Talking with the guides: a pause is from the wall, and never from help.
members_paused_or_not = _audience("members, paused or not", _enter_as_member_paused_or_not)
# A paused member, and one who is leaving, still has rights: what is known of them, and the way out.
members_even_paused = _audience("members, even paused", _enter_as_member_even_paused)
wall_guides_only = _audience("wall guides", _enter_as("wall_guide", "wall_guide"))
senior_guides_only = _audience("senior wall guides", _enter_as_senior)
commissioners_only = _audience("commissioners", _enter_as("commissioning_lead", "lead"))
admins_only = _audience("admins", _enter_as("administrator", "administrator"))
admins_and_seniors_only = _audience("admins and senior wall guides", _enter_as_keeper)
staff_only = _audience("staff", _enter_as_staff)
monitors_only = _audience("monitors and staff", _enter_as_monitor)
