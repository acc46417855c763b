"""A member and the wall guides: one page, which says everything before anything is typed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.views.decorators.http import require_http_methods, require_safe

from accounts import brakes
from accounts.audience import MemberRequest, members_paused_or_not
from conversations import operations
from conversations.forms import LineForm
from conversations.models import LINE_MAX_LENGTH, LINES_PER_PAGE, Conversation, Line
from conversations.telling import seen_by
from conversations.waits import wait_of

UNPROCESSABLE = 422


@members_paused_or_not
@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: MemberRequest) -> HttpResponse:
    """What was said, how it goes, and a box for the next words."""
    form = LineForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if slower := brakes.too_fast(request, brakes.TALKING, request.member):
            return slower
        operations.write_line(
            member=request.member,
            body=form.cleaned_data["body"],
            idempotency_key=form.cleaned_data["key"],
            at=timezone.now(),
        )
        # "sent" lets the page forget its draft; the rest leads to the end of what was said.
        return redirect(reverse("conversations:talk") + "?sent#talk-waits")
    context = _said(request)
    context |= {
        "form": form,
        "max_length": LINE_MAX_LENGTH,
        "sent": "sent" in request.GET,
        "wait": wait_of(request.member, now=context["now"]),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "conversations/talk.html", context, status=status)


@members_paused_or_not
@require_safe
def lines(request: MemberRequest) -> HttpResponse:
    """What was said, as an open page asks for it again; a bare 304 where it has exactly that."""
    response = render(request, "conversations/_lines.html", _said(request))
    set_response_etag(response)
    unchanged = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return unchanged or response


def _said(request: MemberRequest) -> dict[str, Any]:
    now = timezone.now()
    conversation = Conversation.objects.filter(member=request.member).first()
    said = Line.objects.filter(conversation=conversation).newest_first().select_related("guide")
    if before := request.GET.get("before"):
        said = said.older_than(get_object_or_404(Line, conversation=conversation, public_id=before))
    if conversation is not None:
        seen_by(request.member, conversation, at=now)
    page = list(said[: LINES_PER_PAGE + 1]) if conversation is not None else []
    shown = page[LINES_PER_PAGE - 1 :: -1]
    return {
        "conversation": conversation,
        "lines": shown,
        "earlier": shown[0].public_id if len(page) > LINES_PER_PAGE else None,
        "is_earlier": bool(before),
        "minutes_left": conversation.minutes_left(now=now) if conversation is not None else None,
        "now": now,
        "here": "talk",
        "zone": request.member.locality.zone,
    }
