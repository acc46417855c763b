"""
Members who would like to be asked when somebody waits, and whom of them to ask.

An offer is no duty. It starts as no, counts nothing, shows nothing to others, and "not now" costs
one tap. Whoever has enough to carry themselves is not asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q

from accounts.models import Member
from accounts.preferences import preferences_of
from community import load
from community.models import (
    NEW_FOR,
    GroupMember,
    HandOver,
    HelpInvitation,
    HelpOffer,
    MutedMember,
    Post,
    Reply,
)
from notifications.enums import Kind
from notifications.operations import tell
from risk.enums import ScreeningState, Urgency
from risk.models import Alert, Screening

# More would be a crowd around somebody who has just spoken.
ASKED_AT_MOST = 5
# So often is one person asked in a day and a night: to be asked is work too.
ASKED_A_DAY = 3
# Words of theirs in the last days that a person should read soon: not now.
WORRIED_FOR = timedelta(days=7)
# After this an invitation is over, answered or not: it leaves their page and weighs on nobody.
OPEN_FOR = timedelta(hours=24)
# Of so many who may be asked, those of whom the clock says that they are on a break are left out.
LOOK_AT = 50


def offer(*, member: Member, topics: Collection[str], at: datetime) -> None:
    """Ask me when somebody waits; about these topics, or about any where none is named."""
    HelpOffer.objects.update_or_create(
        member=member, defaults={"topics": sorted(topics), "offered_at": at}
    )


def withdraw_offer(*, member: Member) -> None:
    HelpOffer.objects.filter(member=member).delete()


@transaction.atomic
def ask(*, post: Post, at: datetime, in_an_episode: Collection[int] = ()) -> list[Member]:
    """Ask at most five fitting members about a post, and give back whom."""
    asked = fitting(post=post, at=at, in_an_episode=in_an_episode)
    HelpInvitation.objects.bulk_create(
        [HelpInvitation(post=post, member=member, invited_at=at) for member in asked],
        ignore_conflicts=True,
    )
    for member in asked:
        tell(
            member=member, kind=Kind.INVITED_TO_HELP, at=at, url_name="community:asked",
            args=[post.public_id], about=post.public_id,
        )  # fmt: skip
    return asked


def fitting(*, post: Post, at: datetime, in_an_episode: Collection[int] = ()) -> list[Member]:
    """
    Whom to ask about a post: those who were asked longest ago first, and who is awake before.

    Nobody who is new, paused, leaving, on a break, or away from this group; nobody with whom
    its writer has muted, or who has muted them; nobody who gave this thread to the guides; and
    nobody who has enough to carry: by what they answered, by what they last wrote, or because a
    guide follows how they are.
    """
    worrying = Q(urgency__gt=Urgency.GREEN) | ~Q(state=ScreeningState.SCREENED)
    candidates = (
        Member.objects.filter(
            Q(help_offer__topics=[]) | Q(help_offer__topics__contains=[post.topic.slug]),
            Q(paused_until=None) | Q(paused_until__lte=at),
            suspended_at=None,
            leaving_at=None,
            locality__is_hidden=False,
            user__is_active=True,
            joined_at__lte=at - NEW_FOR,
        )
        .exclude(posts=post)
        .exclude(pk__in=in_an_episode)
        .filter(
            ~Exists(HelpInvitation.objects.filter(member=OuterRef("pk"), post=post)),
            ~Exists(HandOver.objects.filter(author=OuterRef("pk"), post=post)),
            ~Exists(MutedMember.objects.filter(member=OuterRef("pk"), muted=post.author_id)),
            ~Exists(MutedMember.objects.filter(member=post.author_id, muted=OuterRef("pk"))),
            ~Exists(
                Screening.objects.filter(
                    worrying, author=OuterRef("pk"), requested_at__gt=at - WORRIED_FOR
                )
            ),
            ~Exists(Alert.objects.open().filter(author=OuterRef("pk"))),
            ~load.carries_enough(now=at),
        )
        .annotate(
            asked_today=Count("invitations", filter=Q(invitations__invited_at__gt=at - OPEN_FOR)),
            asked_last=Max("invitations__invited_at"),
        )
        .filter(asked_today__lt=ASKED_A_DAY)
    )
    if post.group_id is not None:
        inside = GroupMember.objects.filter(
            member=OuterRef("pk"), group=post.group_id, joined_at__isnull=False, left_at=None
        )
        candidates = candidates.filter(Exists(inside))
    first = candidates.select_related("locality", "preferences").order_by(
        F("asked_last").asc(nulls_first=True), "pk"
    )
    there: list[Member] = [each for each in first[:LOOK_AT] if not each.is_on_a_break(now=at)]
    return sorted(there, key=lambda each: _is_quiet(each, now=at))[:ASKED_AT_MOST]


def open_invitations(member: Member, *, now: datetime) -> list[HelpInvitation]:
    """What somebody is asked about just now: not answered by anybody, not declined, not old."""
    return list(
        HelpInvitation.objects.filter(
            member=member, declined_at=None, answered_at=None, invited_at__gt=now - OPEN_FOR,
            post__answered_at=None, post__is_visible=True,
        )
        .select_related("post__author", "post__topic")
        .order_by("-invited_at", "-pk")[: ASKED_A_DAY]
    )  # fmt: skip


def decline(*, post: Post, member: Member, at: datetime) -> bool:
    """Not now. Nothing follows from it, and nobody learns of it."""
    open_one = HelpInvitation.objects.filter(post=post, member=member, declined_at=None)
    return bool(open_one.update(declined_at=at))


def note_answers(*, now: datetime) -> int:
    """Write down of open invitations that their member has answered, for the fair turn of it."""
    there = Reply.objects.filter(
        post=OuterRef("post"), author=OuterRef("member"), published_at__gte=OuterRef("invited_at")
    )
    return HelpInvitation.objects.filter(
        Exists(there), answered_at=None, invited_at__gt=now - OPEN_FOR
    ).update(answered_at=now)


def _is_quiet(member: Member, *, now: datetime) -> bool:
    """Whether it is their night: they are told in their list only, so who is up goes first."""
    chosen = preferences_of(member)
    here = now.astimezone(member.locality.zone).time()
    begin, end = chosen.quiet_from, chosen.quiet_until
    if begin <= end:
        return begin <= here < end
    return here >= begin or here < end
