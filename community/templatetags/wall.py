from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from community import bricks
from community.models import Post
from community.soft_time import soft_time

register = template.Library()


@register.simple_tag(takes_context=True)
def softly(context: dict[str, Any], moment: datetime) -> str:
    """When something was written, on the reader's clocks and no finer than part of a day."""
    zone = context["request"].member.locality.zone
    return soft_time(moment, now=timezone.now(), zone=zone)


@register.simple_tag(takes_context=True)
def brick(context: dict[str, Any], post: Post) -> SafeString:
    """A post with its author and topic, as a brick of the wall for the member who reads."""
    return bricks.brick(post, reader=context["request"].member, now=timezone.now())
