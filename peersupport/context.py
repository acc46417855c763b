from typing import Any

from django.conf import settings
from django.http import HttpRequest


def demo(request: HttpRequest) -> dict[str, Any]:
    """The demo's sign-ins, for its own sign-in page; nothing anywhere else."""
    if not settings.DEMO:
        return {}
    from peersupport.demo_town import sign_ins  # noqa: PLC0415 -- its words are read only in a demo

    return {"demo_people": sign_ins}
