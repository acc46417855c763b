"""Whether writing asks for a way to do harm or offers one: what spreads when others read it."""

from __future__ import annotations

from collections.abc import Iterable

from risk import current
from risk.classifier import MODEL
from risk.enums import Category, Urgency
from risk.lexicon import LexiconError
from risk.models import Screening

# The families of the word list in which a way is asked for or offered. They name none.
FAMILIES = frozenset({"methods", "methods_asked"})


def speaks_of_a_method(screening: Screening) -> bool:
    """Whether a term of those families stopped the screening, in its context and not below it."""
    if (screening.urgency or Urgency.GREEN) < Urgency.AMBER:
        return False
    return _names_one(span.get("rule", "") for span in screening.spans)


def text_speaks_of_a_method(text: str) -> bool:
    """
    The same of a text that nobody has screened yet.

    A look for the words themselves costs a tenth of a millisecond; only where one stands there
    is the text read whole, in its context.
    """
    try:
        words = current.shipped_lexicon()
        found = any(hit.term.family in FAMILIES for hit in words.find(words.normaliser.view(text)))
    except LexiconError:
        return False
    if not found:
        return False
    read = current.reader().classify(text)
    return read.urgency >= Urgency.AMBER and _names_one(span.rule for span in read.spans)


def _names_one(rules: Iterable[str]) -> bool:
    try:
        entries = current.lexicon().entries
    except LexiconError:
        return False
    return any(entries.get(rule, {}).get("family") in FAMILIES for rule in rules)


def has_contact_details(screening: Screening) -> bool:
    """Whether a rule found details that lead to a person. What the model supposes is not enough."""
    kinds = {Category.IDENTIFYING_INFO.value, Category.CONTACT_MEETING.value}
    return any(
        span.get("category") in kinds and span.get("rule") != MODEL for span in screening.spans
    )
