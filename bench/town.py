"""
Fills a database: `python -m bench.town POSTS`. Prints, as JSON, what to measure there.

The demo's town first, through its operations; then rows as the operations make them, each with
its screening and its words in the search, put in by the database itself: a million posts in a few
minutes. Words are the demo town's own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.session_store import SessionStore  # noqa: E402
from community.models import Post, Reply  # noqa: E402
from community.paragraphs import as_paragraphs  # noqa: E402
from community.sealed_search import seal  # noqa: E402
from peersupport import demo_town  # noqa: E402
from risk.models import Screening  # noqa: E402
from vault.seals import seal_address  # noqa: E402

LONG_THREAD = 20
# Deep pages, each read in turn: so none is read twice in a row.
DEEP_PAGES = 50
# One post in a hundred has this word, and no other has it.
RARE = "lighthouse"

TABLES = ("community_post", "community_reply", "risk_screening", "community_searchable")
BODIES = """
    CREATE TEMPORARY TABLE bodies (number int PRIMARY KEY, body text, html text, words tsvector)"""
POSTS = """
    INSERT INTO community_post (
        public_id, body, body_html, published_at, idempotency_key, reply_count, author_id,
        topic_id, answered_at, newest_reply_at)
    SELECT substr(md5(random()::text), 1, 12), bodies.body, bodies.html, at, gen_random_uuid(), 1,
           author.id, topic.id, at + interval '7 minutes', at + interval '7 minutes'
    FROM (SELECT %(oldest)s::timestamptz + number * interval '20 seconds' AS at,
                 floor(random() * %(bodies)s)
                   + CASE WHEN random() < 0.01 THEN %(bodies)s ELSE 0 END AS body,
                 floor(random() * %(authors)s) AS author, floor(random() * %(topics)s) AS topic
          FROM generate_series(0, %(count)s - 1) AS number OFFSET 0) AS one
    JOIN bodies ON bodies.number = one.body
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM accounts_member) author
      ON author.number = one.author
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM community_topic) topic
      ON topic.number = one.topic
    ORDER BY at"""
# One answer under each post; twenty under the one in the middle.
REPLIES = """
    INSERT INTO community_reply (
        public_id, body, body_html, published_at, idempotency_key, author_id, post_id)
    SELECT substr(md5(random()::text), 1, 12), bodies.body, bodies.html,
           at + one.number * interval '7 minutes', gen_random_uuid(), author.id, post_id
    FROM (SELECT post.id AS post_id, post.published_at AS at, number,
                 floor(random() * %(bodies)s) AS body, floor(random() * %(authors)s) AS author
          FROM community_post post
          CROSS JOIN LATERAL generate_series(1, CASE WHEN post.id = %(long)s THEN %(answers)s
                                                     ELSE 1 END) AS number
          WHERE post.id >= %(first)s OFFSET 0) AS one
    JOIN bodies ON bodies.number = one.body
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM accounts_member) author
      ON author.number = one.author
    ORDER BY at, one.number"""
SCREENINGS = """
    INSERT INTO risk_screening (
        subject_type_id, subject_id, revision, text, state, requested_at, screened_at, urgency,
        probability, lexicon_version, model_version, author_id, locality_id)
    SELECT %(kind)s, writing.id, 1, writing.body, 'screened', published_at, published_at, 0, 0.01,
           'bench', 'bench', author_id, author.locality_id
    FROM {table} AS writing JOIN accounts_member author ON author.id = author_id
    WHERE writing.id >= %(first)s ORDER BY writing.id"""
SEARCHABLE = """
    INSERT INTO community_searchable (post_id, reply_id, published_at, words)
    SELECT {post}, {reply}, published_at, bodies.words || wall_week(published_at)
    FROM {table} AS writing JOIN bodies ON bodies.body = writing.body
    WHERE writing.id >= %(first)s ORDER BY writing.id"""


def main(count: int) -> None:
    call_command("prepare", verbosity=0)
    now = timezone.now()
    with connection.cursor() as cursor:
        # The town is built in one transaction, and on a busy machine it pauses for long.
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
    demo_town.build(at=now)
    said = list(Post.objects.values_list("body", flat=True))
    said += [f"{one}\n\n{two}" for one, two in itertools.pairwise(said)]
    said = list(dict.fromkeys(said))
    first = {
        table: _one(f"SELECT COALESCE(max(id), 0) + 1 FROM {table}")
        for table in ("community_post", "community_reply")
    }
    with _in_bulk():
        # Older than what the town wrote, so that page 1 is the same at every size.
        fill(said, first, count=count, oldest=now - timedelta(days=30, seconds=20 * count))
    long_one = Post.objects.get(pk=first["community_post"] + count // 2)
    liven(long_one)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(json.dumps(targets(long_one, first["community_post"])))


def fill(said: list[str], first: dict[str, int], *, count: int, oldest: datetime) -> None:
    given: dict[str, Any] = {
        "oldest": oldest, "count": count, "bodies": len(said), "answers": LONG_THREAD,
        "authors": _one("SELECT count(*) FROM accounts_member"),
        "topics": _one("SELECT count(*) FROM community_topic"),
        "long": first["community_post"] + count // 2,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(BODIES)
        rare = [f"{body}\n\nI thought of the {RARE}." for body in said]
        cursor.executemany(
            "INSERT INTO bodies VALUES (%s, %s, %s, to_tsvector('public.wall', %s))",
            [(number, body, as_paragraphs(body), body) for number, body in enumerate(said + rare)],
        )
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute(POSTS, {**given, "first": first["community_post"]})
        cursor.execute(REPLIES, {**given, "first": first["community_post"]})
        for model, post, reply in ((Post, "writing.id", "NULL"), (Reply, "post_id", "writing.id")):
            table = model._meta.db_table
            kind = ContentType.objects.get_for_model(model).pk
            start = {"kind": kind, "first": first[table]}
            cursor.execute(SCREENINGS.format(table=table), start)
            cursor.execute(SEARCHABLE.format(table=table, post=post, reply=reply), start)


def liven(post: Post) -> None:
    """Some answers of the long thread stand under others, and some quote."""
    Post.objects.filter(pk=post.pk).update(reply_count=LONG_THREAD)
    replies = list(post.replies.order_by("published_at"))
    for number in (5, 6, 11, 12, 17):
        Reply.objects.filter(pk=replies[number].pk).update(under=replies[number - number % 5 - 1])
    for number in (3, 9, 15):
        quoted = replies[number - 2]
        Reply.objects.filter(pk=replies[number].pk).update(
            quoted_reply=quoted, quote=quoted.body[:80].strip()
        )
    Reply.objects.filter(pk=replies[18].pk).update(quote=post.body[:80].strip())


@contextlib.contextmanager
def _in_bulk() -> Iterator[None]:
    """Rows without their triggers, and each table's indexes made at the end, in one go."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)
               AND indexname NOT IN (SELECT conname FROM pg_constraint)""",
            [list(TABLES)],
        )
        indexes = cursor.fetchall()
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute("SET statement_timeout = 0")
        # What stands here is made to fit; to ask for each row again would take an hour.
        cursor.execute("SET session_replication_role = replica")
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for model in (Post, Reply, Screening):
            _default_as_the_model(cursor, model)
        yield
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("SET session_replication_role = DEFAULT")


def _default_as_the_model(cursor: Any, model: type[models.Model]) -> None:
    """What a statement leaves out is as a new object would have it."""
    for field in model._meta.concrete_fields:
        value = field.get_db_prep_save(field.get_default(), connection)
        if value is not None and not field.is_relation:
            cursor.execute(
                f'ALTER TABLE {model._meta.db_table} ALTER "{field.column}" SET DEFAULT %s', [value]
            )


def targets(long_one: Post, first: int) -> dict[str, Any]:
    """Addresses to fetch, somebody to fetch them as, and threads to reply in."""
    wren = demo_town.sign_ins()[0].email
    user = User.objects.get(address_seal=seal_address(wren))
    deep = Post.objects.filter(pk__gte=first + 100, pk__lt=first + 100 + 10 * DEEP_PAGES)
    quiet = Post.objects.filter(pk__gte=first + 1000, reply_count=1).order_by("pk")[:2000]
    sealed = seal(RARE, reader=user.member, now=timezone.now())
    return {
        "session": session_of("accounts.backends.EmailBackend", wren),
        "bare_session": session_of("django.contrib.auth.backends.ModelBackend", wren),
        "feed": ["/wall/"],
        "deep": [f"/wall/?after={post.public_id}" for post in deep.order_by("pk")[9::10]],
        "thread": [f"/wall/posts/{long_one.public_id}/"],
        "search": [f"/wall/search/?for={sealed}"],
        "reply_to": [
            f"/wall/posts/{public_id}/replies/"
            for public_id in quiet.values_list("public_id", flat=True)
        ],
    }


def session_of(backend: str, email: str) -> str:
    """The session of somebody of the town who is signed in."""
    return session_of_user(user_of(email), backend)


def user_of(email: str) -> User:
    return User.objects.get(address_seal=seal_address(email))


def session_of_user(user: User, backend: str = settings.AUTHENTICATION_BACKENDS[0]) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _one(asked: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main(int(sys.argv[1]))
