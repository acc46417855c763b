"""
What a member's last fortnight adds to what they wrote now.

The words decide; the days before may raise by one step and never lower, never to CRISIS, and the
wall guide is told why. Days are weighed with a half-life of seven, after the design in risk.md,
section 4: what worried a week ago counts half of what worries today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from risk.enums import Urgency

LOOKS_BACK = timedelta(days=14)
HALF_LIFE = timedelta(days=7)
# "RED, then sudden calm": how long after it a GREEN post is still read by a person.
CALM_AFTER_RED = timedelta(days=3)
# "RED, then silence": how long nothing was heard before this.
SILENCE = timedelta(days=3)
# One RED yesterday and two AMBER this week come to about this.
HEAVY = 4.0

_WEIGHTS = {Urgency.GREEN: 0.0, Urgency.AMBER: 1.0, Urgency.RED: 3.0, Urgency.CRISIS: 6.0}


@dataclass(frozen=True, slots=True)
class Before:
    """One thing that a member wrote before, and how soon it asked to be read by its words."""

    at: datetime
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Raised:
    """A level, and why the days before raised it; no reason where they did not."""

    urgency: Urgency
    because: str = ""


def raised_by(before: Iterable[Before], *, words: Urgency, at: datetime) -> Raised:
    """The level of `words` written at this moment, raised by one step where the days before ask."""
    if words >= Urgency.RED:
        return Raised(words)
    recent = sorted(
        (each for each in before if at - LOOKS_BACK <= each.at < at), key=lambda each: each.at
    )
    because = _for_amber(recent, at) if words == Urgency.GREEN else _for_red(recent, at)
    return Raised(Urgency(words + 1), because) if because else Raised(words)


def weight_of(before: Sequence[Before], *, at: datetime) -> float:
    """The days before in one number: each reading's weight, halved for every seven days."""
    total = 0.0
    for each in before:
        if each.at < at:
            total += _WEIGHTS[each.urgency] * float(0.5 ** ((at - each.at) / HALF_LIFE))
    return total


def _for_amber(recent: Sequence[Before], at: datetime) -> str:
    red = _last_red(recent)
    if red is not None and at - red.at <= CALM_AFTER_RED:
        return "Calm now, and wrote something RED in the last three days."
    return ""


def _for_red(recent: Sequence[Before], at: datetime) -> str:
    red = _last_red(recent)
    if red is not None and recent[-1] is red and at - red.at >= SILENCE:
        return "Wrote something RED, then nothing for three days or more."
    if weight_of(recent, at=at) >= HEAVY:
        return "The last fortnight has worried us more than once."
    return ""


def _last_red(recent: Sequence[Before]) -> Before | None:
    return next((each for each in reversed(recent) if each.urgency >= Urgency.RED), None)
