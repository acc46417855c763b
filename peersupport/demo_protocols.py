"""The demo town's protocols, drafted, offered and agreed the way that real ones are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import Administrator, CommissioningLead
from commissioning.models import Locality
from escalation.enums import When
from escalation.models import Protocol
from escalation.protocols import (
    StepFields,
    agree_protocol,
    offer_protocol,
    save_draft,
    start_draft,
)

# Which words each locality's protocol has.
AGREED = {
    "northmere-town": "northmere",
    "northmere-coast": "northmere",
    "lindenbrook-campus": "lindenbrook",
    "lindenbrook-toronto": "lindenbrook-toronto",
    "copperleaf-depots": "copperleaf",
    "copperleaf-galway": "copperleaf-galway",
}
# The next version, offered by the operator: the demo's commissioner can agree it.
OFFERED = {"lindenbrook-campus": "lindenbrook-next"}


def agree_protocols(words: dict[str, Any], *, at: datetime) -> None:
    """One in force for each locality, one for everywhere, and one that waits for its answer."""
    admin = Administrator.objects.get()
    localities = Locality.objects.select_related("commissioner").in_bulk(field_name="slug")
    offer(words["everywhere"], locality=None, by=admin, at=at)
    for slug, name in AGREED.items():
        locality = localities[slug]
        agree_protocol(
            protocol=offer(words[name], locality=locality, by=admin, at=at),
            by=CommissioningLead.objects.get(commissioner=locality.commissioner),
            at=at,
        )
    for slug, name in OFFERED.items():
        offer(words[name], locality=localities[slug], by=admin, at=at)


def offer(
    words: dict[str, Any], *, locality: Locality | None, by: Administrator, at: datetime
) -> Protocol:
    """Draft the next version for a place, and put the operator's word on it."""
    draft = start_draft(
        commissioner=locality.commissioner if locality else None, locality=locality, by=by, at=at
    )
    save_draft(
        protocol=draft,
        introduction=words["introduction"],
        office_hours=words["office_hours"],
        steps=[_step(step) for step in words["steps"]],
        by=by,
        at=at,
    )
    return offer_protocol(protocol=draft, by=by, at=at)


def _step(words: dict[str, Any]) -> StepFields:
    return {
        "when": words.get("when", When.ANY_TIME),
        "hours": "",
        "contact": words["contact"],
        "contact_details": words.get("contact_details", ""),
        "action": words["action"],
        "plain_words": words["plain_words"],
        "minutes_to_next": words["minutes_to_next"],
    }
