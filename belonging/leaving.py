"""Leaving the wall: off it at once, erased after a while, and until then one tap from undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.models import Member
from accounts.sessions import end_all_of
from audit.operations import record
from belonging.enums import Reason
from belonging.models import LeavingReason
from community.operations import bring_back_all, take_away_all

# How long somebody who left can come back and find everything as it was.
UNDO_FOR = timedelta(days=21)


@transaction.atomic
def leave(*, member: Member, reasons: Iterable[Reason], at: datetime) -> None:
    """
    Take a member off the wall at once, and sign them out everywhere.

    Nothing is erased yet: `stay` undoes all of it. Leaving twice changes nothing.
    """
    gone = Member.objects.filter(pk=member.pk, leaving_at=None).update(leaving_at=at)
    if gone:
        take_away_all(member=member, at=at)
        _count(reasons, on=at.date())
        record(actor=f"member:{member.pk}", verb="leave", subject=f"member:{member.pk}", at=at)
    end_all_of(member.user)
    member.refresh_from_db()


@transaction.atomic
def stay(*, member: Member, at: datetime) -> None:
    """Undo leaving: everything a member wrote is where it was."""
    # The row is taken first, so that nobody comes back while they are being erased.
    held = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if held.leaving_at is not None:
        Member.objects.filter(pk=held.pk).update(leaving_at=None)
        bring_back_all(member=held)
        record(actor=f"member:{held.pk}", verb="stay", subject=f"member:{held.pk}", at=at)
    member.leaving_at = None


def erased_from(member: Member) -> date | None:
    """The day from which somebody who left is erased, on their locality's clock."""
    if member.leaving_at is None:
        return None
    return (member.leaving_at + UNDO_FOR).astimezone(member.locality.zone).date()


def months_kept(member: Member) -> int:
    """How long this member's commissioner has risk episodes kept after they have ended."""
    return member.locality.commissioner.episode_retention_months


def _count(reasons: Iterable[Reason], *, on: date) -> None:
    for reason in set(reasons):
        row, _ = LeavingReason.objects.get_or_create(month=on.replace(day=1), reason=reason)
        LeavingReason.objects.filter(pk=row.pk).update(times=F("times") + 1)
