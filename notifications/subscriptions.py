"""Saying yes, not now and no more to being told on one's phone."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from accounts.models import Member
from audit.operations import record
from notifications import keys
from notifications.enums import Kind
from notifications.models import Notice, Reach, Subscription
from vault import nudges
from vault.nudges import Browser

NOT_NOW_FOR = timedelta(days=90)
BROWSERS_AT_MOST = 5
ENDPOINT_MAX_LENGTH = 1000
PORTS = {None, 443}


class NotABrowser(ValueError):
    """What was given is not what a browser gives, or leads to nobody whom we nudge through."""


def may_be_asked(member: Member, *, now: datetime) -> bool:
    """
    Whether to ask a member about their phone.

    Only once somebody has replied to them, so that they know what for; and once they have said
    "not now", not for ninety days.
    """
    if not keys.is_configured() or Subscription.objects.filter(member=member).exists():
        return False
    asked_lately = Reach.objects.filter(member=member, not_now_at__gt=now - NOT_NOW_FOR)
    answered = Notice.objects.filter(member=member, kind__in=[Kind.REPLY, Kind.GUIDE_REPLY])
    return answered.exists() and not asked_lately.exists()


def on_the_phone(member: Member) -> dict[str, object]:
    """What a page about it needs: the key that browsers ask for, and whether one has said yes."""
    if not keys.is_configured():
        return {"push_key": "", "is_told_on_phone": False}
    return {
        "push_key": keys.public_key(),
        "is_told_on_phone": Subscription.objects.filter(member=member).exists(),
    }


def not_now(*, member: Member, at: datetime) -> None:
    """They would rather not. It is not asked again for ninety days."""
    Reach.objects.update_or_create(member=member, defaults={"not_now_at": at})


@transaction.atomic
def subscribe(*, member: Member, browser: Browser, at: datetime) -> Subscription:
    """
    Tell a member on this browser from now on.

    A browser belongs to whoever said yes on it last; of many, the oldest is let go.

    :raises NotABrowser: if it leads to anybody but the maker of a browser
    """
    insist_on_a_browser(browser)
    subscription = Subscription.objects.create(member=member, added_at=at)
    before = nudges.keep_browser(number=subscription.pk, browser=browser)
    Subscription.objects.filter(pk__in=before).delete()
    mine = Subscription.objects.filter(member=member).order_by("-added_at", "pk")
    stop(list(mine.values_list("pk", flat=True)[BROWSERS_AT_MOST:]))
    record(
        actor=f"member:{member.pk}", verb="be told on a browser", at=at,
        subject=f"member:{member.pk}",
    )  # fmt: skip
    return subscription


@transaction.atomic
def unsubscribe(*, member: Member, at: datetime) -> None:
    """Tell a member on no browser any more."""
    if stop(Subscription.objects.filter(member=member).values_list("pk", flat=True)):
        record(
            actor=f"member:{member.pk}", verb="be told on no browser", at=at,
            subject=f"member:{member.pk}",
        )  # fmt: skip


@transaction.atomic
def stop(numbers: Iterable[object]) -> int:
    """Forget these browsers, here and in the vault; how many there were."""
    gone = list(Subscription.objects.filter(pk__in=list(numbers)).values_list("pk", flat=True))
    if gone:
        nudges.forget_browsers(numbers=gone)
        Subscription.objects.filter(pk__in=gone).delete()
    return len(gone)


def insist_on_a_browser(browser: Browser) -> None:
    """:raises NotABrowser: as `subscribe` says"""
    try:
        address = urlsplit(browser.endpoint)
        port = address.port
    except ValueError:
        raise NotABrowser("no address") from None
    host = address.hostname or ""
    if (
        len(browser.endpoint) > ENDPOINT_MAX_LENGTH
        or not browser.endpoint.isascii()
        or address.scheme != "https"
        or "@" in address.netloc
        or port not in PORTS
    ):
        raise NotABrowser("no address")
    if not any(fnmatchcase(host, allowed) for allowed in settings.PUSH_SERVICES):
        raise NotABrowser("nobody whom we nudge through")
    if len(_bytes(browser.p256dh)) != 65 or len(_bytes(browser.auth)) != 16:
        raise NotABrowser("no keys")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise NotABrowser("no keys") from None
