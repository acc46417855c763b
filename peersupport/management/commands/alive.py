"""For a container's healthcheck: has this part of the house been heard of lately?"""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from escalation.models import Heartbeat


class Command(BaseCommand):
    help = "Exit 0 if the named heartbeat (sentinel, beat, canary) is fresh, 1 if not."
    # Looked at every half minute: the system checks would cost more than the answer.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--within", type=int, default=60, metavar="SECONDS")

    def handle(self, *args: Any, name: str, within: int, **options: Any) -> None:
        last = Heartbeat.objects.filter(name=name).first()
        if last is None:
            raise CommandError(f"The {name} has never been heard of.")
        if timezone.now() - last.at > timedelta(seconds=within):
            raise CommandError(f"The {name} was last heard of at {last.at:%H:%M:%S} UTC.")
