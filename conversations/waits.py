"""How long somebody may wait for a guide now: measured from the last day, never promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from accounts.models import Member, WallGuide
from conversations.models import Conversation, Line

MEASURED_OVER = timedelta(days=1)
# Of fewer answers nothing is said: it would be about one or two people, and hardly typical.
AT_LEAST = 3
AT_MOST = 500


@dataclass(frozen=True)
class Wait:
    """What is known of the wait now, in whole minutes; None where nothing is."""

    guides_here: bool
    typical: int | None
    # The longest that somebody else waits at this moment, where it is more than typical.
    longest_now: int | None


def wait_of(member: Member, *, now: datetime) -> Wait:
    """What a member who asks now should know: three queries, all about their own locality."""
    answered = Line.objects.filter(
        first_wait__isnull=False,
        sent_at__gt=now - MEASURED_OVER,
        conversation__locality=member.locality_id,
    ).order_by("-sent_at")
    waits = sorted(wait for wait in answered.values_list("first_wait", flat=True)[:AT_MOST] if wait)
    # The middle one, or the longer of the two in the middle: half had an answer within it.
    typical = _minutes(waits[len(waits) // 2]) if len(waits) >= AT_LEAST else None
    others = Conversation.objects.filter(locality=member.locality_id).exclude(member=member)
    oldest = others.waiting().order_by("waiting_since").values_list("waiting_since", flat=True)
    first = oldest.first()
    longest = None if first is None else _minutes(now - first)
    return Wait(
        guides_here=WallGuide.objects.on_shift(now=now).filter(covers=member.locality_id).exists(),
        typical=typical,
        longest_now=longest if longest is not None and longest > (typical or 0) else None,
    )


def _minutes(wait: timedelta) -> int:
    """Rounded up: who is told four minutes should not wait five."""
    return max(1, ceil(wait.total_seconds() / 60))
