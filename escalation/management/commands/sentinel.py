import signal
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from escalation.sentinel import Sentinel
from vault.rotation import insist_at_start


class Command(BaseCommand):
    help = (
        "Keeps watch over screenings, claims, alerts and cases, with Postgres alone. Run two: "
        "one leads, and the other takes over within 15 seconds."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            insist_at_start()
        except ImproperlyConfigured as refused:
            raise CommandError(str(refused)) from refused
        sentinel = Sentinel()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sentinel.stop.set())
        sentinel.run()
