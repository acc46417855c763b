"""Small readings of a text that is on file: where it stands, how long it is, in what language."""

from __future__ import annotations

import re
from collections.abc import Iterable

from risk.enums import Category
from risk.lexicon import Lexicon
from risk.models import Label, Screening

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
SHORT, LONG = 20, 120
# Below this share of words that we know, a text of some length is in another language.
KNOWN_IN_ENGLISH = 0.5
WORDS_TO_SAY = 4


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared, without numbers."""
    return [word.replace("’", "'").lower() for word in WORD.findall(text)]


def known_words(words: Iterable[str], *, lexicon: Lexicon) -> int:
    """How many of these words the lexicon's vocabulary holds."""
    vocabulary = lexicon.normaliser.words
    return sum(word in vocabulary or word.split("'")[0] in vocabulary for word in words)


def is_reply(screening: Screening) -> bool:
    """Whether it stands under somebody's post."""
    return screening.in_reply_to_id is not None or screening.subject_type.model == "reply"


def replied_to(screening: Screening) -> str | None:
    """The words it answers, where they are on file."""
    return screening.in_reply_to.text if screening.in_reply_to is not None else None


def categories_of(labels: Iterable[Label]) -> set[Category]:
    """Every category that anybody named."""
    return {Category(slug) for label in labels for slug in label.categories}


def subgroups_of(screening: Screening, *, words: Lexicon) -> dict[str, str]:
    """The groups of texts in which no model may do worse. Nobody's age is on file."""
    found = words_of(screening.text)
    length = "short" if len(found) < SHORT else "long" if len(found) > LONG else "middling"
    if len(found) < WORDS_TO_SAY:
        language = "too short to say"
    elif known_words(found, lexicon=words) / len(found) < KNOWN_IN_ENGLISH:
        language = "not English"
    else:
        language = "English"
    return {
        "language": language,
        "length": length,
        "place": "reply" if is_reply(screening) else "opener",
        "region": screening.locality.country,
    }
