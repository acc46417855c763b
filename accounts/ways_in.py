"""What administrators do with ways in: set them up, change them, close them. Each is recorded."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Administrator
from accounts.single_sign_on import lock_secret
from audit.operations import record
from commissioning.enums import WayInKind
from commissioning.models import Campaign, Commissioner, Locality, SignOnProvider, WayIn

# Without the letters and digits that are taken for one another on a poster.
READABLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Provider:
    """An organisation's own sign-on. An empty secret leaves the one that is there."""

    server_url: str
    client_id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """All that is set of a way in. What its kind has no use for stays empty."""

    name: str
    locality: Locality | None = None
    campaign: Campaign | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    min_age: int = 16
    max_age: int | None = None
    countries: tuple[str, ...] = ()
    code: str = ""
    domains: tuple[str, ...] = ()
    outward_codes: tuple[str, ...] = ()
    use_limit: int | None = None
    provider: Provider | None = field(default=None)

    def as_fields(self) -> dict[str, Any]:
        fields = {name: value for name, value in vars(self).items() if name != "provider"}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in fields.items()}


@transaction.atomic
def set_up(
    *,
    commissioner: Commissioner,
    kind: WayInKind,
    settings: Settings,
    by: Administrator,
    at: datetime,
) -> tuple[WayIn, str]:
    """
    Open a way in, and return it with its link's token.

    Only a referral has a token. It is returned here and kept nowhere: what is kept knows it
    again, and cannot say it.
    """
    token = new_token() if kind == WayInKind.REFERRAL else ""
    way_in = WayIn.objects.create(
        commissioner=commissioner, kind=kind, token_hash=hash_of(token) if token else "",
        **settings.as_fields(),
    )  # fmt: skip
    if settings.provider is not None:
        SignOnProvider.objects.create(
            way_in=way_in,
            server_url=settings.provider.server_url,
            client_id=settings.provider.client_id,
            locked_secret=lock_secret(settings.provider.secret),
        )
    _record(way_in, "set up way in", by=by, at=at, kind=str(kind), commissioner=commissioner.pk)
    return way_in, token


@transaction.atomic
def change(*, way_in: WayIn, settings: Settings, by: Administrator, at: datetime) -> None:
    """Change what is set. What has been counted stays counted where it was."""
    fields = settings.as_fields()
    changed = sorted(name for name, value in fields.items() if getattr(way_in, name) != value)
    for name, value in fields.items():
        setattr(way_in, name, value)
    way_in.save(update_fields=list(fields))
    if settings.provider is not None:
        provider = way_in.provider
        provider.server_url = settings.provider.server_url
        provider.client_id = settings.provider.client_id
        if settings.provider.secret:
            provider.locked_secret = lock_secret(settings.provider.secret)
        provider.save()
        changed.append("provider")
    _record(way_in, "change way in", by=by, at=at, changed=changed)


@transaction.atomic
def close(*, way_in: WayIn, by: Administrator, at: datetime) -> None:
    """Nobody new comes in by it from now on. Whoever has come in stays."""
    if WayIn.objects.open(now=at).filter(pk=way_in.pk).exists() or way_in.closes_at is None:
        way_in.closes_at = at
        way_in.save(update_fields=["closes_at"])
        _record(way_in, "close way in", by=by, at=at)


@transaction.atomic
def renew_link(*, way_in: WayIn, by: Administrator, at: datetime) -> str:
    """A new link in place of the old one, which opens nothing from now on. Its token."""
    token = new_token()
    way_in.token_hash = hash_of(token)
    way_in.used = 0
    way_in.save(update_fields=["token_hash", "used"])
    _record(way_in, "renew link", by=by, at=at)
    return token


@transaction.atomic
def begin_campaign(
    *, commissioner: Commissioner, name: str, by: Administrator, at: datetime
) -> Campaign:
    campaign = Campaign.objects.create(commissioner=commissioner, name=name)
    record(
        actor=f"admin:{by.pk}", verb="begin campaign", subject=f"campaign:{campaign.pk}", at=at,
        detail={"commissioner": commissioner.pk},
    )  # fmt: skip
    return campaign


@transaction.atomic
def set_terms(
    *,
    commissioner: Commissioner,
    episode_retention_months: int,
    elsewhere: str,
    by: Administrator,
    at: datetime,
) -> None:
    """How long risk episodes are kept for a commissioner, and where others can go."""
    before = commissioner.episode_retention_months
    commissioner.episode_retention_months = episode_retention_months
    commissioner.elsewhere = elsewhere
    commissioner.save(update_fields=["episode_retention_months", "elsewhere"])
    record(
        actor=f"admin:{by.pk}", verb="set terms", subject=f"commissioner:{commissioner.pk}", at=at,
        detail={"months_before": before, "months": episode_retention_months},
    )  # fmt: skip


def new_code(taken: Iterable[str] = ()) -> str:
    """A code that nobody guesses and anybody can read off a poster."""
    while True:
        code = "".join(secrets.choice(READABLE) for _ in range(8))
        if code not in taken:
            return code


def new_token() -> str:
    return secrets.token_urlsafe(24)


def hash_of(token: str) -> str:
    """What is kept of a link's token. It is random, so that no key is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _record(way_in: WayIn, verb: str, *, by: Administrator, at: datetime, **detail: Any) -> None:
    record(actor=f"admin:{by.pk}", verb=verb, subject=f"way-in:{way_in.pk}", at=at, detail=detail)
