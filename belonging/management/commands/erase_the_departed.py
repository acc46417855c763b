from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from belonging.erasure import erase_the_departed


class Command(BaseCommand):
    help = "Erase those who left 21 days ago, as beat does every hour. Safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        erased = erase_the_departed(now=timezone.now())
        self.stdout.write(f"{erased} erased.")
