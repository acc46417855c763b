"""Conversations at the desk: who waits, what was said, and what a guide does about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from conversations import operations as acts
from conversations.enums import Outcome
from conversations.models import Conversation, Line
from conversations.templates import by_situation, words_of
from escalation import queue as reads
from escalation import talks
from escalation.forms.desk import VersionedForm
from escalation.forms.talks import HandOverForm, TalkClosureForm, TalkReplyForm
from escalation.models import Case
from escalation.views.desk import desk_context, strip_context, unless_unchanged, with_safety

CONFLICT = 409
UNPROCESSABLE = 422


@wall_guides_only
@require_safe
def conversations(request: GuideRequest) -> HttpResponse:
    context = _list_context(request)
    response = render(request, "escalation/conversation_list.html", context)
    return with_safety(response, context["safety"])


@wall_guides_only
@require_safe
def conversations_part(request: GuideRequest) -> HttpResponse:
    """The list again, for the open page."""
    context = _list_context(request)
    response = render(request, "escalation/_conversations.html", context)
    return with_safety(unless_unchanged(request, response), context["safety"])


@wall_guides_only
@require_safe
def conversation(request: GuideRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@wall_guides_only
@require_safe
def conversation_part(request: GuideRequest, pk: int) -> HttpResponse:
    """What was said, again, for the open page."""
    found = _found(request, pk)
    context = strip_context(request) | _lines_context(request, found)
    response = render(request, "escalation/_conversation_lines.html", context)
    return with_safety(unless_unchanged(request, response), context["safety"])


@wall_guides_only
@require_POST
def claim_create(request: GuideRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    try:
        acts.claim(conversation=found, by=request.wall_guide, at=timezone.now())
    except acts.NotNow as refusal:
        return _page(request, _found(request, pk), refusal=refusal.sentence, status=CONFLICT)
    return redirect("escalation:conversation", pk)


@wall_guides_only
@require_POST
def heartbeat_create(request: GuideRequest, pk: int) -> HttpResponse:
    """The open page keeps its claim. Answers in JSON who has the conversation now."""
    found = _found(request, pk)
    try:
        kept = acts.keep_claim(conversation=found, by=request.wall_guide, at=timezone.now())
    except acts.NotNow as refusal:
        return JsonResponse({"yours": False, "sentence": refusal.sentence}, status=CONFLICT)
    return JsonResponse({"yours": True, "version": kept.version})


@wall_guides_only
@require_POST
def release_create(request: GuideRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    try:
        acts.release(conversation=found, by=request.wall_guide, at=timezone.now())
    except acts.NotNow as refusal:
        return _page(request, found, refusal=refusal.sentence, status=CONFLICT)
    return redirect("escalation:conversations")


@wall_guides_only
@require_POST
def answer_create(request: GuideRequest, pk: int) -> HttpResponse:
    """Send a reply; or put a template into it, keeping what is typed, and send nothing yet."""
    if "put_in" in request.POST:
        return _put_in(request, _found(request, pk))

    def answer(found: Conversation, form: TalkReplyForm) -> None:
        acts.answer(
            conversation=found,
            by=request.wall_guide,
            body=form.cleaned_data["body"],
            idempotency_key=form.cleaned_data["key"],
            version=form.version_seen,
            at=timezone.now(),
        )

    return _act(request, pk, TalkReplyForm, "reply_form", answer, then="?sent#reply-body")


@wall_guides_only
@require_POST
def extension_create(request: GuideRequest, pk: int) -> HttpResponse:
    def extend(found: Conversation, form: VersionedForm) -> None:
        acts.extend(
            conversation=found,
            by=request.wall_guide,
            version=form.version_seen,
            at=timezone.now(),
        )

    return _act(request, pk, VersionedForm, "extension_form", extend)


@wall_guides_only
@require_POST
def hand_over_create(request: GuideRequest, pk: int) -> HttpResponse:
    def hand_over(found: Conversation, form: HandOverForm) -> None:
        acts.hand_over(
            conversation=found,
            by=request.wall_guide,
            note=form.cleaned_data["body"],
            version=form.version_seen,
            at=timezone.now(),
        )
        messages.success(request, "Handed over. The next guide sees your note first.")

    return _act(request, pk, HandOverForm, "hand_over_form", hand_over)


@wall_guides_only
@require_POST
def closure_create(request: GuideRequest, pk: int) -> HttpResponse:
    def close(found: Conversation, form: TalkClosureForm) -> None:
        acts.close(
            conversation=found,
            by=request.wall_guide,
            outcome=Outcome(form.cleaned_data["outcome"]),
            note=form.cleaned_data["body"],
            version=form.version_seen,
            at=timezone.now(),
        )
        messages.success(request, "Closed. Take a breath before the next one.")

    return _act(request, pk, TalkClosureForm, "closure_form", close)


def _found(request: GuideRequest, pk: int) -> Conversation:
    return get_object_or_404(
        Conversation.objects.for_guide(request.wall_guide).select_related(
            "member", "locality__commissioner", "claimed_by", "closed_by"
        ),
        pk=pk,
    )


def _act(
    request: GuideRequest,
    pk: int,
    form_class: type[Any],
    name: str,
    act: Callable[[Conversation, Any], None],
    *,
    then: str = "",
) -> HttpResponse:
    """One act on a conversation: bad input and lost races both give back what was typed."""
    found = _found(request, pk)
    form: forms.Form = form_class(request.POST)
    if not form.is_valid():
        return _page(request, found, {name: form}, status=UNPROCESSABLE)
    try:
        act(found, form)
    except acts.NotNow as refusal:
        # The typed words stay in their form, which now carries the version of today.
        fresh = _found(request, pk)
        data = request.POST.copy()
        data["version"] = str(fresh.version)
        form.data = data
        return _page(request, fresh, {name: form}, refusal=refusal.sentence, status=CONFLICT)
    return redirect(reverse("escalation:conversation", args=[pk]) + then)


def _put_in(request: GuideRequest, found: Conversation) -> HttpResponse:
    typed = request.POST.get("body", "").rstrip()
    words = words_of(request.POST.get("template", ""), guide=request.wall_guide)
    form = TalkReplyForm(
        initial={
            "body": "\n\n".join(part for part in (typed, words) if part),
            "version": request.POST.get("version", found.version),
            "key": request.POST.get("key") or uuid.uuid4(),
        }
    )
    return _page(request, found, {"reply_form": form})


def _list_context(request: GuideRequest) -> dict[str, Any]:
    context = strip_context(request)
    return context | {
        "here": "conversations",
        "groups": talks.conversations_of(request.wall_guide, now=context["now"]),
    }


def _lines_context(request: GuideRequest, found: Conversation) -> dict[str, Any]:
    before = None
    if asked := request.GET.get("before"):
        before = get_object_or_404(Line, conversation=found, public_id=asked)
    turns, earlier = talks.turns_of(found, before=before)
    return {
        "conversation": found,
        "turns": turns,
        "earlier": earlier,
        "is_earlier": before is not None,
        "minutes_left": found.minutes_left(now=timezone.now()),
    }


def _page(
    request: GuideRequest,
    found: Conversation,
    bound: dict[str, forms.Form] | None = None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The conversation's page. ``bound`` puts forms back as they were sent."""
    now = timezone.now()
    unbound = {"version": found.version}
    context = {
        **desk_context(request),
        "here": "conversations",
        **_lines_context(request, found),
        "notes": list(found.notes.select_related("by").order_by("-written_at", "-pk")[:3]),
        "history": reads.history_of_member(found.member_id, now=now),
        "open_case": Case.objects.open().filter(member=found.member_id).first(),
        "is_paused": found.member.is_paused(now=now),
        "is_mine": found.is_claimed_by(request.wall_guide, now=now),
        "claimed_by_other": found.is_claimed(now=now)
        and found.claimed_by_id != request.wall_guide.pk,
        "refusal": refusal,
        "sent": "sent" in request.GET,
        "templates": by_situation(request.wall_guide),
        "reply_form": TalkReplyForm(initial={**unbound, "key": uuid.uuid4()}),
        "hand_over_form": HandOverForm(initial=unbound),
        "closure_form": TalkClosureForm(initial=unbound),
        **(bound or {}),
    }
    response = render(request, "escalation/conversation.html", context, status=status)
    return with_safety(response, context["safety"])
