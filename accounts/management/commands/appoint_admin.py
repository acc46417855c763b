"""The first administrator, whom nobody could have invited from a page."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.enums import Work
from accounts.invitations import invite


class Command(BaseCommand):
    help = (
        "Invite an administrator, and print the path of the link that makes them one. The e-mail "
        "is asked for and not an argument, so that it is in no shell history and no list of "
        "processes."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="their name, as colleagues will read it")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if sys.stdin.isatty():
            self.stdout.write("Their e-mail: ", ending="")
            self.stdout.flush()
        email = sys.stdin.readline().strip()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError("That is no e-mail address.") from error
        with transaction.atomic():
            _, token = invite(
                email=email, name=name[:60], work=Work.ADMIN, by=None, at=timezone.now()
            )
        self.stdout.write(
            f"{name} opens this path of your site within three days, and chooses a password:\n"
            f"  /invitation/{token}/"
        )
