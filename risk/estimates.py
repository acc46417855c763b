"""
What the blind readings and the closed alerts say about the screening, with how sure that is.

Pure, and without a statistics library: the staff's page computes it. Each text of the audit
sample stands for one over its chance of being drawn (Hájek's ratio estimator). The interval is
Clopper and Pearson's, over the effective number of readings (Korn and Graubard 1998). Where no
miss was found, the bound is the one-sided 95 % one: three over the number of readings
(Hanley and Lippman-Hand 1983).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from risk.enums import Urgency

# Fewer than this are not shown by number: one guide's or member's act could be told from it.
FEWEST_SHOWN = 5
PAIRS_AT_LEAST = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that was let lie, as a person read it blind; None where they could not say."""

    level: Urgency | None
    chance: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval, and what it is made of."""

    share: float
    low: float
    high: float
    found: int
    readings: int
    effective: float
    unsure: int
    # The share if everything that people could not say had been a miss.
    if_unsure_were: float

    @property
    def found_nothing(self) -> bool:
        return self.found == 0


def missed(readings: Iterable[Reading], *, at_least: Urgency) -> Share | None:
    """The share of unflagged texts that a person would have had read this soon; None of none."""
    everything = list(readings)
    said = [each for each in everything if each.level is not None]
    if not said:
        return None
    weights = [1 / each.chance for each in said]
    total, squares = sum(weights), sum(weight**2 for weight in weights)
    hit = [each.level is not None and each.level >= at_least for each in said]
    share = sum(weight for weight, is_hit in zip(weights, hit, strict=True) if is_hit) / total
    effective = total**2 / squares
    doubtful = sum(1 / each.chance for each in everything if each.level is None)
    if any(hit):
        low, high = clopper_pearson(share * effective, effective)
    else:
        low, high = 0.0, 1 - 0.05 ** (1 / effective)
    return Share(
        share=share, low=low, high=high, found=sum(hit), readings=len(said), effective=effective,
        unsure=len(everything) - len(said),
        if_unsure_were=(share * total + doubtful) / (total + doubtful),
    )  # fmt: skip


def clopper_pearson(found: float, of: float) -> tuple[float, float]:
    """The exact 95 % interval of a share; the counts may be effective ones, and so no integers."""
    low = 0.0 if found <= 0 else _beta_quantile(0.025, found, of - found + 1)
    high = 1.0 if found >= of else _beta_quantile(0.975, found + 1, of - found)
    return low, high


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people who read the same texts blind agree beyond chance."""

    pairs: int
    alike: int
    kappa: float | None
    # kappa of "should a person read this soon at all": GREEN against the rest.
    kappa_flagged: float | None
    left_out: int
    table: dict[tuple[Urgency, Urgency], int]

    @property
    def too_few(self) -> bool:
        return self.pairs < PAIRS_AT_LEAST


def agreement(pairs: Iterable[tuple[Urgency | None, Urgency | None]]) -> Agreement:
    """Cohen's kappa of first and second readings. Pairs in which one could not say are left out."""
    everything = list(pairs)
    said = [(one, two) for one, two in everything if one is not None and two is not None]
    return Agreement(
        pairs=len(said),
        alike=sum(one == two for one, two in said),
        kappa=_kappa(said),
        kappa_flagged=_kappa([(one > Urgency.GREEN, two > Urgency.GREEN) for one, two in said]),
        left_out=len(everything) - len(said),
        table=dict(Counter(said)),
    )


def _kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """None where both say one thing only: there is nothing to agree on beyond chance."""
    if not pairs:
        return None
    observed = sum(one == two for one, two in pairs) / len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    expected = sum(first[name] * second[name] for name in first) / len(pairs) ** 2
    return None if expected >= 1 else (observed - expected) / (1 - expected)


@dataclass(frozen=True, slots=True)
class Judged:
    """An alert that a person closed: which rules had stopped at it, and what the person said."""

    rules: frozenset[str]
    machine: Urgency
    person: Urgency


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How often a rule was right that a person should read, and how often it was overruled."""

    rule: str
    judged: int
    # None where there are too few to show.
    upheld: int | None
    overridden: int | None

    @property
    def ppv(self) -> float | None:
        return None if self.upheld is None else self.upheld / self.judged

    @property
    def override_rate(self) -> float | None:
        return None if self.overridden is None else self.overridden / self.judged


def by_rule(judged: Iterable[Judged]) -> list[RuleFigures]:
    """Each rule's figures, those most often overruled first, small counts last and unshown."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        for rule in each.rules:
            found[rule].append(each)
    rows = []
    for rule, cases in found.items():
        enough = len(cases) >= FEWEST_SHOWN
        rows.append(
            RuleFigures(
                rule,
                len(cases),
                sum(case.person > Urgency.GREEN for case in cases) if enough else None,
                sum(case.person < case.machine for case in cases) if enough else None,
            )
        )
    return sorted(
        rows, key=lambda row: (row.override_rate is None, -(row.override_rate or 0), row.rule)
    )


def _beta_quantile(share: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _beta_up_to(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_up_to(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_up_to(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    ) / a  # fmt: skip
    tiny = 1e-300
    fraction, c, d = 1.0, 1.0, 0.0
    for step in range(400):
        half = step // 2
        if step == 0:
            term = 1.0
        elif step % 2 == 0:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        else:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        d = 1 / ((1 + term * d) or tiny)
        c = (1 + term / c) or tiny
        fraction *= c * d
        if abs(1 - c * d) < 1e-12 and step:
            break
    return front * (fraction - 1)
