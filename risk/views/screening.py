"""How well the screening does, what has changed, and which model reads for the desk."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from accounts.audience import KeeperRequest, admins_and_seniors_only
from accounts.freshness import fresh
from risk import figures, gate, model, releases, tasks
from risk.enums import ReleaseState
from risk.models import ModelRelease, ScreeningDay

logger = logging.getLogger(__name__)

CONFLICT = 409


@admins_and_seniors_only
@require_safe
def overview(request: KeeperRequest) -> HttpResponse:
    """The estimate of what is missed, agreement, rules, drift, and the releases."""
    return _overview(request)


@admins_and_seniors_only
@require_safe
def release(request: KeeperRequest, pk: int) -> HttpResponse:
    """One release with its gate report, and what may be done with it."""
    return _release(request, _found(pk))


@admins_and_seniors_only
@require_POST
def assessment_create(request: KeeperRequest, pk: int) -> HttpResponse:
    """Have a worker put a challenger to the gate: it reads thousands of texts twice."""
    found = _found(pk)
    if found.state != ReleaseState.CHALLENGER:
        return _release(request, found, refusal="This is no challenger any more.", status=CONFLICT)
    try:
        tasks.assess_challenger.apply_async(kwargs={"release_id": found.pk}, retry=False)
    except OperationalError:
        return _release(
            request, found, status=CONFLICT,
            refusal="No worker could be asked just now. Please try again in a minute.",
        )  # fmt: skip
    messages.success(request, "The gate is being asked. Reload this page in a minute or two.")
    return redirect("risk:release", found.pk)


@admins_and_seniors_only
@fresh
@require_POST
def signature_create(request: KeeperRequest, pk: int) -> HttpResponse:
    """Sign the gate report that was read, and no other."""
    found = _found(pk)
    seen = found.gated_at.isoformat() if found.gated_at else ""
    if request.POST.get("seen") != seen:
        return _release(
            request, found, status=CONFLICT,
            refusal="There is a newer gate report since you opened this. Read it first.",
        )  # fmt: skip
    return _act(
        request, found, "Thank you. You have signed.",
        lambda: releases.sign(release=found, by=request.user, at=timezone.now()),
    )  # fmt: skip


@admins_and_seniors_only
@fresh
@require_POST
def promotion_create(request: KeeperRequest, pk: int) -> HttpResponse:
    """Let a signed challenger read for the desk."""
    found = _found(pk)
    return _act(
        request, found, "It reads for the desk now.",
        lambda: releases.promote(release=found, by=request.user, at=timezone.now()),
    )  # fmt: skip


@admins_and_seniors_only
@require_POST
def roll_back_create(request: KeeperRequest) -> HttpResponse:
    """Back to what read before, at once."""
    try:
        before = releases.roll_back(by=request.user, at=timezone.now())
    except releases.Refused as refusal:
        return _overview(request, refusal=refusal.sentence, status=CONFLICT)
    what = f"Release {before.pk}" if before else "The model that came with the software"
    messages.success(request, f"{what} reads for the desk again.")
    return redirect("risk:screening")


def _found(pk: int) -> ModelRelease:
    return get_object_or_404(ModelRelease.objects.without_content(), pk=pk)


def _act(
    request: KeeperRequest, found: ModelRelease, done: str, act: Callable[[], object]
) -> HttpResponse:
    try:
        act()
    except releases.Refused as refusal:
        return _release(request, _found(found.pk), refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, done)
    return redirect("risk:release", found.pk)


def _overview(request: KeeperRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    newest = ScreeningDay.objects.order_by("-day").first()
    rules = figures.rule_figures(now=now)
    return render(
        request,
        "risk/screening.html",
        {
            "here": "screening",
            "refusal": refusal,
            "missed": figures.missed_risk(now=now),
            "estimated_days": figures.ESTIMATED_OVER.days,
            "rules": rules[: figures.RULES_SHOWN],
            "rules_in_all": len(rules),
            "alarms": [*(newest.alarms if newest else []), *figures.overruled(rules)],
            "counted_until": newest.day if newest else None,
            "charts": figures.charts() if newest else [],
            "slang": figures.slang(now=now),
            "champion": ModelRelease.objects.champion().without_content().first(),
            "shipped": _shipped_version(),
            "releases": ModelRelease.objects.without_content().order_by("-pk")[:20],
            "positives_needed": gate.POSITIVES_AT_LEAST,
        },
        status=status,
    )


def _release(
    request: KeeperRequest, found: ModelRelease, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    signatures = releases.signatures_on(found)
    is_challenger = found.state == ReleaseState.CHALLENGER
    return render(
        request,
        "risk/release.html",
        {
            "here": "screening",
            "refusal": refusal,
            "release": found,
            "answers": (found.gate_report or {}).get("answers", []),
            "signatures": [(each, _name(each.signed_by)) for each in signatures],
            "has_signed": any(each.signed_by_id == request.user.pk for each in signatures),
            "seen": found.gated_at.isoformat() if found.gated_at else "",
            "is_challenger": is_challenger,
            "missing": releases.what_is_missing(found, at=now) if is_challenger else "",
            "now": now,
        },
        status=status,
    )


def _name(user: object) -> str:
    person = getattr(user, "wall_guide", None) or getattr(user, "administrator", None)
    return str(person) if person else "Somebody"


def _shipped_version() -> str:
    try:
        return str(model.read()[0]["sha256"])[:12]
    except model.ModelUnusable:
        return "damaged"
