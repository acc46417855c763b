"""What a release runs once, before its first process serves anybody."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from community.topics import lay_topics
from escalation import canary
from peersupport import demo_town
from peersupport.database_roles import lay_roles
from vault.rotation import insist_on_needed_keys


class Command(BaseCommand):
    help = (
        "Make the database ready to serve: its tables, the cache table, who may do what, the "
        "wall's topics and the canary's home. Running it again changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        verbosity = options["verbosity"]
        call_command("migrate", interactive=False, verbosity=max(verbosity - 1, 0))
        call_command("createcachetable", verbosity=max(verbosity - 1, 0))
        lay_roles()
        try:
            insist_on_needed_keys()
        except ImproperlyConfigured as refused:
            raise CommandError(str(refused)) from refused
        lay_topics()
        canary.home()
        if demo_town.stands() and not (settings.DEMO or settings.TESTING):
            raise CommandError(
                "This database holds the demo town, whose sign-ins everybody knows. "
                "Serve from a database of your own, or set DEMO=1."
            )
        if verbosity:
            self.stdout.write("The database is ready.")
