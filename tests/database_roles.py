"""Real connections to the test's own database, as the roles that production connects as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from django.db import connection


@contextmanager
def connected_as(role: str) -> Iterator[Any]:
    """A cursor of a connection of its own, each statement a transaction of its own."""
    known = connection.settings_dict
    with closing(
        psycopg2.connect(
            dbname=known["NAME"], user=role, host=known["OPTIONS"].get("host") or known["HOST"]
        )
    ) as other:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            yield cursor


@contextmanager
def pages_are(role: str) -> Iterator[None]:
    """What is done inside, on the test's own connection, is done as this role."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
