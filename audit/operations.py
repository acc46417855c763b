from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection


def record(
    *, actor: str, verb: str, subject: str, at: datetime, detail: dict[str, Any] | None = None
) -> int:
    """
    Write one entry of the log, inside the caller's transaction, and return its number.

    ``actor`` and ``subject`` are pseudonyms such as ``guide:7`` and ``alert:31``; never
    put a name, an address or anything a member wrote into ``detail``. The entry and what
    it tells of commit together or not at all.
    """
    with connection.cursor() as cursor:
        # Raw, because the trigger numbers the row and hashes it; see migration 0001.
        cursor.execute(
            "INSERT INTO audit_entry (at, actor, verb, subject, detail) "
            "VALUES (%s, %s, %s, %s, %s) RETURNING seq",
            [at, actor, verb, subject, json.dumps(detail or {})],
        )
        return int(cursor.fetchone()[0])
