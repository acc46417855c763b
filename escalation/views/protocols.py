"""Protocols: how administrators write them, and how a member reads their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import AdminRequest, MemberRequest, admins_only, members_even_paused
from accounts.freshness import fresh
from commissioning.models import Locality
from escalation import protocols
from escalation.forms.protocols import (
    MOST_STEPS,
    DraftForm,
    PlaceForm,
    StepFormSet,
    rearranged,
    step_formset,
)
from escalation.hours import WeekHours
from escalation.models import Protocol, ProtocolQuerySet
from risk.enums import Urgency
from risk.models import PASS_UP_EVERY

UNPROCESSABLE = 422
CONFLICT = 409


@admins_only
@require_safe
def protocol_list(request: AdminRequest) -> HttpResponse:
    """Every place with its versions, and the places that nothing covers."""
    everything = list(
        Protocol.objects.select_related("commissioner", "locality__commissioner").order_by(
            "commissioner__name", "locality__name", "-version"
        )
    )
    in_force = protocols.newest_agreed(everything)
    current = list(in_force.values())
    shown = Locality.objects.shown().select_related("commissioner")
    uncovered = [
        locality
        for locality in shown.order_by("commissioner__name", "name")
        if protocols.nearest(in_force, locality) is None
    ]
    return render(
        request,
        "escalation/protocol_list.html",
        {
            "here": "protocols",
            "in_force": [each for each in everything if each in current],
            "under_way": [each for each in everything if not each.is_agreed],
            "earlier": [
                each for each in everything if each.is_agreed and each not in in_force.values()
            ],
            "uncovered": uncovered,
        },
    )


@admins_only
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def protocol_new(request: AdminRequest) -> HttpResponse:
    form = PlaceForm(request.POST or None, initial={"place": request.GET.get("place")})
    if request.method == "POST" and form.is_valid():
        commissioner, locality = form.chosen
        try:
            draft = protocols.start_draft(
                commissioner=commissioner,
                locality=locality,
                by=request.administrator,
                at=timezone.now(),
            )
        except protocols.UnderWay as refusal:
            messages.info(request, refusal.sentence)
            return redirect("escalation:protocol-detail", refusal.protocol.pk)
        return redirect("escalation:protocol-edit", draft.pk)
    status = UNPROCESSABLE if request.method == "POST" else 200
    context = {"here": "protocols", "form": form}
    return render(request, "escalation/protocol_new.html", context, status=status)


@admins_only
@require_safe
def protocol_detail(request: AdminRequest, pk: int) -> HttpResponse:
    return _detail(request, get_object_or_404(_whole(), pk=pk))


@admins_only
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def protocol_edit(request: AdminRequest, pk: int) -> HttpResponse:
    """
    A draft's words and steps, as one ordinary form.

    Every button sends the whole form. "Add", "move" and "remove" save nothing and check
    nothing: the page comes back with everything that was typed, right or wrong.
    """
    draft = get_object_or_404(_whole(), pk=pk)
    if request.method != "POST":
        if draft.is_agreed or draft.is_offered:
            return redirect("escalation:protocol-detail", draft.pk)
        words = {"introduction": draft.introduction, "office_hours": draft.office_hours}
        rows: list[Any] = list(draft.steps.values()) or [{}]
        return _edit_page(
            request, draft, DraftForm(initial=words), step_formset(typed=rows),
            seen=protocols.mark_of(draft),
        )  # fmt: skip

    form, formset = DraftForm(request.POST), step_formset(request.POST)
    seen = request.POST.get("seen", "")
    moved = rearranged(formset.as_typed, request.POST.get("do", "save"))
    if moved is not None:
        rows, shown = moved
        form = DraftForm(initial={name: form[name].value() for name in form.fields})
        return _edit_page(request, draft, form, step_formset(typed=rows), seen=seen, shown=shown)
    if not (form.is_valid() & formset.is_valid()):
        return _edit_page(request, draft, form, formset, seen=seen, status=UNPROCESSABLE)
    try:
        protocols.save_draft(
            protocol=draft,
            introduction=form.cleaned_data["introduction"],
            office_hours=form.cleaned_data["office_hours"],
            steps=formset.steps,
            seen=seen,
            by=request.administrator,
            at=timezone.now(),
        )
    except protocols.Refused as refusal:
        # Shown once, what somebody else saved may be replaced by saving again.
        now_there = protocols.mark_of(Protocol.objects.get(pk=draft.pk))
        return _edit_page(
            request, draft, form, formset, seen=now_there, refusal=refusal.sentence,
            status=CONFLICT,
        )  # fmt: skip
    messages.success(request, f"Version {draft.version} is saved.")
    return redirect("escalation:protocol-detail", draft.pk)


@admins_only
@fresh
@require_POST
def offer_create(request: AdminRequest, pk: int) -> HttpResponse:
    """Agree for the operator. The page says which hour is not covered, if one is not."""
    draft = get_object_or_404(_whole(), pk=pk)
    try:
        offered = protocols.offer_protocol(
            protocol=draft, by=request.administrator, at=timezone.now()
        )
    except ValidationError as error:
        return _detail(request, draft, refusal=error.messages[0], status=UNPROCESSABLE)
    except protocols.Refused as refusal:
        return _detail(request, draft, refusal=refusal.sentence, status=CONFLICT)
    messages.success(
        request,
        f"Version {offered.version} is in force."
        if offered.is_agreed
        else f"Version {offered.version} is offered. It is in force once the lead agrees.",
    )
    return redirect("escalation:protocol-detail", offered.pk)


@admins_only
@fresh
@require_POST
def withdrawal_create(request: AdminRequest, pk: int) -> HttpResponse:
    offered = get_object_or_404(_whole(), pk=pk)
    try:
        protocols.withdraw_offer(protocol=offered, by=request.administrator, at=timezone.now())
    except protocols.Refused as refusal:
        return _detail(request, offered, refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, f"Version {offered.version} is a draft again.")
    return redirect("escalation:protocol-detail", offered.pk)


@members_even_paused
@require_safe
def what_happens(request: MemberRequest) -> HttpResponse:
    """What happens if we worry about a member, to that member, in plain words (U21)."""
    locality = Locality.objects.select_related("commissioner").get(pk=request.member.locality_id)
    protocol = Protocol.objects.in_force_for(locality)
    local_now = timezone.now().astimezone(locality.zone)
    context: dict[str, Any] = {
        "here": "what-happens",
        "member": request.member,
        "locality": locality,
        "protocol": protocol,
        # Without its zone, for templates would put it on the server's clock.
        "local_now": local_now.replace(tzinfo=None),
        "soonest": int(Urgency.CRISIS.read_within.total_seconds() // 60),
        "asked_again": int(PASS_UP_EVERY.total_seconds() // 60),
    }
    if protocol is not None:
        context |= protocols.readings(protocol)
        office = WeekHours.parse(protocol.office_hours)
        context["is_in_hours"] = office.include(local_now)
        assert protocol.agreed_at is not None  # noqa: S101 -- only agreed ones are in force
        context["agreed_on"] = protocol.agreed_at.astimezone(locality.zone).date()
    return render(request, "escalation/what_happens.html", context)


def _whole() -> ProtocolQuerySet:
    return Protocol.objects.select_related(
        "commissioner", "locality__commissioner", "operator_agreed_by__administrator",
        "commissioner_agreed_by__commissioning_lead",
    ).prefetch_related("steps")  # fmt: skip


def _detail(
    request: AdminRequest, protocol: Protocol, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    newest = Protocol.objects.of_place(protocol.commissioner, protocol.locality).agreed().first()
    missing = ""
    if not protocol.is_agreed and not protocol.is_offered:
        try:
            protocols.check_every_hour(protocol)
        except ValidationError as error:
            missing = error.messages[0]
    context = {
        "here": "protocols",
        "protocol": protocol,
        "newest": newest,
        "missing": missing,
        "refusal": refusal,
        **protocols.readings(protocol),
    }
    return render(request, "escalation/protocol_detail.html", context, status=status)


def _edit_page(
    request: AdminRequest,
    draft: Protocol,
    form: DraftForm,
    formset: StepFormSet,
    *,
    seen: str,
    shown: int | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "here": "protocols",
        "protocol": draft,
        "form": form,
        "formset": formset,
        "seen": seen,
        "shown": shown,
        "refusal": refusal,
        "is_full": len(formset.forms) >= MOST_STEPS,
    }
    return render(request, "escalation/protocol_edit.html", context, status=status)
