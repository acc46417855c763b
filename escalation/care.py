"""What this floor adds to looking after those who wait: it knows whom guides follow in a case."""

from __future__ import annotations

from datetime import datetime

from community import clock
from escalation.models import Case


def look_at_clocks(*, now: datetime) -> dict[str, int]:
    """Let the first-reply clock do what is due. Beat and the sentinel both call this."""
    followed = Case.objects.open().values_list("member", flat=True)
    return clock.apply_due(now=now, in_an_episode=followed)
