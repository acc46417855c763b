from __future__ import annotations

from typing import NamedTuple

from django import template
from django.utils import timezone

from community.models import Post

register = template.Library()


class Cooled(NamedTuple):
    """Whether a thread is slow, with how many minutes, and whether what is new is held."""

    minutes: int | None
    is_held: bool


@register.simple_tag
def cooled(post: Post) -> Cooled:
    """How a guide has slowed this thread, as it stands on the post: it asks for nothing more."""
    now = timezone.now()
    is_slow = post.slow_until is not None and post.slow_until > now
    is_held = post.hold_until is not None and post.hold_until > now
    return Cooled(post.slow_minutes if is_slow else None, is_held)
