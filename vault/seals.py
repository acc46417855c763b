"""
Seals: what lets a house know an address again without knowing it.

A seal is a keyed hash. Whoever holds the database but not the key can neither read an address
out of one nor try addresses against it. The key never lies in the database, and changing it
would lock everybody out: it is kept like the vault's keys, and unlike them never rotated.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from django.conf import settings


def seal_address(address: str) -> str:
    """
    The seal of an e-mail address: 64 hexadecimal digits, the same for the same mailbox.

    Letters are compared without case and in one Unicode form, because people type the same
    address in different ways; dots and plus signs are kept, because they can be two mailboxes.
    """
    return _seal("address", unicodedata.normalize("NFKC", address.strip()).casefold())


def seal_subject(*, issuer: str, subject: str) -> str:
    """The seal of a person at another house's single sign-on: never their id there."""
    return _seal("subject", f"{issuer}\n{subject}")


def seal_browser(endpoint: str) -> str:
    """The seal of where one browser is nudged."""
    return _seal("browser", endpoint)


def _seal(kind: str, value: str) -> str:
    message = f"{kind}:{value}".encode()
    return hmac.new(settings.VAULT_SEAL_KEY.encode(), message, hashlib.sha256).hexdigest()
