"""The demo town's protocols, agreed the way that real ones are. See demo_town.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import Administrator, CommissioningLead
from commissioning.models import Locality
from escalation.models import Protocol, ProtocolStep

# Which words a locality's protocol has.
AGREED = {
    "northmere-town": "northmere",
    "northmere-coast": "northmere",
    "lindenbrook-campus": "lindenbrook",
    "lindenbrook-toronto": "lindenbrook-toronto",
    "copperleaf-depots": "copperleaf",
    "copperleaf-galway": "copperleaf-galway",
}
OFFERED = {"lindenbrook-campus": "lindenbrook-next"}


def agree_protocols(words: dict[str, Any], *, at: datetime) -> None:
    """One in force for each locality, one for everywhere, and one that waits for its answer."""
    admin = Administrator.objects.get()
    offer(words["everywhere"], locality=None, by=admin, at=at)
    for slug, name in AGREED.items():
        locality = Locality.objects.select_related("commissioner").get(slug=slug)
        protocol = offer(words[name], locality=locality, by=admin, at=at)
        agree(protocol, at=at)
    for slug, name in OFFERED.items():
        offer(words[name], locality=Locality.objects.get(slug=slug), by=admin, at=at)


def offer(
    words: dict[str, Any], *, locality: Locality | None, by: Administrator, at: datetime
) -> Protocol:
    """A draft with its steps, and the operator's word on it."""
    commissioner = locality.commissioner if locality else None
    earlier = Protocol.objects.filter(locality=locality, commissioner=commissioner)
    protocol = Protocol.objects.create(
        commissioner=commissioner,
        locality=locality,
        version=earlier.count() + 1,
        introduction=words["introduction"],
        office_hours=words["office_hours"],
        created_at=at,
    )
    for position, step in enumerate(words["steps"], start=1):
        ProtocolStep.objects.create(protocol=protocol, position=position, **step)
    protocol.operator_agreed_by, protocol.operator_agreed_at = by.user, at
    if locality is None:
        protocol.agreed_at = at
    protocol.save()
    return protocol


def agree(protocol: Protocol, *, at: datetime) -> None:
    """The commissioner's word: from now on it is in force."""
    lead = CommissioningLead.objects.get(commissioner=protocol.commissioner)
    protocol.commissioner_agreed_by = lead.user
    protocol.commissioner_agreed_at = protocol.agreed_at = at
    protocol.save()
