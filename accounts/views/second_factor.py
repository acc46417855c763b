"""A person's own second factors: an app, passkeys, and codes on paper."""

from __future__ import annotations

import base64

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery_codes
from allauth.mfa.totp.internal import flows as apps
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal import flows as passkeys
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import second_factor
from accounts.audience import SignedInRequest, anyone, enrolling_too
from accounts.freshness import fresh
from accounts.models import User
from accounts.second_factor_forms import AppForm, PasskeyForm
from accounts.ways_back import is_within

UNPROCESSABLE, CONFLICT = 422, 409

# allauth's own, each behind its own guard: the step after a right password, and the passkey
# instead of one.
authenticate = anyone(AuthenticateView.as_view())
login_by_passkey = anyone(LoginWebAuthnView.as_view())


@enrolling_too
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """What somebody has, and what they could have."""
    return _index(request)


@enrolling_too
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def app_new(request: SignedInRequest) -> HttpResponse:
    """Set up an authenticator app, or move to one on another phone."""
    form = AppForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            _of(request.user, Authenticator.Type.TOTP).delete()
            app, codes = apps.activate_totp(request, form)
            # The code that proved the app has been used.
            second_factor.take_code(app, form.cleaned_data["code"])
            _note(request, app)
        return redirect("mfa_view_recovery_codes" if codes else "mfa_index")
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, form.secret))
    context = {
        "form": form,
        "moves": _of(request.user, Authenticator.Type.TOTP).exists(),
        "picture": "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode(),
        "secret": " ".join(form.secret[at : at + 4] for at in range(0, len(form.secret), 4)),
    }
    return render(request, "mfa/app.html", context, status=UNPROCESSABLE if form.is_bound else 200)


@enrolling_too
@fresh
@require_POST
def app_remove(request: SignedInRequest) -> HttpResponse:
    app = get_object_or_404(_of(request.user, Authenticator.Type.TOTP))
    if refusal := _keep_the_last(request, app):
        return refusal
    apps.deactivate_totp(request, app)
    messages.success(request, _("The app is removed."))
    return redirect("mfa_index")


@enrolling_too
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def passkey_new(request: SignedInRequest) -> HttpResponse:
    """Make a passkey. The ceremony is the browser's, so this one page needs JavaScript."""
    form = PasskeyForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            given = form.cleaned_data
            passkey, codes = passkeys.add_authenticator(
                request, name=given["name"], credential=given["credential"]
            )
            _note(request, passkey)
        return redirect("mfa_view_recovery_codes" if codes else "mfa_index")
    options = dict(webauthn.begin_registration(request.user, passwordless=True))
    return render(
        request,
        "mfa/passkey.html",
        {"form": form, "options": options},
        status=UNPROCESSABLE if form.is_bound else 200,
    )


@enrolling_too
@fresh
@require_POST
def passkey_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    passkey = get_object_or_404(_of(request.user, Authenticator.Type.WEBAUTHN), pk=pk)
    if refusal := _keep_the_last(request, passkey):
        return refusal
    passkeys.remove_authenticator(request, passkey)
    messages.success(request, _("The passkey is removed."))
    return redirect("mfa_index")


@enrolling_too
@fresh
@require_safe
def codes(request: SignedInRequest) -> HttpResponse:
    """The codes for a day without the phone: on paper, each good for once."""
    sheet, _can_view = recovery_codes.view_recovery_codes(request)
    if sheet is None:
        raise Http404
    left = [f"{code[:4]} {code[4:]}" for code in sheet.get_unused_codes()]
    return render(request, "mfa/codes.html", {"codes": left})


@enrolling_too
@fresh
@require_POST
def codes_new(request: SignedInRequest) -> HttpResponse:
    if not second_factor.has_one(request.user):
        raise Http404
    recovery_codes.generate_recovery_codes(request)
    return redirect("mfa_view_recovery_codes")


@enrolling_too
@fresh
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: SignedInRequest) -> HttpResponse:
    """Where other pages send somebody to show who they are, and who then come back."""
    back = request.GET.get("next", "")
    return redirect(back if is_within(back) else "home")


def _index(request: SignedInRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    mine = list(Authenticator.objects.filter(user=request.user).order_by("created_at", "pk"))
    sheet = next((each for each in mine if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "here": "second-factor",
        "app": next((each for each in mine if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in mine if each.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(sheet.wrap().get_unused_codes()) if sheet else 0,
        "works_here": second_factor.works_here(request.user),
        "is_missing": second_factor.is_missing(request.session, request.user),
        "refusal": refusal,
    }
    return render(request, "mfa/index.html", context, status=status)


def _of(user: User, kind: Authenticator.Type):  # type: ignore[no-untyped-def]
    return Authenticator.objects.filter(user=user, type=kind)


def _keep_the_last(request: SignedInRequest, factor: Authenticator) -> HttpResponse | None:
    if get_adapter().can_delete_authenticator(factor):
        return None
    sentence = _("This is your only one. Add another first, then remove this one.")
    return _index(request, refusal=sentence, status=CONFLICT)


def _note(request: HttpRequest, factor: Authenticator) -> None:
    """Setting one up shows it as well as signing in with it does."""
    record_authentication(request, request.user, "mfa", id=factor.pk, type=factor.type)
