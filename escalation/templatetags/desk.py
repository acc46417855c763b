from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from accounts.models import WallGuide
from conversations.models import Conversation
from escalation.models import IdentityRequest
from risk.enums import Category, Urgency
from risk.models import Alert, Screening

register = template.Library()


@register.filter
def late(waits: Alert | Conversation, now: datetime) -> bool:
    return waits.is_late(now=now)


@register.filter
def talk_holder(conversation: Conversation, guide: WallGuide) -> str:
    """Who has a conversation, for the guide who looks: "you", a name, or nobody."""
    if not conversation.is_claimed(now=timezone.now()) or conversation.claimed_by is None:
        return "nobody now"
    return "you" if conversation.claimed_by_id == guide.pk else conversation.claimed_by.name


@register.filter
def holder(alert: Alert, guide: WallGuide) -> str:
    """Who has an alert, for the guide who looks: "you", a name, or nobody."""
    if not alert.is_claimed(now=timezone.now()) or alert.claimed_by is None:
        return "nobody yet" if alert.acknowledged_at is None else "let go"
    return "you" if alert.claimed_by_id == guide.pk else alert.claimed_by.name


@register.filter
def why(span: dict[str, Any]) -> str:
    """Why the screening stopped here, in words: the category, the rule, and what it decided."""
    category = Category(span["category"]).label
    if span.get("rule") == "model":
        return f"Worded like what a person should read ({category.lower()}): {span['decision']}"
    rule = str(span.get("rule", "")).replace("-", " ").replace("_", " ")
    parts = [
        category,
        *([rule] if rule else []),
        *([span["decision"]] if span.get("decision") else []),
    ]
    return ". ".join(part[:1].upper() + part[1:] for part in parts)


@register.filter
def signed(weight: float) -> str:
    """A weight with its sign: for or against a higher level."""
    return f"{weight:+.1f} ({'for' if weight > 0 else 'against'} a higher level)"


@register.filter
def raised_in_words(screening: Screening) -> str:
    """That the days before raised the level by a step, from which, and why."""
    words = Urgency(screening.urgency_of_words or Urgency.GREEN).label
    return f"By the words alone this is {words}. Raised a step: {screening.raised_because}"


@register.simple_tag
def releases_to_review() -> int:
    """How many times something was opened at once that no other senior has reviewed yet."""
    return IdentityRequest.objects.filter(life_at_risk=True, reviewed_at=None).count()
