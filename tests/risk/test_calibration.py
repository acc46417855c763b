"""A probability fitted to this wall: three in ten is three in ten, and decisions stay."""

from __future__ import annotations

import math
import random

import pytest

from risk import calibration, gate, model
from risk.model import HEADS


def texts(*, slope: float, offset: float, count: int = 4000) -> tuple[list[float], list[bool]]:
    """What a model says, where the truth is another slope and offset of its logit."""
    dice = random.Random(3)
    said = [dice.uniform(0.02, 0.98) for _ in range(count)]
    true = [1 / (1 + math.exp(-(slope * math.log(p / (1 - p)) + offset))) for p in said]
    return said, [dice.random() < chance for chance in true]


def test_the_two_numbers_are_found_again():
    said, was = texts(slope=2.0, offset=-1.0)

    fitted = calibration.platt(said, was, [1.0] * len(said))

    assert fitted == pytest.approx((2.0, -1.0), abs=0.15)


def test_a_text_that_stands_for_fifty_counts_for_fifty():
    said = [0.3] * 100 + [0.6] * 100
    was = [True] * 50 + [False] * 50 + [True] * 90 + [False] * 10
    # Each calm text at 0.3 stands for nine, so of what it stands for one in ten is urgent.
    weights = [1.0] * 50 + [9.0] * 50 + [1.0] * 100

    a, b = calibration.platt(said, was, weights) or (0, 0)

    at = a * math.log(0.3 / 0.7) + b
    assert 1 / (1 + math.exp(-at)) == pytest.approx(0.1, abs=0.02)


def test_too_few_to_say_and_an_order_upside_down_change_nothing():
    assert calibration.platt([0.5] * 50, [True] * 19 + [False] * 31, [1.0] * 50) is None
    said, was = texts(slope=-1.0, offset=0.0, count=400)
    assert calibration.platt(said, was, [1.0] * 400) is None


def test_what_is_asked_for_does_not_change_with_the_probability():
    manifest, content = model.read()
    fitted = calibration.recalibrated(manifest, (1.7, -0.4))
    before, after = model.load(), model.load_bytes(content, fitted)
    urgent = HEADS.index("urgent")

    for logit in (-2.0, -0.5, -0.01, 0.01, 0.5, 2.0):
        # The head's own sum at which the old probability has this logit.
        total = (logit - float(before.offsets[urgent])) / float(before.slopes[urgent])

        def asked(each: model.Model, total: float = total) -> bool:
            at = float(each.slopes[urgent]) * total + float(each.offsets[urgent])
            return 1 / (1 + math.exp(-at)) >= each.thresholds["red"]

        assert asked(before) == asked(after), logit
    assert after.thresholds["amber"] == before.thresholds["amber"]


def test_what_chance_makes_of_few_texts_is_not_held_against_a_model():
    dice = random.Random(4)
    said = [dice.uniform(0, 0.5) for _ in range(150)]
    was = [dice.random() < chance for chance in said]
    weights = [1.0] * len(said)

    raw = gate.expected_calibration_error(said, was, weights)
    by_chance = gate.calibration_error_by_chance(said, weights)

    assert raw > 0.04
    assert by_chance == pytest.approx(raw, abs=0.03)
    assert gate.calibration_error_by_chance(said * 40, weights * 40) < by_chance / 4
