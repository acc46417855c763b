"""
Loads the curated lexicon and finds its terms in a text, in one pass.

Every term lies in risk/lexicon/*.yaml, in our own words, with an id, a category, a level and a
date of review. A term is looked for by an Aho-Corasick automaton over the normalised text: what can
be written out in full is matched by being found, the rest by one regular expression tried on
the one sentence in which its telling words were found (risk.sieve). What a hit *means* in its
sentence is for risk.rules to say.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import ahocorasick
import yaml

from risk import concepts, languages, patterns
from risk.enums import Category, Urgency
from risk.normalisation import SENTENCE_END, Normaliser, View
from risk.sieve import SETS, Alphabet, Sieve

HERE = Path(__file__).parent / "lexicon"
# A term that has stood this often in one text has said all it can say; its later places are not
# looked for. It bounds the work on hostile text and changes no level.
HITS_OF_A_TERM_AT_MOST = 24
# Expressions tried on sentences of one text. Past it the text is marked as not fully read.
TRIALS_AT_MOST = 2_500
# Patterns that are remembered as they were read: the shipped ones, and an operator's own.
PARSED_AT_MOST = 10_000
DIGIT = re.compile(r"\d")


class LexiconError(ValueError):
    """The lexicon files cannot be used as they are."""


# A term is itself and no other: compared and looked up by identity, which costs nothing.
@dataclass(frozen=True, slots=True, eq=False)
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
    # Words of the languages that the screening can read, as far as the files know them.
    readable: frozenset[str]
    terms: list[Term]
    combinations: list[Combination]
    # Every term as it is written down, by its id.
    entries: dict[str, dict[str, Any]]
    _expressions: list[re.Pattern[str]] = field(default_factory=list)
    _terms_of_expressions: list[Term] = field(default_factory=list)
    _alphabet: Alphabet = field(default_factory=lambda: Alphabet(()))
    _sieve: Sieve = field(default_factory=lambda: Sieve({}, {}))
    _automaton: Any = None
    _telling: dict[str, list[Sequence[frozenset[str]]]] = field(default_factory=dict)

    def may_hold(self, term: str, words: Collection[str]) -> bool:
        """Whether this term may stand in a text of these words; where it says no, it does not."""
        return any(
            not any(each.isdisjoint(words) for each in sets) for sets in self._telling.get(term, ())
        )

    def without_terms(self) -> "Lexicon":
        """The same spelling and not one term: what the model does alone is measured with it."""
        bare = replace(
            self, terms=[], combinations=[], entries={}, _expressions=[],
            _terms_of_expressions=[], _alphabet=Alphabet(()), _sieve=Sieve({}, {}), _telling={},
        )  # fmt: skip
        bare._automaton = ahocorasick.Automaton()
        # An automaton needs a word; this one cannot stand in a view.
        bare._automaton.add_word("\0", ())
        bare._automaton.make_automaton()
        return bare

    def find(self, view: View) -> list[Hit]:
        """Every place where a term stands, in the order of the text."""
        found: dict[tuple[int, int, int], Hit] = {}
        often: dict[int, int] = {}
        self._find_written(view, found, often)
        self._find_expressions(view, found, often)
        return sorted(found.values(), key=lambda hit: (hit.first, -hit.last, hit.term.id))

    def _find_written(
        self, view: View, found: dict[tuple[int, int, int], Hit], often: dict[int, int]
    ) -> None:
        """Terms that are written out in full: a match is the blanks around some words."""
        text, words = view.text, view.words
        counted_to, blanks = 0, 0
        for end, payload in self._automaton.iter(text):
            # The blanks so far are the words so far; ends come in order.
            blanks += text.count(" ", counted_to, end)
            counted_to = end
            for term, length, opens, closes in payload:
                first = blanks - length
                if opens and first > 0 and words[first - 1] != SENTENCE_END:
                    continue
                if closes and blanks < len(words) and words[blanks] != SENTENCE_END:
                    continue
                _keep(found, often, term, view, first, blanks)

    def _find_expressions(
        self, view: View, found: dict[tuple[int, int, int], Hit], often: dict[int, int]
    ) -> None:
        if not self._expressions or not view.sentences:
            return
        letters, sentences = self._alphabet.spell(view.words), view.sentences
        left = TRIALS_AT_MOST
        has_digits = DIGIT.search(view.text) is not None
        for sentence, to_try in self._sieve.candidates(letters, sentences, has_digits=has_digits):
            begin, end = sentences[sentence]
            line = letters[begin:end]
            if len(to_try) > left:
                view.partial = True
                to_try = to_try[:left]
            left -= len(to_try)
            for number in to_try:
                for match in self._expressions[number].finditer(line):
                    term = self._terms_of_expressions[number]
                    first, last = match.span()
                    _keep(found, often, term, view, begin + first, begin + last, sentence)


def _keep(
    found: dict[tuple[int, int, int], Hit],
    often: dict[int, int],
    term: Term,
    view: View,
    first: int,
    last: int,
    sentence: int | None = None,
) -> None:
    times = often.get(term.number, 0)
    if times < HITS_OF_A_TERM_AT_MOST and (term.number, first, last) not in found:
        often[term.number] = times + 1
        if sentence is None:
            sentence = view.sentence_of(first)
        found[term.number, first, last] = Hit(term, first, last, sentence)


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
    version, documents = _documents(directory)
    if "words" not in documents or "classes" not in documents:
        raise LexiconError("The lexicon has no words.yaml or no classes.yaml.")
    own = json.dumps([list(extra), sorted(retired)], sort_keys=True) if extra or retired else ""
    try:
        return _build(
            dict(documents),
            version=version[:12] + ("+" + _digest_of(version + own)[:8] if own else ""),
            extra=extra,
            retired=frozenset(retired),
            # Whoever lays terms over these files will do so again; a reader of the files alone
            # is built once, and keeps nothing that it was built from.
            parsed=_parsed_of(version) if own else {},
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, LexiconError):
            raise
        raise LexiconError(f"The lexicon cannot be understood: {error}") from error


# The files as they were read last, and what their patterns were read as: of one version each.
_last_read: dict[str, dict[str, Any]] = {}
_last_parsed: dict[str, dict[str, list[patterns.Element]]] = {}


def _documents(directory: Path) -> tuple[str, dict[str, Any]]:
    """
    The digest of the files, and what they say.

    :raises LexiconError: if a file cannot be read
    """
    digest = hashlib.sha256()
    try:
        contents = {path: path.read_bytes() for path in sorted(directory.glob("*.yaml"))}
        for path, content in contents.items():
            digest.update(path.name.encode() + b"\0" + content)
        version = digest.hexdigest()
        documents = _last_read.get(version)
        if documents is None:
            documents = {
                path.stem: yaml.load(content, Loader=_loader())  # noqa: S506 (a safe one)
                for path, content in contents.items()
            }
            _last_read.clear()
            _last_read[version] = documents
    except (OSError, yaml.YAMLError) as error:
        raise LexiconError(f"The lexicon cannot be read: {error}") from error
    return version, documents


def _parsed_of(version: str) -> dict[str, list[patterns.Element]]:
    parsed = _last_parsed.get(version)
    if parsed is None:
        _last_parsed.clear()
        parsed = _last_parsed[version] = {}
    return parsed


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
    extra: Sequence[Mapping[str, Any]],
    retired: frozenset[str],
    parsed: dict[str, list[patterns.Element]],
) -> Lexicon:
    words = documents.pop("words")
    spelling = Normaliser(
        words=(),
        respellings={str(k): str(v) for k, v in words["respellings"].items()},
        fillers=words["fillers"].split(),
        fuzzy=(),
        emoji={},
    )
    # The same few words stand in many patterns.
    canonical = cache(spelling.phrase)
    classes = _classes(documents.pop("classes"), canonical)
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
            elements = parsed.get(str(pattern))
            if elements is None:
                try:
                    elements = patterns.parse(str(pattern), classes=classes, canonical=canonical)
                except patterns.PatternError as error:
                    raise LexiconError(f"{term.id}: {pattern!r}: {error}") from error
                if len(parsed) < PARSED_AT_MOST:
                    parsed[str(pattern)] = elements
            expressions.append((term, elements))
    vocabulary = {word for _, elements in expressions for word in patterns.words_in(elements)}
    lexicon = Lexicon(
        version=version,
        normaliser=Normaliser(
            words=vocabulary | set(words["everyday"].split()),
            respellings={str(k): str(v) for k, v in words["respellings"].items()},
            fillers=words["fillers"].split(),
            fuzzy=words["fuzzy"].split(),
            emoji=words["emoji"],
            heard=words["heard"].split(),
            ordinary=concepts.concepts(),
        ),
        everyday=frozenset(words["everyday"].split()) | frozenset(words["fillers"].split()),
        readable=_readable(expressions, words["everyday"].split()),
        terms=sorted(terms, key=lambda term: term.id),
        combinations=combinations,
        entries=entries,
    )
    _automate(lexicon, expressions)
    return lexicon


def _readable(
    expressions: Sequence[tuple[Term, list[patterns.Element]]], everyday: Collection[str]
) -> frozenset[str]:
    """All words that are known, but those of a phrase or two in another language."""
    foreign: set[str] = set()
    ours: set[str] = set(everyday)
    for term, elements in expressions:
        (foreign if "language" in term.tags else ours).update(patterns.words_in(elements))
    return languages.common_words() | ours | (concepts.concepts().keys() - foreign)


def _classes(
    document: Mapping[str, Any], canonical: Callable[[str], Sequence[str]]
) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Named sets of words. A class may name one that stands before it."""
    classes: dict[str, tuple[tuple[str, ...], ...]] = {}
    for name, lines in document.items():
        choices: list[tuple[str, ...]] = []
        for line in lines:
            parsed = patterns.parse(str(line), classes=classes, canonical=canonical)
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


