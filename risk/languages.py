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

from risk.normalisation import SENTENCE_END, fold

# Under four words there is too little to go by, and the crisis terms are looked for all the same.
WORDS_AT_LEAST = 4
KNOWN_SHARE = 0.4
SCRIPT_WORDS_AT_LEAST = 2


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
def courtesies() -> frozenset[str]:
    """Thanks and greetings in languages that the screening cannot read, as it spells them."""
    lines = yaml.safe_load((Path(__file__).parent / "courtesies.yaml").read_text("utf-8")).values()
    return frozenset(word for each in lines for word in fold(str(each))[0].split())


@lru_cache(maxsize=1)
def plainest() -> frozenset[str]:
    """The hundred and twenty commonest English words: shown by themselves they explain nothing."""
    entries = (Path(__file__).parent / "common_words.txt").read_text().split()
    return frozenset(entry.partition(":")[0] for entry in entries[:120])


def is_readable(words: Sequence[str], known: Collection[str]) -> bool:
    """
    Whether enough of these words are known; so also where there are too few to tell.

    :param known: every word of the languages that can be read, the commonest among them
    """
    strange = set(words).difference(known)
    strange.discard(SENTENCE_END)
    if not strange:
        return True
    foreign = [word for word in words if word in strange and not word.isdigit()]
    if courtesies().issuperset(foreign):
        return True
    uncounted = sum(word.isdigit() for word in words) + words.count(SENTENCE_END)
    total = max(len(words) - uncounted, len(foreign))
    if total - len(foreign) >= KNOWN_SHARE * total:
        return True
    # Two words in another script are no slip of the finger.
    is_script = sum(not word.isascii() for word in foreign) >= SCRIPT_WORDS_AT_LEAST
    return not is_script and total < WORDS_AT_LEAST
