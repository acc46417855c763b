"""
Boxes: short texts that rest for a while in a session or a setting, and are nobody's to read.

For what belongs to nobody yet (a sign-up on its way, a provider's secret). What is kept about
a member lies in the vault proper. The key is made from the one that seals addresses, so
whoever holds the database alone can open nothing; each purpose has a key of its own, and a
box of one purpose does not open as another's.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class BoxWillNotOpen(Exception):
    """Made with another key, for another purpose, too long ago, or not a box at all."""


def lock(text: str, *, purpose: str) -> str:
    """The text as a box that only this house opens, and only for this purpose."""
    return _key(settings.VAULT_SEAL_KEY, purpose).encrypt(text.encode()).decode()


def unlock(box: str, *, purpose: str, within_seconds: int | None = None) -> str:
    """
    The text that was locked away.

    :raises BoxWillNotOpen: also where it was locked longer ago than ``within_seconds``
    """
    try:
        opened = _key(settings.VAULT_SEAL_KEY, purpose).decrypt(box.encode(), within_seconds)
    except InvalidToken as error:
        raise BoxWillNotOpen from error
    return opened.decode()


@lru_cache(maxsize=16)
def _key(master: str, purpose: str) -> Fernet:
    derived = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=None, info=f"box:{purpose}".encode()
    ).derive(master.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
