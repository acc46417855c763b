"""What a commissioner sees: their protocols and this month's counts. Never a person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import LeadRequest, commissioners_only
from accounts.freshness import fresh
from community import policy
from community.clock import FIRST_REPLY_WITHIN
from escalation import protocols
from escalation.first_replies import minutes_of
from escalation.models import Protocol, ProtocolQuerySet
from reporting import counts, first_replies
from reporting.forms import AgreementForm

UNPROCESSABLE = 422
CONFLICT = 409

View = TypeVar("View", bound=Callable[..., HttpResponse])


def unsliced(view: View) -> View:
    """
    A page that is as it is: whatever an address asks of it besides is refused (S05).

    Figures about few people are safe while nobody chooses which few. So a filter, an order, a
    span of time or a format that somebody adds by hand is not ignored but turned away.
    """

    @wraps(view)
    def as_it_is(request: LeadRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.META.get("QUERY_STRING"):
            return render(request, "400.html", status=400)
        return view(request, *args, **kwargs)

    return as_it_is  # type: ignore[return-value]


@commissioners_only
@unsliced
@require_safe
def commissioner_home(request: LeadRequest) -> HttpResponse:
    commissioner = request.lead.commissioner
    agreed = Protocol.objects.agreed().filter(Q(commissioner=commissioner) | Q(commissioner=None))
    in_force = protocols.newest_agreed(agreed)
    localities = commissioner.localities.shown().order_by("name")
    return render(
        request,
        "reporting/commissioner_home.html",
        {
            "here": "counts",
            "commissioner": commissioner,
            "offered": _theirs(request).filter(agreed_at=None).prefetch_related(None),
            "in_force": [
                (locality, protocols.nearest(in_force, locality)) for locality in localities
            ],
            "month": counts.month_of(commissioner, now=timezone.now()),
            "first_replies": first_replies.of(commissioner, now=timezone.now()),
            "promised_minutes": minutes_of(FIRST_REPLY_WITHIN),
            "waits_need": first_replies.NEEDS,
            "urgencies": counts.ALERTED,
            "few_below": counts.FEW_BELOW,
            "rounded_to": counts.ROUNDED_TO,
            "median_needs": counts.MEDIAN_NEEDS,
        },
    )


@commissioners_only
@unsliced
@require_safe
def protocol(request: LeadRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_theirs(request), pk=pk)
    return _protocol_page(request, found, AgreementForm())


@commissioners_only
@fresh
@unsliced
@require_POST
def agreement_create(request: LeadRequest, pk: int) -> HttpResponse:
    """The lead agrees for their commissioner. From then on the version never changes."""
    offered = get_object_or_404(_theirs(request), pk=pk)
    form = AgreementForm(request.POST)
    if not form.is_valid():
        return _protocol_page(request, offered, form, status=UNPROCESSABLE)
    try:
        protocols.agree_protocol(
            protocol=offered,
            by=request.lead,
            seen=form.cleaned_data["seen"],
            at=timezone.now(),
        )
    except protocols.Refused as refusal:
        # As it is now: what was offered may have been withdrawn and be nobody's to read.
        fresh = get_object_or_404(_theirs(request), pk=pk)
        return _protocol_page(
            request, fresh, AgreementForm(), refusal=refusal.sentence, status=CONFLICT
        )
    messages.success(request, f"Thank you. Version {offered.version} is agreed and in force.")
    return redirect("reporting:protocol", offered.pk)


def _theirs(request: LeadRequest) -> ProtocolQuerySet:
    return (
        Protocol.objects.for_lead(request.lead)
        .select_related(
            "commissioner", "locality__commissioner", "operator_agreed_by__administrator",
            "commissioner_agreed_by__commissioning_lead",
        )
        .prefetch_related("steps")
        .order_by("locality__name", "-version")
    )  # fmt: skip


def _protocol_page(
    request: LeadRequest,
    found: Protocol,
    form: AgreementForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    newest = Protocol.objects.of_place(found.commissioner, found.locality).agreed().first()
    return render(
        request,
        "reporting/protocol.html",
        {
            "protocol": found,
            "newest": newest,
            "form": form,
            "seen": protocols.mark_of(found),
            "refusal": refusal,
            "lead": request.lead,
            "now": timezone.now(),
            **protocols.readings(found),
        },
        status=status,
    )


@commissioners_only
@unsliced
@require_safe
def wall_policy(request: LeadRequest) -> HttpResponse:
    """What a commissioner has agreed for the words of their people."""
    commissioner = request.lead.commissioner
    context = {
        "commissioner": commissioner,
        "policy": policy.policy_of(commissioner.pk),
        "versions": policy.versions_of(commissioner.pk),
    }
    return render(request, "reporting/wall_policy.html", context)