# Of the lexicons that are in use: one with a term more has all other expressions in common.
_in_use: WeakValueDictionary[str, re.Pattern[str]] = WeakValueDictionary()


def _compiled(expression: str) -> re.Pattern[str]:
    compiled = _in_use.get(expression)
    if compiled is None:
        compiled = _in_use[expression] = re.compile(expression, re.DOTALL)
    return compiled


def _automate(lexicon: Lexicon, expressions: Sequence[tuple[Term, list[patterns.Element]]]) -> None:
    """Literals go into the automaton, each once for its term; the rest into the sieve."""
    written: dict[str, dict[tuple[int, bool, bool], Term]] = {}
    sieved: list[tuple[Term, list[patterns.Element]]] = []
    needed: dict[int, tuple[frozenset[str], ...]] = {}
    telling_of: dict[str, list[Sequence[frozenset[str]]]] = {}
    for term, elements in expressions:
        telling_of.setdefault(term.id, []).append(patterns.by_rarity(elements)[:SETS])
        try:
            if not patterns.is_literal(elements):
                needed[len(sieved)] = patterns.words_needed(elements, most=SETS)
                sieved.append((term, elements))
                continue
            opens, inside, closes = patterns.without_edges(elements)
            for words in patterns.expand(inside, most=patterns.LITERALS_AT_MOST):
                if not words:
                    raise LexiconError(f"{term.id} would be found everywhere.")
                same = written.setdefault(f" {' '.join(words)} ", {})
                same.setdefault((term.number, opens, closes), term)
        except patterns.PatternError as error:
            raise LexiconError(f"{term.id}: {elements}: {error}") from error
    automaton = ahocorasick.Automaton()
    for text, terms in written.items():
        length = text.count(" ") - 1
        payload = [(term, length, opens, closes) for (_, opens, closes), term in terms.items()]
        automaton.add_word(text, tuple(payload))
    automaton.make_automaton()
    lexicon._automaton = automaton
    lexicon._telling = telling_of
    telling = {word for sets in needed.values() for each in sets for word in each}
    named = {word for _, elements in sieved for word in patterns.words_in(elements)}
    # The words that the sieve goes by come first, so that its table ends with them.
    alphabet = Alphabet([*sorted(telling), *sorted(named - telling)])
    lexicon._alphabet = alphabet
    lexicon._terms_of_expressions = [term for term, _ in sieved]
    lexicon._expressions = [
        _compiled(patterns.to_expression(elements, alphabet, alphabet.numbers))
        for _, elements in sieved
    ]
    digits = [
        number for number, (_, elements) in enumerate(sieved) if patterns.needs_a_number(elements)
    ]
    lexicon._sieve = Sieve(needed, alphabet, digits=digits)
