"""`manage.py assess_screening`: put a challenger to the gate and print every answer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from risk import releases
from risk.enums import ReleaseState
from risk.model import ModelUnusable
from risk.models import ModelRelease


class Command(BaseCommand):
    """Asks the gate's questions. A challenger that fails for good is refused."""

    help = "Put a challenger to the gate: the newest one, or the one whose number is given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which challenger."""
        parser.add_argument("release", nargs="?", type=int, help="its number")

    def handle(self, *args: Any, **options: Any) -> None:
        """Assess and print."""
        release = chosen(options["release"])
        try:
            release = releases.assess(release, at=timezone.now())
        except (releases.Refused, ModelUnusable) as refusal:
            raise CommandError(str(refusal)) from refusal
        for answer in (release.gate_report or {})["answers"]:
            state = "yes" if answer["passed"] else "not yet" if answer["waits"] else "NO"
            self.stdout.write(f"{state:8}{answer['name']}: {answer['says']}")
        if release.state == ReleaseState.REFUSED:
            raise CommandError(f"Release {release.pk} is refused.")
        self.stdout.write(
            f"Release {release.pk} has passed. Two people have to sign for it."
            if release.gate_passed
            else f"Release {release.pk} has not passed yet, and goes on in the shadow."
        )


def chosen(number: int | None) -> ModelRelease:
    """
    The release of that number, or the newest challenger.

    :raises CommandError: if there is none
    """
    found = (
        ModelRelease.objects.filter(pk=number).first()
        if number is not None
        else releases.newest_challenger()
    )
    if found is None:
        raise CommandError("There is no such challenger.")
    return found
