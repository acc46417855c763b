"""Counting as somebody who can read nothing: see the first migration and docs/adr/0014."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

REPORTS = "peersupport_reports"


@contextmanager
def counting() -> Iterator[Any]:
    """
    A cursor of the role for reports, which can call reports' functions and read no table.

    Only for what is asked inside: afterwards the page is served as before.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), set_config('role', %s, true)", [REPORTS])
        before = cursor.fetchone()[0]
        yield cursor
        # An error ends the transaction, and with it the role.
        cursor.execute("SELECT set_config('role', %s, true)", [before])
