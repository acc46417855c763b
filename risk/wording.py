"""Small readings of a text that is on file: where it stands, how long it is, in what language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from risk import languages
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
    """How many of these words the screening knows, in any of its languages."""
    return _among(words, languages.common_words(), lexicon.normaliser.words)


def _among(words: Iterable[str], *vocabularies: Collection[str]) -> int:
    return sum(
        any(word in vocabulary or word.split("'")[0] in vocabulary for vocabulary in vocabularies)
        for word in words
    )


@lru_cache(maxsize=1)
def _common_english() -> frozenset[str]:
    text = (Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8")
    return frozenset(entry.partition(":")[0] for entry in text.split())


def _language(words: Sequence[str]) -> str:
    if len(words) < WORDS_TO_SAY:
        return "too short to say"
    # Not the lexicon's words: those are of four languages.
    known = _among(words, _common_english())
    return "English" if known >= KNOWN_IN_ENGLISH * len(words) else "not English"


def is_reply(screening: Screening) -> bool:
    """Whether it stands under somebody's post."""
    return screening.in_reply_to_id is not None or screening.subject_type.model == "reply"


def replied_to(screening: Screening) -> str | None:
    """The words it answers, where they are on file."""
    return screening.in_reply_to.text if screening.in_reply_to is not None else None


def categories_of(labels: Iterable[Label]) -> set[Category]:
    """Every category that anybody named."""
    return {Category(slug) for label in labels for slug in label.categories}


def subgroups_of(screening: Screening) -> dict[str, str]:
    """The groups of texts in which no model may do worse. Nobody's age is on file."""
    found = words_of(screening.text)
    length = "short" if len(found) < SHORT else "long" if len(found) > LONG else "middling"
    return {
        "language": _language(found),
        "length": length,
        "place": "reply" if is_reply(screening) else "opener",
        "region": screening.locality.country,
    }
