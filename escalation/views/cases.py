"""Risk episodes, step by step."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from escalation import cases as acts
from escalation.desk import NotYours
from escalation.forms.desk import CaseClosureForm, StepForm
from escalation.models import Case, CaseStep
from escalation.views.desk import strip_context, with_safety

CONFLICT = 409
UNPROCESSABLE = 422


@wall_guides_only
@require_safe
def case_list(request: GuideRequest) -> HttpResponse:
    mine = Case.objects.for_guide(request.wall_guide).select_related(
        "member", "locality", "protocol", "opened_by", "closed_by"
    )
    context = {
        **strip_context(request),
        "here": "cases",
        "open_cases": mine.open().most_pressing_first(),
        "closed_cases": mine.filter(closed_at__isnull=False).order_by("-closed_at")[:20],
    }
    return render(request, "escalation/case_list.html", context)


@wall_guides_only
@require_safe
def case(request: GuideRequest, pk: int) -> HttpResponse:
    return _page(request, _case_for(request, pk))


@wall_guides_only
@require_POST
def step_create(request: GuideRequest, pk: int, step_pk: int) -> HttpResponse:
    """Write down what came of a step; the next one's clock starts."""
    found = _case_for(request, pk)
    step = get_object_or_404(CaseStep.objects.select_related("step"), case=found, pk=step_pk)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(request, found, step_form=form, step_pk=step.pk, status=UNPROCESSABLE)
    try:
        acts.record_step(
            case_step=step,
            by=request.wall_guide,
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["body"],
            at=timezone.now(),
        )
    except NotYours as refusal:
        return _page(
            request, _case_for(request, pk), refusal=refusal.sentence,
            step_form=form, step_pk=step.pk, status=CONFLICT,
        )  # fmt: skip
    return redirect("escalation:case", pk)


@wall_guides_only
@require_POST
def acknowledgement_create(request: GuideRequest, pk: int) -> HttpResponse:
    found = _case_for(request, pk)
    try:
        acts.acknowledge_case(case=found, by=request.wall_guide, at=timezone.now())
    except NotYours as refusal:
        return _page(request, found, refusal=refusal.sentence, status=CONFLICT)
    return redirect("escalation:case", pk)


@wall_guides_only
@require_POST
def closure_create(request: GuideRequest, pk: int) -> HttpResponse:
    found = _case_for(request, pk)
    form = CaseClosureForm(request.POST)
    if not form.is_valid():
        return _page(request, found, closure_form=form, status=UNPROCESSABLE)
    try:
        acts.close_case(
            case=found,
            by=request.wall_guide,
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["body"],
            version=form.version_seen,
            at=timezone.now(),
        )
    except NotYours as refusal:
        fresh = _case_for(request, pk)
        form.data = {**request.POST.dict(), "version": str(fresh.version)}
        return _page(request, fresh, refusal=refusal.sentence, closure_form=form, status=CONFLICT)
    return redirect("escalation:case", pk)


def _case_for(request: GuideRequest, pk: int) -> Case:
    return get_object_or_404(
        Case.objects.for_guide(request.wall_guide).select_related(
            "member", "locality__commissioner", "protocol", "opened_by", "closed_by",
            "acknowledged_by",
        ),
        pk=pk,
    )  # fmt: skip


def _page(
    request: GuideRequest, found: Case, *, refusal: str = "", status: int = 200, **forms: Any
) -> HttpResponse:
    now = timezone.now()
    taken = list(found.steps.select_related("step", "done_by"))
    last = taken[-1].step if taken else None
    context = {
        **strip_context(request),
        "here": "cases",
        "case": found,
        "is_on_a_break": found.member.is_on_a_break(now=now),
        "case_steps": taken,
        "current": next((s for s in reversed(taken) if s.done_at is None), None),
        "steps_ahead": acts.steps_left(found, after=last, at=now),
        "alerts": found.alerts.select_related("screening").order_by("raised_at"),
        # Without its zone, for templates would put it back on the server's clock.
        "local_now": now.astimezone(found.locality.zone).replace(tzinfo=None),
        "refusal": refusal,
        "step_form": StepForm(),
        "closure_form": CaseClosureForm(initial={"version": found.version}),
        **forms,
    }
    response = render(request, "escalation/case.html", context, status=status)
    return with_safety(response, context["safety"])
