"""
Finding words on the wall: in everything that the reader may see, newest first.

The database keeps the words of each piece of writing apart (community.models.finding), and the
question who may read it is asked of the writing itself, by the rules of community.reading.

A word that many have used is found by walking back from the newest until a page is full: sorting
its ten thousand places would take a hundred times as long. A word that few have used is looked
up, because the walk would find nothing for a long time; and looked up in the last weeks first,
then in the months before them, so that what there is of long ago is sorted only if it is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Member, WallGuide
from accounts.prepared import rows_of
from community import muting
from community.models import POSTS_PER_PAGE, Post, Reply, Topic
from community.reading import AUTHOR, IS_BY_MUTED, POST, SEEN_BY_READER, TOPIC, listed, taken
from community.thread import GUIDE, REPLY, SEEN

# So many of the newest are looked at one by one before the index is asked.
WALK = 3000
QUERY_MAX_LENGTH = 100
# What is shown of a piece of writing, around the first word that was looked for.
EXCERPT_BEFORE, EXCERPT_LENGTH = 60, 240

# A question leaves out the small words of English, unless it has no others.
ASKED = """(SELECT CASE WHEN numnode(websearch_to_tsquery('pg_catalog.english', %(words)s)) > 0
    THEN websearch_to_tsquery('pg_catalog.english', %(words)s)
    ELSE websearch_to_tsquery('public.wall', %(words)s) END)"""
NEWEST_FIRST = "published_at DESC, id DESC"
OLDER = "(published_at, id) < (%(moment)s, %(place)s)"
# As the wall and its threads have it, and nothing of what anybody took away. In a form that the
# database works out for what matches, row by row: left to choose, it would list the whole wall.
MAY_BE_READ = f"""
    CASE WHEN reply_id IS NULL THEN
        (SELECT {SEEN_BY_READER} AND post.deleted_at IS NULL AND post.taken_away_at IS NULL
         FROM community_post post WHERE post.id = post_id)
    ELSE
        (SELECT {SEEN.format(of="reply")}
                AND reply.deleted_at IS NULL AND reply.taken_away_at IS NULL
         FROM community_reply reply WHERE reply.id = reply_id)
        AND (SELECT {SEEN_BY_READER} FROM community_post post WHERE post.id = post_id)
    END"""  # noqa: S608 -- code of ours, as all of this is; what is asked are parameters
# Not beyond so many of the newest; and by the function behind the operator, which no index is
# asked about.
WALKED = f"""
    SELECT id, published_at, post_id, reply_id FROM community_searchable
    WHERE {OLDER} AND ts_match_vq(words, {ASKED})
      AND published_at >= COALESCE(
          (SELECT published_at FROM community_searchable WHERE {OLDER}
           ORDER BY {NEWEST_FIRST} OFFSET %(walk)s LIMIT 1), '-infinity')
      AND {MAY_BE_READ}
    ORDER BY {NEWEST_FIRST} LIMIT {POSTS_PER_PAGE + 1}"""  # noqa: S608
# The same as something that only each row can answer: an index that is asked for it as well would
# list every older row there is.
OLDER_BY_THE_ROW = "(published_at + interval '0', id) < (%(moment)s, %(place)s)"
# Look after look, each of some weeks before those of the last, until a page is full: the database
# goes on to the next row of `look` only for want of more. Of each all that has the words, and then
# who may read it (OFFSET keeps the two apart). A question that only leaves words out is one that
# no index answers.
LOOKED_UP = f"""
    SELECT id, published_at, post_id, reply_id
    FROM unnest(%(weeks)s::text[], %(before)s::timestamptz[]) look (weeks, before)
    CROSS JOIN LATERAL (
        SELECT id, published_at, post_id, reply_id FROM community_searchable
        WHERE words @@ CASE look.weeks WHEN '' THEN {ASKED} ELSE {ASKED} && look.weeks::tsquery END
          AND published_at + interval '0' < look.before AND {OLDER_BY_THE_ROW}
          AND querytree({ASKED}) NOT IN ('', 'T')
        ORDER BY {NEWEST_FIRST} OFFSET 0
    ) matching
    WHERE {MAY_BE_READ}
    LIMIT {POSTS_PER_PAGE + 1}"""  # noqa: S608
WEEK = timedelta(weeks=1)
# How many weeks each look takes in; the one after the last takes in all that is older.
LOOKS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 32)
WHOLE = f"""
    SELECT hit.id, hit.published_at, {IS_BY_MUTED.format(of="post")},
           {IS_BY_MUTED.format(of="reply")}, room.name, {listed("post", POST)},
           {listed("author", AUTHOR)}, {listed("topic", TOPIC)}, {listed("reply", REPLY)},
           {listed("answerer", AUTHOR)}, {listed("guide", GUIDE)}
    FROM ({{hits}}) hit
    JOIN community_post post ON post.id = hit.post_id
    JOIN community_topic topic ON topic.id = post.topic_id
    LEFT JOIN accounts_member author ON author.id = post.author_id
    LEFT JOIN community_group room ON room.id = post.group_id
    LEFT JOIN community_reply reply ON reply.id = hit.reply_id
    LEFT JOIN accounts_member answerer ON answerer.id = reply.author_id
    LEFT JOIN accounts_wallguide guide ON guide.id = reply.guide_id
    ORDER BY hit.published_at DESC, hit.id DESC"""  # noqa: S608
WALK_BACK, LOOK_UP = WHOLE.format(hits=WALKED), WHOLE.format(hits=LOOKED_UP)

Key = tuple[datetime, int]
# Newer than everything.
FIRST: tuple[Any, int] = ("infinity", 0)


@dataclass(frozen=True)
class Hit:
    """A piece of writing that was found, and the post in whose thread it stands."""

    writing: Post | Reply
    post: Post
    # Where it stands: the group's name, or nothing on the open wall.
    room: str
    excerpt: str
    key: Key


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
    moment, place = after or FIRST
    asked = {"words": query, "reader": reader.pk, "moment": moment, "place": place}
    rows = rows_of(WALK_BACK, walk=WALK, **asked)
    if len(rows) <= POSTS_PER_PAGE:
        rows = rows_of(LOOK_UP, **asked, **_weeks_before(after[0] if after else timezone.now()))
    words = looked_for(query)
    hits = [_hit(row, words) for row in rows[:POSTS_PER_PAGE]]
    muting.fold([hit.writing for hit in hits if isinstance(hit.writing, Post)], reader=reader)
    muting.fold([hit.writing for hit in hits if isinstance(hit.writing, Reply)], reader=reader)
    return Page(hits, hits[-1].key if len(rows) > POSTS_PER_PAGE else None)


def _weeks_before(moment: datetime) -> dict[str, list[Any]]:
    """The weeks of each look, as the database marks them, and before when its writing is."""
    # One week more than there is, for whoever's clock is ahead.
    week = int(moment.timestamp() // WEEK.total_seconds()) + 1
    weeks, before = [], []
    for many in (*LOOKS, 0):
        weeks.append(" | ".join(f"'week {each}'" for each in range(week, week - many, -1)))
        before.append(datetime.fromtimestamp((week + 1) * WEEK.total_seconds(), UTC))
        week -= many
    return {"weeks": weeks, "before": before}


def _hit(row: tuple[Any, ...], words: re.Pattern[str] | None) -> Hit:
    pk, moment, muted_post, muted_reply, room, *rest = row
    post: Post
    reply: Reply | None
    post, left = taken(Post, POST, tuple(rest))
    post.author, left = taken(Member, AUTHOR, left)
    post.topic, left = taken(Topic, TOPIC, left)
    post.is_by_muted = muted_post
    reply, left = taken(Reply, REPLY, left)
    if reply is not None:
        reply.author, left = taken(Member, AUTHOR, left)
        reply.guide, _ = taken(WallGuide, GUIDE, left)
        reply.is_by_muted, reply.post = muted_reply, post
    writing = reply or post
    return Hit(writing, post, room or "", excerpt(writing.body, words), (moment, pk))


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
