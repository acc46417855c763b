"""What a member chooses: how it looks, what is written to them, a break."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import preferences
from accounts.audience import MemberRequest, members_only
from accounts.ways_back import is_within
from belonging.forms import (
    AppearanceForm,
    BreakForm,
    LanguageForm,
    LettersForm,
    languages,
)
from notifications.subscriptions import on_the_phone
from vault.post import comes_back

UNPROCESSABLE = 422


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def appearance(request: MemberRequest) -> HttpResponse:
    return _choose(request, AppearanceForm, "appearance", _("This is how it looks now."))


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: MemberRequest) -> HttpResponse:
    """Letters and the phone. Where no phone can be told, what is ticked about it stays as it is."""
    return _choose(
        request, LettersForm, "notifications", _("Your choice is kept."),
        **on_the_phone(request.member),
        letters_come_back=comes_back(handle=request.user.handle),
    )  # fmt: skip


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def language(request: MemberRequest) -> HttpResponse:
    if len(languages()) < 2:
        raise Http404
    return _choose(request, LanguageForm, "language", _("Your choice is kept."))


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def take_break(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    today = now.astimezone(request.member.locality.zone).date()
    form = BreakForm(request.POST if request.method == "POST" else None, today=today)
    if form.is_valid():
        until = form.cleaned_data["until"]
        preferences.take_a_break(member=request.member, until=until, at=now)
        return redirect("belonging:break")
    context = {
        "here": "me",
        "form": form,
        "is_on_a_break": request.member.is_on_a_break(now=now),
        "next": "/wall/",
    }
    return render(
        request, "belonging/break.html", context, status=UNPROCESSABLE if form.is_bound else 200
    )


@members_only
@require_POST
def come_back(request: MemberRequest) -> HttpResponse:
    """One tap, and the break is over."""
    preferences.come_back(member=request.member, at=timezone.now())
    messages.success(request, _("Welcome back. Take your time."))
    wanted = request.POST.get("next", "")
    return redirect(wanted if is_within(wanted) else "community:feed")


def _choose(
    request: MemberRequest, form_class: type[forms.Form], name: str, done: str, **more: Any
) -> HttpResponse:
    """A page of choices: shown as they are, kept as they are sent."""
    chosen = preferences.preferences_of(request.member)
    as_it_is = {field: getattr(chosen, field) for field in form_class.base_fields}
    form = form_class(request.POST if request.method == "POST" else None, initial=as_it_is)
    if form.is_valid():
        preferences.choose(member=request.member, **form.cleaned_data)
        messages.success(request, done)
        return redirect(f"belonging:{name}")
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"here": "me", "form": form, **more}
    return render(request, f"belonging/{name}.html", context, status=status)
