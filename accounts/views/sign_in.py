"""
Signing in and out, and passwords. The steps are allauth's; words, brakes and answers are ours.

Somebody who asks, and there is no such sign-in, sees what everybody sees (S25).
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth
from allauth.account.internal.flows.password_change import finalize_password_change
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import brakes, letters
from accounts.audience import SignedInRequest, anyone, signed_in_only
from accounts.forms import AskForLetterForm, ChangePasswordForm
from accounts.models import User
from vault.seals import seal_address

# Bad input is answered with the form, what was typed still in it.
UNPROCESSABLE = 422


class _AnswersWrong422:
    """A form that was filled in wrongly is no success."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = UNPROCESSABLE
        return response


class SignIn(_AnswersWrong422, allauth.LoginView):  # type: ignore[misc]
    pass


class SignOut(allauth.LogoutView):  # type: ignore[misc]
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        # Drafts and whatever else a page has kept (S48). Scripts do the same: see leaving.js.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response


class SetNewPassword(_AnswersWrong422, allauth.PasswordResetFromKeyView):  # type: ignore[misc]
    """Where a letter's link leads. Whoever sets the password is signed in with it."""

    success_url = reverse_lazy("home")


sign_in = anyone(SignIn.as_view())
sign_out = anyone(SignOut.as_view())
set_new_password = anyone(SetNewPassword.as_view())


@anyone
@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    """The password was right, and the sign-in is closed."""
    return render(request, "account/account_inactive.html")


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_letter(request: HttpRequest) -> HttpResponse:
    """
    Ask for a way in by letter. One answer to everybody, at the same pace (S25).

    Too many for one address are answered the same and not sent: the letters before still
    hold, and nobody's post is flooded by another.
    """
    form = AskForLetterForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "account/password_reset.html", {"form": form}, status=status)
    at = timezone.now()
    if until := brakes.LETTERS_FROM_ONE.press(brakes.connection_of(request), at=at):
        return brakes.too_many(request, until=until, at=at)
    address = form.cleaned_data["email"]
    seal = seal_address(address)
    if not brakes.LETTERS_TO_ONE.press(seal, at=at):
        user = User.objects.filter(address_seal=seal, is_active=True).first()
        letters.answer_asking(request, address=address, user=user)
    return redirect("account_reset_password_done")


@anyone
@require_safe
def letter_on_its_way(request: HttpRequest) -> HttpResponse:
    return render(request, "account/password_reset_done.html")


@signed_in_only
@sensitive_post_parameters("oldpassword", "password1")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: SignedInRequest) -> HttpResponse:
    """A new password for somebody who knows the old one. It ends their other sessions (S46)."""
    if not request.user.has_usable_password():
        return render(request, "account/no_password.html")
    posted = request.method == "POST"
    at, who = timezone.now(), str(request.user.pk)
    if posted and (until := brakes.CONFIRMATIONS.press(who, at=at)):
        return brakes.too_many(request, until=until, at=at, sentence=brakes.wrong_passwords())
    form = ChangePasswordForm(request.POST if posted else None, user=request.user)
    if posted and "oldpassword" not in form.errors:
        brakes.CONFIRMATIONS.give_back(who, at=at)
    if form.is_valid():
        form.save()
        finalize_password_change(request, request.user)
        return redirect("account_sessions")
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "account/password_change.html", {"form": form}, status=status)
