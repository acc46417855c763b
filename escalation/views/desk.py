"""The desk itself: the queue, the strip above it, and the seniors' list."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import GuideRequest, senior_guides_only, wall_guides_only
from escalation import desk as acts
from escalation import queue as reads
from escalation.identity import standing_for
from escalation.models import Case
from escalation.talks import passed_up_of
from escalation.waiting import conversations, work_for
from risk.models import Alert, AuditReading

# A program may ask for the whole queue; a person is shown fifty and can ask for more.
MOST_ROWS = 2000


@wall_guides_only
@require_safe
def desk(request: GuideRequest) -> HttpResponse:
    context = desk_context(request)
    context["work"] = work_for(request.wall_guide, now=context["now"])
    # Counted already: the note beside the queue says the same.
    context["talks_waiting"] = next(each for each in context["work"] if each.is_talk)
    return render(request, "escalation/desk.html", context)


@wall_guides_only
@require_safe
def queue(request: GuideRequest) -> HttpResponse:
    """
    The queue as a fragment for the open desk, or as JSON for a program that asks for it.

    The header X-Safety carries what is wrong with the house, in words, if anything is.
    """
    context = desk_context(request)
    if request.accepts("text/html"):
        response = render(request, "escalation/_queue.html", context)
    else:
        now = context["now"]
        alerts = reads.open_alerts(request.wall_guide).prefetch_related("subject")
        response = JsonResponse(
            {
                "alerts": [reads.as_json(alert, now=now) for alert in alerts[:MOST_ROWS]],
                "problems": context["safety"],
            }
        )
    return with_safety(unless_unchanged(request, response), context["safety"])


@wall_guides_only
@require_safe
def strip(request: GuideRequest) -> HttpResponse:
    context = strip_context(request)
    response = render(request, "_components/strip_figures.html", context)
    return with_safety(unless_unchanged(request, response), context["safety"])


@wall_guides_only
@require_POST
def next_create(request: GuideRequest) -> HttpResponse:
    """Take the most urgent alert that nobody has, and open it."""
    alert = acts.claim_next(
        queue=Alert.objects.for_guide(request.wall_guide),
        by=request.wall_guide,
        at=timezone.now(),
    )
    if alert is None:
        messages.info(request, "Nothing waits: every alert is in somebody's hands.")
        return redirect("escalation:desk")
    return redirect("escalation:alert", alert.pk)


@senior_guides_only
@require_safe
def senior(request: GuideRequest) -> HttpResponse:
    """What was passed up, what a guide is unsure of, and what is late."""
    now = timezone.now()
    covered = Case.objects.for_guide(request.wall_guide).select_related(
        "member", "locality", "protocol"
    )
    return render(
        request,
        "escalation/senior.html",
        {
            **strip_context(request),
            "here": "senior",
            "alerts": reads.open_alerts(request.wall_guide).passed_up(),
            "conversations": passed_up_of(request.wall_guide),
            "cases": covered.passed_up().most_pressing_first(),
            "now": now,
        },
    )


def desk_context(request: GuideRequest) -> dict[str, Any]:
    """What every page of the desk shows: the queue at its side and the strip above it."""
    shown = request.GET.get("show", "")
    # At most as many digits as are needed: Python refuses to read thousands of them.
    rows = min(int(shown[:9]), MOST_ROWS) if shown.isdecimal() else reads.ROWS
    alerts = list(reads.open_alerts(request.wall_guide)[: rows + 1])
    strip = strip_context(request)
    return {
        **strip,
        "talks_waiting": partial(conversations, request.wall_guide, strip["now"]),
        "here": "queue",
        "alerts": alerts[:rows],
        "show_more": rows + reads.ROWS if len(alerts) > rows else None,
        # Counted where a page shows it, and not each time the queue is fetched again.
        "readings_waiting": AuditReading.objects.waiting_for(request.wall_guide).count,
    }


def strip_context(request: GuideRequest) -> dict[str, Any]:
    now = timezone.now()
    guide = request.wall_guide
    reads.note_open_desk(guide, now=now)
    return {
        "now": now,
        "guide": guide,
        "strip": reads.strip_for(guide, now=now),
        "identity": standing_for(guide, now=now),
        "safety": reads.what_is_wrong(now=now),
        # A senior may ask what has moved; a guide in the middle of an alert has other worries.
        "screening_has_moved": guide.is_senior and reads.screening_has_moved(),
    }


def unless_unchanged(request: GuideRequest, response: HttpResponse) -> HttpResponse:
    """
    A bare 304 where the page has exactly this already.

    Not Django's `conditional_page`, which would drop X-Safety from the 304, and with it
    the only word of what is wrong while the queue stands still.
    """
    set_response_etag(response)
    unchanged = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return unchanged or response


def with_safety(response: HttpResponse, sentence: str) -> HttpResponse:
    if sentence:
        response.headers["X-Safety"] = sentence
    return response
