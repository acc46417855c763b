"""The way out, and the way back from it."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.audience import MemberRequest, members_even_paused
from belonging import leaving
from belonging.forms import LeavingForm

UNPROCESSABLE = 422


@members_even_paused
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: MemberRequest) -> HttpResponse:
    """Say what goes, what stays and until when it can be undone; then do it."""
    member = request.member
    if member.leaving_at is not None:
        return redirect("belonging:stay")
    form = LeavingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        leaving.leave(member=member, reasons=form.cleaned_data["reasons"], at=timezone.now())
        until = leaving.erased_from(member)
        logout(request)
        # Shown at once and not after a redirect: there is no session left to say it in.
        return render(request, "belonging/left.html", {"until": until})
    months = leaving.months_kept(member)
    context = {
        "here": "me",
        "form": form,
        "days": leaving.UNDO_FOR.days,
        # In years where it is whole ones: "240 months" says nothing to anybody.
        "years_kept": months // 12 if months % 12 == 0 else 0,
        "months_kept": months,
        "commissioner": member.locality.commissioner,
    }
    return render(
        request, "belonging/leave.html", context, status=UNPROCESSABLE if form.is_bound else 200
    )


@members_even_paused
@require_http_methods(["GET", "HEAD", "POST"])
def stay(request: MemberRequest) -> HttpResponse:
    """All that somebody who has left finds when they sign in: the way back, and whom to call."""
    member = request.member
    if request.method == "POST":
        leaving.stay(member=member, at=timezone.now())
    if member.leaving_at is None:
        return redirect("community:feed")
    return render(request, "belonging/stay.html", {"until": leaving.erased_from(member)})
