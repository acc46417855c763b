"""What a member does not want to meet is folded away, and opened by one tap. Nothing is hidden."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.preferences import folded, preferences_of
from community.models import Post, Reply

AWriting = TypeVar("AWriting", Post, Reply)

BY_SOMEBODY = _("From someone you muted")
HAS_A_WORD = _("Has a word you muted")


def fold(writings: Sequence[AWriting], *, reader: Member) -> list[AWriting]:
    """
    The same writings, those to fold away marked with ``folded_because`` in plain words.

    A person's own words are never folded, nor is what a wall guide answers.
    """
    words = muted_words(reader)
    for each in writings:
        because: Promise | str = ""
        if each.author_id is not None and each.author_id != reader.pk:
            if getattr(each, "is_by_muted", False):
                because = BY_SOMEBODY
            elif words is not None and words.search(folded(each.body)):
                because = HAS_A_WORD
        each.folded_because = because
    return list(writings)


def muted_words(reader: Member) -> re.Pattern[str] | None:
    """One pattern for all the words that this member mutes: whole words, in any case and accent."""
    words = preferences_of(reader).muted_words
    if not words:
        return None
    # Any space or break between the words of a phrase will do.
    each = (r"\s+".join(map(re.escape, folded(word).split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)")
