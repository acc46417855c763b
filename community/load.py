"""
Whoever answers others can have too much of it. This notices, asks kindly, and tells a guide.

What is looked at is how answers lie in time and between whom, and nothing that was said. Nobody is
given a number: a person sees a sentence, asks, and decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Member, WallGuide
from audit.operations import record
from community.enums import CarryingSign, LoadAnswer, PeerAct
from community.models import HandOver, HelpInvitation, LoadCheck, Post, Reply
from community.models.writing import where
from live.pokes import poke_localities
from notifications.enums import Kind
from notifications.operations import tell
from risk.operations import request_screening

# What is looked at: the last week. A single long evening is nobody's trouble.
LOOK_BACK = timedelta(days=7)
# These numbers are ours, not a finding: the operator's clinician looks at whom they ask.
# Answers to others in a week: ten a day, every day, is a job.
MANY_ANSWERS = 70
# Night is 23:00 to 06:00 on the member's own clock. Three nights, because one is a bad night, and
# at least so many answers in them, because somebody who wakes may well write one line.
NIGHTS, ANSWERS_AT_NIGHT = 3, 9
NIGHT_BEGINS, NIGHT_ENDS = 23, 6
# From the first to the last answer of a day this many hours: no room for a night's sleep and a
# day's work beside it. On three days of the week.
LONG_DAY_HOURS, LONG_DAYS = 16, 3
# Between two people: so many answers in two weeks before it is looked at, and this share of all of
# them. Four of five leaves room for a friend; nearly everything leaves nobody else.
PAIR_LOOK_BACK = timedelta(days=14)
PAIR_ANSWERS, PAIR_SHARE = 15, 0.8
# Nobody is asked this question more often: asked weekly, it would be a reproach.
ASK_AGAIN_AFTER = timedelta(days=14)
# In a day and a night: whoever has answered so often is not asked about more.
ENOUGH_TODAY = 12


@dataclass
class Seen:
    """What was seen of one member's answers."""

    member: int
    signs: list[CarryingSign] = field(default_factory=list)
    other: int | None = None


def carries_enough(*, now: datetime) -> Q:
    """A condition on members: they have answered a lot today, or were asked how it is for them."""
    asked = LoadCheck.objects.filter(
        member=OuterRef("pk"), asked_at__gt=now - ASK_AGAIN_AFTER
    ).exclude(answer=LoadAnswer.FINE)
    today = Reply.objects.filter(
        author=OuterRef("pk"), published_at__gt=now - timedelta(days=1)
    ).order_by()
    return Q(Exists(asked)) | Q(Exists(today[ENOUGH_TODAY - 1 : ENOUGH_TODAY]))


def look(*, now: datetime) -> int:
    """Ask whoever carries a lot how it is for them, and say so to the guides. Run hourly."""
    found = seen(now=now)
    asked = 0
    for each in found:
        asked += _ask(each, at=now)
    return asked


@transaction.atomic
def _ask(found: Seen, *, at: datetime) -> bool:
    # Their row is taken, so that two looks at once ask once.
    member = (
        Member.objects.filter(pk=found.member, leaving_at=None, locality__is_hidden=False)
        .select_for_update(of=("self",))
        .select_related("locality")
        .first()
    )
    recent = LoadCheck.objects.filter(member=found.member, asked_at__gt=at - ASK_AGAIN_AFTER)
    if member is None or recent.exists():
        return False
    LoadCheck.objects.create(
        member=member, signs=sorted(found.signs), other_id=found.other, asked_at=at
    )
    tell(member=member, kind=Kind.LOAD_CHECK, at=at, url_name="community:load")
    record(actor="house", verb="ask about load", subject=f"member:{member.pk}", at=at)
    poke_localities([member.locality_id])
    return True


def seen(*, now: datetime) -> list[Seen]:
    """What can be seen of everybody's answers in the last days, by plain SQL over them."""
    found: dict[int, Seen] = {}

    def note(member: int, sign: CarryingSign, other: int | None = None) -> None:
        one = found.setdefault(member, Seen(member))
        one.signs.append(sign)
        one.other = one.other or other

    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {
            "since": now - LOOK_BACK, "now": now, "night_begins": NIGHT_BEGINS,
            "night_ends": NIGHT_ENDS, "long_hours": LONG_DAY_HOURS,
        })  # fmt: skip
        for member, answers, at_night, nights, long_days in cursor.fetchall():
            if answers >= MANY_ANSWERS:
                note(member, CarryingSign.MANY)
            if nights >= NIGHTS and at_night >= ANSWERS_AT_NIGHT:
                note(member, CarryingSign.AT_NIGHT)
            if long_days >= LONG_DAYS:
                note(member, CarryingSign.LONG_DAYS)
        cursor.execute(_PAIRS, {"since": now - PAIR_LOOK_BACK, "now": now, "least": PAIR_ANSWERS})
        for peer, other, between, given, got in cursor.fetchall():
            if between >= PAIR_SHARE * given:
                note(peer, CarryingSign.TO_ONE, other)
            if between >= PAIR_SHARE * got:
                note(peer, CarryingSign.FROM_ONE, other)
    return list(found.values())


