"""Where I am signed in. For everybody who signs in; a member finds it in their own room too."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions
from accounts.audience import SignedInRequest, signed_in_only
from accounts.ways_back import is_within


@signed_in_only
@require_safe
def session_list(request: SignedInRequest) -> HttpResponse:
    here = request.session.session_key
    found = sessions.open_of(request.user, now=timezone.now(), here=here)
    return render(request, "account/sessions.html", {"sessions": found})


@signed_in_only
@require_POST
def session_end(request: SignedInRequest) -> HttpResponse:
    """Sign out in one other place. One that is not there any more is ended already."""
    sessions.end_session(request.user, name=request.POST.get("session", ""))
    messages.info(request, _("You are signed out there."))
    return _back(request)


@signed_in_only
@require_POST
def sessions_end_others(request: SignedInRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    sessions.end_others(request)
    messages.info(request, _("You are signed in only here now."))
    return _back(request)


def _back(request: SignedInRequest) -> HttpResponse:
    """To the page of ours that showed the list."""
    back = request.POST.get("next", "")
    return redirect(back if is_within(back) else "account_sessions")
