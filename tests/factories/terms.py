from __future__ import annotations

from datetime import datetime
from typing import Any

import factory
from django.utils import timezone

from accounts.models import Administrator, WallGuide
from risk import terms
from risk.enums import TermAct, TermKind
from risk.models import TermChange
from risk.term_rules import Entry, entry_of
from risk.terms import Keeper


class WaitingTermFactory(factory.django.DjangoModelFactory[TermChange]):
    """A new term that waits for a signature, without having been tried: quick to make."""

    class Meta:
        model = TermChange

    term = "flumping"
    number = factory.LazyAttribute(
        lambda change: TermChange.objects.of_term(change.term).count() + 1
    )
    act = TermAct.ADDED
    entry = factory.LazyAttribute(
        lambda change: entry_of(an_entry(change.term, reviewed_on="2026-11-20", level="crisis"))
    )
    reason = "A test of it."
    kind = TermKind.STRENGTHENING
    asks_for_crisis = True
    based_on = 0
    proposed_by_senior = False
    proposed_at = factory.LazyFunction(timezone.now)
    gate = factory.LazyFunction(
        lambda: {"passed": True, "mark": TermChange.objects.mark(), "texts": 2, "falls": 0,
                 "ordinary": 2, "found_in_ordinary": 0}
    )  # fmt: skip


def keeper(person: Administrator | WallGuide) -> Keeper:
    if isinstance(person, WallGuide):
        return Keeper.of(administrator=None, wall_guide=person)
    return Keeper.of(administrator=person, wall_guide=None)


def an_entry(term: str = "flumping", **fields: Any) -> Entry:
    """A term of words that nobody says, so that nothing else finds them."""
    return {
        "id": term, "category": "self_harm", "level": "amber", "patterns": ["went flumping"],
        "needs": "", "blockers": "", "tags": "", "context": "", "note": "", **fields,
    }  # fmt: skip


def propose(
    person: Administrator | WallGuide, entry: Entry | None, *, at: datetime, term: str = "",
    seen: bool = True,
) -> TermChange:  # fmt: skip
    """Try a change, look at its dry run unless told not to, and propose it."""
    by = keeper(person)
    trial = terms.try_change(term=term or (entry or {})["id"], entry=entry, at=at)
    token = terms.dry_run(trial=trial, by=by, at=at)[1] if seen else ""
    return terms.propose(trial=trial, reason="A test of it.", seen=token, by=by, at=at)
