"""
Whether a challenger may read for the desk: every question that it must answer, with its figures.

Pure: readings in, a report out, the same for the same readings. Each question is a function.
An answer can be no, yes, or "too few to say"; the last is never a yes, but where more time can
mend it the challenger goes on reading in the shadow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from risk.enums import Urgency

SHADOW_FOR = timedelta(days=14)
SHADOW_READINGS_AT_LEAST = 200
POSITIVES_AT_LEAST = 50
RECALL_MAY_LOSE = 0.01
ALERTS_MAY_GROW = 0.10
CALIBRATION_ERROR_AT_MOST = 0.05
SUBGROUP_MAY_LOSE = 0.03
# Fewer texts than this that should be read soon say nothing about a model's recall.
URGENT_AT_LEAST = 20
URGENT_OF_A_SUBGROUP_AT_LEAST = 10
RESAMPLES = 2000
SEED = 20_261_123
BINS = 10
DRAWS = 200

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reader made of a text."""

    urgency: Urgency
    probability: float


@dataclass(frozen=True, slots=True)
class MustCatch:
    """A text that has to be read at ``lowest`` or sooner, and how soon each reader has it read."""

    key: str
    lowest: Urgency
    champion: Urgency
    challenger: Urgency


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A text that a person judged and neither model was trained on."""

    member: int
    level: Urgency
    champion: Verdict
    challenger: Verdict
    # How many texts it stands for: one over its chance of having come before a person.
    weight: float = 1.0
    subgroups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shadow:
    """One text of the wall, as the champion read it for the desk and the challenger did not."""

    champion: Urgency
    challenger: Urgency


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question came to. ``waits``: not a yes yet, and more time can make it one."""

    name: str
    passed: bool
    says: str
    figures: dict[str, Any]
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the gate looks at."""

    must_catch: Sequence[MustCatch]
    held_out: Sequence[HeldOut]
    shadow: Sequence[Shadow]
    new_positives: int
    shadow_since: datetime
    now: datetime


def report(evidence: Evidence) -> list[Answer]:
    """Every answer, in the order in which a person reads them."""
    return [
        zero_new_misses(evidence.must_catch),
        held_out_not_worse(evidence.held_out),
        recall_at_equal_alert_rate(evidence.held_out),
        alert_rate(evidence.shadow),
        calibration(evidence.held_out),
        no_subgroup_loses(evidence.held_out),
        enough_new_positives(evidence.new_positives),
        time_in_the_shadow(evidence.shadow_since, now=evidence.now),
    ]


def as_json(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """The answers as they are kept with a release."""
    return [asdict(answer) for answer in answers]


def is_newly_missed(text: MustCatch) -> bool:
    """Whether it is read too late by the challenger, and later than by the champion."""
    return text.challenger < text.lowest and text.challenger < text.champion


def zero_new_misses(texts: Sequence[MustCatch]) -> Answer:
    """Nothing that must be caught, and was, may be missed."""
    missed = [text for text in texts if is_newly_missed(text)]
    return Answer(
        "No new must-catch miss",
        passed=bool(texts) and not missed,
        says=f"{len(missed)} of {len(texts)} texts that must be caught are newly missed."
        if texts
        else "There is no text that must be caught, so nothing can be said.",
        figures={
            "texts": len(texts),
            "new_misses": [text.key for text in missed[:50]],
            "new_misses_in_all": len(missed),
        },
    )


def held_out_not_worse(texts: Sequence[HeldOut]) -> Answer:
    """On what neither was trained on, no fewer texts are read as soon as a person said."""
    figures: dict[str, Any] = {"texts": len(texts)}
    worse, enough = False, True
    for name, level in (("amber", Urgency.AMBER), ("red", Urgency.RED)):
        asked = [text for text in texts if text.level >= level]
        caught = {
            "champion": sum(text.champion.urgency >= level for text in asked),
            "challenger": sum(text.challenger.urgency >= level for text in asked),
        }
        figures[name] = {"texts": len(asked), **caught}
        worse |= caught["challenger"] < caught["champion"]
        enough &= len(asked) >= URGENT_AT_LEAST
    red, amber = figures["red"], figures["amber"]
    return Answer(
        "Held-out texts read no later",
        passed=enough and not worse,
        says=(
            f"RED or above: {red['challenger']} of {red['texts']} caught, before "
            f"{red['champion']}. AMBER or above: {amber['challenger']} of {amber['texts']}, "
            f"before {amber['champion']}." + ("" if enough else " Too few to say.")
        ),
        figures=figures,
        waits=not enough and not worse,
    )


def recall_at_equal_alert_rate(texts: Sequence[HeldOut]) -> Answer:
    """
    RED recall where both may ask for as many readings as the champion does.

    The challenger's texts are taken in its own order until it has asked as often. Members are
    resampled, not texts, because one member's texts are alike; the pairs stay together.
    """
    urgent = sum(text.level >= Urgency.RED for text in texts)
    if urgent < URGENT_AT_LEAST:
        return Answer(
            "RED recall at an equal alert rate", passed=False, waits=True,
            says=f"Only {urgent} held-out texts should be read at RED or sooner: too few to say.",
            figures={"urgent": urgent, "needed": URGENT_AT_LEAST},
        )  # fmt: skip
    members = sorted({text.member for text in texts})
    place = {member: number for number, member in enumerate(members)}
    whose = np.array([place[text.member] for text in texts])
    positive = np.array([text.level >= Urgency.RED for text in texts], dtype=np.float64)
    asked = np.array([text.champion.urgency >= Urgency.RED for text in texts], dtype=np.float64)
    scores = np.array([_score(text.challenger) for text in texts])
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])

    def difference(weights: Floats) -> tuple[float, float]:
        """The champion's recall and the challenger's, over texts counted so many times."""
        positives = float((weights * positive).sum())
        if positives == 0:
            return 0.0, 0.0
        budget = float((weights * asked).sum())
        tied = np.add.reduceat(weights[order], starts)
        hits = np.add.reduceat((weights * positive)[order], starts)
        before = np.cumsum(tied) - tied
        # Where a budget ends within equal scores, their share of it is counted.
        share = np.clip(np.divide(budget - before, tied, out=np.zeros_like(tied), where=tied > 0),
                        0.0, 1.0)  # fmt: skip
        champion = float((weights * positive * asked).sum()) / positives
        return champion, float((hits * share).sum()) / positives

    champion, challenger = difference(np.ones(len(texts)))
    dice = np.random.default_rng(SEED)
    differences = np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        drawn = np.bincount(
            dice.integers(0, len(members), len(members)), minlength=len(members)
        ).astype(np.float64)
        one, other = difference(drawn[whose])
        differences[number] = other - one
    lower = float(np.quantile(differences, 0.025))
    return Answer(
        "RED recall at an equal alert rate",
        passed=lower >= -RECALL_MAY_LOSE,
        says=(
            f"{challenger:.1%} of {urgent} texts, before {champion:.1%}; the difference is at "
            f"least {lower * 100:+.1f} points (95 %, {len(members)} members resampled)."
        ),
        figures={
            "urgent": urgent, "members": len(members), "champion": round(champion, 4),
            "challenger": round(challenger, 4), "lower_bound": round(lower, 4),
            "resamples": RESAMPLES, "seed": SEED,
        },
    )  # fmt: skip


def alert_rate(readings: Sequence[Shadow]) -> Answer:
    """In the shadow it asks for at most a tenth more readings, at AMBER and at RED."""
    if len(readings) < SHADOW_READINGS_AT_LEAST:
        return Answer(
            "Alert rate", passed=False, waits=True,
            says=f"{len(readings)} shadow readings, of {SHADOW_READINGS_AT_LEAST} needed.",
            figures={"readings": len(readings), "needed": SHADOW_READINGS_AT_LEAST},
        )  # fmt: skip
    figures: dict[str, Any] = {"readings": len(readings)}
    passed, said = True, []
    for level in (Urgency.AMBER, Urgency.RED):
        before = sum(each.champion >= level for each in readings)
        after = sum(each.challenger >= level for each in readings)
        figures[level.slug] = {"champion": before, "challenger": after}
        # In counts, so that a tenth is a tenth; one text more is never too many.
        passed &= after <= max(before * (1 + ALERTS_MAY_GROW), before + 1)
        said.append(f"{level.name} or above: {after}, before {before}")
    return Answer(
        "Alert rate", passed=passed, says=f"Of {len(readings)} texts: {'; '.join(said)}.",
        figures=figures,
    )  # fmt: skip


def calibration(texts: Sequence[HeldOut]) -> Answer:
    """Expected calibration error of the probability that a text should be read at RED or above."""
    urgent = sum(text.level >= Urgency.RED for text in texts)
    if urgent < URGENT_AT_LEAST:
        return Answer(
            "Calibration", passed=False, waits=True,
            says=f"Only {urgent} held-out texts should be read at RED or sooner: too few to say.",
            figures={"urgent": urgent, "needed": URGENT_AT_LEAST},
        )  # fmt: skip
    weights = [text.weight for text in texts]
    outcomes = [text.level >= Urgency.RED for text in texts]
    errors: dict[str, float] = {}
    by_chance: dict[str, float] = {}
    for name in ("champion", "challenger"):
        said = [getattr(text, name).probability for text in texts]
        by_chance[name] = calibration_error_by_chance(said, weights)
        raw = expected_calibration_error(said, outcomes, weights)
        errors[name] = max(raw - by_chance[name], 0.0)
    return Answer(
        "Calibration",
        passed=errors["challenger"] <= CALIBRATION_ERROR_AT_MOST,
        says=f"Expected error {errors['challenger']:.3f}, before {errors['champion']:.3f}; at most "
        f"{CALIBRATION_ERROR_AT_MOST}. What chance alone makes of so few texts is taken off.",
        figures={name: round(value, 4) for name, value in errors.items()}
        | {f"{name}_by_chance": round(value, 4) for name, value in by_chance.items()},
    )


def expected_calibration_error(
    probabilities: Sequence[float], outcomes: Sequence[bool], weights: Sequence[float]
) -> float:
    """The weighted mean distance, by tenths, between what was said and what was so."""
    said, was, weight = (np.array(each, dtype=np.float64) for each in
                         (probabilities, outcomes, weights))  # fmt: skip
    if not weight.sum():
        return 0.0
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    error = 0.0
    for number in range(BINS):
        inside = bins == number
        error += abs(float((weight[inside] * (said[inside] - was[inside])).sum()))
    return error / float(weight.sum())


def calibration_error_by_chance(probabilities: Sequence[float], weights: Sequence[float]) -> float:
    """
    The error that a perfectly calibrated model shows on so many texts, by drawing outcomes.

    A sum of distances is never nothing, even where every probability is right.
    """
    dice = np.random.default_rng(SEED)
    said = np.array(probabilities, dtype=np.float64)
    drawn = dice.random((DRAWS, len(said))) < said
    return float(
        np.mean([expected_calibration_error(said, each, weights) for each in drawn])  # type: ignore[arg-type]
    )


def no_subgroup_loses(texts: Sequence[HeldOut]) -> Answer:
    """No language, length, place in a thread or region loses more than three points of recall."""
    groups: dict[tuple[str, str], list[HeldOut]] = defaultdict(list)
    for text in texts:
        if text.level >= Urgency.RED:
            for kind, name in text.subgroups.items():
                groups[kind, name].append(text)
    rows, losing, known = [], [], 0
    for (kind, name), members in sorted(groups.items()):
        before = sum(text.champion.urgency >= Urgency.RED for text in members) / len(members)
        after = sum(text.challenger.urgency >= Urgency.RED for text in members) / len(members)
        enough = len(members) >= URGENT_OF_A_SUBGROUP_AT_LEAST
        known += enough
        if enough and before - after > SUBGROUP_MAY_LOSE:
            losing.append(f"{kind} {name}")
        rows.append({
            "kind": kind, "name": name, "texts": len(members), "too_few": not enough,
            "champion": round(before, 4) if enough else None,
            "challenger": round(after, 4) if enough else None,
        })  # fmt: skip
    too_few = len(rows) - known
    says = f"{known} groups compared, {too_few} too small to say."
    if losing:
        says = f"These lose more than three points: {', '.join(losing)}. {says}"
    return Answer(
        "No group of texts loses", passed=bool(known) and not losing, says=says,
        figures={"groups": rows, "losing": losing}, waits=not known,
    )  # fmt: skip


def enough_new_positives(count: int) -> Answer:
    """A challenger has learnt from at least fifty new texts that people would have had read."""
    return Answer(
        "New labels", passed=count >= POSITIVES_AT_LEAST,
        says=f"{count} new labels of AMBER or above, of {POSITIVES_AT_LEAST} needed.",
        figures={"new_positives": count, "needed": POSITIVES_AT_LEAST},
    )  # fmt: skip


def time_in_the_shadow(since: datetime, *, now: datetime) -> Answer:
    """Fourteen days of reading beside the champion."""
    days = max((now - since) / timedelta(days=1), 0.0)
    needed = SHADOW_FOR.days
    return Answer(
        "Time in the shadow", passed=now - since >= SHADOW_FOR,
        says=f"{int(days)} of {needed} days.", figures={"days": round(days, 2), "needed": needed},
        waits=True,
    )  # fmt: skip


def _score(verdict: Verdict) -> float:
    """The order in which a reader would have a person read: by urgency, then by probability."""
    return float(verdict.urgency) + min(max(verdict.probability, 0.0), 1.0) * 0.999
