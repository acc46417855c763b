"""Reading the log back and finding the first place where it was touched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

GENESIS = "0" * 64

_ROWS = """
    SELECT seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           actor, verb, subject, detail::text, prev_hash, hash
    FROM audit_entry ORDER BY seq
"""


@dataclass(frozen=True)
class Head:
    """The newest entry: note it elsewhere, and a shortened log shows too."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Broken:
    """The first entry that is not as it was written, and what is wrong with it."""

    seq: int
    what: str


def verify(*, expected: Head | None = None) -> Head | Broken:
    """
    Walk the whole log and return its head, or the first entry that was touched.

    :param expected: a head noted earlier; the log must still contain exactly it
    """
    head = Head(0, GENESIS)
    met_expected = expected is None or expected == head
    for seq, at, actor, verb, subject, detail, prev_hash, hashed in _rows():
        if seq != head.seq + 1:
            return Broken(head.seq + 1, "it is missing")
        if prev_hash != head.hash:
            return Broken(seq, "it does not follow from the entry before it")
        # The same words in the same order as the trigger hashes them.
        text = "\x1f".join([prev_hash, str(seq), at, actor, verb, subject, detail])
        if hashlib.sha256(text.encode()).hexdigest() != hashed:
            return Broken(seq, "its content is not what was hashed when it was written")
        head = Head(seq, hashed)
        met_expected = met_expected or head == expected
    if not met_expected and expected is not None:
        return Broken(expected.seq, "the head noted earlier is no longer in the log")
    return head


def _rows() -> Iterator[tuple[int, str, str, str, str, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        while batch := cursor.fetchmany(1000):
            yield from batch
