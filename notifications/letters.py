"""
Letters: once a day at most that somebody has replied, once a week what is new.

A letter may be read by whoever shares the mailbox, or over a shoulder. So it says that there is
something, and where to look: no words of anybody's, no topic, no name (S26).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Member
from accounts.preferences import preferences_of
from notifications import stopping
from notifications.clock import quiet_until, today_of, tomorrow
from notifications.digest import Found
from notifications.looks import dressed
from notifications.models import Notice, Reach
from notifications.rhythm import count_one, is_away, is_told_enough, reach_of
from notifications.stopping import Letter
from vault import post

logger = logging.getLogger(__name__)

AT_ONCE = 200
WEEK = timedelta(days=7)


def write_due(*, now: datetime) -> int:
    """Write to everybody for whom that is due, and say how many were. The post sends it."""
    # The week first: whoever has a reply each day would never hear of the rest.
    weekly = _each(_due_this_week(now), write_of_the_week, now)
    return weekly + _each(_due_today(now), write_of_replies, now)


@transaction.atomic
def write_of_replies(member_id: int, *, now: datetime) -> bool:
    """
    Tell a member by letter that there is something new, unless they have seen it meanwhile.

    Where it is too early or too often, it waits for their next morning.
    """
    reach = reach_of(member_id)
    if reach is None:
        return False
    member = reach.member
    due = Notice.objects.filter(member=member, seen_at=None, letter_at__lte=now)
    if is_away(member, now=now) or not preferences_of(member).letter_of_replies:
        due.update(letter_at=None)
    elif until := quiet_until(member, now=now):
        due.update(letter_at=until)
    elif reach.letter_on == today_of(member, now=now) or is_told_enough(reach, now=now):
        due.update(letter_at=tomorrow(member, now=now))
    elif due.exists():
        # What came within the hour is in the same list: it needs no letter of its own.
        Notice.objects.filter(member=member, seen_at=None).update(letter_at=None)
        reach.letter_on = today_of(member, now=now)
        reach.save(update_fields=["letter_on"])
        count_one(reach, now=now)
        _send(member, Letter.REPLIES)
        return True
    return False


@transaction.atomic
def write_of_the_week(member_id: int, *, now: datetime) -> bool:
    """Tell a member by letter what the week has brought, if it has brought anything."""
    reach = reach_of(member_id)
    if reach is None or reach.weekly_due_at is None or reach.weekly_due_at > now:
        return False
    member, since = reach.member, now - WEEK
    if not is_away(member, now=now) and preferences_of(member).weekly_letter:
        if until := quiet_until(member, now=now):
            return _next_week(reach, at=until)
        if reach.letter_on == today_of(member, now=now) or is_told_enough(reach, now=now):
            return _next_week(reach, at=tomorrow(member, now=now))
        if found := of_the_week(member, since=since, now=now):
            reach.letter_on = today_of(member, now=now)
            reach.save(update_fields=["letter_on"])
            count_one(reach, now=now)
            _next_week(reach, at=now + WEEK)
            _send(member, Letter.WEEK, found=found)
            return True
    return _next_week(reach, at=now + WEEK)


def of_the_week(member: Member, *, since: datetime, now: datetime) -> list[Found]:
    """What every room has to offer for a member's weekly letter."""
    return [
        found
        for name in settings.NEWS_OF_THE_WEEK
        for found in import_string(name)(member=member, since=since, now=now)
    ]


def compose(
    member: Member, letter: Letter, *, found: Sequence[Found] = ()
) -> tuple[str, str, str, dict[str, str]]:
    """A letter in the member's language: subject, plain words, the same with its looks, headers."""
    with override(preferences_of(member).language or settings.LANGUAGE_CODE):
        stop = _address(stopping.address_for(member, letter))
        context = {
            "subject": _("Something new for you"),
            "is_weekly": letter is Letter.WEEK,
            "news": _address(reverse("notifications:news")),
            "found": [(each.words, _address(each.address)) for each in found],
            "choose": _address(reverse("belonging:notifications")),
            "stop": stop,
            "language": preferences_of(member).language or settings.LANGUAGE_CODE,
        }
        plain = render_to_string("letters/news.txt", context).strip() + "\n"
        looks = dressed("letters/news", context)
    headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return str(context["subject"]), plain, looks, headers


def _send(member: Member, letter: Letter, *, found: Sequence[Found] = ()) -> None:
    subject, plain, looks, headers = compose(member, letter, found=found)
    post.send_news(
        handle=member.user.handle, subject=subject, body=plain, html=looks, headers=headers
    )


def _due_today(now: datetime) -> list[int]:
    due = Notice.objects.filter(letter_at__lte=now, seen_at=None).order_by("letter_at")
    return list(dict.fromkeys(due.values_list("member", flat=True)[: AT_ONCE * 5]))[:AT_ONCE]


def _due_this_week(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        # Everybody's week begins on the day they came, so that not all letters go on one.
        cursor.execute(
            "INSERT INTO notifications_reach (member_id, told_times, weekly_due_at) "
            "SELECT id, 0, joined_at + interval '7 days' FROM accounts_member AS m "
            "WHERE NOT EXISTS (SELECT FROM notifications_reach WHERE member_id = m.id) "
            "ORDER BY id LIMIT 1000 ON CONFLICT DO NOTHING"
        )
    Reach.objects.filter(weekly_due_at=None).update(weekly_due_at=now + WEEK)
    due = Reach.objects.filter(weekly_due_at__lte=now).order_by("weekly_due_at", "pk")
    return list(due.values_list("member", flat=True)[:AT_ONCE])


def _each(members: Sequence[int], write: Callable[..., bool], now: datetime) -> int:
    written = 0
    for member_id in members:
        try:
            written += write(member_id, now=now)
        except Exception:
            logger.exception("A letter could not be written; the next look tries again")
    return written


def _next_week(reach: Reach, *, at: datetime) -> bool:
    reach.weekly_due_at = at
    reach.save(update_fields=["weekly_due_at"])
    return False


def _address(path: str) -> str:
    return settings.SITE_URL + path
