"""Writes the crisis page to a file, for a proxy that serves it with nothing else running."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.test import RequestFactory

from peersupport.views import help_now


class Command(BaseCommand):
    help = "Write the crisis page to DIRECTORY/help-now/index.html. Needs neither database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path)

    def handle(self, *args: Any, directory: Path, **options: Any) -> None:
        page = directory / "help-now/index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(help_now(RequestFactory().get("/help-now/")).content)
