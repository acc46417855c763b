"""
Says how soon a person should read what a member wrote, and shows why.

`classify` is the one public door. It is pure: text in, `Classification` out; no database, no
network. The level is the highest that the lexicon (in context) and the model ask for. The model
never lowers what a rule says, and only a rule can ask for CRISIS. Whatever goes wrong, the answer
is never a silent low: it is at least AMBER, marked incomplete, so that a person reads the text.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from risk import lexicon as lexicon_files
from risk import detectors, rules
from risk.enums import Category, Urgency

logger = logging.getLogger(__name__)

# Longer texts are read window by window, every window, each overlapping the one before.
WINDOW = 20_000
OVERLAP = 400
SPANS_AT_MOST = 50


class ModelUnusable(Exception):
    """The trained model is missing, damaged or not the one that its manifest describes."""


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
    complete: bool = True


@lru_cache(maxsize=1)
def _lexicon() -> lexicon_files.Lexicon:
    return lexicon_files.load()


def load() -> None:
    """Load the lexicon and the model now rather than with the first text."""
    _lexicon()


def check_files() -> None:
    """
    Check that the lexicon and the model on disk are whole.

    :raises ModelUnusable: if one is missing, cut short, altered or cannot be read
    """
    try:
        lexicon_files.load()
    except lexicon_files.LexiconError as error:
        raise ModelUnusable(str(error)) from error


def classify(text: str) -> Classification:
    """Say how soon a person should read `text`, and why."""
    lexicon = _lexicon()
    urgency = Urgency.GREEN
    spans: list[Span] = []
    reasons: dict[str, None] = {}
    categories: dict[Category, None] = {}
    for offset, window in _windows(text):
        view = lexicon.normaliser.view(window)
        findings, scene = rules.judge(view, lexicon.find(view))
        for finding in findings:
            hit = finding.hit
            if finding.level == Urgency.GREEN or hit.term.category is None:
                continue
            urgency = max(urgency, finding.level)
            categories[hit.term.category] = None
            start, end = view.starts[hit.first], view.ends[hit.last - 1]
            spans.append(
                Span(
                    offset + start,
                    offset + end,
                    window[start:end],
                    hit.term.category,
                    hit.term.id,
                    finding.decision,
                )
            )
        for detail in detectors.find_details(window, everyday=lexicon.normaliser.words):
            urgency = max(urgency, Urgency.AMBER)
            categories[Category.IDENTIFYING_INFO] = None
            spans.append(
                Span(
                    offset + detail.start,
                    offset + detail.end,
                    window[detail.start : detail.end],
                    Category.IDENTIFYING_INFO,
                    detail.kind,
                    "",
                )
            )
        for raised in rules.combine(scene, findings, lexicon.combinations):
            urgency = max(urgency, raised.combination.level)
            categories[raised.combination.category] = None
            said = scene.words_of(raised.hits[-1])
            reasons[raised.combination.reason.format(term=said)] = None
    return Classification(
        urgency=urgency,
        categories=tuple(categories),
        spans=tuple(spans[:SPANS_AT_MOST]),
        probability=0.0,
        lexicon_version=lexicon.version,
        model_version="none",
        reasons=tuple(reasons),
    )


def _windows(text: str) -> Sequence[tuple[int, str]]:
    if len(text) <= WINDOW:
        return [(0, text)]
    step = WINDOW - OVERLAP
    return [(start, text[start : start + WINDOW]) for start in range(0, len(text) - OVERLAP, step)]
