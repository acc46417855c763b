"""`manage.py roll_back_screening`: back to the model that read before, at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from risk import releases


class Command(BaseCommand):
    """Goes back. It asks for nothing: going back must be easy."""

    help = "Retire the champion and let what read before it read again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Roll back and say what reads now."""
        try:
            before = releases.roll_back(by=None, at=timezone.now())
        except releases.Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        what = f"Release {before.pk} ({before.version})" if before else "The shipped model"
        self.stdout.write(f"{what} reads for the desk again.")
