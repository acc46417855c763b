"""
Drafts, kind words, quotes and words that wait for a guide, in the demo's town.

Through the same operations that people use; the words lie in demo_words/unsent.yaml.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from accounts.models import Member
from commissioning.models import Locality, Signpost
from community import anonymity, answers, drafts
from community import operations as wall
from community.enums import HeldBecause, Warmth
from community.models import QUOTE_MAX_LENGTH, Post, Topic
from risk import screening

WORDS = Path(__file__).parent / "demo_words" / "unsent.yaml"


class Town(Protocol):
    """What of the town is needed here."""

    built_at: datetime
    localities: dict[str, Locality]
    members: dict[str, Member]
    topics: dict[str, Topic]

    def key(self) -> uuid.UUID: ...


def furnish(town: Town, *, span: Callable[[str], timedelta]) -> None:
    """Everything that somebody who opens the demo meets of it."""
    words: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    for slug, there in words["signposts"].items():
        for position, each in enumerate(there):
            Signpost.objects.create(locality=town.localities[slug], position=position, **each)
    for each in words["kind_words"]:
        for name, kind in each["by"].items():
            answers.give(
                writing=_newest_of(town, each["to"]), member=town.members[name],
                kind=Warmth(kind), at=town.built_at - timedelta(minutes=40),
            )  # fmt: skip
    for each in words["quotes"]:
        _quote(town, each, at=town.built_at - span(each["ago"]))
    for each in words["held"]:
        _hold(town, each, at=town.built_at - span(each["ago"]))
    for each in words["drafts"]:
        place, topic = drafts.NEW_POST, town.topics.get(each.get("topic", ""))
        if "reply_to" in each:
            place = drafts.reply_to(_newest_of(town, each["reply_to"]))
        drafts.keep(
            member=town.members[each["by"]], place=place, body=each["body"], key=town.key(),
            topic=topic, at=town.built_at - span(each["ago"]),
        )  # fmt: skip
    screening.drain(now=lambda: town.built_at)


def _quote(town: Town, words: dict[str, Any], *, at: datetime) -> None:
    post = _newest_of(town, words["to"])
    said = " ".join(post.body.split())
    first = wall.publish_reply(
        post=post, author=town.members[words["by"]], body=words["body"],
        idempotency_key=town.key(), at=at,
        # Its first sentence, as somebody would cut it.
        quote=(said.partition(".")[0] + ".")[:QUOTE_MAX_LENGTH] if "." in said else said[:80],
    )  # fmt: skip
    then = words["then"]
    wall.publish_reply(
        post=post, author=town.members[then["by"]], body=then["body"], under=first,
        idempotency_key=town.key(), at=at + timedelta(minutes=20),
    )  # fmt: skip


def _hold(town: Town, words: dict[str, Any], *, at: datetime) -> None:
    """As the page does it with what tells how to reach somebody."""
    tells = any(each.is_contact for each in anonymity.look(words["body"]))
    wall.publish_post(
        author=town.members[words["by"]], topic=town.topics[words["topic"]], body=words["body"],
        idempotency_key=town.key(), at=at, held=HeldBecause.CONTACT_DETAILS if tells else None,
    )  # fmt: skip


def _newest_of(town: Town, alias: str) -> Post:
    return Post.objects.on_the_wall().filter(author=town.members[alias]).newest_first()[0]
