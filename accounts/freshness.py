"""
`fresh`: what matters most is asked for again, by whoever has not shown who they are lately.

The vault, roles, second factors and protocols want a proof from the last five minutes (S45).
It stands below the one audience decorator and above everything else::

    @admins_only
    @fresh
    @require_POST
    def appointment_end(request: AdminRequest, pk: int) -> HttpResponse: ...

A view is only entered with such a proof. Without one, a page in its place asks for it, at the
same address. What was typed is kept in that page, on the person's own screen and nowhere else,
and goes on to the view together with the proof: nothing is typed twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from accounts import second_factor
from accounts.models import User
from accounts.second_factor_forms import ConfirmForm

View = TypeVar("View", bound=Callable[..., HttpResponse])

FORBIDDEN, UNPROCESSABLE, SEE_OTHER = 403, 422, 303
# What the asking page adds to what it carries.
ASKED_FOR = "confirm_for"
OURS = ("csrfmiddlewaretoken", ASKED_FOR, *ConfirmForm.base_fields)


def fresh(view: View) -> View:
    """Enter ``view`` only with a proof of who it is from the last five minutes."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked_for = request.POST.get(ASKED_FOR)
        if not is_fresh(request):
            refusal = _ask(request)
            if refusal is not None:
                return refusal
        if asked_for == "GET":
            # Only the page itself was wanted.
            return HttpResponseRedirect(request.get_full_path(), status=SEE_OTHER)
        if asked_for:
            given = request.POST.copy()
            for name in OURS:
                given.pop(name, None)
            request.POST = given  # type: ignore[assignment]
        return view(request, *args, **kwargs)

    entered.is_fresh = True  # type: ignore[attr-defined]
    return entered  # type: ignore[return-value]


def is_fresh(request: HttpRequest) -> bool:
    return second_factor.is_fresh(request.session, request.user, now=time.time())


def _ask(request: HttpRequest) -> HttpResponse | None:
    """The page that asks, or None if its answer was in this request and is right."""
    assert isinstance(request.user, User)  # noqa: S101 -- an audience stands before
    asked_for = request.POST.get(ASKED_FOR)
    form = ConfirmForm(request.POST if asked_for else None, user=request.user)
    if asked_for and form.is_valid():
        return None
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in OURS
        for value in values
    ]
    context = {
        "form": form,
        "kept": kept,
        "asked_for": asked_for or ("POST" if request.method == "POST" else "GET"),
        "passkey": dict(begin_authentication(request.user)) if form.has_passkey else None,
    }
    status = UNPROCESSABLE if asked_for else FORBIDDEN
    return render(request, "accounts/confirm.html", context, status=status)
