"""
Measures how screening orders labelled texts, in numbers that another group could check.

Pure: rows in, figures out. A checklist row says which levels are right for it; any other row has
a label of its own data set and is measured for the alert load it makes, and for whether the label
that should ask for a person ranks above the one that should not (AUROC, ties counted half).
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from risk.classifier import Classification, Reader
from risk.enums import Category, Urgency
from risk.model import NEVER, Model

# A post of 100 KB is a legitimate row of a file.
csv.field_size_limit(10_000_000)


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled text. `lowest` and `highest` are set on the rows of a checklist."""

    text: str
    label: str = ""
    lowest: Urgency | None = None
    highest: Urgency | None = None
    categories: frozenset[Category] = frozenset()
    phenomenon: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row and what screening made of it."""

    row: Row
    found: Classification

    @property
    def order(self) -> float:
        """What texts are ordered by: the level first, the probability within it."""
        return float(self.found.urgency) + self.found.probability


@dataclass(slots=True)
class Share:
    """So many of so many."""

    right: int = 0
    of: int = 0

    def count(self, is_right: bool) -> None:
        """Count one."""
        self.right += is_right
        self.of += 1

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.right / self.of if self.of else None

    def __str__(self) -> str:
        return f"{self.right / self.of:.3f} ({self.right}/{self.of})" if self.of else "none"


@dataclass(slots=True)
class Checklist:
    """What a checklist asks for, counted."""

    crisis_not_green: Share = field(default_factory=Share)
    red_recall: Share = field(default_factory=Share)
    non_green_recall: Share = field(default_factory=Share)
    category_named: Share = field(default_factory=Share)
    green_flagged: Share = field(default_factory=Share)
    amber_at_most_red: Share = field(default_factory=Share)

    def shares(self) -> dict[str, Share]:
        """Each by the name it is printed under."""
        return {
            "crisis posts not green": self.crisis_not_green,
            "red+ recall": self.red_recall,
            "non-green recall": self.non_green_recall,
            "required category": self.category_named,
            "must-be-green flagged": self.green_flagged,
            "at-most-amber scored red+": self.amber_at_most_red,
        }

    def add(self, outcome: Outcome) -> list[str]:
        """Count one row; the names of what was wrong with it."""
        row, found = outcome.row, outcome.found
        if row.lowest is None or row.highest is None:
            return []
        wrong: list[str] = []

        def ask(share: Share, name: str, is_so: bool, should_be: bool = True) -> None:
            share.count(is_so)
            if is_so != should_be:
                wrong.append(name)

        if row.lowest == Urgency.CRISIS:
            ask(self.crisis_not_green, "crisis green", found.urgency > Urgency.GREEN)
        if row.lowest >= Urgency.RED:
            ask(self.red_recall, "red+ missed", found.urgency >= Urgency.RED)
        if row.lowest >= Urgency.AMBER:
            ask(self.non_green_recall, "left green", found.urgency >= Urgency.AMBER)
            if row.categories:
                ask(
                    self.category_named, "category missing", row.categories <= set(found.categories)
                )
        if row.highest == Urgency.GREEN:
            ask(self.green_flagged, "green flagged", found.urgency > Urgency.GREEN, False)
        if row.highest <= Urgency.AMBER:
            ask(self.amber_at_most_red, "scored red+", found.urgency >= Urgency.RED, False)
        return wrong


def measure(reader: Reader, rows: Sequence[Row]) -> list[Outcome]:
    """Every row, screened."""
    return [Outcome(row, reader.classify(row.text)) for row in rows]


def checklist_of(outcomes: Sequence[Outcome]) -> Checklist:
    """The checklist's counts over these outcomes."""
    checklist = Checklist()
    for outcome in outcomes:
        checklist.add(outcome)
    return checklist


