"""The house's own key for nudges (VAPID): it shows browsers' makers that a nudge is from us."""

from __future__ import annotations

import base64
import functools

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from py_vapid import Vapid02


def is_configured() -> bool:
    return bool(settings.PUSH_KEY)


def new_key() -> str:
    """A new private key, as PUSH_KEY takes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _text(key.private_numbers().private_value.to_bytes(32, "big"))


def public_key(private: str = "") -> str:
    """What browsers are given, so that they take nudges from this house alone."""
    return _public(private or settings.PUSH_KEY)


def signer() -> Vapid02:
    """What signs a nudge."""
    return _signer(settings.PUSH_KEY)


@functools.lru_cache(maxsize=4)
def _signer(private: str) -> Vapid02:
    try:
        return Vapid02.from_raw(private.encode())
    except Exception:
        raise ImproperlyConfigured(
            "PUSH_KEY is not a key: `manage.py new_push_keys` prints one."
        ) from None


@functools.lru_cache(maxsize=4)
def _public(private: str) -> str:
    key = _signer(private).public_key
    return _text(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
