"""
Loads the curated lexicon and finds its terms in a text, in one pass.

Every term lies in risk/lexicon/*.yaml, in our own words, with an id, a category, a level and a
date of review. A term is looked for by an Aho-Corasick automaton over the normalised text: what can
be written out in full is matched by being found, the rest by one regular expression tried on
the one sentence in which its telling words were found. What a hit *means* in its sentence is for
risk.rules to say.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ahocorasick
import yaml

from risk import patterns
from risk.enums import Category, Urgency
from risk.normalisation import SENTENCE_END, Normaliser, View

HERE = Path(__file__).parent / "lexicon"
# A term that has stood this often in one text has said all it can say; its later places are not
# looked for. It bounds the work on hostile text and changes no level.
HITS_OF_A_TERM_AT_MOST = 24
# Expressions tried on sentences of one text. Past it the text is marked as not fully read.
TRIALS_AT_MOST = 2_500
# Sets of words by which an expression is sieved.
SETS = 3
DIGIT = re.compile(r"\d")


class LexiconError(ValueError):
    """The lexicon files cannot be used as they are."""


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the lexicon: what is looked for, and what it would mean on its own."""

    id: str
    category: Category | None
    level: Urgency
    tags: frozenset[str]
    needs: frozenset[str]
    blockers: frozenset[str]
    context: frozenset[str]
    note: str = ""
    family: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Sought:
    """A pattern: one that is matched by being found has no expression."""

    term: Term
    expression: re.Pattern[str] | None


