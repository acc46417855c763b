"""`manage.py lint_corpus`: whether the corpus may be trained on."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from risk import corpus_lint
from risk.corpus import CorpusError, corpus
from risk.evaluation import read_rows


class Command(BaseCommand):
    """Lints the corpus, and compares it with files that are measured with."""

    help = "Look for doubles, amounts, a tilt, and near copies of what the model is measured with."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Which files must hold nothing that is learnt from."""
        parser.add_argument("--against", nargs="*", type=Path, default=[], help="CSV or JSON lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what is wrong, and end with an error if anything is."""
        try:
            examples = corpus()
        except CorpusError as error:
            raise CommandError(str(error)) from error
        found = list(corpus_lint.problems(examples))
        for path in options["against"]:
            measured = [row["text"] for row in read_rows(path)]
            pairs = corpus_lint.near_copies((example.text for example in examples), measured)
            # The words measured with are not printed: they may be somebody's.
            found += [f"{path.name} holds a near copy of: {learnt}" for learnt, _ in pairs]
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError(f"{len(found)} things are wrong with the corpus.")
        self.stdout.write(f"{len(examples)} texts, and nothing wrong with them.")
