"""
Fills a database: `python -m bench.town POSTS`. Prints, as JSON, what to measure there.

Rows as the operations make them, each with its screening, put in by the thousand. Words
are the demo town's own.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import uuid
from collections.abc import Iterable, Iterator
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

from accounts.models import Member, User  # noqa: E402
from accounts.session_store import SessionStore  # noqa: E402
from community.models import Post, Reply, Topic  # noqa: E402
from community.paragraphs import as_paragraphs  # noqa: E402
from peersupport import demo_town  # noqa: E402
from risk.models import Screening  # noqa: E402
from vault.seals import seal_address  # noqa: E402

BATCH = 2000
LONG_THREAD = 20


def main(count: int) -> None:
    call_command("prepare", verbosity=0)
    now = timezone.now()
    demo_town.build(at=now)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    words = [post.body for post in Post.objects.all()]
    words += [f"{one}\n\n{two}" for one, two in itertools.pairwise(words)]
    bodies = [(body, as_paragraphs(body)) for body in words]
    chance = random.Random(count)
    # Older than what the town wrote, so that page 1 is the same at every size.
    oldest = now - timedelta(days=30, seconds=20 * count)
    moments = [oldest + timedelta(seconds=20 * number) for number in range(count)]
    fill_posts(moments, bodies, chance)
    fill_replies(bodies, chance)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(json.dumps(targets()))


def fill_posts(
    moments: Iterable[datetime], bodies: list[tuple[str, str]], chance: random.Random
) -> None:
    members, topics = list(Member.objects.all()), list(Topic.objects.all())

    def posts() -> Iterator[Post]:
        for moment in moments:
            body, body_html = chance.choice(bodies)
            yield Post(
                author=chance.choice(members), topic=chance.choice(topics), body=body,
                body_html=body_html, published_at=moment,
                idempotency_key=uuid.UUID(int=chance.getrandbits(128)), reply_count=1,
            )  # fmt: skip

    create(posts())


def fill_replies(bodies: list[tuple[str, str]], chance: random.Random) -> None:
    members = list(Member.objects.all())
    posts = list(
        Post.objects.filter(replies=None).only("pk", "published_at").order_by("published_at")
    )
    long_one = posts[len(posts) // 2]

    def replies() -> Iterator[Reply]:
        for post in posts:
            for number in range(LONG_THREAD if post is long_one else 1):
                body, body_html = chance.choice(bodies)
                yield Reply(
                    author=chance.choice(members), post=post, body=body, body_html=body_html,
                    published_at=post.published_at + timedelta(minutes=7 * number + 7),
                    idempotency_key=uuid.UUID(int=chance.getrandbits(128)),
                )  # fmt: skip

    create(replies())
    Post.objects.filter(pk=long_one.pk).update(reply_count=LONG_THREAD)


def create(rows: Iterable[Any]) -> None:
    """Insert posts or replies by the thousand, each with its screening."""
    rows = iter(rows)
    while batch := list(itertools.islice(rows, BATCH)):
        model: type[models.Model] = type(batch[0])
        model._default_manager.bulk_create(batch)
        kind = ContentType.objects.get_for_model(model)
        Screening.objects.bulk_create(
            Screening(
                subject_type=kind, subject_id=row.pk, author=row.author,
                locality_id=row.author.locality_id, text=row.body, state="screened", urgency=0,
                probability=0.01, requested_at=row.published_at, screened_at=row.published_at,
                lexicon_version="bench", model_version="bench",
            )
            for row in batch
        )  # fmt: skip


def targets() -> dict[str, Any]:
    """Addresses to fetch, somebody to fetch them as, and threads to reply in."""
    wren = demo_town.sign_ins()[0].email
    newest_first = Post.objects.on_the_wall().newest_first()
    deep = newest_first.reverse()[11]
    thread = Post.objects.filter(reply_count=LONG_THREAD).order_by("published_at")[0]
    quiet = Post.objects.on_the_wall().filter(reply_count=1).order_by("pk")[:2000]
    return {
        "session": session_of("accounts.backends.EmailBackend", wren),
        "bare_session": session_of("django.contrib.auth.backends.ModelBackend", wren),
        "feed": "/wall/",
        "deep": f"/wall/?after={deep.public_id}",
        "thread": f"/wall/posts/{thread.public_id}/",
        "reply_to": [
            f"/wall/posts/{public_id}/replies/"
            for public_id in quiet.values_list("public_id", flat=True)
        ],
    }


def session_of(backend: str, email: str) -> str:
    """The session of somebody of the town who is signed in."""
    return session_of_user(User.objects.get(address_seal=seal_address(email)), backend)


def session_of_user(user: User, backend: str = settings.AUTHENTICATION_BACKENDS[0]) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    main(int(sys.argv[1]))
