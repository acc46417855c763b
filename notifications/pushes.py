"""
Nudging members on their phone: neutral words, three times a day at most, never in quiet hours.

What is due is a column in Postgres; a task looks every so often and is a hint like the others. A
service that is away costs its own nudges and nothing else: one look at a time, of some seconds.
"""

from __future__ import annotations

import email.utils
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from pywebpush import WebPusher

from accounts.models import Member
from accounts.preferences import preferences_of
from notifications import keys
from notifications.clock import quiet_from, quiet_until, tomorrow
from notifications.enums import Kind
from notifications.models import Notice, Subscription
from notifications.rhythm import count_one, count_one_less, is_away, is_told_enough, reach_of
from notifications.subscriptions import stop
from vault.cipher import KeyMissing, Tampered
from vault.nudges import Browser, browser_of

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
# One look takes no longer, whatever is away: a worker has words to read, too (F35).
LOOK_SECONDS = 20.0
AT_ONCE = 200
# A nudge that could not be shown for so long is stale.
KEPT_FOR = timedelta(hours=6)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=12)
# A browser that fails so often in a row is taken to be gone.
FAILURES_AT_MOST = 12


class Outcome(Enum):
    TAKEN = "taken"
    GONE = "gone"
    LATER = "later"


def send_due(*, clock: Callable[[], datetime]) -> int:
    """
    Nudge everybody for whom that is due, and say how many were.

    Only one worker at a time, and for some seconds: what is left is still due the next time.
    """
    if not keys.is_configured():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('notifications.pushes'))")
        if not cursor.fetchone()[0]:
            return 0
    try:
        return _send_due(clock)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('notifications.pushes'))")


def _send_due(clock: Callable[[], datetime]) -> int:
    began, now, sent = time.monotonic(), clock(), 0
    # What nobody can be nudged about is settled in one go: most members never said yes.
    due = Notice.objects.filter(push_at__lte=now)
    due.exclude(member__in=Subscription.objects.values("member")).update(push_at=None)
    waiting = due.order_by("push_at").values_list("member", flat=True)[: AT_ONCE * 5]
    away: set[str] = set()
    for member_id in list(dict.fromkeys(waiting))[:AT_ONCE]:
        if time.monotonic() - began > LOOK_SECONDS:
            break
        try:
            sent += _nudge(member_id, now=clock(), away=away)
        except Exception as error:
            logger.error(
                "Somebody could not be nudged; the next look tries again: %s", type(error).__name__
            )
    return sent


def _nudge(member_id: int, *, now: datetime, away: set[str]) -> bool:
    """
    Nudge one member, if they are to be. Decided and committed first, sent afterwards.

    So no row is held while a service thinks, and a worker that dies in between has nudged too
    seldom and never too often.
    """
    with transaction.atomic():
        notices = _to_be_told(member_id, now=now)
        if not notices:
            return False
    results: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
    subscriptions = Subscription.objects.filter(member=member_id)
    for each in subscriptions.select_related("member__locality", "member__preferences"):
        if each.not_before is None or each.not_before <= now:
            results[_send_to(each, now=now, away=away)] += 1
    if results[Outcome.TAKEN]:
        return True
    # Nothing reached them, so it does not count; what is still unread is tried again.
    count_one_less(member_id, now=now)
    again = subscriptions.order_by("not_before").values_list("not_before", flat=True).first()
    if again is not None:
        Notice.objects.filter(pk__in=notices, seen_at=None).update(push_at=again)
    return False


def _to_be_told(member_id: int, *, now: datetime) -> list[int]:
    """Which of a member's notices a nudge is about now; none where it has to wait, or is not to."""
    reach = reach_of(member_id)
    if reach is None:
        return []
    due = Notice.objects.filter(member=member_id, seen_at=None, push_at__lte=now)
    chosen = preferences_of(reach.member)
    wanted = [kind for kind in Kind if kind.part is not None and getattr(chosen, kind.part.value)]
    if is_away(reach.member, now=now):
        due.update(push_at=None)
    due.exclude(kind__in=wanted).update(push_at=None)
    first = Subscription.objects.filter(member=member_id).order_by("not_before")
    if until := quiet_until(reach.member, now=now):
        due.update(push_at=until)
    elif is_told_enough(reach, now=now):
        due.update(push_at=tomorrow(reach.member, now=now))
    elif all(each.not_before and each.not_before > now for each in first):
        soonest = [each.not_before for each in first]
        due.update(push_at=soonest[0] if soonest else None)
    elif found := list(due.values_list("pk", flat=True)):
        Notice.objects.filter(pk__in=found).update(push_at=None)
        count_one(reach, now=now)
        return found
    return []


