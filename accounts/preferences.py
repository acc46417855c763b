"""What a member chooses for themselves: how the wall looks, what is written to them, a break."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import MUTED_WORDS_AT_MOST, Member, Preferences
from audit.operations import record


def preferences_of(member: Member) -> Preferences:
    """What they have chosen, or how it comes for somebody who has chosen nothing."""
    try:
        return member.preferences
    except Preferences.DoesNotExist:
        return Preferences(member=member)


def choose(*, member: Member, **choices: Any) -> Preferences:
    """Keep what a member has chosen; what is not named stays as it is."""
    kept, _ = Preferences.objects.update_or_create(member=member, defaults=choices)
    member.preferences = kept
    return kept


@transaction.atomic
def mute_word(*, member: Member, word: str) -> bool:
    """
    Fold posts with this word away from this member; False where they mute too many already.

    The word itself stays theirs: nobody is told, and nothing is screened any differently.
    """
    kept, _ = Preferences.objects.select_for_update().get_or_create(member=member)
    if folded(word) not in {folded(each) for each in kept.muted_words}:
        if len(kept.muted_words) >= MUTED_WORDS_AT_MOST:
            return False
        kept.muted_words = [*kept.muted_words, word]
        kept.save(update_fields=["muted_words"])
    member.preferences = kept
    return True


@transaction.atomic
def unmute_word(*, member: Member, word: str) -> None:
    kept, _ = Preferences.objects.select_for_update().get_or_create(member=member)
    kept.muted_words = [each for each in kept.muted_words if folded(each) != folded(word)]
    kept.save(update_fields=["muted_words"])
    member.preferences = kept


def folded(words: str) -> str:
    """Words without case and accents, so that “Café” and “CAFE” are one."""
    apart = unicodedata.normalize("NFKD", words)
    return "".join(each for each in apart if not unicodedata.combining(each)).casefold()


@transaction.atomic
def take_a_break(*, member: Member, until: date, at: datetime) -> None:
    """Pause until the beginning of a day. The member ends it themselves whenever they like."""
    Member.objects.filter(pk=member.pk).update(breaks_until=until)
    member.breaks_until = until
    record(actor=f"member:{member.pk}", verb="take a break", subject=f"member:{member.pk}", at=at)


@transaction.atomic
def come_back(*, member: Member, at: datetime) -> None:
    """End a break. Without one, nothing happens."""
    if Member.objects.filter(pk=member.pk, breaks_until__isnull=False).update(breaks_until=None):
        record(actor=f"member:{member.pk}", verb="come back", subject=f"member:{member.pk}", at=at)
    member.breaks_until = None
