"""
People for a house under fault: run in a process of its own against the house's database.

Prints one JSON line with the sessions that they are signed in by.
"""

from __future__ import annotations

import json
import os

import django

MEMBERS = 12


def furnish() -> dict[str, object]:
    """Fill an empty database and say who can sign in."""
    from django.conf import settings
    from django.core.management import call_command

    from accounts.models import User
    from community.models import Topic
    from tests.factories.accounts import MemberFactory, SeniorGuideFactory, WallGuideFactory
    from tests.factories.commissioning import LocalityFactory
    from tests.sign_ins import SignedIn

    call_command("prepare", verbosity=0)

    def signed_in(user: User) -> str:
        client = SignedIn()
        client.force_login(user)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    places = [LocalityFactory(), LocalityFactory()]
    members = [MemberFactory(locality=places[number % 2]) for number in range(MEMBERS)]
    return {
        "members": [signed_in(member.user) for member in members],
        "guide": signed_in(WallGuideFactory(covers=places).user),
        "senior": signed_in(SeniorGuideFactory(covers=places).user),
        "topics": list(Topic.objects.values_list("slug", flat=True)),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peersupport.settings")
    django.setup()
    print(json.dumps(furnish()))  # noqa: T201
