"""The way in, as pages. Each works without JavaScript; none says whether somebody is here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db.models import Exists, OuterRef
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import alias as aliases
from accounts import avatars, joining
from accounts.admission import AliasTaken, ClosedMeanwhile, HasSignIn, admit
from accounts.audience import visitors_only
from accounts.brakes import LETTERS_FROM_ONE, LETTERS_TO_ONE, connection_of, how_long
from accounts.eligibility import Bar, bar_by_age, bar_by_country
from accounts.joining import Account, Guess, Joining, Proof, Waiting
from accounts.joining_forms import (
    AccountForm,
    AddressForm,
    AreaForm,
    CodeForm,
    DigitsForm,
    PlaceForm,
)
from accounts.models import User
from accounts.single_sign_on import SignOnFailed, came_back, send_there
from accounts.ways_in import hash_of
from commissioning.enums import WayInKind
from commissioning.models import Commissioner, WayIn
from vault import post
from vault.seals import seal_address

UNPROCESSABLE, TOO_MANY = 422, 429
FORMS = ["GET", "HEAD", "POST"]
# What is offered by name on an organisation's page; a code and a link are typed and opened.
OFFERED = [WayInKind.SINGLE_SIGN_ON, WayInKind.EMAIL_DOMAIN, WayInKind.AREA]
MOST_LISTED = 30
BACKEND = "accounts.backends.EmailBackend"

WRONG_CODE = _(
    "We do not know this code. Please look at it again, letter by letter. It may also have ended."
)
WRONG_DIGITS = _("Those are not the digits of the last letter. Please look again.")


# -- which way in ----------------------------------------------------------------------------


@visitors_only
@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """Who gave you your way in? A code is typed here; an organisation is looked for."""
    return _join_page(request, CodeForm())


@visitors_only
@require_POST
def join_by_code(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _join_page(request, form, status=UNPROCESSABLE)
    guess = Guess(request, at=now)
    if guess.wait_until is not None:
        form.add_error(None, _wait(guess.wait_until, at=now))
        return _join_page(request, form, status=TOO_MANY)
    code = form.cleaned_data["code"]
    # A code of spaces and dashes is empty, and so are the codes of every other kind.
    way_in = (
        WayIn.objects.open(now=now).filter(kind=WayInKind.ACCESS_CODE, code=code or "-").first()
    )
    if way_in is None:
        form.add_error("code", WRONG_CODE)
        return _join_page(request, form, status=UNPROCESSABLE)
    guess.was_right()
    return _begin(request, way_in)


@visitors_only
@require_http_methods(FORMS)
def join_by_referral(request: HttpRequest, token: str) -> HttpResponse:
    """A link that somebody was given. Opening it uses nothing up; coming in does."""
    now = timezone.now()
    guess = Guess(request, at=now)
    way_in = None
    if guess.wait_until is None:
        kind = {"kind": WayInKind.REFERRAL, "token_hash": hash_of(token)}
        way_in = WayIn.objects.open(now=now).filter(**kind).first()
    if way_in is None:
        wait = _wait(guess.wait_until, at=now) if guess.wait_until else ""
        status = TOO_MANY if wait else 404
        return render(request, "accounts/join_referral.html", {"wait": wait}, status=status)
    guess.was_right()
    if request.method == "POST":
        return _begin(request, way_in)
    return render(request, "accounts/join_referral.html", {"way_in": way_in})


@visitors_only
@require_safe
def join_at(request: HttpRequest, slug: str) -> HttpResponse:
    """The ways in that one organisation offers to whoever looks."""
    commissioner = get_object_or_404(_with_ways_in(), slug=slug)
    offered = WayIn.objects.open(now=timezone.now()).filter(commissioner=commissioner)
    return render(
        request,
        "accounts/join_at.html",
        {
            "commissioner": commissioner,
            "ways_in": [way for way in offered if way.kind in OFFERED],
            "has_code": any(way.kind == WayInKind.ACCESS_CODE for way in offered),
            "code_form": CodeForm(),
        },
    )


@visitors_only
@require_http_methods(FORMS)
def join_by_email(request: HttpRequest, pk: int) -> HttpResponse:
    """An address that only this organisation's people have. A letter shows whose it is."""
    now = timezone.now()
    way_in = _open_way_in(WayInKind.EMAIL_DOMAIN, pk, now=now)
    form = AddressForm(_sent(request), way_in=way_in)
    if form.is_valid():
        if wait := _letter_waits(request, at=now):
            form.add_error(None, wait)
            return _form_page(request, "join_email", form, status=TOO_MANY, way_in=way_in)
        _send_letter(request, form.cleaned_data["email"], way_in=way_in.pk, at=now)
        return redirect("join-letter")
    return _form_page(request, "join_email", form, way_in=way_in)


