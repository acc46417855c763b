"""
Coming in through an organisation's own sign-on, by OpenID Connect.

allauth speaks the protocol, and nothing of what it usually keeps is kept. An administrator's
provider is read from the database for each request; the only scope asked for is "openid"; the
token that comes back is checked against the provider's keys; and of all it says, the seal of
who says it and for whom is taken, and the rest is dropped. There are no rows of allauth's
about anybody: neither a SocialAccount nor a token.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from requests import RequestException

from commissioning.models import SignOnProvider, WayIn
from vault.boxes import BoxWillNotOpen, lock, unlock
from vault.seals import seal_subject

logger = logging.getLogger(__name__)

PURPOSE = "single sign-on"
NONCE = "sign_on_nonce"


class SignOnFailed(Exception):
    """Their organisation did not say who they are: it is away, or they went back."""


def lock_secret(secret: str) -> str:
    return lock(secret, purpose=PURPOSE)


class SignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Where allauth finds providers, and what it may do with whom they send."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        rows = SignOnProvider.objects.select_related("way_in__commissioner")
        if provider is not None:
            rows = rows.filter(way_in=int(provider)) if provider.isdecimal() else rows.none()
        return [_as_app(row) for row in rows]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        raise SignOnFailed  # nobody gets here: see _Speaks.complete_login

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        **_: Any,
    ) -> None:
        # Its kind only: what a provider answers may quote whom it is about.
        logger.warning("A sign-on did not work out (%s)", type(exception or error).__name__)
        raise SignOnFailed from exception


def send_there(request: HttpRequest, way_in: WayIn) -> HttpResponse:
    """
    To the organisation's sign-on.

    :raises SignOnFailed: if it does not answer
    """
    speaks = _Speaks(request, str(way_in.pk), lambda subject: HttpResponse())
    nonce = request.session[NONCE] = secrets.token_urlsafe(24)
    try:
        answer: HttpResponse = speaks.get_provider().redirect(
            request, process="login", scope=["openid"], auth_params={"nonce": nonce}
        )
    except (RequestException, OAuth2Error, BoxWillNotOpen, KeyError, ValueError) as error:
        raise SignOnFailed from error
    return answer


def came_back(
    request: HttpRequest, way_in: WayIn, *, then: Callable[[str], HttpResponse]
) -> HttpResponse:
    """
    What ``then`` answers, once it is given the seal of whom the organisation sent.

    :raises SignOnFailed: if it sent nobody, or what it says does not hold
    """
    view = OAuth2CallbackView.adapter_view(_Speaks(request, str(way_in.pk), then))
    try:
        answer: HttpResponse = view(request)
    except (RequestException, OAuth2Error, BoxWillNotOpen, KeyError, ValueError) as error:
        raise SignOnFailed from error
    return answer


class _Speaks(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """allauth's side of the protocol, up to the point where it would keep somebody."""

    def __init__(
        self, request: HttpRequest, provider_id: str, then: Callable[[str], HttpResponse]
    ) -> None:
        super().__init__(request, provider_id)
        self.then = then

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> None:
        said = jwtkit.verify_and_decode(
            credential=kwargs["response"]["id_token"],
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        nonce = request.session.pop(NONCE, "")
        if not nonce or not secrets.compare_digest(str(said.get("nonce", "")), nonce):
            raise OAuth2Error("The token answers another question")
        seal = seal_subject(issuer=str(said["iss"]), subject=str(said["sub"]))
        raise ImmediateHttpResponse(self.then(seal))


def _as_app(row: SignOnProvider) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=str(row.way_in_id),
        name=row.way_in.commissioner.name[:40],
        client_id=row.client_id,
        secret=unlock(row.locked_secret, purpose=PURPOSE),
        settings={"server_url": row.server_url, "oauth_pkce_enabled": True},
    )
