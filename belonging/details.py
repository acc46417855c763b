"""
What the vault holds about a member, as the member sees it: which parts, and never what.

Nothing that serves a page can read the vault, and so nothing here shows a value again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from audit.operations import record
from vault import operations as vault
from vault.details import Details


@dataclass(frozen=True)
class Part:
    """One thing that the vault may hold, and what is said of it."""

    slug: str
    fields: tuple[str, ...]
    name: Promise
    what_for: Promise
    may_change: bool = True


PARTS = (
    Part("name", ("name",), _("Your name"),
         _("So that somebody who comes to help knows whom to ask for.")),
    Part("date-of-birth", ("born_on",), _("Your date of birth"),
         _("Checked when you joined. It cannot be changed here."), may_change=False),
    Part("e-mail", ("email",), _("Your e-mail address"),
         _("You sign in with it. It cannot be changed here yet."), may_change=False),
    Part("phone", ("phone",), _("Your phone number"),
         _("So that a wall guide can call if your life is at risk.")),
    Part("postcode", ("postcode",), _("Your postcode"),
         _("So that help can find you if your life is at risk.")),
    Part("emergency-contact", ("emergency_name", "emergency_phone"), _("Somebody to call for you"),
         _("Someone you trust, whom we may call if your life is at risk.")),
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    part: Part
    is_held: bool


def known_of(member: Member) -> list[Known]:
    """Each part that there can be, and whether the vault holds it for this member."""
    held = vault.held(handle=member.user.handle)
    return [Known(part, bool(held.intersection(part.fields))) for part in PARTS]


@transaction.atomic
def keep(*, member: Member, details: Details, at: datetime) -> None:
    """Put something into the vault, in place of what was there."""
    vault.keep(handle=member.user.handle, details=details, at=at)
    _record(member, "keep details", details.given(), at=at)


@transaction.atomic
def remove(*, member: Member, part: Part, at: datetime) -> None:
    vault.forget(handle=member.user.handle, at=at, fields=part.fields)
    _record(member, "remove details", part.fields, at=at)


def _record(member: Member, verb: str, fields: Iterable[str], *, at: datetime) -> None:
    record(
        actor=f"member:{member.pk}", verb=verb, subject=f"member:{member.pk}", at=at,
        detail={"fields": sorted(fields)},
    )  # fmt: skip
