"""
What the house does with who somebody is: keep it, forget it, and know which parts it holds.

There is no reading here. The database role that serves pages may call these functions and may
not read the tables behind them; the one door that opens them is escalation.identity, and the
post office reads an address for one letter (vault.post). See docs/adr/0014.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from vault.cipher import ring
from vault.details import FIELDS, Details


@transaction.atomic
def keep(*, handle: UUID, details: Details, at: datetime) -> None:
    """Put details into the vault under a handle. What is given replaces; the rest stays."""
    keys = ring()
    with connection.cursor() as cursor:
        for field, value in details.given().items():
            sealed = keys.seal(value, place=place_of(handle, field))
            cursor.execute(
                "SELECT vault.keep(%s, %s, %s, %s, %s)",
                [handle, field, sealed.key_id, sealed.data, at],
            )


def forget(*, handle: UUID, at: datetime, fields: Iterable[str] = FIELDS) -> None:
    """
    Take details out of the vault for good: all of them, unless told which.

    With the e-mail go the letters to that person that still wait. The caller records why.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.forget(%s, %s::text[])", [handle, list(fields)])


def held(*, handle: UUID) -> frozenset[str]:
    """Which fields are held under a handle: their names, and never what they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.held(%s)", [handle])
        return frozenset(field for (field,) in cursor.fetchall())


def place_of(handle: UUID, field: str) -> str:
    """What a sealed detail is bound to: one field of one person."""
    return f"identity:{handle}:{field}"
