"""Telling members: a line in their own list first; letters and nudges follow by their own rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Member
from accounts.prepared import rows_of
from live.pokes import poke_user
from notifications.enums import Kind

# A letter follows only where somebody has not looked for so long.
LETTER_AFTER = timedelta(hours=1)

# One statement, because it runs while somebody publishes. The light on the member's own row
# spares every page a query of its own.
_TELL = """
WITH told AS (
    INSERT INTO notifications_notice
        (member_id, kind, about, url_name, args, at, push_at, letter_at)
    SELECT id, %s, %s, %s, %s::varchar[], %s, %s, %s FROM accounts_member WHERE id IN ({whom})
    ORDER BY id
    ON CONFLICT (member_id, kind, about) WHERE seen_at IS NULL DO UPDATE SET at = EXCLUDED.at
    RETURNING member_id
), lit AS (
    UPDATE accounts_member SET has_news = true
    WHERE id IN (SELECT member_id FROM told) AND NOT has_news
)
SELECT user_id FROM accounts_member WHERE id IN (SELECT member_id FROM told)
"""


# The same for members that a SELECT of the caller's names, planned once a connection.
_TELL_WHOM = _TELL.replace(
    "SELECT id, %s, %s, %s, %s::varchar[], %s, %s, %s FROM",
    """SELECT id, %(kind)s::varchar, %(about)s::varchar, %(url_name)s::varchar, %(args)s::varchar[],
           %(at)s::timestamptz, %(push_at)s::timestamptz, %(letter_at)s::timestamptz FROM""",
)


def tell(
    *, member: Member, kind: Kind, at: datetime, url_name: str, args: Sequence[str] = (),
    about: str = "",
) -> None:  # fmt: skip
    """
    Put one line into a member's own list. Commits or not with the caller; nothing leaves before.

    While it is unread, another of the same kind about the same thing is the same line.
    """
    tell_each(
        members=Member.objects.filter(pk=member.pk),
        kind=kind, at=at, url_name=url_name, args=args, about=about,
    )  # fmt: skip


def tell_each(
    *, members: QuerySet[Member], kind: Kind, at: datetime, url_name: str,
    args: Sequence[str] = (), about: str = "",
) -> None:  # fmt: skip
    """
    The same for everybody that a question finds, in the one query that tells them.

    So a caller can leave out, say, who has muted the writer without asking first.
    """
    try:
        whom, found = members.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return
    said: list[Any] = [kind, about, url_name, list(args), at, *_after(kind, at), *found]
    with connection.cursor() as cursor:
        cursor.execute(_TELL.format(whom=whom), said)
        users = cursor.fetchall()
    for (user_id,) in users:
        poke_user(user_id, changed="news")


def tell_whom(
    *, whom: str, kind: Kind, at: datetime, url_name: str, args: Sequence[str] = (),
    about: str = "", **values: object,
) -> None:  # fmt: skip
    """
    As `tell_each`, for what is told with nearly every reply: the question is ours, in SQL.

    :param whom: a SELECT of members' ids, with ``%(name)s`` for each of ``values``
    """
    push_at, letter_at = _after(kind, at)
    told = rows_of(
        _TELL_WHOM.format(whom=whom),
        kind=kind.value, about=about, url_name=url_name, args=list(args), at=at,
        push_at=push_at, letter_at=letter_at, **values,
    )  # fmt: skip
    for (user_id,) in told:
        poke_user(user_id, changed="news")


def _after(kind: Kind, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when a phone may be nudged, and from when a letter may follow."""
    return (at if kind.part else None, at + LETTER_AFTER if kind.goes_by_letter else None)
