"""Ending and changing what staff may do, on open pages too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User, WallGuide
from audit.operations import record
from commissioning.models import Locality
from live.pokes import close_sockets_of


@transaction.atomic
def stand_down(*, user: User, at: datetime) -> None:
    """End a person's access now: no page opens any more, and open sockets close (S07)."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    record(actor="operator", verb="stand down", subject=f"user:{user.pk}", at=at)
    close_sockets_of(user.pk)


@transaction.atomic
def change_coverage(
    *, guide: WallGuide, covers: Iterable[Locality], is_senior: bool, at: datetime
) -> None:
    """Change which localities a wall guide watches, and whether they answer as a senior."""
    localities = list(covers)
    guide.covers.set(localities)
    WallGuide.objects.filter(pk=guide.pk).update(is_senior=is_senior)
    record(
        actor="operator",
        verb="change coverage",
        subject=f"guide:{guide.pk}",
        at=at,
        detail={"senior": is_senior, "localities": sorted(place.pk for place in localities)},
    )
    close_sockets_of(guide.user_id)
