from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from accounts.models import WallGuide
from risk.models import Alert

register = template.Library()


@register.filter
def late(alert: Alert, now: datetime) -> bool:
    return alert.is_late(now=now)


@register.filter
def holder(alert: Alert, guide: WallGuide) -> str:
    """Who has an alert, for the guide who looks: "you", a name, or nobody."""
    if not alert.is_claimed(now=timezone.now()) or alert.claimed_by is None:
        return "nobody yet" if alert.acknowledged_at is None else "let go"
    return "you" if alert.claimed_by_id == guide.pk else alert.claimed_by.name
