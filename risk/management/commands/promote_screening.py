"""`manage.py promote_screening`: a challenger that passed and was signed for reads for the desk."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from risk import releases
from risk.management.commands.assess_screening import chosen


class Command(BaseCommand):
    """Promotes a challenger. It signs for nobody: that is done by two people, on the page."""

    help = "Promote a challenger: the newest one, or the one whose number is given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which challenger."""
        parser.add_argument("release", nargs="?", type=int, help="its number")

    def handle(self, *args: Any, **options: Any) -> None:
        """Promote, or say what is missing."""
        try:
            release = releases.promote(
                release=chosen(options["release"]), by=None, at=timezone.now()
            )
        except releases.Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"Release {release.pk} ({release.version}) reads for the desk.")
