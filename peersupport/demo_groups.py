"""
The groups of the demo's town, notes on some of its writing, and words for its search.

Through the same operations that people use. The words lie in demo_words/groups.yaml.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from accounts.enums import HouseRule
from accounts.models import Member, WallGuide
from community import acts, groups, operations
from community.enums import ContentNote
from community.models import Group, Post, Topic
from community.search_words import gather
from risk import screening

WORDS = Path(__file__).parent / "demo_words" / "groups.yaml"
# By topic, the newest post that still stands open: a guide says beforehand what it is about.
WHY_NOTED = acts.Ground(
    rule=HouseRule.KIND,
    reason="It tells of a death. Now readers know beforehand, and open it when they are ready.",
)
NOTED = {"grief-and-loss": ContentNote.DEATH}


class Town(Protocol):
    """What of the town is needed here."""

    built_at: datetime
    members: dict[str, Member]
    guides: dict[str, WallGuide]
    topics: dict[str, Topic]

    def key(self) -> uuid.UUID: ...
    def foretell(self, moment: datetime, happen: Callable[[datetime], None]) -> None: ...


def foretell(town: Town) -> None:
    """Let each group be opened, filled and written in, in its time."""
    for words in yaml.safe_load(WORDS.read_text()):
        _Room(town, words).foretell()


def finish(*, by: WallGuide, at: datetime) -> None:
    """Once everything stands: notes by a guide, and the words that the search may offer."""
    for slug, note in NOTED.items():
        on_it = Post.objects.on_the_wall().filter(topic__slug=slug, content_note="")
        for post in on_it.newest_first()[:1]:
            acts.fold(writing=post, content_note=note, by=by, ground=WHY_NOTED, at=at)
    gather()


class _Room:
    """One group: its people, and what they wrote there."""

    def __init__(self, town: Town, words: dict[str, Any]) -> None:
        self.town = town
        self.words = words
        self.guide = town.guides[words["guide"]]
        self.topic = town.topics[words["topic"]]
        self.group: Group

    def foretell(self) -> None:
        town = self.town
        opened = town.built_at - _span(self.words["ago"])
        town.foretell(opened, self.open)
        for post in self.words["posts"]:
            written = town.built_at - _span(post["ago"])
            town.foretell(written, self.publish(post))
            for reply in post["replies"]:
                town.foretell(written + _span(reply["after"]), self.answer(post, reply))

    def open(self, at: datetime) -> None:
        self.group = groups.open_group(
            name=self.words["name"], blurb=self.words["blurb"], topic=self.topic, by=self.guide,
            at=at,
        )  # fmt: skip
        for alias in [*self.words["members"], *self.words["asked"]]:
            member = self.town.members[alias]
            groups.invite(group=self.group, member=member, by=self.guide, at=at)
            if alias in self.words["members"]:
                groups.answer_invitation(group=self.group, member=member, joins=True, at=at)

    def publish(self, words: dict[str, Any]) -> Callable[[datetime], None]:
        def happen(at: datetime) -> None:
            words["post"] = operations.publish_post(
                author=self.town.members[words["by"]], topic=self.topic, group=self.group,
                body="\n\n".join(" ".join(p.split()) for p in words["body"].split("\n\n")),
                content_note=words.get("note", ""), idempotency_key=self.town.key(), at=at,
            )  # fmt: skip
            screening.drain(now=lambda: at + timedelta(seconds=2))

        return happen

    def answer(self, post: dict[str, Any], words: dict[str, Any]) -> Callable[[datetime], None]:
        def happen(at: datetime) -> None:
            said = {"post": post["post"], "body": words["body"], "at": at}
            if guide := self.town.guides.get(words["by"]):
                operations.reply_as_guide(guide=guide, idempotency_key=self.town.key(), **said)
                return
            author = self.town.members[words["by"]]
            operations.publish_reply(author=author, idempotency_key=self.town.key(), **said)
            screening.drain(now=lambda: at + timedelta(seconds=2))

        return happen


def _span(text: str) -> timedelta:
    """A length of time as the words give it: ``2d 3h 15m``."""
    units = {"d": "days", "h": "hours", "m": "minutes"}
    return timedelta(**{units[part[-1]]: int(part[:-1]) for part in text.split()})
