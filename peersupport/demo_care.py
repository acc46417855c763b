"""
Who waits in the demo's town, who offered to be asked, and a theme that more people wrote of.

Through the same operations that people use; the words lie in demo_words/care.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from accounts.models import Member
from community import offers
from escalation import care, themes

WORDS = Path(__file__).parent / "demo_words" / "care.yaml"
# As often as the house looks at its clocks, as far as anybody could see in what comes of it.
LOOKS = (timedelta(minutes=24), timedelta(minutes=14), timedelta(minutes=2), timedelta(0))


class Town(Protocol):
    """What of the town is needed here."""

    built_at: datetime
    members: dict[str, Member]

    def foretell(self, moment: datetime, happen: Callable[[datetime], None]) -> None: ...


def words() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(WORDS.read_text())
    return found


def foretell(town: Town) -> None:
    """Let members offer long ago, and the clocks run in the last half hour."""
    for each in words()["offers"]:
        town.foretell(town.built_at - timedelta(days=12), _offer(town, each))
    for ago in LOOKS:
        town.foretell(town.built_at - ago, _look)


def _offer(town: Town, each: Mapping[str, Any]) -> Callable[[datetime], None]:
    def happen(at: datetime) -> None:
        offers.offer(member=town.members[each["by"]], topics=each["topics"], at=at)

    return happen


def _look(at: datetime) -> None:
    care.look_at_clocks(now=at)
    themes.watch(now=at)
