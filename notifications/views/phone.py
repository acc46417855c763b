"""Being told on one's phone: yes, not now, and no more."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.audience import MemberRequest, members_only
from notifications import keys, subscriptions
from notifications.subscriptions import NotABrowser
from vault.nudges import Browser

UNPROCESSABLE = 422


@members_only
@require_POST
def subscribe(request: MemberRequest) -> HttpResponse:
    """A page's script says where this browser is nudged; nothing of it comes back."""
    if not keys.is_configured():
        raise Http404
    given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    try:
        subscriptions.subscribe(member=request.member, browser=Browser(**given), at=timezone.now())
    except NotABrowser:
        return HttpResponse(
            _("This browser cannot be told."), status=UNPROCESSABLE, content_type="text/plain"
        )
    return HttpResponse(status=204)


@members_only
@require_POST
def not_now(request: MemberRequest) -> HttpResponse:
    subscriptions.not_now(member=request.member, at=timezone.now())
    return redirect("notifications:news")


@members_only
@require_POST
def unsubscribe(request: MemberRequest) -> HttpResponse:
    subscriptions.unsubscribe(member=request.member, at=timezone.now())
    messages.success(request, _("We show you nothing on your phone any more."))
    return redirect("belonging:notifications")
