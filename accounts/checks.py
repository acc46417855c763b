"""What must not be served: `manage.py check` and everything that runs it refuse these settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

HINT = "Take DEMO_WITHOUT_SECOND_FACTOR out of the environment."


@register(Tags.security)
def second_factors_are_compulsory(**kwargs: Any) -> list[CheckMessage]:
    """Outside a demo the setting does nothing; that somebody set it is a mistake all the same."""
    if settings.DEMO_WITHOUT_SECOND_FACTOR and not (settings.DEMO or settings.TESTING):
        return [
            Error(
                "DEMO_WITHOUT_SECOND_FACTOR is set, and this is no demo.",
                hint=HINT,
                id="accounts.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def no_demo_is_deployed(**kwargs: Any) -> list[CheckMessage]:
    """`check --deploy` refuses it even where DEMO is set too."""
    if settings.DEMO_WITHOUT_SECOND_FACTOR:
        return [
            Error(
                "Everyone who works here could sign in without a second factor.",
                hint=HINT,
                id="accounts.E002",
            )
        ]
    return []
