from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.audience import role_of


def stands_for(pk: int | None) -> str:
    """Tells a page's own scripts one person from another, and nothing else."""
    return salted_hmac("whose-browser", str(pk)).hexdigest()[:12]


def who(request: HttpRequest) -> dict[str, Any]:
    """
    Who is looking, for the navigation.

    Reading the user costs queries, and the crisis page must answer without a database:
    so these stay uncalled functions until a template asks.
    """

    def person(role: str) -> Any:
        return lambda: role_of(request.user, role) if hasattr(request, "user") else None

    return {
        "current_member": person("member"),
        "current_guide": person("wall_guide"),
        "current_lead": person("commissioning_lead"),
        "current_administrator": person("administrator"),
        "whose": lambda: stands_for(request.user.pk),
        "DEMO": settings.DEMO,
    }
