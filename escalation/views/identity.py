"""
The door to who a member is: asking, deciding, looking, reviewing, and what the member sees.

Looking is a form that is sent, never a link: fetching a page changes nothing, and each time
the details are shown is one look.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import (
    AdminRequest,
    GuideRequest,
    MemberRequest,
    admins_only,
    members_even_paused,
    senior_guides_only,
    wall_guides_only,
)
from accounts.freshness import fresh
from escalation import identity
from escalation.desk import NotYours
from escalation.enums import Why
from escalation.forms.identity import AskForm, AtOnceForm, DecisionForm, DelayForm, ReviewForm
from escalation.models import Case, IdentityRequest
from escalation.models.identity import OPENS_FOR, SENIOR_OPENS_WITHIN
from escalation.views.desk import strip_context, with_safety
from vault.details import Details

CONFLICT = 409
UNPROCESSABLE = 422
SHOWN = 50

LABELS = [
    ("name", "Name"),
    ("born_on", "Date of birth"),
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("postcode", "Postcode"),
    ("emergency_name", "Person for an emergency"),
    ("emergency_phone", "That person’s phone"),
]


@wall_guides_only
@require_safe
def identity_list(request: GuideRequest) -> HttpResponse:
    """What waits for a second person or for a review, and what was opened lately."""
    now = timezone.now()
    theirs = _requests().for_guide(request.wall_guide)
    pressing = list(theirs.pressing(now=now)[:SHOWN])
    earlier = theirs.exclude(pk__in=[asked.pk for asked in pressing])[:SHOWN]
    return _desk_page(
        request, "escalation/identity_list.html", {"pressing": pressing, "earlier": earlier}
    )


@wall_guides_only
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def identity_ask(request: GuideRequest, pk: int) -> HttpResponse:
    """Ask a second person to open it."""
    return _asked(request, pk, AskForm, _ask_page, identity.ask)


# Not `fresh`: where a life is at risk, a forgotten telephone must not stand in the way. It is
# audited, told to everybody and reviewed instead.
@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def identity_now(request: GuideRequest, pk: int) -> HttpResponse:
    """A life is at risk: open it now. Where it opens to the one who asks, it is the answer."""
    return _asked(request, pk, AtOnceForm, _now_page, identity.release_at_once)


@wall_guides_only
@require_safe
def identity_request(request: GuideRequest, pk: int, request_pk: int) -> HttpResponse:
    """One ask, with where it stands. The open page fetches its state again by itself."""
    asked = _request_for(request, pk, request_pk)
    if "X-Fragment" in request.headers:
        context = _request_context(request, asked, timezone.now())
        return render(request, "escalation/_identity_state.html", context)
    return _request_page(request, asked)


@wall_guides_only
@fresh
@require_POST
def decision_create(request: GuideRequest, pk: int, request_pk: int) -> HttpResponse:
    """The second person's yes or no."""
    asked = _request_for(request, pk, request_pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _request_page(request, asked, decision_form=form, status=UNPROCESSABLE)
    try:
        identity.decide(
            asked=asked,
            by=request.wall_guide,
            approve=form.cleaned_data["outcome"] == "yes",
            note=form.cleaned_data["body"],
        )
    except NotYours as refusal:
        return _refused(request, pk, request_pk, refusal, decision_form=form)
    return redirect("escalation:identity-request", pk, request_pk)


@wall_guides_only
@require_POST
def look_create(request: GuideRequest, pk: int, request_pk: int) -> HttpResponse:
    asked = _request_for(request, pk, request_pk)
    return _look(request, asked) if asked.life_at_risk else _fresh_look(request, asked)


@senior_guides_only
@require_POST
def review_create(request: GuideRequest, pk: int, request_pk: int) -> HttpResponse:
    asked = _request_for(request, pk, request_pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _request_page(request, asked, review_form=form, status=UNPROCESSABLE)
    try:
        identity.review(asked=asked, by=request.wall_guide, note=form.cleaned_data["body"])
    except NotYours as refusal:
        return _refused(request, pk, request_pk, refusal, review_form=form)
    return redirect("escalation:identity-request", pk, request_pk)


@senior_guides_only
@fresh
@require_POST
def delay_create(request: GuideRequest, pk: int, request_pk: int) -> HttpResponse:
    """Have the member see these looks later, with a reason and an end; or now after all."""
    asked = _request_for(request, pk, request_pk)
    now = timezone.now()
    form = DelayForm(request.POST, locality=asked.case.locality, now=now)
    ends = request.POST.get("do") == "show-now"
    if not ends and not form.is_valid():
        return _request_page(request, asked, delay_form=form, status=UNPROCESSABLE)
    try:
        identity.delay(
            asked=asked,
            by=request.wall_guide,
            reason="" if ends else form.cleaned_data["body"],
            until=None if ends else form.moment(form.cleaned_data["until"]),
        )
    except NotYours as refusal:
        return _refused(request, pk, request_pk, refusal, delay_form=form)
    return redirect("escalation:identity-request", pk, request_pk)


@admins_only
@require_safe
def identity_releases(request: AdminRequest) -> HttpResponse:
    """What was opened at once, for who runs the house: who, where and when, and no member."""
    now = timezone.now()
    released = _requests().filter(life_at_risk=True)
    context = {"here": "releases", "released": released[:SHOWN], "now": now}
    return render(request, "escalation/identity_releases.html", context)


@members_even_paused
@require_safe
def looks(request: MemberRequest) -> HttpResponse:
    """Each look at who I am: who by their work, roughly when, and why."""
    now = timezone.now()
    context = {
        "looks": identity.looks_for(request.member, now=now),
        "zone": request.member.locality.zone,
        "member": request.member,
    }
    return render(request, "escalation/looks.html", context)


# -- what they share -------------------------------------------------------------------------


def _requests() -> Any:
    return IdentityRequest.objects.select_related(
        "case__member", "case__locality__commissioner", "asked_by", "decided_by", "reviewed_by",
        "delayed_by",
    ).prefetch_related("looks__looked_by")  # fmt: skip


def _case_for(request: GuideRequest, pk: int) -> Case:
    mine = Case.objects.for_guide(request.wall_guide)
    return get_object_or_404(mine.select_related("member", "locality__commissioner"), pk=pk)


def _request_for(request: GuideRequest, pk: int, request_pk: int) -> IdentityRequest:
    mine = _requests().for_guide(request.wall_guide)
    asked: IdentityRequest = get_object_or_404(mine, case=pk, pk=request_pk)
    return asked


def _asked(
    request: GuideRequest,
    pk: int,
    form_class: type[AskForm],
    page: Callable[..., HttpResponse],
    ask: Callable[..., IdentityRequest],
) -> HttpResponse:
    """The form, or what came of it: what was opened at once is the answer itself."""
    case = _case_for(request, pk)
    form = form_class(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return page(request, case, form, sent=request.method == "POST")
    why, reason = Why(form.cleaned_data["why"]), form.cleaned_data["body"]
    try:
        asked = ask(case=case, by=request.wall_guide, why=why, reason=reason)
    except NotYours as refusal:
        return page(request, case, form, refusal=refusal.sentence)
    if asked.life_at_risk and identity.may_look(asked, request.wall_guide, now=timezone.now()):
        return _look(request, asked)
    return redirect("escalation:identity-request", pk, asked.pk)


def _look(request: GuideRequest, asked: IdentityRequest) -> HttpResponse:
    try:
        details = identity.open_identity(asked=asked, by=request.wall_guide)
    except NotYours as refusal:
        return _refused(request, asked.case_id, asked.pk, refusal)
    context = {
        "asked": asked,
        "case": asked.case,
        "details": _labelled(details),
        "phones": ("phone", "emergency_phone"),
    }
    return _desk_page(request, "escalation/identity_opened.html", context)


@fresh
def _fresh_look(request: GuideRequest, asked: IdentityRequest) -> HttpResponse:
    return _look(request, asked)


def _labelled(details: Details) -> list[tuple[str, str, str]]:
    held = details.given()
    return [(field, label, held.get(field, "")) for field, label in LABELS]


def _ask_page(
    request: GuideRequest, case: Case, form: AskForm, *, sent: bool = True, refusal: str = ""
) -> HttpResponse:
    context = {
        "case": case,
        "form": form,
        "refusal": refusal,
        "earlier": _requests().filter(case=case),
        "opens_for": _minutes(OPENS_FOR),
    }
    status = CONFLICT if refusal else UNPROCESSABLE if sent else 200
    return _desk_page(request, "escalation/identity_ask.html", context, status=status)


def _now_page(
    request: GuideRequest, case: Case, form: AskForm, *, sent: bool = True, refusal: str = ""
) -> HttpResponse:
    context = {
        "case": case,
        "form": form,
        "refusal": refusal,
        "opens_for": _minutes(OPENS_FOR),
        "senior_opens_within": _minutes(SENIOR_OPENS_WITHIN),
    }
    status = CONFLICT if refusal else UNPROCESSABLE if sent else 200
    return _desk_page(request, "escalation/identity_now.html", context, status=status)


def _refused(
    request: GuideRequest, pk: int, request_pk: int, refusal: NotYours, **forms: Any
) -> HttpResponse:
    """The request as it stands now, with why the door stayed shut and what was typed."""
    asked = _request_for(request, pk, request_pk)
    return _request_page(request, asked, refusal=refusal.sentence, status=CONFLICT, **forms)


def _request_context(request: GuideRequest, asked: IdentityRequest, now: Any) -> dict[str, Any]:
    guide = request.wall_guide
    took_part = asked.asked_by_id == guide.pk or any(
        look.looked_by_id == guide.pk for look in asked.looks.all()
    )
    return {
        "asked": asked,
        "case": asked.case,
        "guide": guide,
        "now": now,
        "is_waiting": asked.is_waiting(now=now) and asked.case.is_open,
        "is_open": asked.is_open(now=now) and asked.case.is_open,
        "may_look": identity.may_look(asked, guide, now=now),
        "may_decide": asked.is_waiting(now=now) and asked.case.is_open
        and asked.asked_by_id != guide.pk,
        "may_review": asked.is_to_review and guide.is_senior and not took_part,
        "is_overdue": asked.is_overdue(now=now),
        "is_delayed": asked.shown_from is not None and asked.shown_from > now,
        "opens_to_asker_at": identity.opens_to_asker_at(asked),
    }  # fmt: skip


def _request_page(
    request: GuideRequest, asked: IdentityRequest, *, status: int = 200, **more: Any
) -> HttpResponse:
    now = timezone.now()
    context = {
        **_request_context(request, asked, now),
        "refusal": "",
        "decision_form": DecisionForm(),
        "review_form": ReviewForm(),
        "delay_form": DelayForm(locality=asked.case.locality, now=now),
        **more,
    }
    return _desk_page(request, "escalation/identity_request.html", context, status=status)


def _desk_page(
    request: GuideRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = {**strip_context(request), "here": "identity", **context}
    return with_safety(render(request, template, context, status=status), context["safety"])


def _minutes(span: Any) -> int:
    return int(span.total_seconds() // 60)
