from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vault.cipher import KeyMissing
from vault.rotation import insist_on_needed_keys, rotate


class Command(BaseCommand):
    help = (
        "Seal everything in the vault with the first key of VAULT_KEYS, and say which keys may "
        "then be taken out. It can be stopped and run again, and nobody need stop working."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows a transaction")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        try:
            insist_on_needed_keys()
            done = rotate(at=timezone.now(), batch=batch)
        except (ImproperlyConfigured, KeyMissing) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{done.rows} rows were sealed with the first key.")
        for name in done.may_be_retired:
            self.stdout.write(f"The key {name!r} holds nothing any more: take it out.")