def alert_load(outcomes: Sequence[Outcome], level: Urgency) -> float:
    """The share of texts that ask to be read at this level or above."""
    return sum(each.found.urgency >= level for each in outcomes) / max(len(outcomes), 1)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """
    The chance that a positive ranks above a negative (Mann and Whitney's U over its maximum).

    None where either is missing.
    """
    if not positive or not negative:
        return None
    ranked = sorted([(score, True) for score in positive] + [(score, False) for score in negative])
    above = 0.0
    start = 0
    seen_negative = 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        tied = ranked[start:end]
        positives = sum(is_positive for _, is_positive in tied)
        negatives = len(tied) - positives
        above += positives * (seen_negative + negatives / 2)
        seen_negative += negatives
        start = end
    return above / (len(positive) * len(negative))


def recall_at(share: float, scores: Sequence[float], truths: Sequence[bool]) -> float | None:
    """Of the true ones the share among the highest-ranked `share` of all; None if none is true."""
    if not any(truths):
        return None
    order = sorted(range(len(scores)), key=lambda number: -scores[number])
    taken = order[: round(share * len(scores))]
    return sum(truths[number] for number in taken) / sum(truths)


def calibration_error(
    probabilities: Sequence[float], truths: Sequence[bool], *, bins: int = 10
) -> float:
    """Expected calibration error with bins of equal width (Naeini et al. 2015)."""
    total = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [
            (p, t)
            for p, t in zip(probabilities, truths, strict=True)
            if low <= p < high or (number == bins - 1 and p == 1)
        ]
        if inside:
            said = sum(p for p, _ in inside) / len(inside)
            so = sum(t for _, t in inside) / len(inside)
            total += abs(said - so) * len(inside)
    return total / max(len(probabilities), 1)


def lexicon_alone(reader: Reader) -> Reader:
    """The same reader with a model that raises nothing."""
    if reader.model is None:
        return reader
    names = (
        "amber",
        "red",
        "red_in_long",
        "amber_with_term",
        "red_with_term",
        "red_with_term_in_long",
    )
    silent = replace_thresholds(reader.model, **dict.fromkeys(names, NEVER))
    return Reader(reader.lexicon, silent)


def model_alone(reader: Reader) -> Reader:
    """The same reader with a lexicon in which no term stands."""
    if reader.lexicon is None:
        return reader
    return Reader(reader.lexicon.without_terms(), reader.model)


def replace_thresholds(model: Model, **thresholds: float) -> Model:
    """A model that raises elsewhere."""
    return replace(model, thresholds={**model.thresholds, **thresholds})


def groups_of(outcomes: Sequence[Outcome], key: Callable[[Row], str]) -> dict[str, list[Outcome]]:
    """The outcomes by what `key` says of their rows, in the order of the names."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome.row), []).append(outcome)
    return dict(sorted(groups.items()))


def length_of(row: Row) -> str:
    """Which of three lengths a text has."""
    words = len(row.text.split())
    return "1 to 8 words" if words <= 8 else "9 to 25 words" if words <= 25 else "over 25 words"


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV or JSON lines file, as they are."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            yield from (json.loads(line) for line in file if line.strip())
        else:
            yield from csv.DictReader(file)


def rows_of(path: Path) -> list[Row]:
    """
    The rows of a file.

    :raises ValueError: if it has no text column
    """
    rows = [_row(each) for each in read_rows(path) if each.get("text") is not None]
    if not rows:
        raise ValueError(f"{path.name} has no text column.")
    return rows


def _row(raw: dict[str, Any]) -> Row:
    named = raw.get("categories") or ""
    names = (
        named if isinstance(named, list) else named.replace("|", ";").replace(",", ";").split(";")
    )
    has_levels = "expected_min_level" in raw
    return Row(
        text=raw["text"],
        label=str(raw.get("label", "")),
        lowest=Urgency[raw["expected_min_level"].upper()] if has_levels else None,
        highest=Urgency[raw["expected_max_level"].upper()] if has_levels else None,
        categories=frozenset(
            Category(name.strip()) for name in names if name.strip() not in {"", "none"}
        ),
        phenomenon=str(raw.get("phenomenon", "")),
        identity=str(raw.get("id", "")),
    )
