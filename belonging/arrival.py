"""A first visit: what fits somebody who has just come, and who says hello."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef
from django.urls import reverse

from accounts.models import Member, WallGuide
from community.models import Post, PostQuerySet
from community.picks import BY_REASON
from measures import instruments
from risk.enums import ScreeningState, Urgency
from risk.models import Alert, Screening

# The steps in their order, each of which may be skipped. A questionnaire joins them once one
# is registered (measures.instruments).
STEPS = ("reasons", "goals", "waiting")
LAST = "belonging:first-wall"

THREADS = 3
# Threads of the last weeks, and of those the newest so many are looked through.
RECENT = timedelta(days=30)
LOOKED_THROUGH = 60
# A post with this many replies has company already.
FEW_REPLIES = 3


def step_after(step: str) -> str:
    """The address of what comes after a step of the first visit."""
    ahead = STEPS[STEPS.index(step) + 1 :]
    if ahead:
        return reverse(f"belonging:{ahead[0]}")
    baseline = instruments.baseline()
    return reverse(baseline.route if baseline else LAST)


def fitting_threads(member: Member, *, now: datetime) -> list[Post]:
    """
    Up to three threads for somebody new: of what they came for, recent, and with few replies.

    Nothing heavy: only posts that the screening let lie, that no alert was ever raised about and
    that say of themselves nothing of the kind.
    Where too few fit, others make up the number.
    """
    wanted = {slug for reason in member.reasons for slug in BY_REASON.get(reason, ())}
    found: list[Post] = []
    for posts in (_light(member, now=now).filter(topic__slug__in=wanted), _light(member, now=now)):
        newest = [post for post in posts[:LOOKED_THROUGH] if post not in found]
        # Sorting keeps the newest first among those with as little company.
        newest.sort(key=lambda post: post.reply_count >= FEW_REPLIES)
        found += newest[: THREADS - len(found)]
    return found


def who_welcomes(member: Member) -> WallGuide | None:
    """The wall guide of their place who is on shift, or was last."""
    return (
        WallGuide.objects.filter(covers=member.locality_id, user__is_active=True)
        .order_by(F("last_seen_at").desc(nulls_last=True), "pk")
        .first()
    )


def _light(member: Member, *, now: datetime) -> PostQuerySet:
    let_lie = Screening.objects.filter(
        subject_type__app_label="community", subject_type__model="post",
        subject_id=OuterRef("pk"), revision=OuterRef("revision"),
        state=ScreeningState.SCREENED, urgency=Urgency.GREEN,
    )  # fmt: skip
    alerts = Alert.objects.filter(
        subject_type__app_label="community", subject_type__model="post", subject_id=OuterRef("pk")
    )
    return (
        Post.objects.on_the_wall()
        .filter(Exists(let_lie), ~Exists(alerts), published_at__gte=now - RECENT, content_note="")
        .exclude(author=member)
        .with_newcomers(now=now)
        .select_related("author", "topic")
        .newest_first()
    )
