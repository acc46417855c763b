"""
Groups: small rooms inside a topic, run by wall guides and entered by invitation.

What is written in one is read there and nowhere else, and is screened like everything.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Member, WallGuide
from audit.operations import record
from community.models import Group, GroupMember, Topic
from notifications.enums import Kind
from notifications.operations import tell

# Who has said no is not asked into the same group again for so long.
NOT_ASKED_AGAIN_FOR = timedelta(days=30)


class NotInvited(Exception):
    """This member cannot be asked into this group now."""


class IsClosed(NotInvited):
    """Nobody is asked into a closed group."""


class SaidNo(NotInvited):
    """They said no less than a month ago."""


def may_write(member: Member, group: Group) -> bool:
    """Whether this member may put words into this group: in it, and it is open."""
    place = GroupMember.objects.joined(member).filter(group=group, group__closed_at=None)
    return place.exists()


def run_by(guide: WallGuide) -> QuerySet[Group]:
    return Group.objects.filter(guides=guide).select_related("topic")


def could_be_invited_by(guide: WallGuide) -> QuerySet[Member]:
    """Members of the localities that this guide covers, who are here and not paused."""
    return Member.objects.filter(
        locality__in=guide.covers.all(),
        locality__is_hidden=False,
        suspended_at=None,
        leaving_at=None,
        user__is_active=True,
    )


def could_run(group: Group) -> QuerySet[WallGuide]:
    """Guides who could run it too: those who cover a locality that one of its guides covers."""
    return (
        WallGuide.objects.filter(covers__in=group.guides.values("covers"), user__is_active=True)
        .exclude(pk__in=group.guides.values("pk"))
        .distinct()
        .order_by("name", "pk")
    )


@transaction.atomic
def open_group(*, name: str, blurb: str, topic: Topic, by: WallGuide, at: datetime) -> Group:
    group = Group.objects.create(name=name, blurb=blurb, topic=topic, created_by=by, created_at=at)
    group.guides.add(by)
    record(actor=f"guide:{by.pk}", verb="open group", subject=f"group:{group.pk}", at=at)
    return group


@transaction.atomic
def add_guide(*, group: Group, guide: WallGuide, by: WallGuide, at: datetime) -> None:
    group.guides.add(guide)
    record(
        actor=f"guide:{by.pk}", verb="add guide to group", subject=f"group:{group.pk}", at=at,
        detail={"guide": guide.pk},
    )  # fmt: skip


@transaction.atomic
def invite(*, group: Group, member: Member, by: WallGuide, at: datetime) -> GroupMember:
    """
    Ask a member into a group. Asked twice is asked once; nobody is in without their own yes.

    :raises IsClosed: if the group is
    :raises SaidNo: if they did, lately
    """
    if Group.objects.select_for_update().get(pk=group.pk).closed_at is not None:
        raise IsClosed
    asked, is_new = GroupMember.objects.get_or_create(
        group=group, member=member, defaults={"invited_by": by, "invited_at": at}
    )
    if not is_new:
        if asked.left_at is None:
            return asked
        said_no = asked.joined_at is None and asked.ended_by_id is None
        if said_no and asked.left_at > at - NOT_ASKED_AGAIN_FOR:
            raise SaidNo
        GroupMember.objects.filter(pk=asked.pk).update(
            invited_by=by, invited_at=at, joined_at=None, left_at=None, ended_by=None,
            ended_because="",
        )  # fmt: skip
        asked.refresh_from_db()
    record(
        actor=f"guide:{by.pk}", verb="invite to group", subject=f"member:{member.pk}", at=at,
        detail={"group": group.pk},
    )  # fmt: skip
    tell(
        member=member, kind=Kind.GROUP_INVITATION, at=at, url_name="community:groups",
        about=group.public_id,
    )  # fmt: skip
    return asked


@transaction.atomic
def answer_invitation(*, group: Group, member: Member, joins: bool, at: datetime) -> bool:
    """A member's own yes or no; False if nobody asks them any more."""
    changed = (
        GroupMember.objects.asked(member)
        .filter(group=group)
        .order_by()
        .update(**({"joined_at": at} if joins else {"left_at": at}))
    )
    if changed:
        _own_act(member, "join group" if joins else "decline group", group, at)
    return bool(changed)


@transaction.atomic
def leave(*, group: Group, member: Member, at: datetime) -> bool:
    """At any time, and nobody asks why. What they wrote there stays theirs to change."""
    changed = GroupMember.objects.joined(member).filter(group=group).update(left_at=at)
    if changed:
        _own_act(member, "leave group", group, at)
    return bool(changed)


@transaction.atomic
def end_place(*, place: GroupMember, by: WallGuide, because: str, at: datetime) -> bool:
    """End somebody's place, or take an invitation back. They read why, in the guide's words."""
    changed = GroupMember.objects.filter(pk=place.pk, left_at=None).update(
        left_at=at, ended_by=by, ended_because=because
    )
    if changed:
        record(
            actor=f"guide:{by.pk}", verb="end place in group", at=at,
            subject=f"member:{place.member_id}", detail={"group": place.group_id},
        )  # fmt: skip
        tell(
            member=place.member, kind=Kind.DECISION, at=at, url_name="community:groups",
            about=f"group-{place.group.public_id}",
        )  # fmt: skip
    return bool(changed)


@transaction.atomic
def close_group(*, group: Group, by: WallGuide, at: datetime) -> bool:
    """Nobody writes there any more, and nobody is asked in. Who was in it can still read."""
    changed = Group.objects.filter(pk=group.pk, closed_at=None).update(closed_at=at)
    if changed:
        record(actor=f"guide:{by.pk}", verb="close group", subject=f"group:{group.pk}", at=at)
    return bool(changed)


def ended_lately(member: Member, *, now: datetime) -> QuerySet[GroupMember]:
    """Places that a guide ended in the last month, for the member to read why."""
    return (
        GroupMember.objects.filter(
            Q(ended_by__isnull=False), member=member, left_at__gt=now - timedelta(days=30)
        )
        .select_related("group")
        .order_by("-left_at", "-pk")
    )


def _own_act(member: Member, verb: str, group: Group, at: datetime) -> None:
    record(
        actor=f"member:{member.pk}", verb=verb, subject=f"member:{member.pk}", at=at,
        detail={"group": group.pk},
    )  # fmt: skip
