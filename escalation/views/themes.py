"""Themes that spread, and slowing the threads in which they do."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from accounts.models import WallGuide
from community import cooling
from community.enums import CoolingKind
from community.models import Post
from escalation import themes as reads
from escalation.forms.care import PinForm, SlowForm, UntilForm
from escalation.models import ThemeRise
from escalation.views.desk import strip_context, with_safety

UNPROCESSABLE = 422


@wall_guides_only
@require_safe
def themes(request: GuideRequest) -> HttpResponse:
    """Every theme of the last three days beside what is usual."""
    now = timezone.now()
    found = reads.every_theme(now=now)
    return _page(request, "escalation/themes.html", {
        "here": "themes",
        "themes": [(theme, reads.chart_of(theme)) for theme in found],
        "unseen": set(ThemeRise.objects.filter(looked_at=None).values_list("theme", flat=True)),
        "bins": reads.bins_before(now),
        "at_least": reads.AT_LEAST,
        "weeks_before": reads.WEEKS_BEFORE,
    })  # fmt: skip


@wall_guides_only
@require_safe
def theme(request: GuideRequest, slug: str) -> HttpResponse:
    """One theme: the threads it stands in, in the order in which it came to them."""
    now = timezone.now()
    if not reads.is_theme(slug):
        raise Http404
    return _page(request, "escalation/theme.html", {
        "here": "themes", "slug": slug, "name": reads.name_of(slug),
        "order": reads.spread_of(slug, request.wall_guide, now=now),
        "rise": ThemeRise.objects.filter(theme=slug, looked_at=None).first(),
        "near": reads.NEAR,
    })  # fmt: skip


@wall_guides_only
@require_POST
def theme_look_create(request: GuideRequest, slug: str) -> HttpResponse:
    """A guide has looked at a theme that rose."""
    if not reads.is_theme(slug):
        raise Http404
    reads.look_at(slug=slug, by=request.wall_guide, at=timezone.now())
    messages.success(request, "You have looked. It stays on the page while it is more than usual.")
    return redirect("escalation:themes")


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def thread_cooling(request: GuideRequest, public_id: str) -> HttpResponse:
    """Slow a thread, hold what is new in it, or put a guide's words first."""
    now = timezone.now()
    guide = request.wall_guide
    post = get_object_or_404(
        Post.objects.filter(author__locality__in=guide.covers.all()).select_related(
            "author__locality", "topic"
        ),
        public_id=public_id,
    )
    do = request.POST.get("do", "") if request.method == "POST" else ""
    shown = _forms(request.POST if do else None, do=do)
    if done := _do(do, post, shown, by=guide, now=now):
        messages.success(request, done)
        return redirect("escalation:thread-cooling", public_id)
    status = UNPROCESSABLE if request.method == "POST" else 200
    return _page(request, "escalation/cooling.html", {
        "here": "themes", "post": post, "forms": shown,
        "coolings": post.coolings.select_related("begun_by", "ended_by")[:10],
        "is_slow": post.slow_until is not None and post.slow_until > now,
        "is_held": post.hold_until is not None and post.hold_until > now,
        "replies": post.replies.select_related("author", "guide").newest_first()[:10],
    }, status=status)  # fmt: skip


def _forms(sent: QueryDict | None, *, do: str) -> dict[str, Any]:
    """The three forms of the page; the one that was sent, as it was sent."""
    kinds: dict[str, tuple[type[forms.Form], dict[str, Any]]] = {
        "slow": (SlowForm, {"minutes": 15, "hours": 6}),
        "hold": (UntilForm, {"hours": 6}),
        "pin": (PinForm, {"key": uuid.uuid4()}),
    }
    return {
        name: kind(sent if do == name else None, auto_id=f"id_{name}_%s", initial=initial)
        for name, (kind, initial) in kinds.items()
    }


def _do(do: str, post: Post, shown: dict[str, Any], *, by: WallGuide, now: datetime) -> str:
    """What was asked for, done; and in words what that was. Nothing where a form is not whole."""
    act: dict[str, Any] = {"post": post, "by": by, "at": now}
    form: Any = shown.get(do)
    if form is not None and not form.is_valid():
        return ""
    match do:
        case "slow":
            cooling.slow_down(
                **act, minutes=form.cleaned_data["minutes"], until=form.until(now=now),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            return "The thread is slow now. Its readers are told."
        case "hold":
            cooling.hold(**act, until=form.until(now=now), reason=form.cleaned_data["reason"])
            return "What is new in the thread waits for a guide now. Its readers are told."
        case "pin":
            cooling.pin_new(
                **act, body=form.cleaned_data["body"], idempotency_key=form.cleaned_data["key"]
            )
            return "Your words stand first in the thread."
        case "end-slow":
            cooling.end(**act, kind=CoolingKind.SLOW)
            return "The thread is no longer slow."
        case "end-hold":
            cooling.end(**act, kind=CoolingKind.HOLD)
            return "New answers are no longer held. What was held waits among the held words."
        case "unpin":
            cooling.unpin(**act)
            return "Nothing stands first in the thread any more."
    return ""


def _page(
    request: GuideRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = strip_context(request) | context
    response = render(request, template, context, status=status)
    return with_safety(response, context["safety"])
