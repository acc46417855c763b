"""Writes the tables of docs/privacy.md from what each model says of its own fields."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from peersupport.privacy import DOCUMENT, document


class Command(BaseCommand):
    help = "Write the tables of docs/privacy.md. Needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if old")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        before = DOCUMENT.read_text()
        now = document(before)
        if now == before:
            self.stdout.write("Up to date.")
        elif check:
            raise CommandError("Run `manage.py write_privacy_tables`: docs/privacy.md is old.")
        else:
            DOCUMENT.write_text(now)
            self.stdout.write("Written.")
