"""One alert: reading it, taking it, and what a guide does about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from accounts.enums import HouseRule
from community.models import Appeal, HandOver, Post, Reply, Report
from conversations.models import Line
from escalation import cases, talks
from escalation import desk as acts
from escalation import queue as reads
from escalation.fairness import current_notes, url_of
from escalation.forms.desk import (
    AnswerForm,
    CaseForm,
    ClosureForm,
    GuideReplyForm,
    HideForm,
    QuestionForm,
    VersionedForm,
)
from escalation.highlight import pieces_of
from escalation.models import Case, Protocol
from escalation.views.desk import desk_context, with_safety
from measures.models import Goal
from risk.enums import Urgency
from risk.models import Alert

CONFLICT = 409
UNPROCESSABLE = 422


@wall_guides_only
@require_safe
def alert(request: GuideRequest, pk: int) -> HttpResponse:
    return _page(request, _alert_for(request, pk))


@wall_guides_only
@require_POST
def claim_create(request: GuideRequest, pk: int) -> HttpResponse:
    found = _alert_for(request, pk)
    try:
        acts.claim_alert(alert=found, by=request.wall_guide, at=timezone.now())
    except acts.NotYours as refusal:
        return _page(request, _alert_for(request, pk), refusal=refusal.sentence, status=CONFLICT)
    return redirect("escalation:alert", pk)


@wall_guides_only
@require_POST
def heartbeat_create(request: GuideRequest, pk: int) -> HttpResponse:
    """The open page keeps its claim. Answers in JSON who has the alert now."""
    found = _alert_for(request, pk)
    try:
        kept = acts.keep_claim(alert=found, by=request.wall_guide, at=timezone.now())
    except acts.NotYours as refusal:
        return JsonResponse({"yours": False, "sentence": refusal.sentence}, status=CONFLICT)
    return JsonResponse({"yours": True, "version": kept.version})


@wall_guides_only
@require_POST
def release_create(request: GuideRequest, pk: int) -> HttpResponse:
    found = _alert_for(request, pk)
    try:
        acts.release_claim(alert=found, by=request.wall_guide, at=timezone.now())
    except acts.NotYours as refusal:
        return _page(request, found, refusal=refusal.sentence, status=CONFLICT)
    return redirect("escalation:desk")


@wall_guides_only
@require_POST
def reply_create(request: GuideRequest, pk: int) -> HttpResponse:
    def reply(found: Alert, form: GuideReplyForm) -> HttpResponse:
        acts.reply_to_member(
            alert=found,
            by=request.wall_guide,
            body=form.cleaned_data["body"],
            idempotency_key=form.cleaned_data["key"],
            version=form.version_seen,
            at=timezone.now(),
        )
        messages.success(request, "Your reply is on the wall. The alert is still open.")
        return redirect("escalation:alert", pk)

    return _act(request, pk, GuideReplyForm, "reply_form", reply)


@wall_guides_only
@require_POST
def question_create(request: GuideRequest, pk: int) -> HttpResponse:
    def ask(found: Alert, form: QuestionForm) -> HttpResponse:
        acts.ask_senior(
            alert=found,
            by=request.wall_guide,
            question=form.cleaned_data["body"],
            version=form.version_seen,
            at=timezone.now(),
        )
        messages.success(request, "A senior wall guide has been asked. The clock is running.")
        return redirect("escalation:alert", pk)

    return _act(request, pk, QuestionForm, "question_form", ask)


@wall_guides_only
@require_POST
def answer_create(request: GuideRequest, pk: int) -> HttpResponse:
    def answer(found: Alert, form: AnswerForm) -> HttpResponse:
        acts.answer_guide(
            alert=found,
            by=request.wall_guide,
            answer=form.cleaned_data["body"],
            version=form.version_seen,
            at=timezone.now(),
        )
        messages.success(request, "Your answer is with the alert, which is back in the queue.")
        return redirect("escalation:alert", pk)

    return _act(request, pk, AnswerForm, "answer_form", answer)


@wall_guides_only
@require_POST
def visibility_create(request: GuideRequest, pk: int) -> HttpResponse:
    """Take the writing off the wall, with a reason; or put it back."""

    def restore(found: Alert, form: VersionedForm) -> HttpResponse:
        acts.restore_writing(
            alert=found, by=request.wall_guide, version=form.version_seen, at=timezone.now()
        )
        messages.success(request, "It is back on the wall.")
        return redirect("escalation:alert", pk)

    def hide(found: Alert, form: HideForm) -> HttpResponse:
        acts.hide_writing(
            alert=found,
            by=request.wall_guide,
            rule=HouseRule(form.cleaned_data["rule"]),
            reason=form.cleaned_data["body"],
            version=form.version_seen,
            at=timezone.now(),
        )
        messages.success(request, "It is off the wall. Its author sees your reason.")
        return redirect("escalation:alert", pk)

    if "restore" in request.POST:
        return _act(request, pk, VersionedForm, "restore_form", restore)
    return _act(request, pk, HideForm, "hide_form", hide)


@wall_guides_only
@require_POST
def case_create(request: GuideRequest, pk: int) -> HttpResponse:
    def open_case(found: Alert, form: CaseForm) -> HttpResponse:
        opened = cases.open_case(
            alert=found,
            by=request.wall_guide,
            note=form.cleaned_data["body"],
            judgement=form.judgement,
            version=form.version_seen,
            at=timezone.now(),
        )
        return redirect("escalation:case", opened.pk)

    return _act(request, pk, CaseForm, "case_form", open_case)


@wall_guides_only
@require_POST
def closure_create(request: GuideRequest, pk: int) -> HttpResponse:
    def close(found: Alert, form: ClosureForm) -> HttpResponse:
        assert form.judgement is not None  # noqa: S101 -- a valid form has its level
        acts.close_alert(
            alert=found,
            by=request.wall_guide,
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["body"],
            judgement=form.judgement,
            version=form.version_seen,
            at=timezone.now(),
        )
        messages.success(request, "Closed. Take a breath before the next one.")
        return redirect("escalation:desk")

    return _act(request, pk, ClosureForm, "closure_form", close)


def _alert_for(request: GuideRequest, pk: int) -> Alert:
    return get_object_or_404(
        Alert.objects.for_guide(request.wall_guide).select_related(
            "screening", "author", "locality__commissioner", "claimed_by", "closed_by",
            "senior_asked_by", "senior_answered_by", "acknowledged_by",
        ),
        pk=pk,
    )  # fmt: skip


def _act(
    request: GuideRequest,
    pk: int,
    form_class: type[Any],
    name: str,
    act: Callable[[Alert, Any], HttpResponse],
) -> HttpResponse:
    """One act on an alert: bad input and lost races both give back what was typed."""
    found = _alert_for(request, pk)
    form: forms.Form = form_class(request.POST)
    if not form.is_valid():
        return _page(request, found, {name: form}, status=UNPROCESSABLE)
    try:
        return act(found, form)
    except acts.NotYours as refusal:
        # The typed words stay in their form, which now carries the version of today.
        fresh = _alert_for(request, pk)
        data = request.POST.copy()
        data["version"] = str(fresh.version)
        form.data = data
        return _page(request, fresh, {name: form}, refusal=refusal.sentence, status=CONFLICT)


def _page(
    request: GuideRequest,
    found: Alert,
    bound: dict[str, forms.Form] | None = None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The alert's page. ``bound`` puts forms back as they were sent, with what was typed."""
    now = timezone.now()
    # A closed alert outlives its subject where the writer has left: see belonging.erasure.
    writing = acts.writing_of(found) if found.subject is not None else None
    post = acts.post_of(found) if writing is not None else None
    unbound = {"version": found.version}
    context = {
        **desk_context(request),
        "alert": found,
        "urgency": Urgency(found.urgency),
        "writing": writing,
        "post": post,
        "goal": writing if isinstance(writing, Goal) else None,
        # What only its writer and the guides see: no thread, and nothing to take off the wall.
        "told_us": writing if isinstance(writing, Report | Appeal) else None,
        "acts_url": url_of(writing) if isinstance(writing, Post | Reply) else "",
        "notes": current_notes(found.author, now=now),
        "handed_over": writing if isinstance(writing, HandOver) else None,
        "line": writing if isinstance(writing, Line) else None,
        "turns": talks.turns_around(writing) if isinstance(writing, Line) else [],
        "reply_label": "Your reply, in the conversation"
        if isinstance(writing, Line)
        else "Your reply, on the wall",
        "replies": post.replies.select_related("author", "guide").oldest_first() if post else (),
        "is_on_a_break": found.author.is_on_a_break(now=now),
        "pieces": pieces_of(found.screening.text, found.screening.spans),
        "history": reads.history_of(found, now=now),
        "open_case": Case.objects.open().filter(member=found.author_id).first(),
        "protocol": Protocol.objects.in_force_for(found.locality),
        "is_mine": found.is_claimed_by(request.wall_guide, now=now),
        "claimed_by_other": found.is_claimed(now=now)
        and found.claimed_by_id != request.wall_guide.pk,
        "refusal": refusal,
        "reply_form": GuideReplyForm(initial={**unbound, "key": uuid.uuid4()}),
        "question_form": QuestionForm(initial=unbound),
        "answer_form": AnswerForm(initial=unbound),
        "hide_form": HideForm(initial=unbound),
        "restore_form": VersionedForm(initial=unbound),
        "closure_form": ClosureForm(initial=unbound),
        "case_form": CaseForm(initial=unbound),
        **(bound or {}),
    }
    response = render(request, "escalation/alert.html", context, status=status)
    return with_safety(response, context["safety"])