class _Sieve:
    """
    Tells which expressions are worth trying on a sentence, from its words alone.

    Each expression names up to three sets of words, of each of which everything that it matches
    holds one. An expression is a bit; a word is the bits of the expressions that it speaks for, in
    each of the three. What is left after three rows of ORs and two ANDs is tried. It takes time in
    proportion to the words, whatever the number of expressions that do not match.
    """

    def __init__(
        self, needed: Mapping[int, tuple[frozenset[str], ...]], digits: Collection[int] = ()
    ) -> None:
        self.digits = sum(1 << number for number in digits)
        # Expressions with fewer than three sets are let through where they have none.
        self.free = [0] * SETS
        masks: dict[str, list[int]] = {}
        for number, sets in needed.items():
            bit = 1 << number
            for place in range(SETS):
                if place >= len(sets):
                    self.free[place] |= bit
                else:
                    for word in sets[place]:
                        masks.setdefault(word, [0] * SETS)[place] |= bit
        self.masks = {word: tuple(each) for word, each in masks.items()}

    def candidates(self, words: Sequence[str], *, without_digits: bool) -> list[int]:
        """The numbers of the expressions that may match a sentence of these words."""
        first, second, third = self.free
        masks = self.masks
        for word in words:
            bits = masks.get(word)
            if bits is not None:
                first |= bits[0]
                second |= bits[1]
                third |= bits[2]
        left = first & second & third
        if without_digits:
            left &= ~self.digits
        numbers: list[int] = []
        while left:
            lowest = left & -left
            numbers.append(lowest.bit_length() - 1)
            left ^= lowest
        return numbers


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found at the words `first` to before `last` of a view."""

    term: Term
    first: int
    last: int
    sentence: int


@dataclass(frozen=True, slots=True)
class Combination:
    """Families that mean more together than apart."""

    id: str
    category: Category
    level: Urgency
    all_of: tuple[frozenset[str], ...]
    none_of: frozenset[str]
    within: int  # sentences; 0 is the same sentence
    reason: str


@dataclass(slots=True)
class Lexicon:
    """Everything the YAML files say, ready for use."""

    version: str
    normaliser: Normaliser
    everyday: frozenset[str]
    terms: list[Term]
    combinations: list[Combination]
    # Every term as it is written down, by its id.
    entries: dict[str, dict[str, Any]]
    _sought: list["_Sought"] = field(default_factory=list)
    _sieve: "_Sieve" = field(default_factory=lambda: _Sieve({}))
    _automaton: Any = None

    def without_terms(self) -> "Lexicon":
        """The same spelling and not one term: what the model does alone is measured with it."""
        bare = replace(self, terms=[], combinations=[], entries={}, _sought=[], _sieve=_Sieve({}))
        bare._automaton = ahocorasick.Automaton()
        # An automaton needs a word; this one cannot stand in a view.
        bare._automaton.add_word("\0", ())
        bare._automaton.make_automaton()
        return bare

    def find(self, view: View) -> list[Hit]:
        """Every place where a term stands, in the order of the text."""
        found: dict[tuple[int, int, int], Hit] = {}
        often: dict[str, int] = {}
        text = view.text
        for end, payload in self._automaton.iter(text):
            for number, length, opens, closes in payload:
                start = end - length + 1
                if opens and start > 1 and text[start - 2] != SENTENCE_END:
                    continue
                if closes and end + 1 < len(text) and text[end + 1] != SENTENCE_END:
                    continue
                self._keep(found, often, number, view, start, end)
        trials = 0
        without_digits = DIGIT.search(text) is None
        words = view.words
        for sentence, (first, last) in enumerate(view.sentences):
            to_try = self._sieve.candidates(words[first:last], without_digits=without_digits)
            if not to_try:
                continue
            begin, line = view.slice(sentence)
            for number in to_try:
                if trials >= TRIALS_AT_MOST:
                    view.partial = True
                    break
                trials += 1
                self._try(number, begin, line, found, often, view)
        return sorted(found.values(), key=lambda hit: (hit.first, -hit.last, hit.term.id))

    def _try(
        self,
        number: int,
        begin: int,
        line: str,
        found: dict[tuple[int, int, int], Hit],
        often: dict[str, int],
        view: View,
    ) -> None:
        expression = self._sought[number].expression
        if expression is not None:
            for match in expression.finditer(line):
                start, end = begin + match.start(), begin + match.end() - 1
                self._keep(found, often, number, view, start, end)

    def _keep(
        self,
        found: dict[tuple[int, int, int], Hit],
        often: dict[str, int],
        number: int,
        view: View,
        start: int,
        end: int,
    ) -> None:
        term = self._sought[number].term
        times = often.get(term.id, 0)
        if times < HITS_OF_A_TERM_AT_MOST and (term.number, start, end) not in found:
            often[term.id] = times + 1
            first = view.word_at(start)
            found[(term.number, start, end)] = Hit(
                term, first, view.word_at(end - 1) + 1, view.sentence_of(first)
            )


def load(
    directory: Path = HERE,
    *,
    extra: Sequence[Mapping[str, Any]] = (),
    retired: Collection[str] = (),
) -> Lexicon:
    """
    Read the lexicon files, and lay an operator's own changes over them.

    :param extra: terms in the shape of the files, which add to them or replace the same id
    :param retired: ids of terms that are left out
    :raises LexiconError: if a file cannot be read or a term cannot be understood
    """
    digest = hashlib.sha256()
    documents: dict[str, Any] = {}
    try:
        for path in sorted(directory.glob("*.yaml")):
            content = path.read_bytes()
            digest.update(path.name.encode() + b"\0" + content)
            documents[path.stem] = yaml.load(content, Loader=_loader())  # noqa: S506 (a safe one)
    except (OSError, yaml.YAMLError) as error:
        raise LexiconError(f"The lexicon cannot be read: {error}") from error
    if "words" not in documents or "classes" not in documents:
        raise LexiconError("The lexicon has no words.yaml or no classes.yaml.")
    version = digest.hexdigest()[:12]
    if extra or retired:
        digest.update(json.dumps([list(extra), sorted(retired)], sort_keys=True).encode())
        version += "+" + digest.hexdigest()[:8]
    try:
        return _build(documents, version=version, extra=extra, retired=frozenset(retired))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, LexiconError):
            raise
        raise LexiconError(f"The lexicon cannot be understood: {error}") from error


def version_on_disk(directory: Path = HERE) -> str:
    """
    The version of the lexicon files as they lie on disk, without reading what they say.

    :raises LexiconError: if a file cannot be read
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(directory.glob("*.yaml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    except OSError as error:
        raise LexiconError(f"The lexicon cannot be read: {error}") from error
    return digest.hexdigest()[:12]


def _loader() -> Any:
    # The C loader is ten times as fast; both are the safe one.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _build(
    documents: dict[str, Any],
    *,
    version: str,
    extra: Sequence[Mapping[str, Any]] = (),
    retired: frozenset[str] = frozenset(),
) -> Lexicon:
    words = documents.pop("words")
    spelling = Normaliser(
        words=(),
        respellings={str(k): str(v) for k, v in words["respellings"].items()},
        fillers=words["fillers"].split(),
        fuzzy=(),
        emoji={},
    )
    classes = _classes(documents.pop("classes"), spelling)
    # A word of a pattern must not be "misread" while the vocabulary is still unknown.
    expressions: list[tuple[Term, list[patterns.Element]]] = []
    entries: dict[str, dict[str, Any]] = {}
    combinations: list[Combination] = []
    for name, document in documents.items():
        for entry in document.get("terms", ()):
            # What the file says of all its terms is said of each; a term's own word wins.
            common = {key: document[key] for key in _SHARED if key in document}
            if entry["id"] in entries:
                raise LexiconError(f"Two terms are called {entry['id']}.")
            entries[str(entry["id"])] = {**common, **entry, "family": name}
        combinations.extend(_combination(entry) for entry in document.get("combinations", ()))
    for entry in extra:
        before = entries.get(str(entry["id"]), {})
        family = entry.get("family", before.get("family", "operator"))
        entries[str(entry["id"])] = {**entry, "family": family}
    for each in retired:
        entries.pop(each, None)
    terms: list[Term] = []
    for entry in entries.values():
        term = _term(entry, number=len(terms))
        terms.append(term)
        for pattern in entry["patterns"]:
            try:
                parsed = patterns.parse(str(pattern), classes=classes, canonical=spelling.phrase)
            except patterns.PatternError as error:
                raise LexiconError(f"{term.id}: {pattern!r}: {error}") from error
            expressions.append((term, parsed))
    vocabulary = {word for _, parsed in expressions for word in patterns.words_in(parsed)}
    lexicon = Lexicon(
        version=version,
        normaliser=Normaliser(
            words=vocabulary | set(words["everyday"].split()),
            respellings={str(k): str(v) for k, v in words["respellings"].items()},
            fillers=words["fillers"].split(),
            fuzzy=words["fuzzy"].split(),
            emoji=words["emoji"],
        ),
        everyday=frozenset(words["everyday"].split()) | frozenset(words["fillers"].split()),
        terms=sorted(terms, key=lambda term: term.id),
        combinations=combinations,
        entries=entries,
    )
    _automate(lexicon, expressions)
    return lexicon


def _classes(
    document: Mapping[str, Any], spelling: Normaliser
) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Named sets of words. A class may name one that stands before it."""
    classes: dict[str, tuple[tuple[str, ...], ...]] = {}
    for name, lines in document.items():
        choices: list[tuple[str, ...]] = []
        for line in lines:
            parsed = patterns.parse(str(line), classes=classes, canonical=spelling.phrase)
            choices.extend(patterns.expand(parsed, most=2_000))
        classes[name] = tuple(dict.fromkeys(words for words in choices if words))
    return classes


# What a file may say once for all its terms.
_SHARED = ("category", "level", "tags", "needs", "blockers", "context", "note", "reviewed_on")


def _term(entry: Mapping[str, Any], *, number: int) -> Term:
    def words(key: str) -> frozenset[str]:
        return frozenset(str(entry.get(key) or "").split())

    if not entry.get("reviewed_on"):
        raise LexiconError(f"{entry['id']} has no date of review.")
    category = entry.get("category")
    return Term(
        id=str(entry["id"]),
        category=Category(category) if category else None,
        level=Urgency[str(entry.get("level", "green")).upper()],
        tags=words("tags"),
        needs=words("needs"),
        blockers=words("blockers"),
        context=words("context"),
        note=str(entry.get("note", "")),
        family=str(entry["family"]),
        number=number,
    )


def _combination(entry: Mapping[str, Any]) -> Combination:
    return Combination(
        id=str(entry["id"]),
        category=Category(entry["category"]),
        level=Urgency[str(entry["level"]).upper()],
        all_of=tuple(frozenset(str(tags).split()) for tags in entry["all_of"]),
        none_of=frozenset(str(entry.get("none_of", "")).split()),
        within=int(entry.get("within", 0)),
        reason=str(entry["reason"]),
    )


def _automate(lexicon: Lexicon, expressions: Sequence[tuple[Term, list[patterns.Element]]]) -> None:
    """Literals go into the automaton, each once for its term; the rest into the sieve."""
    written: dict[str, dict[tuple[int, bool, bool], int]] = {}
    needed: dict[int, tuple[frozenset[str], ...]] = {}
    digits: list[int] = []
    for number, (term, elements) in enumerate(expressions):
        try:
            if patterns.is_literal(elements):
                opens, inside, closes = patterns.without_edges(elements)
                for words in patterns.expand(inside, most=patterns.LITERALS_AT_MOST):
                    if not words:
                        raise LexiconError(f"{term.id} would be found everywhere.")
                    same = written.setdefault(f" {' '.join(words)} ", {})
                    same.setdefault((term.number, opens, closes), number)
                lexicon._sought.append(_Sought(term, None))
                continue
            needed[number] = patterns.words_needed(elements, most=SETS)
        except patterns.PatternError as error:
            raise LexiconError(f"{term.id}: {elements}: {error}") from error
        if patterns.needs_a_number(elements):
            digits.append(number)
        lexicon._sought.append(_Sought(term, patterns.to_regex(elements)))
    automaton = ahocorasick.Automaton()
    for text, numbers in written.items():
        payload = [
            (number, len(text) - 1, opens, closes) for (_, opens, closes), number in numbers.items()
        ]
        automaton.add_word(text, tuple(payload))
    automaton.make_automaton()
    lexicon._automaton = automaton
    lexicon._sieve = _Sieve(needed, digits)
