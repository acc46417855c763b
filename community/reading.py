"""
What stands on a page of the wall, and who may see it: in SQL, a row at a time from the database.

Written out, because these pages are opened more than all others together, and because what
decides who reads what can then be read here, in one place. Nothing of it is kept: the database
says in each request what may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.base import ModelState

from accounts.models import Member
from accounts.prepared import rows_of
from community.models import NEW_FOR, Post, Topic

# --- who may see a post ---------------------------------------------------------------------

# On the open wall, for every member: see community.visibility for what makes it so.
ON_THE_WALL = "(post.is_visible AND post.group_id IS NULL)"
# A group's room is for those who have said yes to it and have not left.
IN_THEIR_GROUP = """
    EXISTS (SELECT FROM community_groupmember place
            WHERE place.group_id = post.group_id AND place.member_id = %(reader)s
              AND place.joined_at IS NOT NULL AND place.left_at IS NULL)"""
# What they wrote themselves they see while a guide holds or hides it, until they take it back.
THEIR_OWN = "(post.author_id = %(reader)s AND post.deleted_at IS NULL)"
# Of a post whose writer took it away, others find the place, for the answers that stand there.
A_PLACE_WITH_ANSWERS = """
    ((post.taken_away_at IS NOT NULL OR post.deleted_at IS NOT NULL)
     AND post.hidden_at IS NULL AND post.held_at IS NULL
     AND EXISTS (SELECT FROM community_reply answer
                 WHERE answer.post_id = post.id AND answer.is_visible))"""
# Who has left a group reads nothing there any more, not even what stands under their own post.
SEEN_BY_READER = f"""
    (({THEIR_OWN} OR post.is_visible OR {A_PLACE_WITH_ANSWERS})
     AND (post.group_id IS NULL OR {IN_THEIR_GROUP}))"""

# --- what is asked of it --------------------------------------------------------------------


def columns(model: type[models.Model], *names: str) -> list[str]:
    """These columns, or all, in the order in which `from_db` takes them."""
    fields = [field.attname for field in model._meta.concrete_fields]
    return [name for name in fields if name in names] if names else fields


def listed(alias: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{name}" for name in columns)


POST = columns(
    Post,
    "id", "public_id", "body", "body_html", "published_at", "edited_at", "revision",
    "reply_count", "author_id", "topic_id", "group_id", "content_note", "is_visible",
    "hidden_at", "hidden_reason", "held_at", "held_because", "deleted_at", "taken_away_at",
    "answered_at", "newest_reply_at", "taken_out",
)  # fmt: skip
WHOLE_POST = columns(Post)
AUTHOR = columns(Member, "id", "public_id", "alias", "avatar_seed")
TOPIC = columns(Topic)

IS_BY_MUTED = """
    EXISTS (SELECT FROM community_mutedmember muted
            WHERE muted.member_id = %(reader)s AND muted.muted_id = {of}.author_id)"""
IS_FIRST_WORDS = """
    (post.published_at >= %(new_since)s AND NOT EXISTS (
        SELECT FROM community_post earlier
        WHERE earlier.author_id = post.author_id AND earlier.published_at < post.published_at))"""
IS_KEPT = """
    EXISTS (SELECT FROM community_savedpost kept
            WHERE kept.member_id = %(reader)s AND kept.post_id = post.id)"""
# Whoever answered in a thread, or was asked to, may hand it over (community.load).
HAS_PART = """
    (EXISTS (SELECT FROM community_reply mine
             WHERE mine.post_id = post.id AND mine.author_id = %(reader)s)
     OR EXISTS (SELECT FROM community_helpinvitation asked
                WHERE asked.post_id = post.id AND asked.member_id = %(reader)s))"""
AND_AUTHOR = "LEFT JOIN accounts_member author ON author.id = post.author_id"
SELECT_POSTS = f"""
    SELECT {listed("post", POST)}, {listed("author", AUTHOR)},
           {IS_BY_MUTED.format(of="post")}, {IS_FIRST_WORDS}
    FROM community_post post {AND_AUTHOR}"""  # noqa: S608 -- nothing in it comes from anybody

NEWEST_FIRST = "post.published_at DESC, post.id DESC"
# The address names a post, not a time: nobody reads a second off it (S21). What comes after it
# costs the same at any depth, because this is a range of the index.
AFTER_NEWEST_FIRST = """
    (post.published_at, post.id)
    < (SELECT place.published_at, place.id FROM community_post place
       WHERE place.public_id = %(after)s)"""


def post_seen_by(reader: Member, *, public_id: str, now: datetime) -> Post | None:
    """
    A post that this member may see, or None.

    With its author and topic, ``is_by_muted``, ``is_first_words``, ``is_kept`` and ``has_part``:
    whether they answered there or were asked to. Of a post
    that its writer took away only the place may be shown: see `is_gone_for`.
    """
    asked = f"""
        SELECT {listed("post", WHOLE_POST)}, {listed("author", AUTHOR)}, {listed("topic", TOPIC)},
               {IS_BY_MUTED.format(of="post")}, {IS_FIRST_WORDS}, {IS_KEPT},
               {HAS_PART}
        FROM community_post post {AND_AUTHOR}
        JOIN community_topic topic ON topic.id = post.topic_id
        WHERE post.public_id = %(public_id)s AND {SEEN_BY_READER}"""  # noqa: S608
    for row in rows_of(asked, public_id=public_id, reader=reader.pk, new_since=now - NEW_FOR):
        post: Post
        post, rest = taken(Post, WHOLE_POST, row)
        author, rest = taken(Member, AUTHOR, rest)
        post.author = author
        post.topic, rest = taken(Topic, TOPIC, rest)
        post.is_by_muted, post.is_first_words, post.is_kept, post.has_part = rest
        return post
    return None


def is_gone_for(reader: Member, post: Post) -> bool:
    """Whether the reader finds only the place of a post, because its writer took it away."""
    return post.deleted_at is not None or (
        post.taken_away_at is not None and post.author_id != reader.pk
    )


def post_of(row: tuple[Any, ...], topics: Mapping[int, Topic]) -> Post:
    """A row of ``SELECT_POSTS`` as a post with its author and topic."""
    post: Post
    post, rest = taken(Post, POST, row)
    author, rest = taken(Member, AUTHOR, rest)
    post.author = author
    post.topic = topics[post.topic_id]
    post.is_by_muted, post.is_first_words = rest
    return post


# --- rows -----------------------------------------------------------------------------------


def taken(
    model: type[models.Model], columns: Sequence[str], row: tuple[Any, ...]
) -> tuple[Any, tuple[Any, ...]]:
    """An instance made of a row's first columns, or None where there is none; and the rest."""
    values, rest = row[: len(columns)], row[len(columns) :]
    # The first column of every model here is its key.
    if values[0] is None:
        return None, rest
    # As `from_db` leaves it, at a tenth of the cost: fifty of these make a page.
    found = model.__new__(model)
    found._state = ModelState()
    found._state.db, found._state.adding = "default", False
    found.__dict__.update(zip(columns, values, strict=True))
    return found, rest
