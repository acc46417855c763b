"""
What a word is about, so that a synonym nobody trained on still counts.

risk/concept_words/*.yaml names some three hundred concepts (dying, pills and medicine, plans,
mothers, football ...) with the words of each. The model sees, beside the words, which concepts
stand near one another and in what order. It is a word list like the lexicon, but it raises nothing
by itself.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

import yaml

HERE = Path(__file__).parent / "concept_words"
# A word that is about more than this is about nothing in particular.
CONCEPTS_AT_MOST = 4


@lru_cache(maxsize=1)
def concepts() -> dict[str, tuple[str, ...]]:
    """The concepts of each word, in the order of the files."""
    found: dict[str, list[str]] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(HERE.glob("*.yaml")):
        for name, words in yaml.load(path.read_bytes(), Loader=loader).items():  # noqa: S506
            for word in str(words).split():
                found.setdefault(word, []).append(str(name))
    return {word: tuple(names[:CONCEPTS_AT_MOST]) for word, names in found.items()}


@lru_cache(maxsize=1)
def digest() -> str:
    """A hash of the files."""
    whole = hashlib.sha256()
    for path in sorted(HERE.glob("*.yaml")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]
