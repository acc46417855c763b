"""`manage.py evaluate_screening`: how the classifier does on labelled files that it never saw."""

import csv
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from risk.classifier import Classification, classify
from risk.enums import Urgency

# A post of 100 KB is a legitimate row of a file.
csv.field_size_limit(10_000_000)


class Command(BaseCommand):
    """Evaluates screening on files that are given; none of them belongs to the project."""

    help = (
        "Evaluate screening. A file with expected_min_level and expected_max_level is a checklist; "
        "any other file with a text column is measured for its alert load, by label."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Which files, and whether to name what was missed."""
        parser.add_argument("paths", nargs="+", type=Path, help="CSV or JSON lines files")
        parser.add_argument("--misses", action="store_true", help="name the rows that were missed")
        parser.add_argument("--most", type=int, default=0, help="at most so many rows of each file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures of each file."""
        for path in options["paths"]:
            try:
                rows = list(read_rows(path))
            except OSError as error:
                raise CommandError(f"{path} cannot be read: {error}") from error
            rows = rows[: options["most"] or None]
            if not rows or "text" not in rows[0]:
                raise CommandError(f"{path} has no text column.")
            started = time.perf_counter()
            found = [classify(row["text"]) for row in rows]
            each = (time.perf_counter() - started) / len(rows) * 1000
            self.stdout.write(f"{path.name}: {len(rows)} texts, {each:.2f} ms each")
            if "expected_min_level" in rows[0]:
                self._checklist(rows, found, name_misses=options["misses"])
            else:
                self._alert_load(rows, found)

    def _checklist(
        self, rows: list[dict[str, str]], found: list[Classification], *, name_misses: bool
    ) -> None:
        tally = Tally()
        for row, classification in zip(rows, found, strict=True):
            missed = tally.add(row, classification)
            if missed and name_misses:
                self.stdout.write(
                    f"  {row['id']} {row['phenomenon']}: {', '.join(missed)} "
                    f"({classification.urgency.name})"
                )
        for name, (right, of) in tally.counts.items():
            self.stdout.write(f"  {name}: {right}/{of} = {right / of:.3f}")

    def _alert_load(self, rows: list[dict[str, str]], found: list[Classification]) -> None:
        labels: dict[str, list[Classification]] = {"all": list(found)}
        if len({row.get("label", "") for row in rows}) <= 12:
            for row, classification in zip(rows, found, strict=True):
                labels.setdefault(row.get("label", ""), []).append(classification)
        for label, classified in labels.items():
            levels = Counter(each.urgency for each in classified)
            named = Counter(category for each in classified for category in each.categories)
            shares = " ".join(
                f"{level.name} {levels[level] / len(classified):.2%}" for level in Urgency
            )
            self.stdout.write(f"  {label or '(no label)'} ({len(classified)}): {shares}")
            self.stdout.write(
                "    "
                + ", ".join(
                    f"{category.value} {count / len(classified):.2%}"
                    for category, count in named.most_common()
                )
            )


class Tally:
    """Counts what a checklist asks for."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int]] = {}

    def add(self, row: dict[str, str], found: Classification) -> list[str]:
        """Count one row; the names of what was missed."""
        lowest = Urgency[row["expected_min_level"].upper()]
        highest = Urgency[row["expected_max_level"].upper()]
        wanted = {name for name in row["categories"].replace(";", "|").split("|") if name != "none"}
        named = {category.value for category in found.categories}
        asked: list[tuple[str, bool]] = []
        if lowest == Urgency.CRISIS:
            asked.append(("crisis posts not green", found.urgency > Urgency.GREEN))
        if lowest >= Urgency.RED:
            asked.append(("red+ recall", found.urgency >= Urgency.RED))
        if lowest >= Urgency.AMBER:
            asked.append(("non-green recall", found.urgency >= Urgency.AMBER))
            if wanted:
                asked.append(("required category", wanted <= named))
        if highest == Urgency.GREEN:
            asked.append(("must-be-green left green", found.urgency == Urgency.GREEN))
        if highest <= Urgency.AMBER:
            asked.append(("at-most-amber not red", found.urgency <= Urgency.AMBER))
        for name, right in asked:
            before = self.counts.get(name, (0, 0))
            self.counts[name] = (before[0] + right, before[1] + 1)
        return [name for name, right in asked if not right]


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV or JSON lines file."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            yield from (json.loads(line) for line in file if line.strip())
        else:
            yield from csv.DictReader(file)
