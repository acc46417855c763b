"""`manage.py demo_labels`: ten days of the guides' answers, in a demo and nowhere else."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from peersupport import demo_labels, demo_town


class Command(BaseCommand):
    """Gives the demo's screening something to learn from."""

    help = "Let the demo's guides read for ten days, so that a challenger can be trained."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many labels."""
        parser.add_argument("--count", type=int, default=500, help="about how many labels")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build them, where there is a demo."""
        if not settings.DEMO:
            raise CommandError("This is for a demo: set DEMO=1.")
        if not demo_town.stands():
            raise CommandError("There is no demo town here: run `make demo` first.")
        made = demo_labels.build(count=options["count"], at=timezone.now(), say=self.stdout.write)
        self.stdout.write(f"{made} labels. Next: manage.py train_screening --challenger")
