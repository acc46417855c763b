"""Who waits for a first answer, and who carries a lot."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import GuideRequest, senior_guides_only, wall_guides_only
from community import clock, load
from community.enums import PeerAct
from community.forms import WritingForm
from community.models import HandOver, LoadCheck, Post, PostQuerySet
from community.operations import reply_as_guide
from escalation import first_replies
from escalation.forms.care import PeerForm
from escalation.views.desk import strip_context, with_safety

UNPROCESSABLE = 422
CONFLICT = 409
ROWS = 20


@wall_guides_only
@require_safe
def unanswered(request: GuideRequest) -> HttpResponse:
    return _unanswered(request)


@wall_guides_only
@require_POST
def unanswered_claim(request: GuideRequest, public_id: str) -> HttpResponse:
    """Say to the other guides that one sees to this."""
    post = _waiting(request, public_id)
    if not clock.claim(post=post, by=request.wall_guide, at=timezone.now()):
        messages.info(request, "Another guide sees to this one already.")
    return redirect("escalation:unanswered")


@wall_guides_only
@require_POST
def unanswered_reply(request: GuideRequest, public_id: str) -> HttpResponse:
    """Answer as a wall guide. Whoever handed the thread over can let go with that."""
    now = timezone.now()
    # Also one that somebody has answered meanwhile: two kind answers are no harm.
    post = get_object_or_404(_covered(request), public_id=public_id)
    form = WritingForm(request.POST)
    if not form.is_valid():
        return _unanswered(request, bound=(post, form), status=UNPROCESSABLE)
    if post.taken_away_at is not None:
        return _unanswered(request, bound=(post, form), status=CONFLICT)
    reply_as_guide(
        post=post, guide=request.wall_guide, body=form.cleaned_data["body"],
        idempotency_key=form.cleaned_data["key"], at=now,
    )  # fmt: skip
    clock.take_up_hand_overs(post=post, by=request.wall_guide, at=now)
    messages.success(request, "Your answer is on the wall.")
    return redirect("escalation:unanswered")


@wall_guides_only
@require_POST
def hand_over_taken(request: GuideRequest, public_id: str) -> HttpResponse:
    """Take up a thread that a member handed over, without answering in it now."""
    post = get_object_or_404(_covered(request), public_id=public_id)
    if clock.take_up_hand_overs(post=post, by=request.wall_guide, at=timezone.now()):
        messages.success(request, "You have it. Whoever handed it over can let go.")
    return redirect("escalation:unanswered")


@wall_guides_only
@require_safe
def peers(request: GuideRequest) -> HttpResponse:
    """Peers who carry a lot: what was seen, and what a guide did about it."""
    return _peers(request)


@wall_guides_only
@require_POST
def peer_update(request: GuideRequest, pk: int) -> HttpResponse:
    check = get_object_or_404(load.checks_for(request.wall_guide), pk=pk)
    form = PeerForm(request.POST)
    if not form.is_valid():
        return _peers(request, bound=(check, form), status=UNPROCESSABLE)
    done = load.act_on_check(
        check=check, act=PeerAct(form.cleaned_data["act"]), note=form.cleaned_data["note"],
        by=request.wall_guide, at=timezone.now(),
    )  # fmt: skip
    if not done:
        messages.warning(request, "Another guide has written something down meanwhile.")
        return _peers(request, bound=(check, form), status=CONFLICT)
    messages.success(request, "It is written down.")
    return redirect("escalation:peers")


@senior_guides_only
@require_safe
def first_reply_times(request: GuideRequest) -> HttpResponse:
    """How long people wait for a first answer, week by week and by hour, and who waits now."""
    now = timezone.now()
    guide = request.wall_guide
    return _page(request, "escalation/first_replies.html", {
        "here": "first-replies",
        "minutes": first_replies.minutes_of(clock.FIRST_REPLY_WITHIN),
        "weeks": first_replies.by_week(guide, now=now),
        "hours": first_replies.by_hour(guide, now=now),
        "weeks_back": first_replies.WEEKS,
        "needs": first_replies.NEEDS,
        "waiting": clock.unanswered()
        .filter(author__locality__in=guide.covers.all(),
                published_at__gt=now - clock.STARTS_WITHIN)
        .select_related("author", "topic")
        .order_by("published_at")[:ROWS],
    })  # fmt: skip


def _covered(request: GuideRequest) -> PostQuerySet:
    return Post.objects.filter(author__locality__in=request.wall_guide.covers.all())


def _waiting(request: GuideRequest, public_id: str) -> Post:
    return get_object_or_404(_covered(request), public_id=public_id)


def _unanswered(
    request: GuideRequest, bound: tuple[Post, WritingForm] | None = None, *, status: int = 200
) -> HttpResponse:
    """The guides' list. ``bound`` gives back what could not be sent."""
    now = timezone.now()
    waiting = list(
        clock.waiting_for(request.wall_guide)
        .with_newcomers(now=now)
        .select_related("author__locality", "topic", "group", "clock__claimed_by")[: ROWS + 1]
    )
    shown = waiting[:ROWS]
    if bound is not None and bound[0] not in shown:
        shown = [bound[0], *shown]
    handed: dict[int, list[HandOver]] = {}
    for each in HandOver.objects.filter(post__in=shown, taken_up_at=None).select_related("author"):
        handed.setdefault(each.post_id, []).append(each)
    rows = [
        {
            "post": post,
            "hand_overs": handed.get(post.pk, []),
            "claimed_by": clock.claimed_by(post, now=now),
            "form": bound[1]
            if bound is not None and bound[0] == post
            else WritingForm(initial={"key": uuid.uuid4()}),
        }
        for post in shown
    ]
    context = {
        "here": "unanswered", "rows": rows, "there_are_more": len(waiting) > ROWS,
        "minutes": first_replies.minutes_of(clock.FIRST_REPLY_WITHIN),
    }  # fmt: skip
    return _page(request, "escalation/unanswered.html", context, status=status)


def _peers(
    request: GuideRequest, bound: tuple[LoadCheck, PeerForm] | None = None, *, status: int = 200
) -> HttpResponse:
    rows = []
    for check in load.checks_for(request.wall_guide)[:ROWS]:
        form = PeerForm(prefix=None, auto_id=f"id_{check.pk}_%s")
        if bound is not None and bound[0] == check:
            form = PeerForm(request.POST, auto_id=f"id_{check.pk}_%s")
        rows.append({"check": check, "form": form})
    context = {"here": "peers", "rows": rows}
    return _page(request, "escalation/peers.html", context, status=status)


def _page(
    request: GuideRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = strip_context(request) | context
    response = render(request, template, context, status=status)
    return with_safety(response, context["safety"])
