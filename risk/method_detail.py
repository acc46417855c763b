"""Whether writing asks for a way to do harm or offers one: what spreads when others read it."""

from __future__ import annotations

from risk import current
from risk.enums import Category, Urgency
from risk.lexicon import LexiconError
from risk.models import Screening

# The families of the word list in which a way is asked for or offered. They name none.
FAMILIES = frozenset({"methods", "methods_asked"})
MODEL = "model"


def speaks_of_a_method(screening: Screening) -> bool:
    """Whether a term of those families stopped the screening, in its context and not below it."""
    if (screening.urgency or Urgency.GREEN) < Urgency.AMBER:
        return False
    try:
        entries = current.lexicon().entries
    except LexiconError:
        return False
    return any(
        entries.get(span.get("rule", ""), {}).get("family") in FAMILIES for span in screening.spans
    )


def has_contact_details(screening: Screening) -> bool:
    """Whether a rule found details that lead to a person. What the model supposes is not enough."""
    kinds = {Category.IDENTIFYING_INFO.value, Category.CONTACT_MEETING.value}
    return any(
        span.get("category") in kinds and span.get("rule") != MODEL for span in screening.spans
    )
