"""Changing the vault's keys, one after another, while everything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from audit.operations import record
from vault import nudges
from vault.cipher import KeyRing, Sealed, ring
from vault.operations import place_of


class RetiredTooEarly(ImproperlyConfigured):
    """A key was taken out of VAULT_KEYS while something is still sealed with it."""

    def __init__(self, missing: list[str]) -> None:
        names = ", ".join(missing)
        super().__init__(
            f"The vault still holds what only these keys open: {names}. Put them back at the "
            "end of VAULT_KEYS, run `manage.py rotate_vault_keys`, and take out what it names."
        )


@dataclass(frozen=True)
class Rotated:
    """What a rotation came to: rows sealed anew, and the keys that hold nothing any more."""

    rows: int
    may_be_retired: list[str]


def keys_in_use() -> set[str]:
    """The names of the keys that something in the vault is sealed with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.keys_in_use()")
        return {name for (name,) in cursor.fetchall()}


def insist_on_needed_keys() -> None:
    """
    Stop a process that could not open what the vault holds.

    :raises RetiredTooEarly: naming the keys, and the way out
    :raises ImproperlyConfigured: if VAULT_KEYS is written wrongly
    """
    keys = ring()
    if missing := sorted(keys_in_use() - set(keys.names)):
        raise RetiredTooEarly(missing)


def insist_at_start() -> None:
    """The same for a process that must also start while Postgres is away."""
    ring()
    try:
        insist_on_needed_keys()
    except DatabaseError:
        pass  # it is asked again at the next start; nothing can be opened without Postgres either
    finally:
        connection.close()


def rotate(*, at: datetime, batch: int = 500) -> Rotated:
    """
    Seal everything in the vault with the first key of VAULT_KEYS. Run as the owner.

    Each batch commits by itself, so that stopping halfway loses nothing and running it again
    goes on from there; pages may keep and forget meanwhile.
    """
    keys = ring()
    rows = 0
    for step in (_some_details, _some_letters, _some_browsers):
        while done := _one_batch(step, keys, batch):
            rows += done
    old = sorted(set(keys.names) - {keys.first} - keys_in_use())
    record(
        actor="operator", verb="rotate vault keys", subject="vault", at=at,
        detail={"to": keys.first, "rows": rows, "may be retired": old},
    )  # fmt: skip
    return Rotated(rows, old)


@transaction.atomic
def _one_batch(step: Callable[[Any, KeyRing, int], int], keys: KeyRing, batch: int) -> int:
    with connection.cursor() as cursor:
        return step(cursor, keys, batch)


def _some_details(cursor: Any, keys: KeyRing, batch: int) -> int:
    cursor.execute(
        "SELECT handle, field, key_id, sealed FROM vault.identity WHERE key_id <> %s "
        "ORDER BY handle, field LIMIT %s FOR UPDATE",
        [keys.first, batch],
    )
    found = cursor.fetchall()
    for handle, field, key_id, data in found:
        place = place_of(handle, field)
        anew = _anew(keys, key_id, data, place=place)
        cursor.execute(
            "UPDATE vault.identity SET key_id = %s, sealed = %s WHERE handle = %s AND field = %s",
            [anew.key_id, anew.data, handle, field],
        )
    return len(found)


def _some_letters(cursor: Any, keys: KeyRing, batch: int) -> int:
    cursor.execute(
        "SELECT id, key_id, sealed_address, sealed_words FROM vault.letter WHERE key_id <> %s "
        "ORDER BY id LIMIT %s FOR UPDATE",
        [keys.first, batch],
    )
    found: list[tuple[UUID, str, Any, Any]] = cursor.fetchall()
    for letter_id, key_id, address, words in found:
        place = f"letter:{letter_id}"
        cursor.execute(
            "UPDATE vault.letter SET key_id = %s, sealed_address = %s, sealed_words = %s "
            "WHERE id = %s",
            [
                keys.first,
                _anew(keys, key_id, address, place=f"{place}:address").data if address else None,
                _anew(keys, key_id, words, place=f"{place}:words").data,
                letter_id,
            ],
        )
    return len(found)


def _some_browsers(cursor: Any, keys: KeyRing, batch: int) -> int:
    cursor.execute(
        "SELECT id, key_id, sealed FROM vault.push WHERE key_id <> %s "
        "ORDER BY id LIMIT %s FOR UPDATE",
        [keys.first, batch],
    )
    found: list[tuple[UUID, str, Any]] = cursor.fetchall()
    for number, key_id, data in found:
        anew = _anew(keys, key_id, data, place=nudges.place_of(number))
        cursor.execute(
            "UPDATE vault.push SET key_id = %s, sealed = %s WHERE id = %s",
            [anew.key_id, anew.data, number],
        )
    return len(found)


def _anew(keys: KeyRing, key_id: str, data: Any, *, place: str) -> Sealed:
    return keys.seal(keys.open(Sealed(key_id, bytes(data)), place=place), place=place)
