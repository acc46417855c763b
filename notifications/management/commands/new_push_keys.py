from typing import Any

from django.core.management.base import BaseCommand

from notifications import keys


class Command(BaseCommand):
    help = "Print a new key for nudging phones. Changing it later makes everybody say yes again."

    def handle(self, *args: Any, **options: Any) -> None:
        private = keys.new_key()
        self.stdout.write(f"PUSH_KEY={private}")
        self.stdout.write(f"# Browsers are given its public half: {keys.public_key(private)}")
