import signal
from typing import Any

from django.core.management.base import BaseCommand

from escalation.sentinel import Sentinel


class Command(BaseCommand):
    help = (
        "Keeps watch over screenings, claims, alerts and cases, with Postgres alone. Run two: "
        "one leads, and the other takes over within 15 seconds."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sentinel = Sentinel()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sentinel.stop.set())
        sentinel.run()
