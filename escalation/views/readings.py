"""Blind readings, and what a guide says needed reading sooner."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from community.models import Post, Reply
from conversations.models import Line
from escalation import desk as acts
from escalation.forms.desk import BlindForm, SoonerForm
from escalation.views.desk import strip_context, with_safety
from risk.models import AuditReading
from risk.operations import AlreadyRead, answer_reading

UNPROCESSABLE = 422
# Guides who read at the same time begin at different texts.
SPREAD = 10
_SALT = "blind-reading"
_LONGEST = timedelta(hours=12)


@wall_guides_only
@require_safe
def readings(request: GuideRequest) -> HttpResponse:
    """One text to read blind: nothing of what the machine made of it, and not who wrote it."""
    waiting = AuditReading.objects.waiting_for(request.wall_guide)
    first = list(waiting.select_related("screening__in_reply_to")[:SPREAD])
    reading = first[request.wall_guide.pk % len(first)] if first else None
    return _page(request, reading, BlindForm())


@wall_guides_only
@require_POST
def reading_answer_create(request: GuideRequest, pk: int) -> HttpResponse:
    reading = get_object_or_404(
        AuditReading.objects.filter(
            screening__locality__in=request.wall_guide.covers.all()
        ).select_related("screening__in_reply_to"),
        pk=pk,
    )
    form = BlindForm(request.POST)
    if not form.is_valid():
        return _page(request, reading, form, status=UNPROCESSABLE)
    judgement = form.judgement
    assert judgement is not None  # noqa: S101 -- a valid form has its level
    now = timezone.now()
    try:
        alert = answer_reading(
            reading=reading,
            by=request.wall_guide,
            judgement=judgement,
            shown_at=_shown_at(form.cleaned_data["shown"], reading, now=now),
            at=now,
        )
    except AlreadyRead:
        messages.info(request, "This one has been read already. Here is the next.")
        return redirect("escalation:readings")
    if alert is not None:
        messages.warning(request, "An alert is open about it now. Here it is.")
        return redirect("escalation:alert", alert.pk)
    messages.success(request, "Thank you. It is written down.")
    return redirect("escalation:readings")


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def sooner(request: GuideRequest, kind: str, public_id: str) -> HttpResponse:
    """ "This needed reading sooner", about anything that a member of this guide's wrote."""
    model = {"replies": Reply, "lines": Line}.get(kind, Post)
    writing: Any = get_object_or_404(
        model._default_manager.filter(
            author__locality__in=request.wall_guide.covers.all()
        ).select_related("author__locality__commissioner"),
        public_id=public_id,
    )
    form = SoonerForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.judgement is not None:
        try:
            alert = acts.report_missed(
                writing=writing, by=request.wall_guide, judgement=form.judgement, at=timezone.now()
            )
        except acts.NotYours as refusal:
            raise Http404 from refusal
        messages.success(request, "An alert is open about it. Take it, or leave it to the queue.")
        return redirect("escalation:alert", alert.pk)
    context = strip_context(request) | {"here": "queue", "writing": writing, "form": form}
    status = UNPROCESSABLE if form.is_bound else 200
    response = render(request, "escalation/sooner.html", context, status=status)
    return with_safety(response, context["safety"])


def _page(
    request: GuideRequest, reading: AuditReading | None, form: BlindForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = strip_context(request) | {
        "here": "readings",
        "reading": reading,
        "form": form,
        "shown": reading and signing.dumps([reading.pk, now.isoformat()], salt=_SALT),
        "waiting": AuditReading.objects.waiting_for(request.wall_guide).count(),
    }
    if form.is_bound:
        context["shown"] = form.data.get("shown", "")
    response = render(request, "escalation/readings.html", context, status=status)
    return with_safety(response, context["safety"])


def _shown_at(token: str, reading: AuditReading, *, now: datetime) -> datetime | None:
    """When the page was shown, as the page itself carries it, signed; None if it cannot be said."""
    try:
        pk, moment = signing.loads(token, salt=_SALT, max_age=_LONGEST)
    except (signing.BadSignature, ValueError):
        return None
    return min(datetime.fromisoformat(moment), now) if pk == reading.pk else None
