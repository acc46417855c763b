from __future__ import annotations

from typing import Any

from django.conf import settings as the_settings
from django.core.checks import run_checks


def errors() -> list[str | None]:
    return [found.id for found in run_checks(tags=["security"])]


def test_private_messages_between_members_are_off_and_refused_when_turned_on(settings: Any):
    assert settings.MEMBER_MESSAGES is False
    assert "conversations.E001" not in errors()

    settings.MEMBER_MESSAGES = True

    assert "conversations.E001" in errors()


def test_what_the_check_names_is_there_to_read():
    assert (the_settings.BASE_DIR / "docs/adr/0018-talking-with-the-guides.md").is_file()
