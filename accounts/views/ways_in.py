"""Ways in, as administrators keep them; senior wall guides read along."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Sum
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import ways_in
from accounts.audience import (
    AdminRequest,
    KeeperRequest,
    admins_and_seniors_only,
    admins_only,
)
from accounts.ways_in_forms import CampaignForm, NewWayInForm, TermsForm, WayInForm
from commissioning.enums import WayInKind
from commissioning.models import Commissioner, WayIn

UNPROCESSABLE = 422
FORMS = ["GET", "HEAD", "POST"]
# Fewer than this could be pointed at; so no page says how many they were (safety.md, B1).
FEW_BELOW = 8


@admins_and_seniors_only
@require_safe
def way_in_list(request: KeeperRequest) -> HttpResponse:
    now = timezone.now()
    every = WayIn.objects.select_related("locality", "campaign").order_by("kind", "name", "pk")
    commissioners = (
        Commissioner.objects.filter(is_hidden=False)
        .order_by("name")
        .prefetch_related(Prefetch("ways_in", queryset=every.annotate(came=Sum("uptake__joined"))))
    )
    rows = [
        {
            "commissioner": commissioner,
            "ways_in": [
                {
                    "way": way,
                    "state": state_of(way, now=now),
                    "joined": few(getattr(way, "came", 0) or 0),
                }
                for way in commissioner.ways_in.all()
            ],
        }
        for commissioner in commissioners
    ]
    return _page(request, "way_in_list", rows=rows)


@admins_and_seniors_only
@require_safe
def way_in_detail(request: KeeperRequest, pk: int) -> HttpResponse:
    return _detail(request, _way_in(pk))


@admins_only
@require_http_methods(FORMS)
def way_in_new(request: AdminRequest) -> HttpResponse:
    """First for whom and what kind; the page comes back with what that kind asks for."""
    first = NewWayInForm(request.POST if request.method == "POST" else request.GET or None)
    if not first.is_valid():
        status = UNPROCESSABLE if request.method == "POST" else 200
        if not request.GET and request.method != "POST":
            first = NewWayInForm(initial={"kind": WayInKind.ACCESS_CODE})
        return _page(request, "way_in_new", status=status, form=first)
    commissioner = first.cleaned_data["commissioner"]
    kind = WayInKind(first.cleaned_data["kind"])
    form = WayInForm(_sent(request), commissioner=commissioner, kind=kind)
    if form.is_valid():
        way_in, token = ways_in.set_up(
            commissioner=commissioner, kind=kind, settings=form.settings, by=request.administrator,
            at=timezone.now(),
        )  # fmt: skip
        if token:
            # Not a redirect: the link is on this answer, and nowhere else ever again.
            return _detail(request, way_in, token=token)
        messages.success(request, "It is open." if way_in.is_open(now=timezone.now()) else "Saved.")
        return redirect("way-in", way_in.pk)
    return _form_page(request, form, commissioner=commissioner, kind=kind)


@admins_only
@require_http_methods(FORMS)
def way_in_edit(request: AdminRequest, pk: int) -> HttpResponse:
    way_in = _way_in(pk)
    kind = WayInKind(way_in.kind)
    form = WayInForm(_sent(request), commissioner=way_in.commissioner, kind=kind, way_in=way_in)
    if form.is_valid():
        ways_in.change(
            way_in=way_in, settings=form.settings, by=request.administrator, at=timezone.now()
        )
        messages.success(request, "Saved.")
        return redirect("way-in", way_in.pk)
    return _form_page(request, form, commissioner=way_in.commissioner, kind=kind, way_in=way_in)


@admins_only
@require_POST
def closure_create(request: AdminRequest, pk: int) -> HttpResponse:
    ways_in.close(way_in=_way_in(pk), by=request.administrator, at=timezone.now())
    messages.success(request, "It is closed. Whoever came in by it stays.")
    return redirect("way-in", pk)


@admins_only
@require_POST
def link_create(request: AdminRequest, pk: int) -> HttpResponse:
    """A new link for a referral. The old one opens nothing from now on."""
    way_in = get_object_or_404(_ways_in(), pk=pk, kind=WayInKind.REFERRAL)
    token = ways_in.renew_link(way_in=way_in, by=request.administrator, at=timezone.now())
    return _detail(request, way_in, token=token)


@admins_only
@require_http_methods(FORMS)
def campaign_new(request: AdminRequest) -> HttpResponse:
    chosen = {"commissioner": request.GET.get("commissioner", "")}
    form = CampaignForm(_sent(request), initial=chosen)
    if form.is_valid():
        said = form.cleaned_data
        campaign = ways_in.begin_campaign(
            commissioner=said["commissioner"], name=said["name"], by=request.administrator,
            at=timezone.now(),
        )  # fmt: skip
        messages.success(request, f"{campaign.name} can be chosen for ways in now.")
        return redirect("way-in-list")
    status = UNPROCESSABLE if form.is_bound else 200
    return _page(request, "campaign_new", status=status, form=form)


@admins_only
@require_http_methods(FORMS)
def terms_edit(request: AdminRequest, slug: str) -> HttpResponse:
    """How long risk episodes are kept, and where people can go who cannot come in."""
    commissioner = get_object_or_404(Commissioner, slug=slug, is_hidden=False)
    now_so = {
        "episode_retention_months": commissioner.episode_retention_months,
        "elsewhere": commissioner.elsewhere,
    }
    form = TermsForm(_sent(request), initial=now_so)
    if form.is_valid():
        ways_in.set_terms(
            commissioner=commissioner, by=request.administrator, at=timezone.now(),
            **form.cleaned_data,
        )  # fmt: skip
        messages.success(request, "Saved. Members who leave from now on are told this.")
        return redirect("way-in-list")
    status = UNPROCESSABLE if form.is_bound else 200
    return _page(request, "commissioner_terms", status=status, form=form, commissioner=commissioner)


def state_of(way_in: WayIn, *, now: Any) -> str:
    """How a way in stands, in a word."""
    if way_in.closes_at is not None and way_in.closes_at <= now:
        return "closed"
    if way_in.is_used_up:
        return "used up"
    if way_in.opens_at is not None and way_in.opens_at > now:
        return "not open yet"
    return "open"


def few(number: int) -> str:
    """A count that points at nobody."""
    return str(number) if number == 0 or number >= FEW_BELOW else f"fewer than {FEW_BELOW}"


def _ways_in() -> Any:
    shown = WayIn.objects.filter(commissioner__is_hidden=False)
    return shown.select_related("commissioner", "locality", "campaign")


def _way_in(pk: int) -> WayIn:
    way_in: WayIn = get_object_or_404(_ways_in(), pk=pk)
    return way_in


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"accounts/{name}.html", {"here": "ways-in", **context}, status=status)


def _form_page(request: HttpRequest, form: Form, **context: Any) -> HttpResponse:
    status = UNPROCESSABLE if form.is_bound else 200
    return _page(request, "way_in_form", status=status, form=form, **context)


def _detail(request: HttpRequest, way_in: WayIn, *, token: str = "") -> HttpResponse:
    def absolute(name: str, *args: Any) -> str:
        return request.build_absolute_uri(reverse(name, args=args))

    return _page(
        request,
        "way_in",
        way_in=way_in,
        state=state_of(way_in, now=timezone.now()),
        uptake=[
            {"month": each.month, "campaign": each.campaign, "joined": few(each.joined)}
            for each in way_in.uptake.select_related("campaign").order_by("-month", "campaign")
        ],
        link=absolute("join-referral", token) if token else "",
        join=absolute("join"),
        page=absolute("join-at", way_in.commissioner.slug),
        callback=absolute("openid_connect_callback", way_in.pk),
    )
