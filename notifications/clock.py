"""When a member may be written to: on their own locality's clock, outside their quiet hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from accounts.models import Member
from accounts.preferences import preferences_of


def today_of(member: Member, *, now: datetime) -> date:
    return now.astimezone(member.locality.zone).date()


def quiet_until(member: Member, *, now: datetime) -> datetime | None:
    """When their quiet hours end, if it is quiet for them now; None if it is not."""
    chosen = preferences_of(member)
    begins, ends = chosen.quiet_from, chosen.quiet_until
    local = now.astimezone(member.locality.zone)
    at = local.time()
    is_quiet = begins <= at < ends if begins <= ends else (at >= begins or at < ends)
    return _next(ends, local) if is_quiet else None


def quiet_from(member: Member, *, now: datetime) -> datetime:
    """When their next quiet hours begin."""
    local = now.astimezone(member.locality.zone)
    return _next(preferences_of(member).quiet_from, local)


def tomorrow(member: Member, *, now: datetime) -> datetime:
    """When the quiet hours of their next day are over."""
    ends = preferences_of(member).quiet_until
    local = now.astimezone(member.locality.zone)
    return datetime.combine(local.date() + timedelta(days=1), ends, tzinfo=local.tzinfo)


def _next(wanted: time, local: datetime) -> datetime:
    """
    The next time that a clock on the wall there shows this.

    Made on that clock and not by adding hours: a night in which the clocks change is longer or
    shorter, and their morning is still their morning.
    """
    day = local.date() if wanted > local.time() else local.date() + timedelta(days=1)
    return datetime.combine(day, wanted, tzinfo=local.tzinfo)
