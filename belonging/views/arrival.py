"""The first visit: a few questions that may all be skipped, then the wall."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import operations as people
from accounts.audience import MemberRequest, members_only
from accounts.enums import Reason
from belonging import arrival as visit
from belonging.arrival_forms import GoalFormSet, ReasonsForm, WaitingForm
from measures import operations as measures
from measures.models import GOALS_AT_MOST, Goal

UNPROCESSABLE = 422
# Somebody who comes back to a step from their own room goes back there.
FROM_THEIR_ROOM = "me"


@members_only
@require_safe
def arrival(request: MemberRequest) -> HttpResponse:
    return render(request, "belonging/arrival.html", {"member": request.member})


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def reasons(request: MemberRequest) -> HttpResponse:
    """What brings you here?"""
    form = ReasonsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = [Reason(value) for value in form.cleaned_data["reasons"]]
        people.say_reasons(member=request.member, reasons=chosen, at=timezone.now())
        return redirect(_next(request, "reasons"))
    context = {
        "choices": Reason.choices,
        "chosen": request.POST.getlist("reasons") if form.is_bound else request.member.reasons,
        "form": form,
    }
    return _step(request, "reasons", context, is_bound=form.is_bound)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def goals(request: MemberRequest) -> HttpResponse:
    """Up to three goals of one's own, each with how near it is."""
    held = list(Goal.objects.held_by(request.member).prefetch_related("ratings"))
    initial = [{"goal": g.public_id, "words": g.words, "score": g.score} for g in held]
    initial += [{}] * (GOALS_AT_MOST - len(held))
    formset = GoalFormSet(request.POST if request.method == "POST" else None, initial=initial)
    if formset.is_bound and formset.is_valid():
        try:
            _save(request, formset)
        except measures.TooManyGoals:
            # Another tab was quicker. What was typed is still here.
            return _step(request, "goals", {"formset": formset, "full": True}, is_bound=True)
        return redirect(_next(request, "goals"))
    return _step(request, "goals", {"formset": formset}, is_bound=formset.is_bound)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: MemberRequest) -> HttpResponse:
    """Whether they are on a waiting list."""
    form = WaitingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        people.say_waiting(
            member=request.member, waiting=form.cleaned_data["waiting"], at=timezone.now()
        )
        return redirect(_next(request, "waiting"))
    said = {True: "yes", False: "no", None: None}[request.member.on_waiting_list]
    context = {"choices": form.fields["waiting"].choices, "chosen": said, "form": form}  # type: ignore[attr-defined]
    return _step(request, "waiting", context, is_bound=form.is_bound)


@members_only
@require_safe
def first_wall(request: MemberRequest) -> HttpResponse:
    """Onto the wall with one thing to do."""
    context = {
        "here": "wall",
        "member": request.member,
        "posts": visit.fitting_threads(request.member, now=timezone.now()),
        "guide": visit.who_welcomes(request.member),
    }
    return render(request, "belonging/first_wall.html", context)


def _save(request: MemberRequest, formset: Any) -> None:
    now, member = timezone.now(), request.member
    rows = [form.cleaned_data for form in formset]
    # Those that are held first: letting one go makes room for a new one.
    for row in sorted(rows, key=lambda row: (not row["goal"], bool(row["words"]))):
        if not row["goal"]:
            if row["words"]:
                measures.set_goal(member=member, words=row["words"], score=row["score"], at=now)
            continue
        goal = get_object_or_404(Goal, author=member, public_id=row["goal"])
        if not row["words"]:
            measures.let_go(goal=goal, at=now)
            continue
        measures.change_goal(goal=goal, words=row["words"], at=now)
        if row["score"] is not None:
            measures.rate_goal(goal=goal, score=row["score"], at=now)


def _step(
    request: MemberRequest, step: str, context: dict[str, object], *, is_bound: bool
) -> HttpResponse:
    context |= {"skip_to": _next(request, step), "then": _then(request)}
    status = UNPROCESSABLE if is_bound else 200
    return render(request, f"belonging/{step}.html", context, status=status)


def _next(request: MemberRequest, step: str) -> str:
    if _then(request):
        return reverse("belonging:me")
    return visit.step_after(step)


def _then(request: MemberRequest) -> str:
    then = request.POST.get("then") or request.GET.get("then")
    return FROM_THEIR_ROOM if then == FROM_THEIR_ROOM else ""
