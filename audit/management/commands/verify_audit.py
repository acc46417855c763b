from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.chain import Broken, Head, verify


class Command(BaseCommand):
    help = (
        "Checks that the audit log is as it was written, and prints its head. Keep the head "
        "somewhere else and give it back with --head, to see that nothing was cut off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", help="a head noted earlier, as SEQ:HASH")

    def handle(self, *args: Any, **options: Any) -> None:
        expected = None
        if options["head"]:
            seq, _, hashed = options["head"].partition(":")
            if not seq.isdigit() or not hashed:
                raise CommandError("--head is written as SEQ:HASH, as this command prints it.")
            expected = Head(int(seq), hashed)
        found = verify(expected=expected)
        if isinstance(found, Broken):
            raise CommandError(f"The log was touched: entry {found.seq}: {found.what}.")
        self.stdout.write(f"The log is whole. Head: {found.seq}:{found.hash}")
