"""
What the corpus must not hold: doubles, instruction, a tilt, or what it is measured with.

`make check` runs it over every line. A text that is measured with must not have been learnt from,
nor a near copy of it: `near_copies` is the guard.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from risk.corpus import Example
from risk.enums import Category, Urgency

# Amounts and how-to stand nowhere in this project, in no level and for no purpose.
_BANNED = (
    (
        "an amount of a medicine",
        re.compile(r"\b\d+ ?(?:mg|mcg|ml|grams?|milligrams?|units of)\b", re.I),
    ),
    (
        "a number of tablets",
        re.compile(
            r"\b(?:\d{2,}|twenty|thirty|forty|fifty|sixty|hundred) (?:\w+ )?(?:pills|tablets)", re.I
        ),
    ),
    ("a web address", re.compile(r"https?://(?![\w.-]*example\.)|www\.(?!example)", re.I)),
    (
        "an e-mail address that may be somebody's",
        re.compile(r"[\w.+-]+@(?!(?:[\w-]+\.)*example\.(?:org|com|net)\b)[\w-]+\.[a-z]{2,}", re.I),
    ),
)
LEAST = 2_500
LEAST_OF_A_LEVEL = 100
LEAST_OF_A_CATEGORY = 60
GREEN_SHARE = (0.35, 0.75)
# Two texts are near copies where this share of the shorter one's rows of four words is in both.
NEAR = 0.6
ROW = 4
_WORD = re.compile(r"[^\W_]+")


def problems(examples: Sequence[Example]) -> Iterator[str]:
    """What is wrong with the corpus by itself, each in one sentence."""
    seen: dict[str, Example] = {}
    for example in examples:
        where = f"{example.file}, line {example.line}"
        key = " ".join(words_of(example.text)) or example.text
        twin = seen.setdefault(key, example)
        if twin is not example and (twin.lowest, twin.highest) != (example.lowest, example.highest):
            yield f"{where} is {twin.file}, line {twin.line}, again with another level."
        for what, pattern in _BANNED:
            if pattern.search(example.text):
                yield f"{where} holds {what}."
        if example.lowest >= Urgency.AMBER and not example.spans:
            yield f"{where} shows no words that carry its level."
        if example.highest == Urgency.GREEN and example.spans:
            yield f"{where} is GREEN and marks words as risk."
    yield from _balance(examples)


def _balance(examples: Sequence[Example]) -> Iterator[str]:
    if len(examples) < LEAST:
        yield f"There are {len(examples)} texts, and {LEAST} are the least."
    levels = Counter(example.lowest for example in examples)
    for level in Urgency:
        if levels[level] < LEAST_OF_A_LEVEL:
            yield f"Only {levels[level]} texts are {level.name}."
    categories = Counter(category for example in examples for category in example.categories)
    for category in Category:
        if categories[category] < LEAST_OF_A_CATEGORY:
            yield f"Only {categories[category]} texts are about {category.label}."
    share = levels[Urgency.GREEN] / max(len(examples), 1)
    if not GREEN_SHARE[0] <= share <= GREEN_SHARE[1]:
        yield f"{share:.0%} of the texts are GREEN."


def near_copies(learnt: Iterable[str], measured: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a text that is learnt from and a text that is measured with, too near to it."""
    by_row: dict[tuple[str, ...], list[int]] = {}
    rows = [_rows(text) for text in measured]
    for number, each in enumerate(rows):
        for row in each:
            by_row.setdefault(row, []).append(number)
    for text in learnt:
        mine = _rows(text)
        shared = Counter(number for row in mine for number in by_row.get(row, ()))
        for number, count in sorted(shared.items()):
            if count >= NEAR * min(len(mine), len(rows[number])):
                yield text, measured[number]


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without what stands between them."""
    return _WORD.findall(text.lower().replace("'", "").replace("\u2019", ""))


def _rows(text: str) -> set[tuple[str, ...]]:
    """Every four words that follow one another; of a shorter text, all of it."""
    words = words_of(text)
    if not words:
        return set()
    size = min(ROW, len(words))
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}
