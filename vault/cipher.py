"""
The vault's lock: one value, sealed for one place.

AES-256-GCM with a key from the environment. What is sealed is bound to its place (whose it is
and which field), so that a row copied onto another person does not open. The name of the key
lies beside each value, so that keys can be changed one by one (vault.rotation).
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE = 12
# Short values are filled up to a multiple of this: a length would tell names apart.
BLOCK = 64
KEY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}", re.ASCII)
HOW = (
    "VAULT_KEYS is written as name:key, with commas between several and the one to write with "
    "first; a key is the output of openssl rand -base64 32."
)


class KeyMissing(Exception):
    """A value was sealed with a key that VAULT_KEYS no longer names."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"The vault key {key_id!r} is needed and is not in VAULT_KEYS.")


class Tampered(Exception):
    """A value is not what was sealed for this place."""


@dataclass(frozen=True)
class Sealed:
    """A value as it lies in the database: the key's name and the bytes."""

    key_id: str
    data: bytes


class KeyRing:
    """The keys of VAULT_KEYS. The first one writes; all of them read."""

    def __init__(self, text: str) -> None:
        """:raises ImproperlyConfigured: in a sentence that shows no key"""
        self._keys: dict[str, AESGCM] = {}
        for number, part in enumerate(text.split(","), start=1):
            name, _, encoded = part.strip().partition(":")
            if not KEY_NAME.fullmatch(name) or name in self._keys:
                raise ImproperlyConfigured(
                    f"Key {number} of VAULT_KEYS has no name of its own. {HOW}"
                )
            self._keys[name] = AESGCM(_key_bytes(name, encoded))
        self.first = next(iter(self._keys))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def seal(self, value: str, *, place: str) -> Sealed:
        """Lock a value up for one place, with the first key."""
        plain = value.encode()
        filled = plain + b"\x80" + bytes(-(len(plain) + 1) % BLOCK)
        nonce = secrets.token_bytes(NONCE)
        locked = self._keys[self.first].encrypt(nonce, filled, _bound(self.first, place))
        return Sealed(self.first, nonce + locked)

    def open(self, sealed: Sealed, *, place: str) -> str:
        """
        The value that was sealed for this place.

        :raises KeyMissing: if its key was taken away too early
        :raises Tampered: if it was changed, or belongs elsewhere
        """
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise KeyMissing(sealed.key_id)
        nonce, locked = sealed.data[:NONCE], sealed.data[NONCE:]
        try:
            filled = key.decrypt(nonce, locked, _bound(sealed.key_id, place))
        except InvalidTag:
            raise Tampered("This is not what was sealed for this place.") from None
        return filled.rstrip(b"\x00")[:-1].decode()


def ring() -> KeyRing:
    """The keys as the environment gives them now."""
    return _ring_of(settings.VAULT_KEYS)


@functools.lru_cache(maxsize=4)
def _ring_of(text: str) -> KeyRing:
    return KeyRing(text)


def _bound(key_id: str, place: str) -> bytes:
    return f"vault:1:{key_id}:{place}".encode()


def _key_bytes(name: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"The vault key {name!r} is not 32 bytes in base64. {HOW}")
    return key
