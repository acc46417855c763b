"""How often a member is told: three times a day at most, letters and nudges together."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Member
from notifications.clock import today_of
from notifications.models import Reach

TIMES_A_DAY = 3


def reach_of(member_id: int) -> Reach | None:
    """
    A member's row, held until the transaction ends; None while another worker has it.

    Whoever holds it alone decides whether they are told, so that two workers never both do.
    """
    assert transaction.get_connection().in_atomic_block  # noqa: S101 -- a lock needs one
    Reach.objects.bulk_create([Reach(member_id=member_id)], ignore_conflicts=True)
    held = Reach.objects.select_for_update(of=("self",), skip_locked=True)
    return held.select_related("member__user", "member__locality", "member__preferences").filter(
        member=member_id
    ).first()  # fmt: skip


def is_told_enough(reach: Reach, *, now: datetime) -> bool:
    today = today_of(reach.member, now=now)
    return reach.told_on == today and reach.told_times >= TIMES_A_DAY


def count_one(reach: Reach, *, now: datetime) -> None:
    """They are told now."""
    today = today_of(reach.member, now=now)
    times = reach.told_times if reach.told_on == today else 0
    reach.told_on, reach.told_times = today, times + 1
    reach.save(update_fields=["told_on", "told_times"])


def count_one_less(member_id: int, *, now: datetime) -> None:
    """What was counted did not reach them."""
    with transaction.atomic():
        reach = (
            Reach.objects.select_for_update(of=("self",))
            .select_related("member__locality")
            .get(member=member_id)
        )
        if reach.told_on == today_of(reach.member, now=now) and reach.told_times:
            reach.told_times -= 1
            reach.save(update_fields=["told_times"])


def is_away(member: Member, *, now: datetime) -> bool:
    """Who is leaving, paused or on a break is not written to."""
    return (
        member.leaving_at is not None
        or member.suspended_at is not None
        or member.is_on_a_break(now=now)
    )
