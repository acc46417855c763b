"""
A search in an address that tells nobody what was looked for (S26).

What somebody looks for on this wall is as telling as what they write. It must stand in no log,
no history and no title; and yet Back, "Show more" and a page without JavaScript need an address.
So the address carries the words sealed, under a key of that member's own, for some hours.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

from accounts.models import Member
from community.search import Key

KEPT_FOR = timedelta(hours=6)


class NoSuchSearch(Exception):
    """Too old, somebody else's, or made up."""


def seal(query: str, *, reader: Member, now: datetime, after: Key | None = None) -> str:
    key = [after[0].isoformat(), after[1]] if after else None
    words = json.dumps([query, key], ensure_ascii=False).encode()
    return _box(reader).encrypt_at_time(words, int(now.timestamp())).decode().rstrip("=")


def open_sealed(sealed: str, *, reader: Member, now: datetime) -> tuple[str, Key | None]:
    """
    What was looked for, and where the page begins.

    :raises NoSuchSearch: if this is none of this reader's, or is too old
    """
    try:
        words = _box(reader).decrypt_at_time(
            (sealed + "=" * (-len(sealed) % 4)).encode(),
            ttl=int(KEPT_FOR.total_seconds()),
            current_time=int(now.timestamp()),
        )
        query, key = json.loads(words)
    except (InvalidToken, ValueError, UnicodeError) as nothing:
        raise NoSuchSearch from nothing
    return query, (datetime.fromisoformat(key[0]), key[1]) if key else None


def _box(reader: Member) -> Fernet:
    key = salted_hmac("community.search", reader.public_id, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
