"""
Says how soon a person should read what a member wrote, and shows why.

`classify` is the public door; a `Reader` is the same with other terms or another model. Both are
pure: text in, `Classification` out; no database, no network. The level is the highest that the
lexicon (in context) and the model ask for. The model never lowers what a rule says, and only a
rule can ask for CRISIS. Whatever goes wrong, the answer is never a silent low: it is at least
AMBER, marked incomplete, so that a person reads the text.
"""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from risk import detectors, explanation, languages, rules
from risk import lexicon as lexicon_files
from risk import model as model_files
from risk.enums import Category, Urgency
from risk.families import families_found
from risk.lexicon import Lexicon
from risk.model import Model, ModelUnusable
from risk.normalisation import SENTENCE_END, View

__all__ = [
    "Classification",
    "ModelUnusable",
    "Reader",
    "Span",
    "check_files",
    "classify",
    "load",
    "shipped",
]

logger = logging.getLogger(__name__)

# Longer texts are read window by window, every window, each overlapping the one before.
WINDOW = 20_000
OVERLAP = 400
SPANS_AT_MOST = 50
REASONS_AT_MOST = 12
# A category is named from here on if none is likelier, and hostility only from much further.
LIKELIEST = 0.1
SURE_OF_HOSTILITY = 0.95
LIKELIER_THAN_NOT = 0.5
# By how much a term's level moves the odds that texts are ordered by, and how far at most.
EVIDENCE, EVIDENCE_AT_MOST = 0.25, 4.0
# The rule of a span that the model shows.
MODEL = "model"
# A reply longer than this stands for itself; a shorter one is read with what it answers.
SHORT_REPLY = 30

