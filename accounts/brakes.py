"""
Brakes: how often something may be tried. Counted in Postgres, so that they hold without Redis.

A brake never locks anybody out for good: it says when to try again, and the page it answers
with keeps what was typed and says whom to call.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member, Tally

TOO_MANY = 429
# What kept words need besides themselves, to be the same submission when they are sent again.
ALONG = (
    "topic", "key", "revision", "content_note", "group", "under", "quoted", "quote", "anyway",
    "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Brake:
    """At most ``most`` tries within ``period``, for each of whoever is counted."""

    name: str
    most: int
    period: timedelta

    def press(self, whose: str, *, at: datetime) -> datetime | None:
        """Count a try. None if it may go on; otherwise when the next one may."""
        too_many, oldest = Tally.press(
            self._key(whose),
            most=self.most,
            since=at - self.period,
            at=at,
            forget_at=at + self.period,
        )
        return oldest + self.period if too_many else None

    def give_back(self, whose: str, *, at: datetime) -> None:
        """The try counted at ``at`` was none of those that the brake is for."""
        Tally.give_back(self._key(whose), at=at)

    def release(self, whose: str) -> None:
        """Start again from nothing."""
        Tally.objects.filter(key=self._key(whose)).delete()

    def _key(self, whose: str) -> str:
        return salted_hmac(f"brake.{self.name}", whose, algorithm="sha256").hexdigest()


MINUTE = timedelta(minutes=1)

# Wrong passwords: for one sign-in, from one connection, and in the whole house.
SIGN_INS_TO_ONE = Brake("sign-in, person", 5, 5 * MINUTE)
SIGN_INS_FROM_ONE = Brake("sign-in, connection", 20, 5 * MINUTE)
SIGN_INS_OF_ALL = Brake("sign-in, all", settings.FAILED_SIGN_INS_A_MINUTE, MINUTE)
# Letters to an address that somebody has typed. A whole lecture hall shares one connection.
LETTERS_TO_ONE = Brake("letter, address", 3, 15 * MINUTE)
LETTERS_FROM_ONE = Brake("letter, connection", 60, 15 * MINUTE)
# Confirming that it is still you, and new passwords.
CONFIRMATIONS = Brake("confirmation", 5, 5 * MINUTE)
# Posts, replies and edits of one member.
WRITING = Brake("writing", settings.WRITINGS_A_MINUTE, MINUTE)
# What one member may report. Danger to life is counted apart, so that nothing else is in its way;
# whoever has often reported what was nothing goes slower (S54).
REPORTS = Brake("report", 6, 10 * MINUTE)
REPORTS_OF_DANGER = Brake("report, danger", 6, 10 * MINUTE)
REPORTS_SLOWED = Brake("report, slowed", 2, 60 * MINUTE)
# Lines to the wall guides. A talk is quicker than a wall, and what is said on either never
# silences somebody on the other.
TALKING = Brake("talking", 3 * settings.WRITINGS_A_MINUTE, MINUTE)


def connection_of(request: HttpRequest) -> str:
    """
    Where a request comes from, for counting.

    The address that uvicorn gives: it believes X-Forwarded-For from its trusted proxy only
    (S52), and nothing here reads that header. One household of IPv6 is one connection.
    """
    given = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def how_long(until: datetime, *, at: datetime) -> str:
    """From ``at`` to ``until`` in words, rounded up."""
    seconds = max(ceil((until - at).total_seconds()), 1)
    if seconds < 60:
        return ngettext("%d second", "%d seconds", seconds) % seconds
    minutes = ceil(seconds / 60)
    return ngettext("%d minute", "%d minutes", minutes) % minutes


def too_many(
    request: HttpRequest,
    *,
    until: datetime,
    at: datetime,
    title: str = "",
    sentence: str = "",
    offers_letter: bool = False,
    send_again: bool = False,
) -> HttpResponse:
    """
    The page of a brake: when to try again, what was typed, and whom to call.

    It never says whether a sign-in exists. ``offers_letter`` shows the way in by letter;
    ``send_again`` lets kept words be sent again to the same address.
    """
    context = {
        "title": title or _("Please wait a little"),
        "sentence": sentence or _("That was a lot in a short time."),
        "wait": how_long(until, at=at),
        "offers_letter": offers_letter,
        "body": request.POST.get("body", ""),
    }
    if send_again:
        # Where the words were going, and what they need to be one submission and no more.
        context |= {
            "action": request.path,
            "token": get_token(request),
            "along": [(name, request.POST[name]) for name in ALONG if name in request.POST],
        }
    response = render(request, "429.html", context, status=TOO_MANY)
    response.headers["Retry-After"] = str(max(ceil((until - at).total_seconds()), 1))
    return response


def too_fast(request: HttpRequest, brake: Brake, member: Member) -> HttpResponse | None:
    """
    The page for a member who sends more in a minute than anybody writes (S51), or None.

    It gives their words back and says when to send them. What came before has arrived and is
    screened like everything.
    """
    at = timezone.now()
    until = brake.press(str(member.pk), at=at)
    if until is None:
        return None
    return too_many(
        request,
        until=until,
        at=at,
        sentence=_("You have written a lot in a short time. What you sent before is with us."),
        send_again=True,
    )


def sign_in_refused(
    request: HttpRequest, *, until: datetime, at: datetime, letter_sent: bool = False
) -> HttpResponse:
    """Too many wrong passwords. A letter still leads in: nobody is locked out by another (S50)."""
    sentence = wrong_passwords()
    if letter_sent:
        sentence = _(
            "Many people are signing in right now, so a password is not enough. If yours was "
            "right, we have sent you an e-mail with a link. It lets you in."
        )
    return too_many(request, until=until, at=at, sentence=sentence, offers_letter=not letter_sent)


def wrong_passwords() -> str:
    return _("There were too many wrong passwords. That can happen to anyone.")
