"""Protocols as they were agreed, cases as they go, and who asked to learn who somebody is."""

from escalation.models.cases import (
    AgreedNeverChanges,
    Case,
    CaseQuerySet,
    CaseStep,
    Heartbeat,
    Protocol,
    ProtocolQuerySet,
    ProtocolStep,
    refuse_if_agreed,
)
from escalation.models.identity import (
    OPENS_FOR,
    REVIEW_WITHIN,
    IdentityLook,
    IdentityRequest,
    IdentityRequestQuerySet,
)
from escalation.models.themes import ThemeRise

__all__ = [
    "OPENS_FOR",
    "REVIEW_WITHIN",
    "AgreedNeverChanges",
    "Case",
    "CaseQuerySet",
    "CaseStep",
    "Heartbeat",
    "IdentityLook",
    "IdentityRequest",
    "IdentityRequestQuerySet",
    "Protocol",
    "ProtocolQuerySet",
    "ProtocolStep",
    "ThemeRise",
    "refuse_if_agreed",
]
