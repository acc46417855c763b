"""
Statements that Postgres plans once a connection and not once a page.

For the few that every page of the wall asks: to plan one costs more than to run it. What is kept
is the plan; the rows are those of the moment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from hashlib import blake2s
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection, models

# Which statements each open connection knows. A connection that is lost takes its own along.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def rows_of(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """
    The rows of a SELECT, or of what is RETURNING; its parameters are written ``%(name)s``.

    The statement is code of ours and nothing else; what comes from anybody goes in ``values``.
    """
    name, prepare, execute, order = _forms(statement)
    with connection.cursor() as cursor:
        known = _known.setdefault(connection.connection, set())
        if name not in known:
            # Beside Django's cursor: it is no query of a page.
            with connection.wrap_database_errors, connection.connection.cursor() as bare:
                bare.execute(prepare)
            known.add(name)
        cursor.execute(execute, [values[each] for each in order])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def insert(row: models.Model) -> None:
    """
    Save a new row, as ``save`` does, by a statement that is not made anew for each.

    :raises IntegrityError: as ``save`` does
    """
    model = type(row)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    statement = _insertion(model)
    values = {
        str(field.column): field.get_db_prep_save(field.pre_save(row, True), connection)
        for field in fields
    }
    [(row.pk,)] = rows_of(statement, **values)
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insertion(model: type[models.Model]) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    places = ", ".join(f"%({column})s" for column in columns)
    assert model._meta.pk is not None  # noqa: S101 -- every model of ours has one
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({places}) "  # noqa: S608
        f"RETURNING {model._meta.pk.column}"
    )


@cache
def _forms(statement: str) -> tuple[str, str, str, Sequence[str]]:
    """The statement's name, how it is prepared, how it is executed, and with what in order."""
    order = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${order.index(found[1]) + 1}", statement)
    name = f"s_{blake2s(statement.encode(), digest_size=12).hexdigest()}"
    places = f" ({', '.join(['%s'] * len(order))})" if order else ""
    return name, f"PREPARE {name} AS {numbered}", f"EXECUTE {name}{places}", order
