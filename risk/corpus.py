"""
The corpus: short posts and replies of our own words, in minimal pairs.

The files lie in risk/training/. A line is one text:

    = negation
    red suicide post | [I want to die] and I am scared of it
    green - post | I don't want to die, I want a week of sleep

that is its level (or a range where two are right), its categories, what it is, and the text, with
the words that carry the level in brackets. Lines that stand together are one group of near-alikes
that differ in what they mean; a blank line parts the groups.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from risk.enums import Category, Urgency

CORPUS = Path(__file__).parent / "training"
_LINE = re.compile(
    r"(?P<lowest>green|amber|red|crisis)(?:/(?P<highest>green|amber|red|crisis))? "
    r"(?P<categories>\S+) (?P<kind>post|reply) \| (?P<text>.+)"
)


class CorpusError(ValueError):
    """A line of the corpus that cannot be read; the message names its file and number."""


@dataclass(frozen=True, slots=True)
class Example:
    """One short post or reply of our own, and how soon a person should read it."""

    text: str
    lowest: Urgency
    highest: Urgency
    categories: frozenset[Category]
    phenomenon: str
    is_reply: bool
    # Near-alikes share a number, so that none is learnt from while another is asked about.
    group: int
    spans: tuple[tuple[int, int], ...] = ()
    file: str = ""
    line: int = 0


@lru_cache(maxsize=4)
def corpus(directory: Path = CORPUS) -> tuple[Example, ...]:
    """
    Every example of the corpus, in the order of its files.

    :raises CorpusError: if a line cannot be read
    """
    return tuple(_read(directory))


def _read(directory: Path) -> Iterator[Example]:
    group = 0
    for path in sorted(directory.glob("*.txt")):
        group += 1
        phenomenon = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                group += 1
            elif line.startswith("= "):
                group += 1
                phenomenon = line[2:].strip()
            else:
                yield parse(line, phenomenon=phenomenon, group=group, file=path.name, number=number)


def parse(line: str, *, phenomenon: str, group: int, file: str = "", number: int = 0) -> Example:
    """
    One line of the corpus.

    :raises CorpusError: if it is not written as a line of the corpus is
    """
    match = _LINE.fullmatch(line)
    if match is None or not phenomenon:
        raise CorpusError(f"{file}, line {number}, is not written as a line of the corpus is.")
    lowest = Urgency[match["lowest"].upper()]
    highest = Urgency[(match["highest"] or match["lowest"]).upper()]
    if highest < lowest:
        raise CorpusError(f"{file}, line {number}: its range is upside down.")
    try:
        names = [] if match["categories"] == "-" else match["categories"].split(",")
        categories = frozenset(Category(name) for name in names)
    except ValueError as error:
        raise CorpusError(f"{file}, line {number}: {error}.") from error
    text, spans = _without_brackets(match["text"].replace(" \\n ", "\n"))
    return Example(
        text, lowest, highest, categories, phenomenon, match["kind"] == "reply", group, spans,
        file, number,
    )  # fmt: skip


def _without_brackets(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    text = ""
    spans: list[tuple[int, int]] = []
    begun = 0
    for letter in marked:
        if letter == "[":
            begun = len(text)
        elif letter == "]":
            spans.append((begun, len(text)))
        else:
            text += letter
    return text, tuple(spans)


def corpus_digest(directory: Path = CORPUS) -> str:
    """A hash of everything that is trained on."""
    digest = hashlib.sha256()
    for path in sorted(directory.glob("*.txt")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
