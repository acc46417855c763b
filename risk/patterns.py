"""
The small language that lexicon patterns are written in.

    want to die            these words, in the one spelling that texts are turned into
    (kill|hurt) {myself}   a choice; and a named set of words from classes.yaml
    (the)? last pills?     a word, and a last letter, that may be missing
    cut ~3 arms            up to three words of any kind between
    # tablets              a number
    ^ goodbye $            the beginning and the end of a sentence

Fillers ("just", "really") and punctuation inside a sentence are gone before matching.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

_PART = re.compile(r"\{[a-z_]+\}|~\d|[()|?^$#]|[^\s(){}|?^$#~]+\??")

# How often a word stands in ten thousand words of our own corpus. Finding a common word tells
# nothing, so a pattern is looked for by its rarer ones. It decides speed and nothing else.
_COMMON = {
    word: int(times)
    for word, _, times in (
        entry.partition(":")
        for entry in (Path(__file__).parent / "common_words.txt").read_text().split()
    )
}
_RARE = 1.0
LITERALS_AT_MOST = 400
# A pattern whose rarest part is in more than so many of ten thousand words is no pattern.
COMMONEST = 800


class PatternError(ValueError):
    """A lexicon pattern that cannot be read."""


@dataclass(frozen=True)
class Words:
    """A choice between sequences of words; the empty sequence means that it may be missing."""

    choices: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Gap:
    """Up to so many words of any kind."""

    most: int


@dataclass(frozen=True)
class Edge:
    """The beginning or the end of a sentence."""

    at_start: bool


Element = Words | Gap | Edge
# Inside a choice, what is not a plain word is held as a marked one.
NUMBER, START, END, GAP = "\x00number", "\x00start", "\x00end", "\x00gap"


def parse(
    pattern: str,
    *,
    classes: Mapping[str, tuple[tuple[str, ...], ...]],
    canonical: Callable[[str], Sequence[str]],
) -> list[Element]:
    """
    Read a pattern.

    :raises PatternError: if it names an unknown class or its brackets do not close
    """
    parts = _PART.findall(pattern)
    elements, rest = _sequence(parts, 0, classes=classes, canonical=canonical)
    if rest != len(parts):
        raise PatternError(f"cannot read {pattern!r}")
    return elements


def _sequence(
    parts: list[str],
    at: int,
    *,
    classes: Mapping[str, tuple[tuple[str, ...], ...]],
    canonical: Callable[[str], Sequence[str]],
) -> tuple[list[Element], int]:
    elements: list[Element] = []
    while at < len(parts):
        part = parts[at]
        at += 1
        element: Element
        if part in {")", "|"}:
            return elements, at - 1
        if part.startswith("~"):
            elements.append(Gap(int(part[1:])))
            continue
        if part in {"^", "$"}:
            elements.append(Edge(at_start=part == "^"))
            continue
        if part == "(":
            choices: list[tuple[str, ...]] = []
            while True:
                inside, at = _sequence(parts, at, classes=classes, canonical=canonical)
                choices.extend(expand([_as_words(each) for each in inside], most=2_000))
                if at >= len(parts):
                    raise PatternError("a bracket is not closed")
                at += 1
                if parts[at - 1] == ")":
                    break
            # A reading that is all fillers would make the choice match nothing at all.
            element = Words(tuple(dict.fromkeys(words for words in choices if words)))
        elif part == "#":
            element = Words(((NUMBER,),))
        elif part.startswith("{"):
            name = part[1:-1]
            if name not in classes:
                raise PatternError(f"no class is called {name}")
            element = Words(classes[name])
        else:
            # Plain words are turned together, so that "going to" and "have not" read as texts do.
            run = [part]
            while at < len(parts) and _is_plain(parts[at]) and not part.endswith("?"):
                if parts[at].endswith("?"):
                    break
                run.append(parts[at])
                at += 1
            if part.endswith("?"):
                forms = (canonical(part[:-2]), canonical(part[:-1]))
                elements.append(Words(tuple(dict.fromkeys(tuple(form) for form in forms))))
            else:
                elements.extend(Words(((word,),)) for word in canonical(" ".join(run)))
            continue
        if at < len(parts) and parts[at] == "?":
            at += 1
            element = Words((*element.choices, ()))
        elements.append(element)
    return elements, at


def _as_words(element: Element) -> Element:
    if isinstance(element, Gap):
        return Words(((f"{GAP}{element.most}",),))
    if isinstance(element, Edge):
        return Words(((START if element.at_start else END,),))
    return element


def _is_special(words: Sequence[str]) -> bool:
    return any(word.startswith("\x00") for word in words)


def _is_plain(part: str) -> bool:
    return part[0] not in "~({|)?^$#"


def expand(elements: Sequence[Element], *, most: int) -> list[tuple[str, ...]]:
    """
    Every sequence of words that the elements allow.

    :raises PatternError: if there are gaps or edges, or more than `most` of them
    """
    sizes = 1
    for element in elements:
        if not isinstance(element, Words):
            raise PatternError("gaps and edges cannot stand inside a choice")
        sizes *= len(element.choices)
    if sizes > most:
        raise PatternError(f"{sizes} readings are too many")
    choices = [element.choices for element in elements if isinstance(element, Words)]
    return [tuple(w for words in each for w in words) for each in product(*choices)]


def words_in(elements: Sequence[Element]) -> set[str]:
    """Every word that a pattern names."""
    return {
        word
        for element in elements
        if isinstance(element, Words)
        for choice in element.choices
        for word in choice
        if not word.startswith("\x00")
    }


def to_expression(elements: Sequence[Element], letters: Mapping[str, str], numbers: str) -> str:
    """
    The pattern as a regular expression over a sentence of which every word is one letter.

    :param letters: the letter of each word that the pattern names
    :param numbers: the letters that may stand for a number
    """
    parts = []
    for element in elements:
        if isinstance(element, Gap):
            # Lazy, and bounded: no pattern can take more than linear time on a short sentence.
            parts.append(f".{{0,{element.most}}}?")
        elif isinstance(element, Edge):
            parts.append(r"\A" if element.at_start else r"\Z")
        else:
            parts.append(_choice(element, letters, numbers))
    return "".join(parts)


def _choice(element: Words, letters: Mapping[str, str], numbers: str) -> str:
    """The choices of an element, the longest first; those of one word are one set of letters."""
    options = sorted(element.choices, key=lambda words: (-len(words), words))
    may_be_missing = () in options
    options = [words for words in options if words]
    plain = not any(_is_wide(word) for words in options for word in words)
    alone = "".join(_letter(words[0], letters, numbers) for words in options if len(words) == 1)
    written = [
        "".join(_written(word, letters, numbers) for word in words)
        for words in options
        if not plain or len(words) > 1
    ]
    if plain and alone:
        # No two of them differ in what they match: each is one word.
        written.append(alone if len(alone) == 1 else f"[{alone}]")
    if not written:
        return ""
    # One letter or one set of letters can be missing by itself; anything more in a group.
    needs_group = len(written) > 1 or (may_be_missing and not (plain and alone))
    body = f"(?:{'|'.join(written)})" if needs_group else written[0]
    return body + ("?" if may_be_missing else "")


def _is_wide(word: str) -> bool:
    """Whether this part of a choice stands for anything but exactly one word."""
    return word in {START, END} or word.startswith(GAP)


def _letter(word: str, letters: Mapping[str, str], numbers: str) -> str:
    if word == NUMBER:
        return numbers
    return "" if _is_wide(word) else letters[word]


def _written(word: str, letters: Mapping[str, str], numbers: str) -> str:
    if word == NUMBER:
        return f"[{numbers}]"
    if word == START:
        return r"\A"
    if word == END:
        return r"\Z"
    if word.startswith(GAP):
        return f".{{0,{word[len(GAP) :]}}}?"
    return letters[word]


def words_needed(elements: Sequence[Element], *, most: int) -> tuple[frozenset[str], ...]:
    """
    Sets of words of which everything that the pattern matches holds one each, the rarest first.

    :param most: how many sets at most
    :raises PatternError: if no part of the pattern is telling enough to be looked for
    """
    sets = by_rarity(elements)
    if not sets or sum(_frequency(word)[0] for word in sets[0]) > COMMONEST:
        raise PatternError("nothing in the pattern can be looked for")
    return tuple(sets[:most])


def by_rarity(elements: Sequence[Element]) -> list[frozenset[str]]:
    """Sets of words of which everything that the pattern matches holds one each, rarest first."""
    sets = [
        each
        for element in elements
        if isinstance(element, Words) and () not in element.choices
        for each in _sets_of(element)
    ]
    return sorted(sets, key=lambda each: (sum(_frequency(word)[0] for word in each), sorted(each)))


def _sets_of(element: Words) -> Iterator[frozenset[str]]:
    """The rarest words of every choice, and the next rarest where each choice has another."""
    plain = [
        sorted({word for word in choice if not word.startswith("\x00")}, key=_frequency)
        for choice in element.choices
    ]
    for place in range(min(map(len, plain), default=0)):
        yield frozenset(words[place] for words in plain)


def _frequency(word: str) -> tuple[float, str]:
    return (_COMMON.get(word, _RARE), word)


def is_literal(elements: Sequence[Element]) -> bool:
    """Whether a pattern can be written out in full, so that finding it is matching it."""
    size = 1
    for element in without_edges(elements)[1]:
        if not isinstance(element, Words) or any(map(_is_special, element.choices)):
            return False
        size *= len(element.choices)
    return size <= LITERALS_AT_MOST


def without_edges(elements: Sequence[Element]) -> tuple[bool, Sequence[Element], bool]:
    """A pattern without the "^" it may open with and the "$" it may close with, and whether."""
    opens = bool(elements) and elements[0] == Edge(at_start=True)
    closes = len(elements) > 1 and elements[-1] == Edge(at_start=False)
    return opens, elements[opens : len(elements) - closes], closes


def needs_a_number(elements: Sequence[Element]) -> bool:
    """Whether everything that the pattern matches holds a number."""
    return any(
        isinstance(element, Words) and all(NUMBER in choice for choice in element.choices)
        for element in elements
    )
