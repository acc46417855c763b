"""What guides' pages about reports, held words and appeals show: reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import Member, WallGuide
from community import acts, appeals, policy
from community.enums import ActKind
from community.models import Act, GuideNote, Matter, Post, Reply, Report

# How long held words may wait for a guide before the list says that they are late.
HELD_AT_MOST = timedelta(hours=4)
MOST_SHOWN = 50


def matters_for(guide: WallGuide) -> list[Matter]:
    """What is reported and not decided, most pressing first."""
    open_ones = Matter.objects.for_guide(guide).open().most_pressing_first()
    return list(
        open_ones.select_related(
            "post__author", "reply__author", "reply__guide", "member", "locality", "claimed_by"
        ).prefetch_related("reports")[:MOST_SHOWN]
    )


@dataclass(frozen=True)
class Waiting:
    """A list in figures."""

    count: int
    late: int
    oldest: datetime | None


@dataclass(frozen=True)
class Held:
    """Words that wait, whoever holds them back, with the page to act on them."""

    writing: Post | Reply
    url: str
    since: datetime
    is_late: bool


def held_for(guide: WallGuide, *, now: datetime) -> list[Held]:
    """What is held of members this guide covers and no guide has read, longest waiting first."""
    found: list[Held] = []
    for model in (Post, Reply):
        waiting = _held(model, guide).select_related("author")
        for writing in waiting.order_by("held_at")[:MOST_SHOWN]:
            late = writing.held_at < now - HELD_AT_MOST
            found.append(Held(writing, url_of(writing), writing.held_at, late))
    return sorted(found, key=lambda each: each.since)


def held_waiting(guide: WallGuide, *, now: datetime) -> Waiting:
    """How much is held and since when, for the desk: one query for posts, one for replies."""
    late = now - HELD_AT_MOST
    posts, replies = (_counted(_held(m, guide), "held_at", late=late) for m in (Post, Reply))
    oldest = min(filter(None, (posts.oldest, replies.oldest)), default=None)
    return Waiting(posts.count + replies.count, posts.late + replies.late, oldest)


def _held(model: type[Post] | type[Reply], guide: WallGuide) -> QuerySet[Any]:
    kept = Act.objects.filter(
        **{model.__name__.lower(): OuterRef("pk")}, kind=ActKind.KEEP_HELD,
        at__gte=OuterRef("held_at"), undone_by=None,
    )  # fmt: skip
    return model._default_manager.filter(
        ~Exists(kept), held_at__isnull=False, deleted_at=None, taken_away_at=None,
        author__locality__in=guide.covers.all(),
    )  # fmt: skip


def url_of(writing: Post | Reply) -> str:
    """The guides' page about some words."""
    name = f"escalation:{type(writing).__name__.lower()}-acts"
    return reverse(name, args=[writing.public_id])


def current_notes(
    member: Member | None, *, now: datetime, matter: Matter | None = None
) -> list[GuideNote]:
    """What other guides said that still holds: about the member, and about the matter."""
    about = Q(pk=None)
    if member is not None:
        about |= Q(member=member)
    if matter is not None:
        about |= Q(matter=matter)
    return list(GuideNote.objects.current(today=now.date()).filter(about).select_related("by"))


def about_member(member: Member, *, now: datetime) -> dict[str, Any]:
    """Where a member stands by the published steps, and what was decided about them lately."""
    strikes = acts.strikes_of(member, at=now)
    days = acts.next_pause(member).days
    return {
        "strikes": strikes,
        "strikes_before_a_pause": settings.STRIKES_BEFORE_A_PAUSE,
        "next_is_a_pause": strikes + 1 >= settings.STRIKES_BEFORE_A_PAUSE,
        "next_pause_days": days,
        "pause_follows": f"By the published steps a pause of {days} days follows by itself.",
        "had_a_word": member.acts.filter(kind=ActKind.WORD).exists(),
        "is_paused": member.is_paused(now=now),
        "steps_seen": acts.steps_seen(member),
        "decided": list(
            member.acts.select_related("by", "undone_by", "post", "reply").order_by("-at", "-pk")[
                :20
            ]
        ),
    }


def reports_of(matter: Matter) -> list[Report]:
    return list(matter.reports.select_related("author").order_by("reported_at", "pk"))


def reports_waiting(guide: WallGuide, *, now: datetime) -> Waiting:
    return _counted(Matter.objects.for_guide(guide).open(), "raised_at", "due_at", late=now)


def appeals_waiting(guide: WallGuide, *, now: datetime) -> Waiting:
    return _counted(appeals.waiting_for(guide), "asked_at", "due_at", late=now)


def _counted(
    waiting: QuerySet[Any], since: str, due: str | None = None, *, late: datetime
) -> Waiting:
    """A list in figures, by one query; late is what was due, or began to wait, before then."""
    found = waiting.aggregate(
        n=Count("pk"), late=Count("pk", filter=Q(**{f"{due or since}__lte": late})),
        oldest=Min(since),
    )  # fmt: skip
    return Waiting(found["n"], found["late"], found["oldest"])


def folded_by_the_house(guide: WallGuide) -> list[Held]:
    return [
        Held(step.writing, url_of(step.writing), step.at, is_late=False)
        for step in policy.unseen(guide)[:MOST_SHOWN]
    ]


def acts_on(writing: Post | Reply) -> list[Act]:
    """What was decided about some words, oldest first."""
    return list(writing.acts.select_related("by", "undone_by").order_by("at", "pk"))
