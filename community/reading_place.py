"""Where a reader was on the wall, kept for nobody but them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.models import Member
from accounts.prepared import rows_of
from community.models import ReadingPlace, Topic
from community.reading import TOPIC, listed, taken

# Whoever is away so long and comes back is on another visit.
A_VISIT_ENDS_AFTER = timedelta(hours=1)
# How exactly the end of a visit is known, so that reading does not write at every page.
NOTED_EVERY = timedelta(minutes=10)

_TOPICS_AND_PLACE = f"""
    SELECT {listed("topic", TOPIC)}, place.here_at, place.before_at, COALESCE(place.feed, ''),
           CASE WHEN EXISTS (SELECT FROM community_post post
                             WHERE post.public_id = place.after AND place.after <> '')
                THEN place.after ELSE '' END,
           COALESCE(place.picks_for_them, true)
    FROM community_topic topic
    LEFT JOIN community_readingplace place ON place.member_id = %(reader)s
    ORDER BY topic.position"""  # noqa: S608 -- names of our own columns

_NOTE = """
    INSERT INTO community_readingplace
      (member_id, here_at, before_at, feed, after, picks_for_them)
    VALUES (%(reader)s, %(here_at)s, %(before_at)s, %(feed)s, %(after)s, %(picks_for_them)s)
    ON CONFLICT (member_id) DO UPDATE
      SET here_at = excluded.here_at, before_at = excluded.before_at,
          feed = excluded.feed, after = excluded.after
    RETURNING member_id"""


class Place(NamedTuple):
    """Where the reader was, as a page needs it."""

    here_at: datetime | None = None
    before_at: datetime | None = None
    feed: str = ""
    after: str = ""
    picks_for_them: bool = True

    def before(self, *, now: datetime) -> datetime | None:
        """When the visit before this one ended; None on the first."""
        if self.here_at is not None and now - self.here_at > A_VISIT_ENDS_AFTER:
            return self.here_at
        return self.before_at


def topics_and_place(reader: Member) -> tuple[list[Topic], Place]:
    """Every topic in the order in which they are offered, and where this reader was: one query."""
    rows = rows_of(_TOPICS_AND_PLACE, reader=reader.pk)
    found = [taken(Topic, TOPIC, row) for row in rows]
    place = Place(*found[0][1]) if found else Place()
    return [topic for topic, _place in found], place


def note_place(
    reader: Member, place: Place, *, feed: str, after: str | None, now: datetime
) -> None:
    """Keep when a reader is here, and how far they have read on. Mostly nothing has changed."""
    new = place
    if place.here_at is None or now - place.here_at > NOTED_EVERY:
        new = new._replace(here_at=now, before_at=place.before(now=now))
    if after:
        new = new._replace(feed=feed, after=after)
    if new != place:
        rows_of(_NOTE, reader=reader.pk, **new._asdict())


def choose_picks(reader: Member, *, wanted: bool, now: datetime) -> None:
    """Let the wall pick topics for a reader, or no longer."""
    ReadingPlace.objects.update_or_create(
        member=reader,
        defaults={"picks_for_them": wanted},
        create_defaults={"picks_for_them": wanted, "here_at": now},
    )
