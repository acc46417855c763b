"""Those who work here: who they are, how they come, change and go."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import brakes, invitations
from accounts.audience import (
    AdminRequest,
    KeeperRequest,
    admins_and_seniors_only,
    admins_only,
    anyone,
)
from accounts.enums import Work
from accounts.forms import InvitedForm
from accounts.freshness import fresh
from accounts.invitations import Refused
from accounts.models import Invitation, SecondFactorReset, User
from accounts.models.staffing import hash_of
from accounts.second_factor import SIGN_IN_WITH
from escalation import staffing
from escalation.forms.people import CoverageForm, InvitationForm, ResetForm
from vault import post

UNPROCESSABLE, CONFLICT, NOT_FOUND = 422, 409, 404


@admins_and_seniors_only
@require_safe
def people_list(request: KeeperRequest) -> HttpResponse:
    now = timezone.now()
    everyone = list(_staff())
    return render(
        request,
        "escalation/people.html",
        {
            "here": "people",
            "people": [each for each in everyone if each.is_active],
            "gone": [each for each in everyone if not each.is_active],
            "invitations": Invitation.objects.open(now=now).order_by("expires_at"),
            "resets": SecondFactorReset.objects.open(now=now).select_related(
                "user__wall_guide", "user__commissioning_lead", "user__administrator"
            ),
        },
    )


@admins_only
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_new(request: AdminRequest) -> HttpResponse:
    """Appoint somebody: a letter goes to them, and they choose their own password."""
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"here": "people", "form": form}
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "escalation/invitation_new.html", context, status=status)
    given = form.cleaned_data
    with transaction.atomic():
        _, token = invitations.invite(
            email=given["email"],
            name=given["name"],
            work=Work(given["work"]),
            covers=given["covers"],
            commissioner=given["commissioner"],
            by=request.user,
            at=timezone.now(),
        )
        link = request.build_absolute_uri(reverse("escalation:invited", args=[token]))
        post.send_to(address=given["email"], letter="invitation", context={"link": link})
    messages.success(request, f"A letter is on its way to {given['name']}.")
    return redirect("escalation:people")


@admins_only
@fresh
@require_POST
def invitation_withdraw(request: AdminRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Invitation, pk=pk)
    invitations.withdraw(invitation=found, by=request.user, at=timezone.now())
    messages.success(request, "The invitation is withdrawn.")
    return redirect("escalation:people")


@anyone
@sensitive_post_parameters("email", "password1")
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation's letter leads: a password, and then the ordinary door."""
    now = timezone.now()
    invitation = Invitation.objects.open(now=now).of_token(token).first()
    if invitation is None:
        return render(request, "escalation/invited.html", {}, status=NOT_FOUND)
    form = InvitedForm(request.POST if request.method == "POST" else None)
    status = UNPROCESSABLE if form.is_bound else 200
    if form.is_bound and (until := brakes.CONFIRMATIONS.press(hash_of(token), at=now)):
        return brakes.too_many(request, until=until, at=now)
    if form.is_bound and form.is_valid():
        try:
            invitations.accept(
                token=token,
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password1"],
                at=now,
            )
        except Refused as refusal:
            form.add_error("email", refusal.sentence)
            status = CONFLICT
        else:
            messages.success(request, "Welcome. Sign in with your new password.")
            return redirect("account_login")
    context = {"invitation": invitation, "form": form}
    return render(request, "escalation/invited.html", context, status=status)


@admins_and_seniors_only
@require_safe
def person(request: KeeperRequest, pk: int) -> HttpResponse:
    return _person(request, _found(pk))


@admins_only
@fresh
@require_POST
def coverage_change(request: AdminRequest, pk: int) -> HttpResponse:
    found = _found(pk)
    guide = getattr(found, "wall_guide", None)
    if guide is None:
        raise Http404
    form = CoverageForm(request.POST)
    if not form.is_valid():
        return _person(request, found, coverage=form, status=UNPROCESSABLE)
    try:
        staffing.change_coverage(
            guide=guide,
            covers=form.cleaned_data["covers"],
            is_senior=form.cleaned_data["is_senior"],
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refusal:
        return _person(request, found, refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, "Saved. Open pages of theirs follow at once.")
    return redirect("escalation:person", found.pk)


@admins_only
@fresh
@require_POST
def appointment_end(request: AdminRequest, pk: int) -> HttpResponse:
    found = _found(pk)
    try:
        staffing.stand_down(user=found, by=request.user, at=timezone.now())
    except Refused as refusal:
        return _person(request, found, refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, "The appointment has ended. Their open pages close.")
    return redirect("escalation:people")


@admins_and_seniors_only
@fresh
@require_POST
def reset_new(request: KeeperRequest, pk: int) -> HttpResponse:
    """Ask to set back a lost second factor. Another person must agree."""
    found, form = _found(pk), ResetForm(request.POST)
    if not form.is_valid():
        return _person(request, found, reset=form, status=UNPROCESSABLE)
    try:
        staffing.ask_for_reset(
            user=found, by=request.user, reason=form.cleaned_data["reason"], at=timezone.now()
        )
    except Refused as refusal:
        return _person(request, found, reset=form, refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, "Asked. Another person must agree within a day.")
    return redirect("escalation:person", found.pk)


@admins_and_seniors_only
@fresh
@require_POST
def reset_agree(request: KeeperRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(
        SecondFactorReset.objects.select_related("user", "asked_by__administrator"), pk=pk
    )
    try:
        with transaction.atomic():
            staffing.agree_to_reset(asked=asked, by=request.user, at=timezone.now())
            link = request.build_absolute_uri(reverse("account_login"))
            staffing.tell_of_reset(asked.user, link=link)
    except Refused as refusal:
        return _person(request, _found(asked.user_id), refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, "Set back. At their next sign-in they set up a new second step.")
    return redirect("escalation:person", asked.user_id)


def _staff() -> QuerySet[User]:
    has_one = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SIGN_IN_WITH)
    return (
        User.objects.exclude(wall_guide=None, commissioning_lead=None, administrator=None)
        .select_related("wall_guide", "commissioning_lead__commissioner", "administrator")
        .prefetch_related("wall_guide__covers__commissioner")
        .annotate(has_second_factor=Exists(has_one))
        .order_by("pk")
    )


def _found(pk: int) -> User:
    """Somebody who works here, or did. No number leads to a member."""
    return get_object_or_404(_staff(), pk=pk)


def _person(
    request: HttpRequest,
    found: User,
    *,
    coverage: CoverageForm | None = None,
    reset: ResetForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    guide = getattr(found, "wall_guide", None)
    context: dict[str, Any] = {
        "here": "people",
        "person": found,
        "is_oneself": found.pk == request.user.pk,
        "coverage": coverage or (CoverageForm.of(guide) if guide else None),
        "reset": reset or ResetForm(),
        "asked": SecondFactorReset.objects.open(now=timezone.now()).filter(user=found).first(),
        "refusal": refusal,
    }
    return render(request, "escalation/person.html", context, status=status)
