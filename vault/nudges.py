"""
Where browsers are nudged: an address at their maker's service, and the keys to write to them.

Such an address names a device, so it lies sealed in the vault like somebody's own. Pages put one
in and take it out; a worker asks for one at a time, and each time is written down.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, connections, transaction

from vault.cipher import Sealed, ring
from vault.post import post_office
from vault.seals import seal_browser


@dataclass(frozen=True)
class Browser:
    """What a browser gives who may nudge it (PushSubscription.toJSON)."""

    endpoint: str
    p256dh: str
    auth: str

    def as_subscription(self) -> dict[str, object]:
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


def keep_browser(*, number: UUID, browser: Browser) -> list[UUID]:
    """Keep where a browser is nudged; the numbers it had before, which are no more, come back."""
    keys = ring()
    sealed = keys.seal(json.dumps(vars(browser)), place=place_of(number))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT vault.keep_push(%s, %s, %s, %s)",
            [number, seal_browser(browser.endpoint), sealed.key_id, sealed.data],
        )
        return [UUID(str(before)) for (before,) in cursor.fetchall()]


def forget_browsers(*, numbers: Iterable[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.forget_pushes(%s::uuid[])", [[str(n) for n in numbers]])


def browser_of(number: UUID) -> Browser | None:
    """
    Where one browser is nudged, for the worker that is about to. The look is written down.

    :raises KeyMissing, Tampered: if it cannot be opened
    """
    office = post_office()
    with transaction.atomic(using=office), connections[office].cursor() as cursor:
        cursor.execute("SELECT * FROM vault.address_for_push(%s)", [number])
        found = cursor.fetchone()
    if found is None:
        return None
    key_id, sealed = found
    return Browser(**json.loads(ring().open(Sealed(key_id, bytes(sealed)), place=place_of(number))))


def place_of(number: UUID) -> str:
    """What a sealed browser is bound to."""
    return f"push:{number}"