def _send_to(subscription: Subscription, *, now: datetime, away: set[str]) -> Outcome:
    """Nudge one browser, and keep what its maker's service said."""
    try:
        browser = browser_of(subscription.pk)
    except (KeyMissing, Tampered):
        logger.error("Where a browser is nudged could not be opened")
        return Outcome.LATER
    if browser is None:
        subscription.delete()
        return Outcome.GONE
    host = urlsplit(browser.endpoint).netloc
    if host in away:
        # It did not answer a moment ago: one wait is enough for this look.
        Subscription.objects.filter(pk=subscription.pk).update(not_before=now + FIRST_WAIT)
        return Outcome.LATER
    seconds = _seconds_to_keep(subscription.member, now=now)
    try:
        answer = post_to(browser, said=payload(subscription.member), seconds=seconds)
    except requests.RequestException as problem:
        # Its name only: the words of such an error hold the address.
        logger.warning("A push service did not answer (%s)", type(problem).__name__)
        away.add(host)
        return _later(subscription, now=now, wait=None)
    if answer.ok:
        if subscription.failures or subscription.not_before:
            Subscription.objects.filter(pk=subscription.pk).update(failures=0, not_before=None)
        return Outcome.TAKEN
    if answer.status_code in (404, 410):
        stop([subscription.pk])
        return Outcome.GONE
    logger.warning("A push service answered %s", answer.status_code)
    if answer.status_code == 429 or answer.status_code >= 500:
        away.add(host)
    return _later(subscription, now=now, wait=_retry_after(answer, now=now))


def payload(member: Member) -> str:
    """What a nudge says: that there is something, and nothing of what or of where (S26)."""
    language = preferences_of(member).language or settings.LANGUAGE_CODE
    with override(language):
        title = _("Something new for you")
    return json.dumps({"title": title, "url": reverse("notifications:news")})


def post_to(browser: Browser, *, said: str, seconds: int) -> requests.Response:
    """
    Hand one nudge to the service of a browser's maker, encrypted for that browser alone.

    :raises requests.RequestException: if it does not answer in time
    """
    where = urlsplit(browser.endpoint)
    claims = {
        "aud": f"{where.scheme}://{where.netloc}",
        "exp": int(time.time()) + 12 * 60 * 60,
        "sub": f"mailto:{settings.POST_SENDER}",
    }
    headers = {
        **keys.signer().sign(claims),
        "urgency": "normal",
        # Several that wait at the service are one.
        "topic": "news",
    }
    with requests.Session() as session:
        # Where it sends us on to is nowhere that anybody said yes to.
        session.max_redirects = 0
        answer = WebPusher(browser.as_subscription(), requests_session=session).send(
            said, headers, ttl=seconds, timeout=TIMEOUT_SECONDS
        )
    assert isinstance(answer, requests.Response)  # noqa: S101 -- a string is curl's, unasked for
    return answer


def _seconds_to_keep(member: Member, *, now: datetime) -> int:
    """How long a service may hold a nudge: never into quiet hours, when a phone comes on again."""
    until = min(quiet_from(member, now=now), now + KEPT_FOR)
    return max(int((until - now).total_seconds()), 1)


def _later(subscription: Subscription, *, now: datetime, wait: timedelta | None) -> Outcome:
    failures = subscription.failures + 1
    if failures > FAILURES_AT_MOST:
        stop([subscription.pk])
        return Outcome.GONE
    longer = min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT)
    Subscription.objects.filter(pk=subscription.pk).update(
        failures=failures, not_before=now + (wait or longer)
    )
    return Outcome.LATER


def _retry_after(answer: requests.Response, *, now: datetime) -> timedelta | None:
    """How long a service asks to be left alone, in seconds or until a date; at most half a day."""
    said = answer.headers.get("Retry-After", "").strip()
    wait = None
    if said.isdecimal():
        wait = timedelta(seconds=int(said[:9]))
    elif said:
        with suppress(TypeError, ValueError, IndexError):
            wait = email.utils.parsedate_to_datetime(said) - now
    return min(max(wait, FIRST_WAIT), LONGEST_WAIT) if wait is not None else None
