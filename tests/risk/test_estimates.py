"""Shares, intervals and agreement, against figures that can be looked up or worked by hand."""

from __future__ import annotations

import pytest

from risk.enums import Urgency
from risk.estimates import Judged, Reading, agreement, by_rule, clopper_pearson, missed

GREEN, AMBER, RED, CRISIS = Urgency


def greens(count: int, chance: float = 0.02) -> list[Reading]:
    return [Reading(GREEN, chance)] * count


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    # Published exact limits: 1/10, 5/100, 0/10, 10/10, 50/100.
    [(1, 10, 0.0025, 0.4450), (5, 100, 0.0164, 0.1128), (0, 10, 0.0, 0.3085),
     (10, 10, 0.6915, 1.0), (50, 100, 0.3983, 0.6017)],
)  # fmt: skip
def test_the_exact_interval_is_the_published_one(found: int, of: int, low: float, high: float):
    assert clopper_pearson(found, of) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("readings", "at_most"), [(300, 0.010), (1000, 0.003)])
def test_no_miss_in_three_hundred_is_at_most_one_in_a_hundred(readings: int, at_most: float):
    found = missed(greens(readings), at_least=AMBER)

    assert found is not None
    assert (found.share, found.low) == (0, 0)
    assert found.high == pytest.approx(at_most, abs=1e-4)


def test_each_reading_stands_for_one_over_its_chance():
    """A miss near the threshold, drawn surely, counts for one; a GREEN drawn at 2 % for fifty."""
    found = missed([*greens(10), Reading(RED, 1.0)], at_least=AMBER)

    assert found is not None
    assert found.share == pytest.approx(1 / 501)
    assert found.effective < 11
    assert found.low < found.share < found.high


def test_equal_chances_give_the_plain_share_and_the_plain_interval():
    found = missed([*greens(95), *[Reading(AMBER, 0.02)] * 5], at_least=AMBER)

    assert found is not None
    assert found.share == pytest.approx(0.05)
    assert (found.low, found.high) == pytest.approx((0.0164, 0.1128), abs=1e-4)
    assert found.effective == pytest.approx(100)


def test_red_misses_are_a_part_of_amber_misses():
    readings = [*greens(50), Reading(AMBER, 0.02), Reading(RED, 0.02)]
    amber, red = missed(readings, at_least=AMBER), missed(readings, at_least=RED)

    assert amber is not None
    assert red is not None
    assert (amber.found, red.found) == (2, 1)


def test_not_sure_is_kept_apart_and_its_worst_case_is_said():
    found = missed([*greens(9), Reading(None, 0.02)], at_least=AMBER)

    assert found is not None
    assert (found.readings, found.unsure, found.share) == (9, 1, 0)
    assert found.if_unsure_were == pytest.approx(0.1)


def test_without_readings_nothing_is_said():
    assert missed([], at_least=AMBER) is None
    assert missed([Reading(None, 0.02)], at_least=AMBER) is None


def test_kappa_is_what_it_is_by_hand():
    # 20 + 15 alike of 50: observed .70, expected .50, so .40 (the textbook's example).
    pairs = [(GREEN, GREEN)] * 20 + [(GREEN, RED)] * 5 + [(RED, GREEN)] * 10 + [(RED, RED)] * 15
    found = agreement(pairs)

    assert (found.pairs, found.alike) == (50, 35)
    assert found.kappa == pytest.approx(0.4)
    assert found.kappa_flagged == pytest.approx(0.4)
    assert found.table[GREEN, RED] == 5


def test_pairs_without_an_answer_are_left_out_and_few_say_little():
    found = agreement([(GREEN, None), (RED, RED)])

    assert (found.pairs, found.left_out) == (1, 1)
    assert found.too_few
    assert found.kappa is None


def test_a_rules_small_counts_are_not_shown():
    often = [Judged(frozenset({"often"}), RED, GREEN)] * 3
    often += [Judged(frozenset({"often"}), RED, RED)] * 3
    rows = by_rule([*often, Judged(frozenset({"seldom"}), AMBER, GREEN)])

    assert [(row.rule, row.judged, row.ppv, row.override_rate) for row in rows] == [
        ("often", 6, 0.5, 0.5),
        ("seldom", 1, None, None),
    ]
