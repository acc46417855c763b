"""
Finding words on the wall: in everything that the reader may see, newest first.

The database keeps the words of each piece of writing apart (community.models.finding), and the
question who may read it is asked of the writing itself, by the same rules as everywhere.

A word that many have used is found by walking back from the newest until a page is full: sorting
its ten thousand places would take a hundred times as long. A word that few have used is looked
up, because the walk would find nothing for a long time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Member
from community import muting
from community.models import POSTS_PER_PAGE, Post, Reply, Searchable

# So many of the newest are looked at one by one before the index is asked.
WALK = 5000
# Of what the index finds, so many of the newest are asked whether the reader may see them.
LOOKED_UP = 200
QUERY_MAX_LENGTH = 100
# What is shown of a piece of writing, around the first word that was looked for.
EXCERPT_BEFORE, EXCERPT_LENGTH = 60, 240

# A question leaves out the small words of English, unless it has no others.
ASKED = """(SELECT CASE WHEN numnode(websearch_to_tsquery('pg_catalog.english', %s)) > 0
    THEN websearch_to_tsquery('pg_catalog.english', %s)
    ELSE websearch_to_tsquery('public.wall', %s) END)"""
# What an index can find something by: not a question that only leaves words out.
IS_LOOKED_UP = f"querytree({ASKED}) NOT IN ('', 'T')"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Key = tuple[datetime, int]


@dataclass(frozen=True)
class Hit:
    """A piece of writing that was found, and the post in whose thread it stands."""

    writing: Post | Reply
    post: Post
    excerpt: str
    key: Key

    @property
    def is_reply(self) -> bool:
        return isinstance(self.writing, Reply)


@dataclass(frozen=True)
class Page:
    hits: list[Hit]
    # Where the next page begins, if there is one.
    next: Key | None


def has_a_word(query: str) -> bool:
    """Whether anything is asked for: what is only left out ("-rain") leaves nearly everything."""
    return any(
        any(letter.isalnum() for letter in word)
        for word in query.split()
        if not word.startswith("-") and word.casefold() != "or"
    )


def find(query: str, *, reader: Member, after: Key | None = None) -> Page:
    """The next ten pieces of writing with these words that this reader may see."""
    found, more = _run(True, query, reader, after)
    if not more:
        found, more = _run(False, query, reader, after)
    return Page(_hits(found, query, reader), (found[-1][2], found[-1][3]) if more else None)


Row = tuple[int, int | None, datetime, int]
ROW = ("post_id", "reply_id", "published_at", "pk")

# What stands in a prepared question where each one has values of its own.
SOMEBODY, WORDS, MOMENT, PLACE = (
    -7_310_911,
    "\x01words",
    datetime(1971, 2, 3, tzinfo=UTC),
    -7_310_912,
)


def _run(walk: bool, query: str, reader: Member, after: Key | None) -> tuple[list[Row], bool]:
    sql, blanks = _prepared(walk, after is not None)
    moment, pk = after or (MOMENT, PLACE)
    values: dict[Any, Any] = {SOMEBODY: reader.pk, WORDS: query, MOMENT: moment, PLACE: pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, [values.get(blank, blank) for blank in blanks])
        rows = cursor.fetchall()
    return rows[:POSTS_PER_PAGE], len(rows) > POSTS_PER_PAGE


@cache
def _prepared(walk: bool, is_later_page: bool) -> tuple[str, tuple[Any, ...]]:
    """
    The question in SQL, as the ORM writes it from the rules of the wall, with blanks to fill in.

    Once a process: writing it each time would cost more than answering it.
    """
    older = Searchable.objects.order_by("-published_at", "-pk")
    if is_later_page:
        older = older.filter(published_at__lte=MOMENT).filter(
            Q(published_at__lt=MOMENT) | Q(pk__lt=PLACE)
        )
    reader = Member(pk=SOMEBODY)
    rows = _walk(older, reader) if walk else _look_up(older, reader)
    sql, blanks = rows.values_list(*ROW)[: POSTS_PER_PAGE + 1].query.sql_with_params()
    return sql, blanks


def _walk(older: QuerySet[Searchable], reader: Member) -> QuerySet[Searchable]:
    """The newest page, if it is full without going far."""
    end = Subquery(older.values("published_at")[WALK : WALK + 1])
    return older.filter(published_at__gte=Coalesce(end, Value(LONG_AGO))).filter(
        # The function behind the operator, which no index is asked about.
        Func(F("words"), _asked(), function="ts_match_vq", output_field=BooleanField()),
        _may_be_read_by(reader),
    )


def _look_up(older: QuerySet[Searchable], reader: Member) -> QuerySet[Searchable]:
    matching = older.filter(
        Func(
            F("words"),
            _asked(),
            template="(%(expressions)s)",
            arg_joiner=" @@ ",
            output_field=BooleanField(),
        ),
        RawSQL(IS_LOOKED_UP, [WORDS] * 3, output_field=BooleanField()),  # noqa: S611 -- ours
    )
    # Each found place is asked whether it may be read, but for those too far back to matter.
    newest = matching.values("pk")[:LOOKED_UP]
    readable = Searchable.objects.filter(pk__in=newest).filter(_may_be_read_by(reader))
    return readable.order_by("-published_at", "-pk")


def _asked() -> RawSQL:
    return RawSQL(ASKED, [WORDS] * 3)  # noqa: S611 -- what is asked is a parameter


def _may_be_read_by(reader: Member) -> Case:
    """
    As the wall and its threads have it, and nothing of what anybody took away.

    In a form that the database works out for what matches, row by row: left to choose, it
    would first list the whole wall.
    """
    as_it_stands = {"deleted_at": None, "taken_away_at": None}
    thread = Post.objects.shown_to(reader).filter(pk=OuterRef("post_id"))
    answer = Reply.objects.shown_to(reader).filter(pk=OuterRef("reply_id"), **as_it_stands)

    def there(rows: QuerySet[Any]) -> Subquery:
        return Subquery(rows.order_by().values(yes=Value(True))[:1], output_field=BooleanField())

    return Case(
        When(reply=None, then=there(thread.filter(**as_it_stands))),
        When(there(answer), then=there(thread)),
        default=Value(False),
        output_field=BooleanField(),
    )


def _hits(rows: Sequence[Row], query: str, reader: Member) -> list[Hit]:
    words = looked_for(query)
    whole = Post.objects.as_read_by(reader).select_related("author", "topic", "group")
    posts = whole.in_bulk([post for post, reply, *_ in rows if reply is None])
    answers = (
        Reply.objects.as_read_by(reader)
        .select_related("author", "guide", "post__topic", "post__group")
        .in_bulk([reply for _, reply, *_ in rows if reply is not None])
    )
    muting.fold(list(posts.values()), reader=reader)
    muting.fold(list(answers.values()), reader=reader)
    hits = []
    for post, reply, moment, pk in rows:
        writing: Any = posts.get(post) if reply is None else answers.get(reply)
        if writing is not None:
            place = writing if reply is None else writing.post
            hits.append(Hit(writing, place, excerpt(writing.body, words), (moment, pk)))
    return hits


def looked_for(query: str) -> re.Pattern[str] | None:
    """What to mark in a text: the words of a question, by their beginnings."""
    asked = [word for word in query.split() if not word.startswith("-")]
    words = [word for word in re.findall(r"\w+", " ".join(asked)) if word.casefold() != "or"]
    # The database looks for stems: "walking" finds "walked", and the page marks "walk".
    stems = sorted({re.escape(word[: max(4, len(word) - 3)]) for word in words}, key=len)
    if not stems:
        return None
    return re.compile(rf"\b(?:{'|'.join(reversed(stems))})\w*", re.IGNORECASE)


def excerpt(body: str, words: re.Pattern[str] | None) -> SafeString:
    """Some of a text around the first of these words, which is marked. Nothing in it is markup."""
    text = " ".join(body.split())
    found = words.search(text) if words else None
    start = max(0, found.start() - EXCERPT_BEFORE) if found else 0
    end = start + EXCERPT_LENGTH
    if start:
        start = text.rfind(" ", 0, start) + 1
    if end < len(text):
        end = max(text.rfind(" ", start, end), found.end() if found else 0, start + 1)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    if found is None:
        return format_html("{}{}{}", before, text[start:end], after)
    return format_html(
        "{}{}<mark>{}</mark>{}{}",
        before, text[start : found.start()], found.group(), text[found.end() : end], after,
    )  # fmt: skip
