"""
Loads the curated lexicon and finds its terms in a text, in one pass.

Every term lies in risk/lexicon/*.yaml, in our own words, with an id, a category, a level and a
date of review. A term is looked for by an Aho-Corasick automaton over the normalised text: what can
be written out in full is matched by being found, the rest by one regular expression tried on
the one sentence in which its telling words were found. What a hit *means* in its sentence is for
risk.rules to say.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ahocorasick
import yaml

from risk import patterns
from risk.enums import Category, Urgency
from risk.normalisation import Normaliser, View

HERE = Path(__file__).parent / "lexicon"
# A term that has stood this often in one text has said all it can say; its later places are not
# looked for. It bounds the work on hostile text and changes no level.
HITS_OF_A_TERM_AT_MOST = 24
# Expressions tried on sentences of one text. Past it the text is marked as not fully read.
TRIALS_AT_MOST = 2_500


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
    _expressions: list[tuple[Term, re.Pattern[str] | None]] = field(default_factory=list)
    _automaton: Any = None

    def find(self, view: View) -> list[Hit]:
        """Every place where a term stands, in the order of the text."""
        found: dict[tuple[str, int, int], Hit] = {}
        often: dict[str, int] = {}
        to_try: dict[tuple[int, int], None] = {}
        expressions = self._expressions
        for end, payload in self._automaton.iter(view.text):
            last = 0
            for number, length in payload:
                term, expression = expressions[number]
                if often.get(term.id, 0) >= HITS_OF_A_TERM_AT_MOST:
                    continue
                last = last or view.word_at(end - 1) + 1
                first = last - length
                sentence = view.sentence_of(first)
                if expression is not None:
                    to_try[(number, sentence)] = None
                    continue
                if view.sentences[sentence][1] < last:
                    continue
                key = (term.id, first, last)
                if key not in found:
                    found[key] = Hit(term, first, last, sentence)
                    often[term.id] = often.get(term.id, 0) + 1
        trials = 0
        for number, sentence in to_try:
            term, expression = expressions[number]
            if expression is None or often.get(term.id, 0) >= HITS_OF_A_TERM_AT_MOST:
                continue
            if trials >= TRIALS_AT_MOST:
                view.partial = True
                break
            trials += 1
            for first, last in self._search(expression, view, sentence):
                if often.get(term.id, 0) >= HITS_OF_A_TERM_AT_MOST:
                    break
                key = (term.id, first, last)
                if key not in found:
                    found[key] = Hit(term, first, last, sentence)
                    often[term.id] = often.get(term.id, 0) + 1
        return sorted(found.values(), key=lambda hit: (hit.first, -hit.last, hit.term.id))

    @staticmethod
    def _search(
        expression: re.Pattern[str], view: View, sentence: int
    ) -> Iterator[tuple[int, int]]:
        begin, end = view.sentences[sentence]
        offset = view.offsets[begin] - 1
        for match in expression.finditer(view.slice(begin, end)):
            start = view.word_at(offset + match.start())
            yield start, view.word_at(offset + match.end() - 2) + 1


def load(directory: Path = HERE) -> Lexicon:
    """
    Read the lexicon files.

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
    try:
        return _build(documents, version=digest.hexdigest()[:12])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
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


def _build(documents: dict[str, Any], *, version: str) -> Lexicon:
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
    terms: dict[str, Term] = {}
    combinations: list[Combination] = []
    for name, document in documents.items():
        for entry in document.get("terms", ()):
            term = _term(entry, family=name, document=document)
            if term.id in terms:
                raise LexiconError(f"Two terms are called {term.id}.")
            terms[term.id] = term
            for pattern in entry["patterns"]:
                try:
                    parsed = patterns.parse(
                        str(pattern), classes=classes, canonical=spelling.phrase
                    )
                except patterns.PatternError as error:
                    raise LexiconError(f"{term.id}: {pattern!r}: {error}") from error
                expressions.append((term, parsed))
        combinations.extend(_combination(entry) for entry in document.get("combinations", ()))
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
        terms=sorted(terms.values(), key=lambda term: term.id),
        combinations=combinations,
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


def _term(entry: Mapping[str, Any], *, family: str, document: Mapping[str, Any]) -> Term:
    def words(key: str) -> frozenset[str]:
        return frozenset(str(entry.get(key, document.get(key)) or "").split())

    category = entry.get("category", document.get("category"))
    if not entry.get("reviewed_on", document.get("reviewed_on")):
        raise LexiconError(f"{entry['id']} has no date of review.")
    return Term(
        id=str(entry["id"]),
        category=Category(category) if category else None,
        level=Urgency[str(entry.get("level", document.get("level", "green"))).upper()],
        tags=words("tags"),
        needs=words("needs"),
        blockers=words("blockers"),
        context=words("context"),
        note=str(entry.get("note", document.get("note", ""))),
        family=family,
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
    wanted: dict[str, dict[tuple[int, int], None]] = {}
    for number, (term, elements) in enumerate(expressions):
        literal = patterns.is_literal(elements)
        try:
            sequences = (
                patterns.expand(elements, most=patterns.LITERALS_AT_MOST)
                if literal
                else patterns.anchors(elements)
            )
        except patterns.PatternError as error:
            raise LexiconError(f"{term.id}: {elements}: {error}") from error
        lexicon._expressions.append((term, None if literal else patterns.to_regex(elements)))
        for words in sequences:
            if not words:
                raise LexiconError(f"{term.id} would be found everywhere.")
            wanted.setdefault(f" {' '.join(words)} ", {})[(number, len(words))] = None
    automaton = ahocorasick.Automaton()
    for text, payload in wanted.items():
        automaton.add_word(text, tuple(payload))
    automaton.make_automaton()
    lexicon._automaton = automaton
