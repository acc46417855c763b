import sys
from typing import Any

from django.core.management.base import BaseCommand

from notifications import bounces


class Command(BaseCommand):
    help = (
        "Read one message that came back, from the standard input: a mailbox's own program calls "
        "this for each. It needs POST_DATABASE_URL."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        ours = bounces.take(sys.stdin.buffer.read(bounces.MAX_BYTES))
        # What it was is nobody's business, and a mailbox's program would keep what we say.
        self.stdout.write("Noted." if ours else "Nothing to note.")
