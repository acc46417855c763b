"""
The lists a member can read the wall by: which posts stand on each, in which order.

Who may see a post is decided in community.reading and nowhere else; here is only the choice
among those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.prepared import rows_of
from community.models import NEW_FOR, POSTS_PER_PAGE, Post, Topic
from community.reading import (
    AFTER_NEWEST_FIRST,
    NEWEST_FIRST,
    ON_THE_WALL,
    SEEN_BY_READER,
    SELECT_POSTS,
    post_of,
)

# What has waited longer than this for an answer is with the guides, not with whoever passes.
WAITS_AT_MOST = timedelta(days=14)

NOBODY_YET = _("Nobody has written here yet.")

OLDEST_FIRST = "post.published_at, post.id"
AFTER_OLDEST_FIRST = AFTER_NEWEST_FIRST.replace("<", ">")
LIVELIEST_FIRST = "COALESCE(post.newest_reply_at, post.published_at) DESC, post.id DESC"
AFTER_LIVELIEST_FIRST = """
    (COALESCE(post.newest_reply_at, post.published_at), post.id)
    < (SELECT COALESCE(place.newest_reply_at, place.published_at), place.id
       FROM community_post place WHERE place.public_id = %(after)s)"""


@dataclass(frozen=True)
class Feed:
    """One list. Its conditions may name ``%(reader)s`` and what its page hands over."""

    slug: str
    name: Promise
    blurb: Promise
    where: str
    order: str = NEWEST_FIRST
    after: str = AFTER_NEWEST_FIRST
    # What the page says where nothing stands on it.
    empty: Promise = NOBODY_YET

    def select(self, *, goes_on: bool) -> str:
        """One page of it and one post more; ``goes_on`` where it begins after another page."""
        after = f"AND {self.after}" if goes_on else ""
        where = self.where.replace("{after}", after)
        return (
            f"{SELECT_POSTS} WHERE {where} {after} ORDER BY {self.order} LIMIT {POSTS_PER_PAGE + 1}"
        )


EVERYTHING = Feed(
    "wall", _("Everything"), _("You can just read. You can write when you want to."), ON_THE_WALL
)
# A topic says its own name and what it is about.
A_TOPIC = Feed("topic", _("Topic"), _("Topic"), f"{ON_THE_WALL} AND post.topic_id = %(topic)s")
# A few of each topic by its own index, and then the newest of those: at the same cost whether
# the wall holds much of them or little.
FOR_YOU = Feed(
    "for-you", _("For you"), _("For you"),
    f"""post.id IN (
        SELECT near.id FROM unnest(%(picked)s::bigint[]) chosen (topic_id)
        CROSS JOIN LATERAL (
            SELECT post.id FROM community_post post
            WHERE post.topic_id = chosen.topic_id AND {ON_THE_WALL} {{after}}
            ORDER BY {NEWEST_FIRST} LIMIT {POSTS_PER_PAGE + 1}) near)""",  # noqa: S608
    empty=_("Nobody has written about this yet."),
)  # fmt: skip
WAITING = Feed(
    "waiting", _("Waiting for a reply"),
    _("Nobody has answered these yet. Those who have waited longest come first."),
    f"""{ON_THE_WALL} AND post.answered_at IS NULL AND post.published_at >= %(waits_since)s
        AND post.author_id <> %(reader)s""",
    order=OLDEST_FIRST, after=AFTER_OLDEST_FIRST,
    empty=_("Everybody has had an answer. Come back when you like."),
)  # fmt: skip
SINCE = Feed(
    "since", _("New since your last visit"), _("Written since you were last here."),
    f"{ON_THE_WALL} AND post.published_at > %(before)s",
    empty=_("Nothing new since your last visit."),
)  # fmt: skip
MINE = Feed(
    "mine", _("My threads"), _("What you wrote, and where you answered. The liveliest first."),
    f"""{SEEN_BY_READER} AND post.taken_away_at IS NULL AND post.id IN (
        SELECT mine.id FROM community_post mine WHERE mine.author_id = %(reader)s
        UNION SELECT reply.post_id FROM community_reply reply
        WHERE reply.author_id = %(reader)s AND reply.deleted_at IS NULL)""",  # noqa: S608
    order=LIVELIEST_FIRST, after=AFTER_LIVELIEST_FIRST,
    empty=_("You have not written anything yet."),
)  # fmt: skip
# Whoever asks for it is known to be in it: see community.groups.
OF_A_GROUP = Feed("group", _("Group"), _("Group"), "post.is_visible AND post.group_id = %(group)s")

# In the order in which they are offered; what was saved has a page of its own.
CHOICES: tuple[Feed, ...] = (WAITING, SINCE, MINE)


def page_of(
    feed: Feed, *, reader: Member, topics: Sequence[Topic], after: str | None, now: datetime,
    **given: Any,
) -> list[Post]:  # fmt: skip
    """
    One page of a feed, or the next after one of its posts, and one post more if there is one.

    Each with its author and topic, ``is_by_muted`` and ``is_first_words``.

    :param given: what the feed's own conditions name: ``topic``, ``picked`` or ``before``
    """
    rows = rows_of(
        feed.select(goes_on=after is not None), reader=reader.pk, after=after,
        new_since=now - NEW_FOR, waits_since=now - WAITS_AT_MOST, **given,
    )  # fmt: skip
    by_key = {topic.pk: topic for topic in topics}
    return [post_of(row, by_key) for row in rows]
