"""
Fits a challenger's probability to what people say here, before it is judged.

Trained on short texts of our own, a model's "0.3" need not be three in ten on this wall. Platt's
two numbers are fitted again to labels of members whose texts it has not learnt from and is not
judged by. What it asks a person to read does not change: its threshold moves along.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from risk.model import HEADS

URGENT_AT_LEAST = 20
_EDGE = 1e-4


def platt(
    probabilities: Sequence[float], outcomes: Sequence[bool], weights: Sequence[float]
) -> tuple[float, float] | None:
    """
    The slope and offset that turn a probability's logit into one that holds here.

    None where there are too few of either outcome to say, or where the order is upside down.
    """
    if min(sum(outcomes), len(outcomes) - sum(outcomes)) < URGENT_AT_LEAST:
        return None
    logit = np.array([_logit(each) for each in probabilities])
    weight = np.array(weights, dtype=np.float64)
    was = np.array(outcomes, dtype=np.float64)
    # Platt's own targets: nothing is ever all but certain on so few texts.
    positives, negatives = float(was.sum()), float((1 - was).sum())
    target = np.where(was > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    columns = np.stack([logit, np.ones_like(logit)], axis=1)
    fitted = np.array([1.0, 0.0])
    for _ in range(50):
        said = 1 / (1 + np.exp(-np.clip(columns @ fitted, -30, 30)))
        slope = columns.T @ (weight * (target - said))
        curve = (columns * (weight * said * (1 - said))[:, None]).T @ columns
        step = np.linalg.solve(curve + 1e-9 * np.eye(2), slope)
        fitted = fitted + np.clip(step, -1, 1)
        if float(np.abs(step).max()) < 1e-8:
            break
    a, b = float(fitted[0]), float(fitted[1])
    return (round(a, 4), round(b, 4)) if a > 0 and math.isfinite(b) else None


def recalibrated(manifest: dict[str, Any], fitted: tuple[float, float]) -> dict[str, Any]:
    """The manifest with its urgent probability fitted anew, and the same decisions as before."""
    a, b = fitted
    urgent = HEADS.index("urgent")
    slopes, offsets = (list(manifest["platt"][name]) for name in ("slopes", "offsets"))
    slopes[urgent] = slopes[urgent] * a
    offsets[urgent] = offsets[urgent] * a + b
    moved = {
        name: 1 / (1 + math.exp(-(a * _logit(manifest["thresholds"][name]) + b)))
        for name in ("red", "red_in_long", "red_with_term", "red_with_term_in_long")
    }
    return {
        **manifest,
        "platt": {"slopes": slopes, "offsets": offsets},
        "thresholds": {**manifest["thresholds"], **moved},
        "recalibrated": {"slope": a, "offset": b},
    }


def _logit(probability: float) -> float:
    clipped = min(max(probability, _EDGE), 1 - _EDGE)
    return math.log(clipped / (1 - clipped))
