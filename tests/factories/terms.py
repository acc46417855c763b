from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import Administrator, WallGuide
from risk import terms
from risk.models import TermChange
from risk.term_rules import Entry
from risk.terms import Keeper


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
