"""A member's own list, as they read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import NoReverseMatch, reverse

from accounts.models import Member
from accounts.prepared import rows_of
from notifications.models import Notice

PER_PAGE = 10
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True)
class Line:
    """One line of the list: what the page needs of a notice."""

    words: str
    address: str
    at: datetime
    is_new: bool


def page_of(member: Member, *, after: Notice | None = None) -> list[Notice]:
    """Ten of their notices from the newest on, and one more where there are more."""
    notices = Notice.objects.filter(member=member).order_by("-at", "-pk")
    if after is not None:
        notices = notices.filter(at__lte=after.at).exclude(at=after.at, pk__gte=after.pk)
    return list(notices[: PER_PAGE + 1])


def lines(notices: Sequence[Notice]) -> list[Line]:
    return [
        Line(notice.get_kind_display(), address_of(notice), notice.at, notice.seen_at is None)
        for notice in notices
    ]


def address_of(notice: Notice) -> str:
    """Where a notice leads: to its page, or to the list where that page is no more."""
    try:
        return reverse(notice.url_name, args=notice.args)
    except NoReverseMatch:
        return reverse("notifications:news")


@transaction.atomic
def look(*, member: Member, notices: Sequence[Notice], at: datetime) -> None:
    """Somebody has opened their list: what it showed is read, and nothing more follows from it."""
    if unread := [notice.pk for notice in notices if notice.seen_at is None]:
        Notice.objects.filter(pk__in=unread).update(seen_at=at, push_at=None, letter_at=None)
    if member.has_news:
        Member.objects.filter(pk=member.pk).update(has_news=False)
        member.has_news = False


# In one statement: a thread that somebody opens with news of another must not be slower for it.
_MET = """
    WITH met AS (
        UPDATE notifications_notice SET seen_at = %(at)s, push_at = NULL, letter_at = NULL
        WHERE member_id = %(member)s AND about = %(about)s AND seen_at IS NULL
        RETURNING id)
    UPDATE accounts_member SET has_news = false
    WHERE id = %(member)s AND EXISTS (SELECT FROM met)
      AND NOT EXISTS (SELECT FROM notifications_notice
                      WHERE member_id = %(member)s AND about <> %(about)s AND seen_at IS NULL)
    RETURNING id"""


def come_across(*, member: Member, about: str, at: datetime) -> None:
    """
    Somebody met the thing itself before they opened their list: it is read as well.

    A page calls this only where ``member.has_news``, and so costs nothing most of the time.
    """
    if rows_of(_MET, member=member.pk, about=about, at=at):
        member.has_news = False


def forget_old(*, now: datetime) -> None:
    """A list is for what is new: what was told so long ago goes, read or not."""
    Notice.objects.filter(at__lt=now - KEPT_FOR).delete()
