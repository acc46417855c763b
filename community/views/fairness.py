"""Moderation as a member meets it: reporting, what was decided, and asking for a second look."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import brakes
from accounts.audience import MemberRequest, members_even_paused, members_only
from accounts.enums import HouseRule
from community import acts, appeals, reports
from community.enums import ReportReason
from community.forms import AppealForm, ReportForm
from community.models import BODY_MAX_LENGTH, Act, Post, Reply, Report
from community.models.moderation import ActQuerySet
from community.views.reading import post_for

UNPROCESSABLE = 422
CONFLICT = 409
# Of what was decided, the newest; the rest is in the download.
MOST_SHOWN = 50


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def post_report(request: MemberRequest, public_id: str) -> HttpResponse:
    post = post_for(request, public_id)
    return _report(request, post, thread=post)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def reply_report(request: MemberRequest, public_id: str) -> HttpResponse:
    replies = Reply.objects.shown_to(request.member).select_related("author", "guide", "post")
    reply = get_object_or_404(replies, public_id=public_id)
    # Only where the thread can be read, of course.
    return _report(request, reply, thread=post_for(request, reply.post.public_id))


def _report(request: MemberRequest, writing: Post | Reply, *, thread: Post) -> HttpResponse:
    """The one form to report with; it says who is told, and who is not."""
    if writing.author_id == request.member.pk or not writing.is_visible:
        raise Http404
    form = ReportForm(_sent(request))
    before = reports.report_of(writing, by=request.member)
    context = {"writing": writing, "thread": thread, "form": form, "before": before}
    if not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "community/report.html", context, status=status)
    at = timezone.now()
    reason = ReportReason(form.cleaned_data["reason"])
    if until := reports.slow_down(request.member, reason, at=at):
        return brakes.too_many(
            request, until=until, at=at, send_again=True,
            sentence=_("You have told us a lot in a short time. What you sent before is with us."),
        )  # fmt: skip
    kept = reports.report(
        writing=writing, by=request.member, reason=reason, body=form.cleaned_data["body"], at=at
    )
    if kept.matter.closed_at is not None:
        messages.info(request, _("We have read this already. What came of it stands here."))
        return redirect("community:decisions")
    messages.success(
        request,
        _("Thank you for telling us. A wall guide will read it. Nobody learns that it was you."),
    )
    return redirect("community:thread", thread.public_id)


@members_even_paused
@require_safe
def rules(request: MemberRequest) -> HttpResponse:
    """How we keep the wall kind: the rules, the steps, and who looks again."""
    return render(
        request,
        "community/rules.html",
        {
            "rules": [rule.label for rule in HouseRule],
            "strikes": settings.STRIKES_BEFORE_A_PAUSE,
            "strikes_last_months": settings.STRIKES_LAST_DAYS // 30,
            "pauses": settings.PAUSES_DAYS,
        },
    )


@members_even_paused
@require_safe
def decisions(request: MemberRequest) -> HttpResponse:
    """What wall guides decided about one's words, and what came of what one reported."""
    now = timezone.now()
    member = request.member
    found = list(_acts_of(request)[:MOST_SHOWN])
    told = Report.objects.filter(author=member).select_related(
        "matter__post", "matter__reply__post"
    )
    return render(
        request,
        "community/decisions.html",
        {
            "acts": found,
            "reports": list(told.order_by("-reported_at")[:MOST_SHOWN]),
            "strikes": acts.strikes_of(member, at=now),
            "strikes_before_a_pause": settings.STRIKES_BEFORE_A_PAUSE,
            "is_paused": member.is_paused(now=now),
            "until": member.paused_until if member.suspended_at is None else None,
        },
    )


@members_even_paused
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: MemberRequest, public_id: str) -> HttpResponse:
    """One act about one's words: the rule, the reason, and how to have a second guide look."""
    act = get_object_or_404(_acts_of(request), public_id=public_id)
    can_ask = appeals.can_be_asked(act)
    form = AppealForm(_sent(request))
    context = {
        "act": act, "form": form, "can_ask": can_ask, "max_length": BODY_MAX_LENGTH,
        "appeal": getattr(act, "appeal", None),
    }  # fmt: skip
    if not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "community/decision.html", context, status=status)
    if not can_ask:
        return render(request, "community/decision.html", context, status=CONFLICT)
    if until := brakes.WRITING.press(str(request.member.pk), at=timezone.now()):
        return brakes.too_many(request, until=until, at=timezone.now(), send_again=True)
    appeals.ask(act=act, by=request.member, body=form.cleaned_data["body"], at=timezone.now())
    messages.success(
        request, _("A second guide will look. It takes three days at most. We tell you then.")
    )
    return redirect("community:decision", act.public_id)


def _acts_of(request: MemberRequest) -> ActQuerySet:
    found: ActQuerySet = (
        Act.objects.filter(member=request.member)
        .select_related("post__topic", "reply__post__topic", "appeal", "undone_by")
        .order_by("-at", "-pk")
    )
    return found


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
