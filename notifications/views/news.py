"""A member's own list of what is new for them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import MemberRequest, members_only
from notifications import keys, reading
from notifications.models import Notice
from notifications.subscriptions import may_be_asked


@members_only
@require_safe
def news(request: MemberRequest) -> HttpResponse:
    """Opening it is reading it: nobody but the member is told that they have."""
    member, last = request.member, None
    if (after := request.GET.get("after", "")) and after.isdecimal():
        last = get_object_or_404(Notice, member=member, pk=int(after[:18]))
    found = reading.page_of(member, after=last)
    page = found[: reading.PER_PAGE]
    context: dict[str, object] = {
        "here": "news",
        "lines": reading.lines(page),
        "next_after": page[-1].pk if len(found) > len(page) else None,
        "is_further": last is not None,
    }
    if last is None and may_be_asked(member, now=timezone.now()):
        context["push_key"] = keys.public_key()
    if request.method == "GET":
        reading.look(member=member, notices=page, at=timezone.now())
    return render(request, "notifications/news.html", context)
