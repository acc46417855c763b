from typing import Any

from django.conf import settings
from django.http import HttpRequest


def demo(request: HttpRequest) -> dict[str, Any]:
    """The demo's sign-ins, for its own sign-in page; nothing anywhere else."""
    if not settings.DEMO:
        return {}
    # Here and not above: outside a demo its words are never read.
    from peersupport.demo_town import codes, sign_ins

    return {"demo_people": sign_ins, "demo_codes": codes}
