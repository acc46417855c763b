"""A thread as it is read: one level of answers to answers, quotes while their words can be seen."""

from __future__ import annotations

from typing import Any

from accounts.models import Member, WallGuide
from accounts.prepared import rows_of
from community.models import REPLIES_PER_PAGE, Post, Reply
from community.reading import AUTHOR, IS_BY_MUTED, columns, listed, taken

REPLY = columns(
    Reply,
    "id", "public_id", "body", "body_html", "published_at", "edited_at", "revision", "post_id",
    "author_id", "guide_id", "under_id", "quote", "quoted_reply_id", "content_note",
    "content_note_by_id",
    "is_visible", "hidden_at", "hidden_reason", "held_at", "held_because", "deleted_at",
    "taken_away_at", "taken_out",
)  # fmt: skip
GUIDE = columns(WallGuide, "id", "name")

# --- who may see a reply --------------------------------------------------------------------

# Under a post that the reader may see (community.reading): what others see, and one's own
# while a guide holds or hides it.
SEEN = "({of}.is_visible OR ({of}.author_id = %(reader)s AND {of}.deleted_at IS NULL))"
# What is not to be seen keeps its place while answers stand under it. Nothing of it is shown.
A_PLACE_WITH_ANSWERS = f"""
    EXISTS (SELECT FROM community_reply answer
            WHERE answer.under_id = reply.id AND {SEEN.format(of="answer")})"""
# Each answer stands under the one it answers, those in the order in which they came.
IN_ORDER = """
    COALESCE(root.published_at, reply.published_at), COALESCE(root.id, reply.id),
    reply.under_id IS NOT NULL, reply.published_at, reply.id"""
AND_ROOT = "LEFT JOIN community_reply root ON root.id = reply.under_id"
AFTER = f"""
    ({IN_ORDER}) > (SELECT {IN_ORDER} FROM community_reply reply {AND_ROOT}
                    WHERE reply.public_id = %(after)s AND reply.post_id = %(post)s)"""  # noqa: S608
OF_THE_POST = f"reply.post_id = %(post)s AND ({SEEN.format(of='reply')} OR {A_PLACE_WITH_ANSWERS})"

SELECT_REPLIES = f"""
    SELECT {listed("reply", REPLY)}, {listed("author", AUTHOR)}, {listed("guide", GUIDE)},
           {SEEN.format(of="reply")}, {IS_BY_MUTED.format(of="reply")}
    FROM community_reply reply {AND_ROOT}
    LEFT JOIN accounts_member author ON author.id = reply.author_id
    LEFT JOIN accounts_wallguide guide ON guide.id = reply.guide_id"""  # noqa: S608
# Answers that others on the page stand under or quote: only those whose words may be shown.
REFERRED_TO = f"""
    SELECT reply.id, CASE WHEN reply.content_note = '' THEN reply.body ELSE '' END,
           COALESCE(author.alias, guide.name)
    FROM community_reply reply
    LEFT JOIN accounts_member author ON author.id = reply.author_id
    LEFT JOIN accounts_wallguide guide ON guide.id = reply.guide_id
    WHERE reply.id = ANY(%(wanted)s) AND reply.post_id = %(post)s
      AND {SEEN.format(of="reply")} AND NOT {IS_BY_MUTED.format(of="reply")}"""  # noqa: S608


def page_of_a_thread(post: Post, *, reader: Member, after: str | None) -> list[Reply]:
    """
    The first answers under a post that the reader may see, or those after one of them.

    One more than a page has, if there is one. Each with its author or guide, and

    - ``is_seen``: whether its words may be shown; else only its place
    - ``is_by_muted``
    - ``answered_name``: of whom it answers, where it stands under another that is shown
    - ``quoted_words`` and ``quoted_name``: what it takes up, while that is shown
    """
    asked = f"{SELECT_REPLIES} WHERE {OF_THE_POST} {'AND ' + AFTER if after else ''}"
    found = rows_of(
        f"{asked} ORDER BY {IN_ORDER} LIMIT {REPLIES_PER_PAGE + 1}",
        post=post.pk, reader=reader.pk, after=after,
    )  # fmt: skip
    replies = [_reply(row, post) for row in found]
    _refer(replies, post=post, reader=reader)
    return replies


def page_with(reply: Reply, *, reader: Member) -> str | None:
    """After which answer the page begins that this one stands on; None if on the first."""
    asked = f"SELECT reply.public_id FROM community_reply reply {AND_ROOT}"  # noqa: S608
    rows = rows_of(
        f"{asked} WHERE {OF_THE_POST} ORDER BY {IN_ORDER}", post=reply.post_id, reader=reader.pk
    )
    order = [public_id for (public_id,) in rows]
    begins = order.index(reply.public_id) // REPLIES_PER_PAGE * REPLIES_PER_PAGE
    return order[begins - 1] if begins else None


def _reply(row: tuple[Any, ...], post: Post) -> Reply:
    reply: Reply
    reply, rest = taken(Reply, REPLY, row)
    reply.author, rest = taken(Member, AUTHOR, rest)
    reply.guide, rest = taken(WallGuide, GUIDE, rest)
    reply.is_seen, reply.is_by_muted = rest
    reply.post = post
    return reply


def _refer(replies: list[Reply], *, post: Post, reader: Member) -> None:
    """
    Say of each reply whom it answers and what it quotes, as far as that may be shown.

    Words that were changed away, hidden, held, taken back or erased are gone from quotes too;
    so are those of somebody whom the reader has muted, and those that wait behind a note.
    """
    wanted = {each.under_id for each in replies} | {each.quoted_reply_id for each in replies}
    wanted.discard(None)
    shown: dict[int | None, tuple[str, str]] = {}
    if wanted:
        rows = rows_of(REFERRED_TO, wanted=list(wanted), post=post.pk, reader=reader.pk)
        shown = {pk: (body, name) for pk, body, name in rows}
    if post.author is not None and not post.is_by_muted:
        is_mine = post.author_id == reader.pk and post.deleted_at is None
        if (post.is_visible or is_mine) and not post.content_note:
            shown[None] = (post.body, post.author.alias)
    for each in replies:
        if each.under_id in shown and each.under_id is not None:
            each.answered_name = shown[each.under_id][1]
        if each.quote and each.quoted_reply_id in shown:
            body, name = shown[each.quoted_reply_id]
            if _bare(each.quote) in _bare(body):
                each.quoted_words, each.quoted_name = each.quote, name


def _bare(words: str) -> str:
    return " ".join(words.rstrip("… \n").split())
