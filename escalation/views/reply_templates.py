"""Words to begin a reply with, as guides look after them: seniors everybody's, each their own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from conversations import templates
from conversations.enums import Situation
from conversations.models import ReplyTemplate
from escalation.forms.talks import TemplateForm
from escalation.views.desk import strip_context

CONFLICT = 409
UNPROCESSABLE = 422


@wall_guides_only
@require_safe
def template_list(request: GuideRequest) -> HttpResponse:
    guide = request.wall_guide
    context = strip_context(request) | {
        "here": "reply-templates",
        "templates": templates.by_situation(guide),
        "editable": set(ReplyTemplate.objects.editable_by(guide).values_list("pk", flat=True)),
    }
    return render(request, "escalation/reply_templates.html", context)


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: GuideRequest) -> HttpResponse:
    form = TemplateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        templates.add(
            by=request.wall_guide,
            shared="shared" in request.POST,
            situation=Situation(form.cleaned_data["situation"]),
            name=form.cleaned_data["name"],
            words=form.cleaned_data["body"],
            at=timezone.now(),
        )
        messages.success(request, "Kept. It stands in the list of every reply from now on.")
        return redirect("escalation:reply-templates")
    return _page(request, form, None)


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: GuideRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    form = TemplateForm(
        request.POST if request.method == "POST" else None,
        initial={
            "name": found.name,
            "situation": found.situation,
            "body": found.words,
            "version": found.version,
        },
    )
    if form.is_valid():
        try:
            templates.change(
                template=found,
                by=request.wall_guide,
                situation=Situation(form.cleaned_data["situation"]),
                name=form.cleaned_data["name"],
                words=form.cleaned_data["body"],
                version=form.version_seen,
                at=timezone.now(),
            )
        except templates.ChangedMeanwhile:
            newer = ReplyTemplate.objects.filter(pk=pk).first()
            return _page(request, form, found, newer=newer, status=CONFLICT)
        messages.success(request, "Changed. Replies already sent stay as they were.")
        return redirect("escalation:reply-templates")
    return _page(request, form, found)


@wall_guides_only
@require_POST
def retirement_create(request: GuideRequest, pk: int) -> HttpResponse:
    templates.retire(template=_editable(request, pk), by=request.wall_guide, at=timezone.now())
    messages.success(request, "Out of use.")
    return redirect("escalation:reply-templates")


def _editable(request: GuideRequest, pk: int) -> ReplyTemplate:
    return get_object_or_404(ReplyTemplate.objects.editable_by(request.wall_guide), pk=pk)


def _page(
    request: GuideRequest,
    form: TemplateForm,
    found: ReplyTemplate | None,
    *,
    newer: ReplyTemplate | None = None,
    status: int | None = None,
) -> HttpResponse:
    if newer is not None:
        # What was typed stays in its form, which now carries the version of today.
        form.data = {**form.data.dict(), "version": str(newer.version)}  # type: ignore[attr-defined]
    context = strip_context(request) | {
        "here": "reply-templates",
        "form": form,
        "template": found,
        "newer": newer,
    }
    status = status or (UNPROCESSABLE if form.is_bound else 200)
    return render(request, "escalation/reply_template.html", context, status=status)
