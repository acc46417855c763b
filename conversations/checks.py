"""A setting that must not lie: `manage.py check` and everything that runs it refuse it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def members_do_not_message_members(**kwargs: Any) -> list[CheckMessage]:
    """Somebody who turns it on would believe that it is there, and that it is watched."""
    if settings.MEMBER_MESSAGES:
        return [
            Error(
                "MEMBER_MESSAGES is set, and there are no private messages between members.",
                hint="docs/adr/0018-talking-with-the-guides.md says why, and what would have to "
                "stand first. Take MEMBER_MESSAGES out of the environment.",
                id="conversations.E001",
            )
        ]
    return []
