"""How others see a member: the name and the scrap of wall beside it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.alias import check, races_settled, tidy
from accounts.models import Member
from audit.operations import record

# Often enough for second thoughts, seldom enough that others get to know somebody.
RENAMED_AT_MOST_EVERY = timedelta(days=7)


def may_be_renamed_from(member: Member) -> datetime | None:
    """When this member may change their alias again; None where they never have."""
    changed_at = member.alias_changed_at
    return None if changed_at is None else changed_at + RENAMED_AT_MOST_EVERY


@transaction.atomic
def rename(*, member: Member, alias: str, at: datetime) -> None:
    """
    Give a member another alias. Everything they ever wrote stands under the new one.

    :raises ValidationError: with a sentence for them, if it is too soon, taken or tells too much
    """
    held = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    again = may_be_renamed_from(held)
    if again is not None and again > at:
        raise ValidationError(_("You changed it not long ago. You can change it once a week."))
    alias = tidy(alias)
    check(alias, member=member)
    held.alias, held.alias_changed_at = alias, at
    with races_settled():
        held.save(update_fields=["alias", "alias_changed_at"])
    record(actor=f"member:{member.pk}", verb="rename", subject=f"member:{member.pk}", at=at)
    member.alias, member.alias_changed_at = alias, at


def choose_avatar(*, member: Member, seed: str) -> None:
    Member.objects.filter(pk=member.pk).update(avatar_seed=seed)
    member.avatar_seed = seed
