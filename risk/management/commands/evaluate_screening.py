"""`manage.py evaluate_screening`: how screening does on labelled texts that it never saw."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from risk import classifier, corpus_lint, evaluation, model_card
from risk.corpus import corpus
from risk.enums import Urgency
from risk.evaluation import Outcome, rows_of

BASE = Path(settings.BASE_DIR)
# Our own checklists, by authors who had not read the word list.
OWN_SETS = sorted((BASE / "tests" / "risk").glob("held_out*.jsonl"))


class Command(BaseCommand):
    """Evaluates screening on files that are given, and writes the model card when asked."""

    help = (
        "Evaluate screening. A file with expected_min_level and expected_max_level is a checklist; "
        "any other file with a text column is measured for its alert load, by label. Without a "
        "file, the checklists of tests/risk are measured."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Which files, whether to name what was missed, and where to write the card."""
        parser.add_argument("paths", nargs="*", type=Path, help="CSV or JSON lines files")
        parser.add_argument("--misses", action="store_true", help="name the rows that were missed")
        parser.add_argument("--most", type=int, default=0, help="at most so many rows of each file")
        parser.add_argument("--card", type=Path, help="write the model card here")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures of each file; write the card if one is asked for."""
        reader = classifier.shipped()
        measured: dict[str, list[Outcome]] = {}
        for path in options["paths"] or OWN_SETS:
            try:
                rows = rows_of(path)[: options["most"] or None]
            except (OSError, ValueError) as error:
                raise CommandError(f"{path} cannot be read: {error}") from error
            started = time.process_time()
            measured[path.name] = outcomes = evaluation.measure(reader, rows)
            each = (time.process_time() - started) / len(rows) * 1000
            self.stdout.write(f"{path.name}: {len(rows)} texts, {each:.2f} ms of CPU each")
            self._guard(path.name, outcomes)
            if rows[0].lowest is not None:
                self._checklist(outcomes, name_misses=options["misses"])
            else:
                self._alert_load(outcomes)
        if options["card"]:
            card = model_card.write(reader, measured)
            options["card"].write_text(card, encoding="utf-8")
            self.stdout.write(f"The card is in {options['card']}.")

    def _guard(self, name: str, outcomes: list[Outcome]) -> None:
        """Nothing that is measured with may have been learnt from, nor a near copy of it."""
        texts = [outcome.row.text for outcome in outcomes]
        near = {text for _, text in corpus_lint.near_copies((e.text for e in corpus()), texts)}
        if near:
            self.stderr.write(
                f"  {len(near)} of {len(texts)} texts of {name} are near copies of training texts; "
                "their figures are too good."
            )

    def _checklist(self, outcomes: list[Outcome], *, name_misses: bool) -> None:
        checklist = evaluation.Checklist()
        for outcome in outcomes:
            wrong = checklist.add(outcome)
            if wrong and name_misses:
                self.stdout.write(
                    f"  {outcome.row.identity} {outcome.row.phenomenon}: {', '.join(wrong)} "
                    f"({outcome.found.urgency.name})"
                )
        for name, share in checklist.shares().items():
            self.stdout.write(f"  {name}: {share}")

    def _alert_load(self, outcomes: list[Outcome]) -> None:
        labels = {"all": outcomes}
        by_label = evaluation.groups_of(outcomes, lambda row: row.label)
        if 1 < len(by_label) <= 12:
            labels |= by_label
        for label, each in labels.items():
            shares = " ".join(
                f"{level.name}+ {evaluation.alert_load(each, level):.2%}"
                for level in (Urgency.AMBER, Urgency.RED, Urgency.CRISIS)
            )
            self.stdout.write(f"  {label or '(no label)'} ({len(each)}): {shares}")
            named = model_card.categories_named(each)
            self.stdout.write("    " + ", ".join(f"{name} {share:.2%}" for name, share in named))
