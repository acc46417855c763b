"""`manage.py train_screening`: the model, from our own corpus, the same bits every time."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from risk import model, training


class Command(BaseCommand):
    """Trains the screening model. Needs scikit-learn, and no database."""

    help = "Train the screening model from risk/training/ and write it with its manifest."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to write, or that a challenger is wanted."""
        parser.add_argument(
            "--challenger", action="store_true",
            help="train from the corpus and the labels that were lent, and keep it as a challenger",
        )  # fmt: skip
        parser.add_argument("--to", type=Path, default=model.HERE, help="the directory to write to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Train, and say how it did on lines it had not seen."""
        if options["challenger"]:
            self._train_challenger()
            return
        trained = training.train_shipped()
        trained.write(options["to"])
        manifest = trained.manifest
        self.stdout.write(
            f"{manifest['examples']} examples; {manifest['size']} bytes; "
            f"sha256 {manifest['sha256']}"
        )
        for name, value in manifest["held_out_by_group"].items():
            self.stdout.write(f"  {name}: {value}")

    def _train_challenger(self) -> None:
        # Here and not above: training the shipped model needs no database.
        from risk import releases

        try:
            release = releases.train_challenger(at=timezone.now())
        except releases.Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        counts = release.label_counts
        self.stdout.write(
            f"Challenger {release.pk} ({release.version}) has learnt from {counts['all']} labels, "
            f"{counts['new_positive']} of them new and AMBER or above. It reads in the shadow now."
        )