@visitors_only
@require_http_methods(FORMS)
def join_by_area(request: HttpRequest, pk: int) -> HttpResponse:
    way_in = _open_way_in(WayInKind.AREA, pk, now=timezone.now())
    form = AreaForm(_sent(request), way_in=way_in)
    if form.is_valid():
        if not form.is_within:
            return _not_for_you(request, way_in, Bar.ELSEWHERE, country=form.lives_in)
        return _begin(request, way_in)
    return _form_page(request, "join_area", form, way_in=way_in)


@visitors_only
@require_safe
def join_by_sign_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Away to the organisation's own sign-on. Whoever is a member already comes straight in."""
    way_in = _open_way_in(WayInKind.SINGLE_SIGN_ON, pk, now=timezone.now())
    try:
        return send_there(request, way_in)
    except SignOnFailed:
        return _sign_on_failed(request, way_in)


@visitors_only
@require_safe
def sign_on_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from there, with word of who they are, of which only a seal is taken."""
    pk = int(provider_id) if provider_id.isdecimal() and len(provider_id) < 10 else 0
    way_in = get_object_or_404(
        WayIn.objects.select_related("commissioner", "locality"),
        pk=pk, kind=WayInKind.SINGLE_SIGN_ON,
    )  # fmt: skip

    def arrive(seal: str) -> HttpResponse:
        if user := User.objects.filter(address_seal=seal, is_active=True).first():
            return _sign_in(request, user, method="socialaccount")
        if not way_in.is_open(now=timezone.now()):
            return _no_way_in(request)
        return _begin(request, way_in, proved=seal)

    try:
        return came_back(request, way_in, then=arrive)
    except SignOnFailed:
        return _sign_on_failed(request, way_in)


@visitors_only
@require_safe
def join_without(request: HttpRequest) -> HttpResponse:
    """For whom nobody has given a way in: what they can do instead."""
    return render(request, "accounts/join_without.html")


# -- from the way in to an account -----------------------------------------------------------


@visitors_only
@require_http_methods(FORMS)
def join_place(request: HttpRequest) -> HttpResponse:
    """Which locality, and in which country where that matters."""
    under_way = joining.current(request, at=timezone.now())
    if under_way is None:
        return _start_again(request)
    if under_way.knows_place:
        return redirect(joining.next_step(under_way))
    form = PlaceForm(_sent(request), joining=under_way)
    if form.is_valid():
        country = form.cleaned_data.get("country", "")
        if bar := under_way.asks_country and bar_by_country(under_way.way_in, country=country):
            return _not_for_you(request, under_way.way_in, bar, country=country)
        chosen = form.settled or form.places[form.cleaned_data["locality"]]
        joining.place_chosen(request, under_way, locality=chosen, country=country)
        return _onwards(request)
    return _form_page(request, "join_place", form, joining=under_way)


@visitors_only
@require_http_methods(FORMS)
def join_account(request: HttpRequest) -> HttpResponse:
    """The alias, the avatar, how to sign in and how old: all that a member is asked."""
    now = timezone.now()
    under_way = joining.current(request, at=now)
    if under_way is None:
        return _start_again(request)
    step = joining.next_step(under_way)
    if step != reverse("join-account"):
        return redirect(step)
    today = under_way.today(at=now)
    if request.method != "POST":
        form = AccountForm(initial={"alias": aliases.offer()}, joining=under_way, today=today)
        return _account_page(request, under_way, form)
    if "alias_again" in request.POST or avatars.asks_for_others(request.POST):
        # Only another name or other pictures are asked for: nothing is checked yet.
        typed = (aliases.with_another(request.POST) or request.POST).dict()
        form = AccountForm(initial=typed, joining=under_way, today=today)
        return _account_page(request, under_way, form)
    form = AccountForm(request.POST, joining=under_way, today=today)
    if not form.is_valid():
        return _account_page(request, under_way, form, status=UNPROCESSABLE)
    said = form.cleaned_data
    if bar := bar_by_age(under_way.way_in, born_on=said["born_on"], today=form.today):
        return _not_for_you(request, under_way.way_in, bar)
    account = Account.typed(
        alias=said["alias"],
        avatar_seed=avatars.picked(request.POST),
        born_on=said["born_on"],
        password=said.get("password", ""),
    )
    address: str | None = said.get("email")
    if address is None or seal_address(address) == under_way.proved:
        return _come_in(request, under_way, account, address=address, now=now)
    if wait := _letter_waits(request, at=now):
        form.add_error(None, wait)
        return _account_page(request, under_way, form, status=TOO_MANY)
    _send_letter(request, address, account=account, way_in=under_way.way_in.pk, at=now)
    return redirect("join-letter")


@visitors_only
@require_http_methods(FORMS)
def join_letter(request: HttpRequest) -> HttpResponse:
    """The six digits from the letter. The page is the same whoever the address belongs to."""
    now = timezone.now()
    waiting = joining.waiting_for(request)
    if waiting is None:
        return _start_again(request)
    form = DigitsForm(_sent(request))
    if form.is_valid():
        if waiting.proof.is_shown_by(form.cleaned_data["digits"], at=now):
            return _shown(request, waiting, now=now)
        form.add_error("digits", WRONG_DIGITS)
    return _letter_page(request, form, waiting)


@visitors_only
@require_POST
def join_letter_again(request: HttpRequest) -> HttpResponse:
    """Another letter, with other digits."""
    now = timezone.now()
    waiting = joining.waiting_for(request)
    if waiting is None:
        return _start_again(request)
    address = waiting.proof.address
    if wait := _letter_waits(request, at=now):
        return _letter_page(request, DigitsForm(), waiting, status=TOO_MANY, refusal=wait)
    _send_letter(request, address, account=waiting.account, way_in=waiting.way_in, at=now)
    messages.success(request, _("Another letter is on its way."))
    return redirect("join-letter")


# -- parts -----------------------------------------------------------------------------------


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _wait(until: datetime, *, at: datetime) -> str:
    return str(
        _("That were many tries in a short time. Please try again in %(wait)s.")
        % {"wait": how_long(until, at=at)}
    )


def _with_ways_in() -> Any:
    """Organisations that let somebody in at the moment."""
    open_now = WayIn.objects.open(now=timezone.now()).filter(commissioner=OuterRef("pk"))
    return Commissioner.objects.filter(Exists(open_now), is_hidden=False).order_by("name")


def _open_way_in(kind: WayInKind, pk: int, *, now: datetime) -> WayIn:
    return get_object_or_404(WayIn.objects.open(now=now), kind=kind, pk=pk)


def _begin(request: HttpRequest, way_in: WayIn, *, proved: str = "") -> HttpResponse:
    joining.begin(request, way_in, proved=proved)
    return _onwards(request)


def _onwards(request: HttpRequest) -> HttpResponse:
    under_way = joining.current(request, at=timezone.now())
    return redirect(joining.next_step(under_way)) if under_way else _start_again(request)


def _start_again(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        messages.info(
            request, _("That took a while, so we have let go of it. Please start here again.")
        )
    return redirect("join")


def _letter_waits(request: HttpRequest, *, at: datetime) -> str:
    """Why no letter is sent from here just now; "" where one may be."""
    until = LETTERS_FROM_ONE.press(connection_of(request), at=at)
    return _wait(until, at=at) if until else ""


def _send_letter(
    request: HttpRequest,
    address: str,
    *,
    at: datetime,
    account: Account | None = None,
    way_in: int | None = None,
) -> None:
    """
    One letter to an address that somebody has typed, and what they typed kept until it is read.

    Whoever signs up with an address that has a sign-in is told so, in the letter and nowhere
    else (S24): either way there is one letter, one password has been hashed, and the page is
    the same. Past a few letters to one address none is sent, and those before still hold:
    saying so would tell a stranger that somebody is signing up with it.
    """
    before = joining.waiting_for(request)
    seal = seal_address(address)
    exists = User.objects.filter(address_seal=seal).exists() and account is not None
    # To who has a sign-in the letter says nothing of these digits.
    proof = Proof.of(address)
    if LETTERS_TO_ONE.press(seal, at=at) is None:
        context = {
            "digits": proof.digits,
            "sign_in": request.build_absolute_uri(reverse("account_login")),
            "new_password": request.build_absolute_uri(reverse("account_reset_password")),
        }
        letter = "you-are-here-already" if exists else "six-digits"
        post.send_to(address=address, letter=letter, context=context)
    elif before is not None and seal_address(before.proof.address) == seal:
        proof = before.proof
    joining.wait_for_letter(request, Waiting(proof, account=account, way_in=way_in))


def _shown(request: HttpRequest, waiting: Waiting, *, now: datetime) -> HttpResponse:
    """The digits are right: the address is theirs."""
    if waiting.account is None:
        way_in = WayIn.objects.open(now=now).filter(pk=waiting.way_in or 0).first()
        joining.stop_waiting(request)
        if way_in is None:
            return _no_way_in(request)
        # From here on the address is a seal: known again if they sign in with it, else forgotten.
        return _begin(request, way_in, proved=seal_address(waiting.proof.address))
    under_way = joining.current(request, at=now)
    if under_way is None or under_way.way_in.pk != waiting.way_in:
        return _start_again(request)
    if (step := joining.next_step(under_way)) != reverse("join-account"):
        return redirect(step)
    return _come_in(request, under_way, waiting.account, address=waiting.proof.address, now=now)


def _come_in(
    request: HttpRequest,
    under_way: Joining,
    account: Account,
    *,
    address: str | None,
    now: datetime,
) -> HttpResponse:
    try:
        member = admit(joining=under_way, account=account, address=address, at=now)
    except ClosedMeanwhile:
        return _no_way_in(request)
    except HasSignIn:
        # They have shown that the address is theirs, so they may be told.
        joining.stop_waiting(request)
        joining.forget(request)
        messages.info(request, _("You have a sign-in here already. Please sign in."))
        return redirect("account_login")
    except AliasTaken:
        joining.stop_waiting(request)
        form = AccountForm(
            initial={"alias": aliases.offer(), "email": address or ""},
            joining=under_way, today=under_way.today(at=now),
        )  # fmt: skip
        sentence = _("Somebody has just taken that name. Here is another, or choose your own.")
        return _account_page(request, under_way, form, refusal=sentence, status=UNPROCESSABLE)
    return _sign_in(
        request, member.user, method="socialaccount" if under_way.by_sign_on else "password",
        is_new=True,
    )  # fmt: skip


def _sign_in(
    request: HttpRequest, user: User, *, method: str, is_new: bool = False
) -> HttpResponse:
    joining.stop_waiting(request)
    joining.forget(request)
    login(request, user, backend=BACKEND)
    record_authentication(request, user, method)
    return redirect("belonging:arrival" if is_new else "home")


def _not_for_you(
    request: HttpRequest, way_in: WayIn, bar: Bar, *, country: str = ""
) -> HttpResponse:
    """This is not for them; here is what is. Nothing that they typed is kept."""
    joining.stop_waiting(request)
    joining.forget(request)
    place = way_in.locality or way_in.commissioner.localities.shown().first()
    return render(
        request,
        "accounts/join_not_for_you.html",
        {
            "bar": bar.name,
            "commissioner": way_in.commissioner,
            "country": country or (place.country if place else ""),
            "way_in": way_in,
        },
    )


def _no_way_in(request: HttpRequest) -> HttpResponse:
    joining.stop_waiting(request)
    joining.forget(request)
    messages.info(request, _("This way in has just ended. There may be another one for you."))
    return redirect("join")


def _sign_on_failed(request: HttpRequest, way_in: WayIn) -> HttpResponse:
    return render(request, "accounts/join_sign_on_failed.html", {"way_in": way_in})


def _join_page(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    wanted = request.GET.get("q", "").strip()[:80]
    found = _with_ways_in()
    if wanted:
        found = found.filter(name__icontains=wanted.replace("\x00", ""))
    context = {"form": form, "wanted": wanted, "organisations": list(found[:MOST_LISTED])}
    return render(request, "accounts/join.html", context, status=status)


def _form_page(
    request: HttpRequest, name: str, form: Form, *, status: int | None = None, **context: Any
) -> HttpResponse:
    status = status or (UNPROCESSABLE if form.is_bound else 200)
    return render(request, f"accounts/{name}.html", {"form": form, **context}, status=status)


def _letter_page(
    request: HttpRequest, form: DigitsForm, waiting: Waiting, **more: Any
) -> HttpResponse:
    address = waiting.proof.address
    if settings.DEMO:
        # Everybody in a demo is made up, and no letter leaves it.
        exists = waiting.account and User.objects.filter(address_seal=seal_address(address))
        more["demo_says"] = (
            _("It would say that you have a sign-in here already.")
            if exists
            else _("It would say %(digits)s.") % {"digits": waiting.proof.digits}
        )
    return _form_page(request, "join_letter", form, address=address, **more)


def _account_page(
    request: HttpRequest, under_way: Joining, form: AccountForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "joining": under_way,
        "form": form,
        "alias": form["alias"].value() or "",
        "alias_error": next(iter(form["alias"].errors), ""),
        "avatars": avatars.choice(_sent(request)),
        **more,
    }
    return render(request, "accounts/join_account.html", context, status=status)