# Answers to others, on the clock of whoever wrote them. A night belongs to the day it began in.
_HOURS = """
WITH answers AS (
    SELECT r.author_id AS member, r.published_at AT TIME ZONE l.time_zone AS here
    FROM community_reply AS r
    JOIN community_post AS p ON p.id = r.post_id
    JOIN accounts_member AS m ON m.id = r.author_id
    JOIN commissioning_locality AS l ON l.id = m.locality_id
    WHERE r.published_at > %(since)s AND r.published_at <= %(now)s
      AND NOT l.is_hidden AND p.author_id IS DISTINCT FROM r.author_id
), days AS (
    SELECT member, date(here - make_interval(hours => %(night_ends)s)) AS day, count(*) AS answers,
        count(*) FILTER (WHERE extract(hour FROM here) >= %(night_begins)s
                            OR extract(hour FROM here) < %(night_ends)s) AS at_night,
        max(here) - min(here) >= make_interval(hours => %(long_hours)s) AS is_long
    FROM answers GROUP BY 1, 2
)
SELECT member, sum(answers)::int, sum(at_night)::int, count(*) FILTER (WHERE at_night > 0)::int,
    count(*) FILTER (WHERE is_long)::int
FROM days GROUP BY member
"""

# Who answers whom: what one gives the other, of all they give and of all the other gets.
_PAIRS = """
WITH answers AS (
    SELECT r.author_id AS peer, p.author_id AS other
    FROM community_reply AS r
    JOIN community_post AS p ON p.id = r.post_id
    JOIN accounts_member AS m ON m.id = r.author_id
    JOIN commissioning_locality AS l ON l.id = m.locality_id
    WHERE r.published_at > %(since)s AND r.published_at <= %(now)s
      AND NOT l.is_hidden AND p.author_id IS NOT NULL AND p.author_id <> r.author_id
), pairs AS (
    SELECT peer, other, count(*) AS between,
        sum(count(*)) OVER (PARTITION BY peer) AS given,
        sum(count(*)) OVER (PARTITION BY other) AS got
    FROM answers GROUP BY peer, other
)
SELECT peer, other, between::int, given::int, got::int FROM pairs WHERE between >= %(least)s
"""


# -- handing over ------------------------------------------------------------------------------


def may_hand_over(*, post: Post, member: Member) -> bool:
    """Whoever answered here or was asked to."""
    return post.author_id != member.pk and (
        Reply.objects.filter(post=post, author=member).exists()
        or HelpInvitation.objects.filter(post=post, member=member).exists()
    )


@transaction.atomic
def hand_over(*, post: Post, author: Member, at: datetime) -> HandOver:
    """Give a thread to the wall guides. Once is enough, and more than once does nothing more."""
    handed, new = HandOver.objects.get_or_create(
        post=post, author=author, defaults={"handed_over_at": at}
    )
    if new:
        HelpInvitation.objects.filter(post=post, member=author, declined_at=None).update(
            declined_at=at
        )
        record(actor=f"member:{author.pk}", verb="hand over", subject=f"post:{post.pk}", at=at)
        if post.author is not None:
            poke_localities([post.author.locality_id])
    return handed


@transaction.atomic
def say_why(*, handed: HandOver, words: str, at: datetime) -> None:
    """Words for the guides beside a thread that was handed over. They are screened like all."""
    held = HandOver.objects.select_for_update().get(pk=handed.pk)
    if held.words == words or not words:
        return
    held.words, held.revision = words, held.revision + 1
    held.save(update_fields=["words", "revision"])
    request_screening(
        subject=held, revision=held.revision, text=words, author=held.author, at=at,
        in_reply_to=held.post,
    )  # fmt: skip


def who_handed_over(post: Post) -> set[int]:
    """Members who gave this thread to the guides: nothing more about it is sent to them."""
    return set(HandOver.objects.filter(post=post).values_list("author_id", flat=True))


# -- the question and what came of it ----------------------------------------------------------


def open_check(member: Member, *, now: datetime) -> LoadCheck | None:
    """What somebody was asked last, as long as it is theirs to answer."""
    asked = LoadCheck.objects.filter(member=member, asked_at__gt=now - ASK_AGAIN_AFTER)
    return asked.order_by("-asked_at").first()


def answer_check(*, check: LoadCheck, answer: LoadAnswer, at: datetime) -> None:
    """They say how it is. The newest answer counts."""
    LoadCheck.objects.filter(pk=check.pk).update(answer=answer, answered_at=at)


def threads_of(member: Member, *, now: datetime) -> list[Post]:
    """Threads in which somebody has answered others lately, and may hand over."""
    mine = Reply.objects.filter(
        author=member, post=OuterRef("pk"), published_at__gt=now - PAIR_LOOK_BACK
    )
    given = HandOver.objects.filter(author=member, post=OuterRef("pk"))
    posts = Post.objects.filter(Exists(mine), ~Exists(given), is_visible=True)
    return list(
        posts.filter(where(member))
        .exclude(author=member)
        .select_related("author", "topic")
        .order_by("-newest_reply_at")[:10]
    )


def checks_for(guide: WallGuide) -> Any:
    """Peers who carry a lot, of the localities a guide covers: those nobody has seen to first."""
    return (
        LoadCheck.objects.filter(member__locality__in=guide.covers.all())
        .select_related("member__locality", "other", "acted_by")
        .order_by(F("acted_at").desc(nulls_first=True), "-asked_at", "-pk")
    )


@transaction.atomic
def act_on_check(*, check: LoadCheck, act: PeerAct, note: str, by: WallGuide, at: datetime) -> bool:
    """Write down what a guide did. False if another guide has written something meanwhile."""
    changed = LoadCheck.objects.filter(pk=check.pk, acted_at=None).update(
        act=act, note=note, acted_by=by, acted_at=at
    )
    if changed:
        record(
            actor=f"guide:{by.pk}", verb="see to a peer", subject=f"member:{check.member_id}",
            at=at, detail={"act": act},
        )  # fmt: skip
    return bool(changed)
