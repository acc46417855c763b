"""
Says how soon a person should read what a member wrote, and shows why.

`classify` is the one public door. It is pure: text in, `Classification` out; no database, no
network. The level is the highest that the lexicon (in context) and the model ask for. The model
never lowers what a rule says, and only a rule can ask for CRISIS. Whatever goes wrong, the answer
is never a silent low: it is at least AMBER, marked incomplete, so that a person reads the text.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from risk import detectors, rules
from risk import lexicon as lexicon_files
from risk import model as model_files
from risk.enums import Category, Urgency
from risk.families import families_found
from risk.model import Model, ModelUnusable

__all__ = ["Classification", "ModelUnusable", "Span", "check_files", "classify", "load"]

logger = logging.getLogger(__name__)

# Longer texts are read window by window, every window, each overlapping the one before.
WINDOW = 20_000
OVERLAP = 400
SPANS_AT_MOST = 50
REASONS_AT_MOST = 12

_LEXICON_UNREAD = "The word list could not be loaded, so a person should read this."
_MODEL_UNREAD = "The model could not be used, so a person should read this."
_TOO_MUCH = "There is more here than could be read closely, so a person should read this."
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
    probability: float
    lexicon_version: str
    model_version: str
    reasons: tuple[str, ...]
    # False where a part could not be used: the caller hands the text to a person.
    complete: bool = True


@dataclass(slots=True)
class _Reading:
    """What has been found so far, window by window."""

    urgency: Urgency = Urgency.GREEN
    probability: float = 0.0
    complete: bool = True
    categories: dict[Category, Urgency] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)

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


@lru_cache(maxsize=1)
def _lexicon() -> lexicon_files.Lexicon:
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


def classify(text: str) -> Classification:
    """Say how soon a person should read `text`, and why."""
    reading = _Reading()
    if not text.strip():
        return _classification(reading, lexicon_version="", model_version="")
    try:
        lexicon = _lexicon()
    except lexicon_files.LexiconError:
        logger.exception("The lexicon cannot be used.")
        reading.leave_to_a_person(_LEXICON_UNREAD)
        reading.probability = 0.5
        return _classification(reading, lexicon_version="", model_version="")
    model: Model | None
    try:
        model = _model()
    except ModelUnusable:
        logger.exception("The screening model cannot be used.")
        model = None
        reading.leave_to_a_person(_MODEL_UNREAD)
        reading.probability = 0.5
    for offset, window in _windows(text):
        _read(reading, window, offset, lexicon, model)
    return _classification(
        reading,
        lexicon_version=lexicon.version,
        model_version=model.version if model is not None else "",
    )


def _windows(text: str) -> Iterator[tuple[int, str]]:
    if len(text) <= WINDOW:
        yield 0, text
        return
    for start in range(0, len(text) - OVERLAP, WINDOW - OVERLAP):
        yield start, text[start : start + WINDOW]


def _read(
    reading: _Reading,
    text: str,
    offset: int,
    lexicon: lexicon_files.Lexicon,
    model: Model | None,
) -> None:
    """Read one window and add what it says."""
    view = lexicon.normaliser.view(text)
    findings, scene = rules.judge(view, lexicon.find(view))
    if view.partial:
        reading.leave_to_a_person(_TOO_MUCH)
    for finding in findings:
        hit = finding.hit
        if hit.term.category is None:
            continue
        start, end = view.starts[hit.first], view.ends[hit.last - 1]
        if finding.level == Urgency.GREEN:
            reading.reasons.setdefault(f"'{text[start:end]}' is {finding.decision}")
            continue
        reading.raise_to(finding.level, hit.term.category)
        reading.spans.append(
            Span(
                offset + start,
                offset + end,
                text[start:end],
                hit.term.category,
                hit.term.id,
                finding.decision,
            )
        )
        if finding.decision:
            reading.reasons.setdefault(f"'{text[start:end]}' is {finding.decision}")
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
    for raised in rules.combine(scene, findings, lexicon.combinations):
        reading.raise_to(raised.combination.level, raised.combination.category)
        said = scene.words_of(raised.hits[-1])
        reading.reasons.setdefault(raised.combination.reason.format(term=said))
        reading.spans.extend(
            _span_of(scene, hit, raised.combination, offset) for hit in raised.hits
        )
    if model is not None and view.words:
        try:
            score = model.score(view, families_found(findings, scene))
        except (ArithmeticError, ValueError, LookupError, TypeError) as error:
            # Its name and no more: a message may quote what a member wrote.
            logger.error("The model could not score a text: %s", type(error).__name__)
            score = None
        if score is None or not score.is_finite():
            reading.leave_to_a_person(_MODEL_UNREAD)
            reading.probability = max(reading.probability, 0.5)
        else:
            _ask_the_model(reading, score, model)


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


def _ask_the_model(reading: _Reading, score: model_files.Score, model: Model) -> None:
    """The model may raise the level to AMBER, or to RED where it is all but sure; no further."""
    reading.probability = max(reading.probability, score.urgent)
    level = Urgency.GREEN
    if score.flagged >= model.thresholds["amber"]:
        level = Urgency.AMBER
    if score.urgent >= model.thresholds["red"]:
        level = Urgency.RED
    likely = max(Category, key=lambda category: score.categories[category])
    if level <= reading.urgency:
        _name_the_likely(reading, score, model)
        return
    reading.raise_to(
        level, likely if score.categories[likely] >= model.thresholds["category"] else None
    )
    reading.reasons.setdefault(_MODEL_SAYS[level])
    _name_the_likely(reading, score, model)


def _name_the_likely(reading: _Reading, score: model_files.Score, model: Model) -> None:
    """What a flagged text is likely about, so that it is sorted; this raises no level."""
    if reading.urgency == Urgency.GREEN:
        return
    for category in Category:
        # An insult is named only where its words can be shown to the one who wrote it.
        if (
            category != Category.HOSTILITY_BULLYING
            and score.categories[category] >= model.thresholds["category"]
        ):
            reading.categories.setdefault(category, Urgency.AMBER)


def _classification(
    reading: _Reading, *, lexicon_version: str, model_version: str
) -> Classification:
    return Classification(
        urgency=reading.urgency,
        categories=tuple(
            sorted(reading.categories, key=lambda each: (-reading.categories[each], each.value))
        ),
        spans=_tidy(reading.spans),
        probability=round(reading.probability, 4),
        lexicon_version=lexicon_version,
        model_version=model_version,
        reasons=tuple(list(reading.reasons)[:REASONS_AT_MOST]),
        complete=reading.complete,
    )


def _tidy(spans: list[Span]) -> tuple[Span, ...]:
    """The spans in order, without those that lie within a longer one of the same category."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda each: (each.start, -each.end, each.rule)):
        if any(
            other.category == span.category and other.start <= span.start and span.end <= other.end
            for other in kept[-8:]
        ):
            continue
        kept.append(span)
        if len(kept) == SPANS_AT_MOST:
            break
    return tuple(kept)
