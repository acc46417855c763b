"""Bytes that are added up many at once come out as if each had been added by itself."""

from itertools import pairwise

import numpy as np
import pytest

from risk.weights import Weights, between


@pytest.fixture
def plain() -> np.ndarray:
    chance = np.random.default_rng(1)
    return chance.integers(-127, 128, size=(500, 12)).astype(np.int8)


def test_sums_are_those_of_the_plain_numbers(plain):
    weights = Weights(plain, np.ones(12, dtype=np.float32))
    places = np.random.default_rng(2).integers(0, 500, size=3_000)
    # Two bounds on one place: nothing lies between them.
    bounds = np.array([0, 1, 1, 40, 2_000, 3_000])
    expected = [
        plain[places[first:last]].astype(int).sum(axis=0) for first, last in pairwise(bounds)
    ]
    assert weights.sums(places, bounds).tolist() == np.array(expected).tolist()


@pytest.mark.parametrize("extreme", [127, -127])
def test_however_many_are_added_nothing_runs_over(extreme):
    plain = np.full((3, 12), extreme, dtype=np.int8)
    plain[:, 1::3] = -extreme
    weights = Weights(plain, np.ones(12, dtype=np.float32))
    count = 50_007
    sums = weights.sums(np.zeros(count + 2, dtype=np.int64), np.array([0, count, count + 2]))
    assert sums[0].tolist() == (plain[0].astype(int) * count).tolist()
    assert sums[1].tolist() == (plain[0].astype(int) * 2).tolist()


def test_a_head_is_the_column_of_its_rows(plain):
    scales = np.linspace(0.01, 0.2, 12).astype(np.float32)
    weights, places = Weights(plain, scales), np.array([3, 3, 499, 0])
    rows = weights.rows(places)
    assert rows.tolist() == (plain[places].astype(np.float32) * scales).tolist()
    for head in range(12):
        assert weights.of_head(places, head).tolist() == rows[:, head].tolist()


def test_nothing_between_two_bounds_is_nought():
    rows = np.ones((3, 2), dtype=np.float32)
    assert between(rows, np.array([0, 0, 3, 3])).tolist() == [[0, 0], [3, 3], [0, 0]]
