"""`manage.py train_screening`: the model, from our own corpus, the same bits every time."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from risk import model, training


class Command(BaseCommand):
    """Trains the screening model. Needs scikit-learn, and no database."""

    help = "Train the screening model from risk/training/ and write it with its manifest."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to write."""
        parser.add_argument("--to", type=Path, default=model.HERE, help="the directory to write to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Train, and say how it did on lines it had not seen."""
        trained = training.train()
        trained.write(options["to"])
        manifest = trained.manifest
        self.stdout.write(
            f"{manifest['examples']} examples; {manifest['size']} bytes; "
            f"sha256 {manifest['sha256']}"
        )
        for name, value in manifest["held_out_by_group"].items():
            self.stdout.write(f"  {name}: {value}")
