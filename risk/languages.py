"""
Tells whether a text is in a language that the screening can read.

It reads English, and knows its way about in Welsh, French and Spanish. A text of which hardly a
word is known is left to a person. Telling *which* language it is would need a model of its own,
is unreliable on short texts, and changes nothing about who should read it.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from risk.normalisation import SENTENCE_END

# Under four words there is too little to go by, and the crisis terms are looked for all the same.
WORDS_AT_LEAST = 4
KNOWN_SHARE = 0.3


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """The commonest words of the languages that the screening can read, without accents."""
    words: set[str] = set()
    here = Path(__file__).parent
    for lines in yaml.safe_load((here / "readable_languages.yaml").read_text("utf-8")).values():
        words.update(str(lines).split())
    words.update(
        entry.partition(":")[0] for entry in (here / "common_words.txt").read_text().split()
    )
    return frozenset(words)


@lru_cache(maxsize=1)
def plainest() -> frozenset[str]:
    """The hundred and twenty commonest English words: shown by themselves they explain nothing."""
    entries = (Path(__file__).parent / "common_words.txt").read_text().split()
    return frozenset(entry.partition(":")[0] for entry in entries[:120])


def is_readable(words: Sequence[str], vocabulary: Collection[str]) -> bool:
    """Whether enough of these words are known; so also where there are too few to tell."""
    common = common_words()
    strange = [word for word in words if word not in common and word not in vocabulary]
    unknown = sum(word != SENTENCE_END and not word.isdigit() for word in strange)
    if not unknown:
        return True
    uncounted = sum(
        word not in common and (word == SENTENCE_END or word.isdigit()) for word in words
    )
    known = len(words) - unknown - uncounted
    return known + unknown < WORDS_AT_LEAST or known >= KNOWN_SHARE * (known + unknown)
