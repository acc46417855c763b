"""What allauth asks us about second factors."""

from __future__ import annotations

import base64
import secrets
from io import BytesIO
from typing import Any

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from accounts.models import User
from accounts.second_factor import is_compulsory, is_the_last_of, works_here

# What an authenticator app and a list of passkeys show, perhaps on a borrowed phone: no
# address, no alias, and nothing about why somebody comes here.
ISSUER = "The Wall"
LABEL = "sign-in"
NONCE_BYTES = 12
PURPOSE = b"second factors 1"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are ciphertext in the database, and what others might see says nothing."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("That did not work here. Please try again."),
    }

    def encrypt(self, text: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + AESGCM(_key()).encrypt(nonce, text.encode(), PURPOSE)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return AESGCM(_key()).decrypt(nonce, text, PURPOSE).decode()

    def build_totp_svg(self, url: str) -> str:
        # With ground of its own: black on a dark page is nothing to a camera.
        picture = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(picture)
        return picture.getvalue().decode()

    def get_totp_label(self, user: User) -> str:
        return LABEL

    def get_totp_issuer(self) -> str:
        return ISSUER

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": ISSUER}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        # The number is how a passkey says whose it is. It stays on the person's own device.
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"name": LABEL, "display_name": LABEL}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        nth = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if nth == 1 else _("Passkey %(nth)s") % {"nth": nth}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Who works here keeps at least one; a member may do without."""
        must_keep = works_here(authenticator.user) and is_compulsory()
        return not (must_keep and is_the_last_of(authenticator))


def _key() -> bytes:
    """Of its own, drawn from the one that is never rotated: see docs/adr/0015."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return derive.derive(settings.VAULT_SEAL_KEY.encode())
