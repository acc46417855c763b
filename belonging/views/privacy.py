"""What the house knows of a member, and what the member may change about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import MemberRequest, members_only
from accounts.operations import lend_words
from belonging import details
from belonging.forms import DETAIL_FORMS
from vault.details import Details

UNPROCESSABLE = 422


@members_only
@require_safe
def privacy(request: MemberRequest) -> HttpResponse:
    context = {
        "here": "me",
        "known": details.known_of(request.member),
        "commissioner": request.member.locality.commissioner,
    }
    return render(request, "belonging/privacy.html", context)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: MemberRequest, part: str) -> HttpResponse:
    """Put one detail into the vault, or take it out. What it holds is never shown again."""
    found = next(
        (known for known in details.known_of(request.member) if known.part.slug == part), None
    )
    if found is None or not found.part.may_change:
        raise Http404
    if request.method == "POST" and "remove" in request.POST:
        details.remove(member=request.member, part=found.part, at=timezone.now())
        messages.success(request, _("It is gone from the vault."))
        return redirect("belonging:privacy")
    form = DETAIL_FORMS[part](request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = Details(**form.cleaned_data)
        details.keep(member=request.member, details=given, at=timezone.now())
        messages.success(request, _("It is in the vault. We cannot show it to you here again."))
        return redirect("belonging:privacy")
    context = {"here": "me", "form": form, "known": found}
    return render(
        request, "belonging/detail.html", context, status=UNPROCESSABLE if form.is_bound else 200
    )


@members_only
@require_POST
def words_update(request: MemberRequest) -> HttpResponse:
    """Whether the screening may learn from what this member writes."""
    lends = request.POST.get("lends") == "on"
    lend_words(member=request.member, lends=lends, at=timezone.now())
    messages.success(
        request,
        _("Thank you. Our screening may learn from your words.")
        if lends
        else _("Our screening does not learn from your words."),
    )
    return redirect("belonging:privacy")
