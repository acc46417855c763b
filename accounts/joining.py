"""
Coming in: what is remembered between a way in and an account, and for how short a time.

It lies in the session, under one key, until somebody is in or goes away: which way in, which
locality, and a seal where an address or a sign-on has been proved. What they type on the way
is locked into a box (vault.boxes) that only this house opens and that is no good after half
an hour. Nothing here is written about anybody until they are a member.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.urls import reverse

from accounts import consent
from accounts.brakes import MINUTE, Brake, connection_of
from commissioning.enums import WayInKind
from commissioning.models import Locality, WayIn
from vault.boxes import BoxWillNotOpen, lock, unlock

KEY = "joining"
GOOD_FOR = timedelta(minutes=30)

# Wrong codes and links (S49). Right ones are given back: a whole lecture hall shares one
# connection and types one code.
CODES_FROM_ONE = Brake("way in, connection", 5, MINUTE)
CODES_OF_ALL = Brake("way in, all", 100, MINUTE)
# Guesses at the six digits of one letter, of which there are a million.
DIGITS = Brake("digits of a letter", 5, GOOD_FOR)
EVERYBODY = "everybody"


class Guess:
    """
    One try at a code or a link, counted before it is looked at.

    Two tries sent at once are two, however they fall: looking first and counting after would
    let them all through.
    """

    def __init__(self, request: HttpRequest, *, at: datetime) -> None:
        self.who, self.at = connection_of(request), at
        # When the next try may be made, where this one may not.
        self.wait_until = CODES_FROM_ONE.press(self.who, at=at) or CODES_OF_ALL.press(
            EVERYBODY, at=at
        )

    def was_right(self) -> None:
        CODES_FROM_ONE.give_back(self.who, at=self.at)
        CODES_OF_ALL.give_back(EVERYBODY, at=self.at)


@dataclass(frozen=True)
class Joining:
    """How far somebody has come."""

    way_in: WayIn
    locality: Locality | None = None
    country: str = ""
    # The version of the terms that they have agreed to.
    consent: str = ""
    # The seal of an address that they have shown to be theirs, or of themselves at their own
    # organisation's sign-on.
    proved: str = ""

    @property
    def by_sign_on(self) -> bool:
        return self.way_in.kind == WayInKind.SINGLE_SIGN_ON

    @property
    def asks_country(self) -> bool:
        """An area has asked already; elsewhere it matters only where a country is asked for."""
        return bool(self.way_in.countries) and self.way_in.kind != WayInKind.AREA

    @property
    def localities(self) -> list[Locality]:
        return list(self.way_in.commissioner.localities.shown().order_by("name"))

    @property
    def knows_place(self) -> bool:
        return self.locality is not None and (bool(self.country) or not self.asks_country)

    def today(self, *, at: datetime) -> date:
        return at.astimezone(self.locality.zone).date() if self.locality else at.date()


# -- what is remembered ----------------------------------------------------------------------


def begin(request: HttpRequest, way_in: WayIn, *, proved: str = "") -> None:
    """Somebody has shown a way in. Whatever they had begun before is forgotten."""
    joining = Joining(way_in, locality=way_in.locality, proved=proved)
    places = joining.localities
    if joining.locality is None and len(places) == 1:
        joining = replace(joining, locality=places[0])
    # An account that was typed for another way in was checked against that one's age.
    stop_waiting(request)
    _remember(request, joining)


def current(request: HttpRequest, *, at: datetime) -> Joining | None:
    """How far they have come; None where nothing was begun, or the way in has closed since."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict):
        return None
    way_in = WayIn.objects.open(now=at).filter(pk=kept.get("way_in") or 0).first()
    if way_in is None:
        forget(request)
        return None
    shown = way_in.commissioner.localities.shown()
    return Joining(
        way_in,
        locality=shown.filter(pk=kept.get("locality") or 0).first(),
        country=kept.get("country", ""),
        consent=kept.get("consent", ""),
        proved=kept.get("proved", ""),
    )


def place_chosen(
    request: HttpRequest, joining: Joining, *, locality: Locality, country: str
) -> None:
    _remember(request, replace(joining, locality=locality, country=country))


def consent_given(request: HttpRequest, version: int) -> None:
    """They have read who can know who they are, and want to go on."""
    kept = request.session.get(KEY)
    if isinstance(kept, dict):
        request.session[KEY] = {**kept, "consent": str(version)}


def forget(request: HttpRequest) -> None:
    """Nothing of what was typed is left."""
    request.session.pop(KEY, None)


def next_step(joining: Joining) -> str:
    """The address of the page that comes next."""
    if not joining.knows_place:
        return reverse("join-place")
    if joining.consent != str(consent.VERSION):
        return reverse("join-consent")
    return reverse("join-account")


def _remember(request: HttpRequest, joining: Joining) -> None:
    request.session[KEY] = {
        "way_in": joining.way_in.pk,
        "locality": joining.locality.pk if joining.locality else None,
        "country": joining.country,
        "consent": joining.consent,
        "proved": joining.proved,
    }


# -- letters with six digits -----------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """
    An address that has been typed and not yet shown to be theirs.

    ``digits`` is what the letter to it says; where the letter says something else, because
    somebody has a sign-in with that address, they are digits that nobody was ever told.
    """

    address: str
    digits: str
    nonce: str

    @classmethod
    def of(cls, address: str) -> Proof:
        return cls(address, f"{secrets.randbelow(1_000_000):06}", secrets.token_urlsafe(12))

    def is_shown_by(self, typed: str, *, at: datetime) -> bool:
        """Whether these are the digits. After five tries none are."""
        if DIGITS.press(self.nonce, at=at) is not None:
            return False
        return hmac.compare_digest(self.digits, "".join(typed.split()))


@dataclass(frozen=True)
class Account:
    """What was typed on the account page. The password is hashed before it rests anywhere."""

    alias: str
    avatar_seed: str
    born_on: str
    password_hash: str = ""

    @classmethod
    def typed(cls, *, alias: str, avatar_seed: str, born_on: date, password: str) -> Account:
        return cls(alias, avatar_seed, born_on.isoformat(), make_password(password or None))


@dataclass(frozen=True)
class Waiting:
    """A proof that is waited for, and the account that it will open, if any."""

    proof: Proof
    account: Account | None = None
    # The way in that asked for it: no other is opened by it.
    way_in: int | None = None


def wait_for_letter(request: HttpRequest, waiting: Waiting) -> None:
    """Keep what was typed until the digits come, in a box."""
    request.session[f"{KEY}_waiting"] = lock(json.dumps(asdict(waiting)), purpose=KEY)


def waiting_for(request: HttpRequest) -> Waiting | None:
    """What waits for its letter; None where nothing does, or it has waited for too long."""
    try:
        opened = unlock(
            request.session.get(f"{KEY}_waiting", ""),
            purpose=KEY,
            within_seconds=int(GOOD_FOR.total_seconds()),
        )
    except BoxWillNotOpen:
        return None
    kept = json.loads(opened)
    return Waiting(
        proof=Proof(**kept["proof"]),
        account=Account(**kept["account"]) if kept["account"] else None,
        way_in=kept["way_in"],
    )


def stop_waiting(request: HttpRequest) -> None:
    request.session.pop(f"{KEY}_waiting", None)