# What a model that is not whole may raise; the text is then a person's to read.
_UNSCORABLE = (ArithmeticError, ValueError, LookupError, TypeError)
_LEXICON_UNREAD = "The word list could not be loaded, so a person should read this."
_MODEL_UNREAD = "The model could not be used, so a person should read this."
_TOO_MUCH = "There is more here than could be read closely, so a person should read this."
_ANOTHER_LANGUAGE = "This may be in a language that the screening cannot read."
_MODEL_SAYS = {
    Urgency.AMBER: "The wording as a whole is like posts that a person should read.",
    Urgency.RED: "The wording as a whole is like posts that a person should read soon.",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the original text a term stands, and what was made of it."""

    start: int
    end: int
    term: str
    category: Category
    rule: str
    decision: str


@dataclass(frozen=True, slots=True)
class Classification:
    """How soon a person should read a text, and why. It orders reading; it judges nobody."""

    urgency: Urgency
    categories: tuple[Category, ...]
    spans: tuple[Span, ...]
    # For ordering within a level: the mean of what the model makes of "should be read" and "soon",
    # and more of it the more terms stand in their risky sense.
    probability: float
    lexicon_version: str
    model_version: str
    reasons: tuple[str, ...]
    # What weighed most in the model: the words and their signed weight, at most five.
    model_terms: tuple[tuple[str, float], ...] = ()
    why_not_higher: str = ""
    # What the model makes of RED or more, calibrated.
    urgent: float = 0.0
    # False where a part could not be used: the caller hands the text to a person.
    complete: bool = True


@dataclass(slots=True)
class _Reading:
    """What has been found so far, window by window."""

    urgency: Urgency = Urgency.GREEN
    probability: float = 0.0
    urgent: float = 0.0
    complete: bool = True
    categories: dict[Category, Urgency] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    # Of terms that raise nothing by themselves: shown where the text is raised all the same.
    weak_spans: list[Span] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    model_terms: list[tuple[str, float]] = field(default_factory=list)
    model_thresholds: dict[str, float] = field(default_factory=dict)
    lowered: bool = False
    # Each term that stands, at the highest level that its context left it.
    standing: dict[str, Urgency] = field(default_factory=dict)

    def raise_to(self, urgency: Urgency, category: Category | None) -> None:
        """Raise the level, never lower it."""
        self.urgency = max(self.urgency, urgency)
        if category is not None:
            self.categories[category] = max(urgency, self.categories.get(category, urgency))

    def leave_to_a_person(self, reason: str) -> None:
        """Say that this was not read in full, which is AMBER at least."""
        self.complete = False
        self.urgency = max(self.urgency, Urgency.AMBER)
        self.reasons[reason] = None


class Reader:
    """
    Reads texts with one lexicon and one model.

    Either may be None, where it could not be loaded: then every text is left to a person.
    """

    def __init__(self, lexicon: Lexicon | None, model: Model | None) -> None:
        self.lexicon = lexicon
        self.model = model

    def classify(self, text: str, *, reply_to: str | None = None) -> Classification:
        """Say how soon a person should read `text`, which may answer another, and why."""
        return self.classify_many([(text, reply_to)])[0]

    def classify_many(self, texts: Sequence[tuple[str, str | None]]) -> list[Classification]:
        """The same for many texts, each with what it answers, at a fraction of the time."""
        lexicon = self.lexicon
        if lexicon is None:
            return [_unread(text) for text, _ in texts]
        windows = [
            [_look(window, offset, lexicon) for offset, window in _windows(text)]
            if text.strip()
            else []
            for text, _ in texts
        ]
        scores = iter(self._scores([each for some in windows for each in some]))
        return [
            self._conclude(some, lexicon, scores, reply_to)
            for some, (_, reply_to) in zip(windows, texts, strict=True)
        ]

    def _scores(self, windows: "Sequence[_Window]") -> "list[model_files.Score | None]":
        """What the model makes of each window; None where it could not say."""
        if self.model is None:
            return [None] * len(windows)
        asked = [(each.view, each.families) for each in windows if each.says_something]
        try:
            scores: list[model_files.Score | None] = [*self.model.score_many(asked)]
        except _UNSCORABLE:
            # One of them, perhaps: the others are not to be left to a person for it.
            scores = [self._score_of(view, families) for view, families in asked]
        found = iter(scores)
        return [next(found) if each.says_something else None for each in windows]

    def _score_of(self, view: View, families: list[tuple[str, int]]) -> "model_files.Score | None":
        if self.model is None:
            return None
        try:
            return self.model.score(view, families)
        except _UNSCORABLE as error:
            # Its name and no more: a message may quote what a member wrote.
            logger.error("The model could not score a text: %s", type(error).__name__)
            return None

    def _conclude(
        self,
        windows: "Sequence[_Window]",
        lexicon: Lexicon,
        scores: "Iterator[model_files.Score | None]",
        reply_to: str | None,
    ) -> Classification:
        reading = _Reading()
        if not windows:
            return _classification(reading, lexicon_version="", model_version="")
        if self.model is None:
            reading.leave_to_a_person(_MODEL_UNREAD)
            reading.probability = 0.5
        for window in windows:
            _read(reading, window, lexicon, self.model, next(scores), reply_to=reply_to)
        return _classification(
            reading,
            lexicon_version=lexicon.version,
            model_version=self.model.version if self.model is not None else "",
        )


def _unread(text: str) -> Classification:
    """What is said of a text where there is no lexicon to read it with."""
    reading = _Reading()
    if text.strip():
        reading.leave_to_a_person(_LEXICON_UNREAD)
        reading.probability = 0.5
    return _classification(reading, lexicon_version="", model_version="")


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return lexicon_files.load()


@lru_cache(maxsize=1)
def _model() -> Model:
    return model_files.load()


def load() -> None:
    """
    Load the lexicon and the model now rather than with the first text.

    :raises ModelUnusable: if either cannot be used
    """
    try:
        _lexicon()
    except lexicon_files.LexiconError as error:
        raise ModelUnusable(str(error)) from error
    _model()


def forget() -> None:
    """Forget what was loaded, so that the next text reads the files again."""
    _lexicon.cache_clear()
    _model.cache_clear()


def shipped() -> Reader:
    """The lexicon and the model that came with the code, as far as they can be used."""
    lexicon: Lexicon | None = None
    model: Model | None = None
    try:
        lexicon = _lexicon()
    except lexicon_files.LexiconError:
        logger.exception("The lexicon cannot be used.")
        return Reader(None, None)
    try:
        model = _model()
    except ModelUnusable:
        logger.exception("The screening model cannot be used.")
    return Reader(lexicon, model)


def classify(text: str, *, reply_to: str | None = None) -> Classification:
    """Say how soon a person should read `text`, which may answer another, and why."""
    return shipped().classify(text, reply_to=reply_to)


def check_files() -> None:
    """
    Check that the lexicon and the model on disk are whole.

    :raises ModelUnusable: if one is missing, cut short, altered or cannot be read
    """
    manifest, _ = model_files.read()
    try:
        version = lexicon_files.version_on_disk()
    except lexicon_files.LexiconError as error:
        raise ModelUnusable(str(error)) from error
    # The two go together: the model has learnt what the lexicon's families mean.
    if version != manifest.get("lexicon_version"):
        raise ModelUnusable("The lexicon is not the one that the model was trained with.")


def _windows(text: str) -> Iterator[tuple[int, str]]:
    if len(text) <= WINDOW:
        yield 0, text
        return
    for start in range(0, len(text) - OVERLAP, WINDOW - OVERLAP):
        yield start, text[start : start + WINDOW]


@dataclass(frozen=True, slots=True)
class _Window:
    """One window of a text as the rules have found it, before anything is concluded."""

    offset: int
    view: View
    findings: list[rules.Finding]
    scene: rules.Scene
    families: list[tuple[str, int]]
    says_something: bool


def _look(text: str, offset: int, lexicon: Lexicon) -> _Window:
    view = lexicon.normaliser.view(text)
    findings, scene = rules.judge(view, lexicon.find(view))
    return _Window(
        offset,
        view,
        findings,
        scene,
        families_found(findings, scene),
        _says_something(view, lexicon),
    )


def _read(
    reading: _Reading,
    window: _Window,
    lexicon: Lexicon,
    model: Model | None,
    score: model_files.Score | None,
    *,
    reply_to: str | None,
) -> None:
    """Add what one window says."""
    view, findings, scene, offset = window.view, window.findings, window.scene, window.offset
    text = view.original
    if view.partial:
        reading.leave_to_a_person(_TOO_MUCH)
    for finding in findings:
        _add_finding(reading, finding, view, offset, model, score)
    for detail in detectors.find_details(text, everyday=lexicon.everyday):
        reading.raise_to(Urgency.AMBER, Category.IDENTIFYING_INFO)
        reading.reasons.setdefault(f"May hold a {detail.kind}")
        reading.spans.append(
            Span(
                offset + detail.start,
                offset + detail.end,
                text[detail.start : detail.end],
                Category.IDENTIFYING_INFO,
                detail.kind,
                "",
            )
        )
    cues = scene.cues
    if reply_to is not None and len(view.words) <= SHORT_REPLY:
        cues = cues | _of_the_answered(reply_to, lexicon, scene)
    for raised in rules.combine(rules.Scene(view, cues), findings, lexicon.combinations):
        level, _ = _raises_to(
            raised.combination.id,
            raised.combination.category,
            raised.combination.level,
            model,
            score,
            len(view.words),
        )
        if level == Urgency.GREEN:
            continue
        reading.raise_to(level, raised.combination.category)
        said = scene.words_of(raised.hits[-1])
        reading.reasons.setdefault(raised.combination.reason.format(term=said))
        reading.spans.extend(
            _span_of(scene, hit, raised.combination, offset) for hit in raised.hits
        )
    if not languages.is_readable(view.words, lexicon.readable):
        reading.raise_to(Urgency.AMBER, None)
        reading.reasons.setdefault(_ANOTHER_LANGUAGE)
    if model is not None and window.says_something:
        _ask_the_model(reading, view, score, model, offset)


def _says_something(view: View, lexicon: Lexicon) -> bool:
    """Whether the model has anything to go by: not a word or two that nobody knows ("brb")."""
    words = view.words
    return len(words) > 2 or any(
        word in lexicon.normaliser.words or word in languages.common_words() or not word.isalpha()
        for word in words
        if word != SENTENCE_END
    )


def _add_finding(
    reading: _Reading,
    finding: rules.Finding,
    view: View,
    offset: int,
    model: Model | None,
    score: model_files.Score | None,
) -> None:
    hit = finding.hit
    if hit.term.category is None:
        return
    start, end = view.starts[hit.first], view.ends[hit.last - 1]
    said = view.original[start:end]
    if finding.level < hit.term.level:
        reading.lowered = True
    if finding.level == Urgency.GREEN:
        reading.reasons.setdefault(f"'{said}' is {finding.decision}")
        return
    known = reading.standing.get(hit.term.id, Urgency.GREEN)
    reading.standing[hit.term.id] = max(known, finding.level)
    level, doubt = _raises_to(
        hit.term.id, hit.term.category, finding.level, model, score, len(view.words)
    )
    if level > Urgency.GREEN:
        reading.raise_to(level, hit.term.category)
    decision = "; ".join(filter(None, (finding.decision, doubt)))
    span = Span(offset + start, offset + end, said, hit.term.category, hit.term.id, decision)
    if level > Urgency.GREEN:
        reading.spans.append(span)
    else:
        reading.weak_spans.append(span)
    if finding.decision:
        reading.reasons.setdefault(f"'{said}' is {finding.decision}")


def _raises_to(
    term: str,
    category: Category,
    level: Urgency,
    model: Model | None,
    score: model_files.Score | None,
    words: int,
) -> tuple[Urgency, str]:
    """
    What a term raises to, and in words why that is not its own level.

    A term that is too often harmless to raise by itself does raise where the model half agrees. To
    be called hostile is itself a harm, so there the model must think it likelier than not.
    """
    to = model.held_back.get(f"{term}:{level.name}") if model is not None else None
    if model is None or to is None:
        return level, ""
    if score is not None:
        agreed = {Urgency.AMBER: score.flagged, Urgency.RED: score.urgent}
        asked = {
            Urgency.AMBER: model.thresholds.get("amber_with_term", model_files.NEVER),
            Urgency.RED: model.red_from(words, with_term=True),
        }
        accuses = category == Category.HOSTILITY_BULLYING
        if accuses and score.categories[category] < LIKELIER_THAN_NOT:
            agreed = {}
        for each, probability in agreed.items():
            if to < each <= level and probability >= asked[each]:
                to = each
    if to == level:
        return level, ""
    return to, f"too often harmless to be {level.name} by itself"


def _of_the_answered(
    reply_to: str, lexicon: Lexicon, scene: rules.Scene
) -> dict[str, list[lexicon_files.Hit]]:
    """
    What a short reply takes from the words it answers: "do it then" is nothing by itself.

    Its own cues of assent or incitement count only where the words it answers are RED.
    """
    answered = lexicon.normaliser.view(reply_to[:WINDOW])
    findings, _ = rules.judge(answered, lexicon.find(answered))
    if all(finding.level < Urgency.RED for finding in findings):
        return {}
    return {f"{tag}_risk": scene.cues.get(tag, []) for tag in ("incites", "assents")}


def _span_of(
    scene: rules.Scene, hit: lexicon_files.Hit, combination: lexicon_files.Combination, offset: int
) -> Span:
    start, end = scene.view.starts[hit.first], scene.view.ends[hit.last - 1]
    return Span(
        offset + start,
        offset + end,
        scene.view.original[start:end],
        combination.category,
        combination.id,
        "",
    )


def _ask_the_model(
    reading: _Reading, view: View, score: model_files.Score | None, model: Model, offset: int
) -> None:
    """The model may raise the level to AMBER, or to RED where it is all but sure; no further."""
    if score is None or not score.is_finite():
        reading.leave_to_a_person(_MODEL_UNREAD)
        reading.probability = max(reading.probability, 0.5)
        return
    reading.probability = max(reading.probability, (score.flagged + score.urgent) / 2)
    reading.urgent = max(reading.urgent, score.urgent)
    reading.model_thresholds = model.thresholds
    level = Urgency.GREEN
    if score.flagged >= model.thresholds["amber"]:
        level = Urgency.AMBER
    if score.urgent >= model.red_from(len(view.words)):
        level = Urgency.RED
    if max(level, reading.urgency) == Urgency.GREEN:
        return
    categories = score.categories
    likely = max(categories, key=categories.__getitem__)
    head = model_files.HEADS.index("urgent" if level == Urgency.RED else "flagged")
    terms = model.terms(view, head)
    if not reading.model_terms:
        weights: dict[str, float] = {}
        for first, last, weight in terms:
            words = view.original[view.starts[first] : view.ends[last - 1]]
            weights[words] = round(weights.get(words, 0.0) + weight, 2)
        reading.model_terms = [(words, weight) for words, weight in weights.items() if weight]
    if level > reading.urgency:
        reading.reasons.setdefault(_MODEL_SAYS[level])
    if level >= reading.urgency:
        # Shown where a rule asks for as much, too: both are why a person should read it.
        reading.raise_to(level, None)
        for first, last, weight in _telling([term for term in terms if term[2] > 0], view):
            start, end = view.starts[first], view.ends[last - 1]
            said = view.original[start:end]
            why = f"weighs {weight:+.1f} in the model"
            reading.spans.append(Span(offset + start, offset + end, said, likely, MODEL, why))
    _name_the_likely(reading, categories, model)


def _telling(terms: list[tuple[int, int, float]], view: View) -> list[tuple[int, int, float]]:
    """What can be shown as a reason: "he" and "not" are none."""
    plain = languages.plainest()
    return [
        (first, last, weight)
        for first, last, weight in _joined(terms)
        if not plain.issuperset(view.words[first:last])
    ]


def _joined(terms: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Terms in the order of the text, those that follow one another as one."""
    joined: list[tuple[int, int, float]] = []
    for first, last, weight in sorted(terms):
        if joined and joined[-1][1] == first:
            before = joined.pop()
            first, weight = before[0], before[2] + weight
        joined.append((first, last, weight))
    return joined


def _name_the_likely(reading: _Reading, categories: Mapping[Category, float], model: Model) -> None:
    """What a flagged text is likely about, so that it is sorted; this raises no level."""
    likely = max(categories, key=categories.__getitem__)
    for category, probability in categories.items():
        # An insult is named only where its words can be shown, or the model is sure of it.
        asked = model.thresholds["category"]
        if category == Category.HOSTILITY_BULLYING:
            asked = SURE_OF_HOSTILITY
        elif category == likely:
            asked = LIKELIEST
        if probability >= asked:
            reading.categories.setdefault(category, Urgency.AMBER)


def _classification(
    reading: _Reading, *, lexicon_version: str, model_version: str
) -> Classification:
    if reading.urgency > Urgency.GREEN:
        reading.spans += reading.weak_spans
    return Classification(
        urgency=reading.urgency,
        categories=tuple(
            sorted(reading.categories, key=lambda each: (-reading.categories[each], each.value))
        ),
        spans=_tidy(reading.spans),
        probability=round(_with_evidence(reading.probability, reading.standing), 4),
        lexicon_version=lexicon_version,
        model_version=model_version,
        reasons=_without_echoes(list(reading.reasons))[:REASONS_AT_MOST],
        model_terms=tuple(reading.model_terms),
        why_not_higher=explanation.why_not_higher(
            reading.urgency,
            probability=reading.urgent,
            thresholds=reading.model_thresholds,
            lowered=reading.lowered,
        ),
        urgent=round(reading.urgent, 4),
        complete=reading.complete,
    )


def _with_evidence(probability: float, standing: Mapping[str, Urgency]) -> float:
    """
    The model's probability, moved up by what the word list found.

    The model asks of each term only whether it is there. In a long text several that point the
    same way say more than the likeliest two sentences do.
    """
    if not standing or not 0 < probability < 1:
        return probability
    steps = min(sum(standing.values()) * EVIDENCE, EVIDENCE_AT_MOST)
    return 1 / (1 + (1 - probability) / probability * math.exp(-steps))


def _without_echoes(reasons: list[str]) -> tuple[str, ...]:
    """The reasons without those that say of part of a quotation what is said of all of it."""
    parts = {reason: reason[1:].partition("' is ") for reason in reasons}
    kept = []
    for reason, (quoted, _, said) in parts.items():
        echoed = any(
            said and other != reason and quoted in longer and said == also
            for other, (longer, _, also) in parts.items()
        )
        if not echoed:
            kept.append(reason)
    return tuple(kept)


def _tidy(spans: list[Span]) -> tuple[Span, ...]:
    """
    The spans in order, without those that lie within a longer one of the same category.

    What a term says of some words is not said again of half of them by the model, which weighs
    every word.
    """
    of_terms = [(span.start, span.end) for span in spans if span.rule != MODEL]
    kept: list[Span] = []
    # In the order they were found where they lie alike: a set's order changes by the process.
    for span in sorted(dict.fromkeys(spans), key=lambda each: (each.start, -each.end, each.rule)):
        if span.rule == MODEL and any(
            start < span.end and span.start < end for start, end in of_terms
        ):
            continue
        if any(
            other.category == span.category and other.start <= span.start and span.end <= other.end
            for other in kept[-8:]
        ):
            continue
        kept.append(span)
        if len(kept) == SPANS_AT_MOST:
            break
    return tuple(kept)
