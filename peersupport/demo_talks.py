"""
What members of the demo's town and its guides said to one another, and the guides' templates.

Through the same operations that people use. The words lie in demo_words/talks.yaml: a clinician
of the operator has to sign templates before anybody uses them, and nobody has signed these.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from accounts.models import Member, WallGuide
from conversations import operations, templates
from conversations.enums import Outcome, Situation
from conversations.models import Conversation
from risk import screening

WORDS = Path(__file__).parent / "demo_words" / "talks.yaml"


class Town(Protocol):
    """What of the town is needed here."""

    built_at: datetime
    members: dict[str, Member]
    guides: dict[str, WallGuide]

    def key(self) -> uuid.UUID: ...
    def foretell(self, moment: datetime, happen: Callable[[datetime], None]) -> None: ...


def lay_templates(town: Town, *, at: datetime) -> None:
    """Everybody's templates, and one of a guide's own."""
    for each in _words()["templates"]:
        templates.add(
            by=town.guides[each["by"]],
            shared=each.get("shared", True),
            situation=Situation(each["situation"]),
            name=each["name"],
            words=_whole(each["words"]),
            at=at - timedelta(days=60),
        )


def foretell(town: Town) -> None:
    """Let each conversation happen in its time."""
    for talk in _words()["talks"]:
        member = town.members[talk["member"]]
        for line in talk["lines"]:
            moment = town.built_at - timedelta(minutes=line["ago"])
            town.foretell(moment, _line(town, member, line))
        if end := talk.get("end"):
            moment = town.built_at - timedelta(minutes=end["ago"])
            town.foretell(moment, _end(town, member, end))


def _line(town: Town, member: Member, line: dict[str, Any]) -> Callable[[datetime], None]:
    def happen(at: datetime) -> None:
        body = _whole(line["body"])
        if guide := town.guides.get(line["by"]):
            operations.answer(
                conversation=Conversation.objects.get(member=member), by=guide, body=body,
                idempotency_key=town.key(), version=None, at=at,
            )  # fmt: skip
            return
        operations.write_line(member=member, body=body, idempotency_key=town.key(), at=at)
        screening.drain(now=lambda: at + timedelta(seconds=2))

    return happen


def _end(town: Town, member: Member, end: dict[str, Any]) -> Callable[[datetime], None]:
    def happen(at: datetime) -> None:
        operations.close(
            conversation=Conversation.objects.get(member=member), by=town.guides[end["by"]],
            outcome=Outcome(end["outcome"]), note=_whole(end["note"]), version=None, at=at,
        )  # fmt: skip

    return happen


def _words() -> Any:
    return yaml.safe_load(WORDS.read_text())


def _whole(text: str) -> str:
    """Lines broken for the file are whole again."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))
