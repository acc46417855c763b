"""
What a member does not want to meet is folded away, and opened by one tap. Nothing is hidden.

So is what its writer or a guide has put a note on, for everybody: its words wait to be opened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.preferences import folded, preferences_of
from community.enums import ContentNote
from community.models import Post, Reply

AWriting = TypeVar("AWriting", Post, Reply)

BY_SOMEBODY = _("From someone you muted")
HAS_A_WORD = _("Has a word you muted")
ON_A_TOPIC = _("About a topic you muted")
HAS_A_NOTE = {
    note.value: format_lazy(_("You muted this: {note}"), note=note.label) for note in ContentNote
}
IS_ABOUT = {
    note.value: format_lazy(_("This is about: {note}"), note=note.label) for note in ContentNote
}


def fold(writings: Sequence[AWriting], *, reader: Member) -> list[AWriting]:
    """
    The same writings, those to fold away marked with ``folded_because`` in plain words.

    A person's own words are never folded, nor is what a wall guide answers. It asks the
    database nothing, so posts come with their topic.
    """
    words = muted_words(reader)
    chosen = preferences_of(reader)
    for each in writings:
        because: Promise | str = ""
        if each.author_id is not None and each.author_id != reader.pk:
            if getattr(each, "is_by_muted", False):
                because = BY_SOMEBODY
            elif each.content_note and each.content_note in chosen.muted_notes:
                because = HAS_A_NOTE[each.content_note]
            elif (
                chosen.muted_topics
                and isinstance(each, Post)
                and each.topic.slug in chosen.muted_topics
            ):
                because = ON_A_TOPIC
            elif words is not None and words.search(folded(each.body)):
                because = HAS_A_WORD
            elif each.content_note:
                because = IS_ABOUT[each.content_note]
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
