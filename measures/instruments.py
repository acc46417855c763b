"""
The questionnaires that there are. None yet: a later issue brings them.

One that is registered here is offered on a member's first visit, and can be skipped like all else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Instrument:
    """A questionnaire: what members call it, and the route of its first page."""

    slug: str
    name: Any
    route: str
    # Whether it is offered to everyone who is new.
    is_baseline: bool = False


INSTRUMENTS: tuple[Instrument, ...] = ()


def baseline() -> Instrument | None:
    """What is offered on the first visit; None while there is nothing to offer."""
    return next((each for each in INSTRUMENTS if each.is_baseline), None)
