"""A made-up town to look around in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from peersupport import demo_town


class Command(BaseCommand):
    help = "Build the demo's town, unless it stands already. Only where DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demo town has sign-ins that everybody knows, so it is only built where "
                "DEMO=1 is set."
            )
        built = demo_town.build(at=timezone.now())
        if options["verbosity"]:
            self.stdout.write("The demo town is built." if built else "The demo town stands.")
            for kind, email, password in demo_town.sign_ins():
                self.stdout.write(f"  {kind:<18} {email:<32} {password}")
            for name, code in demo_town.codes():
                self.stdout.write(f"  join: {name:<24} {code}")
