from risk.models.alert import (
    CLAIM_LASTS,
    PASS_UP_EVERY,
    SENIOR_ANSWERS_WITHIN,
    Alert,
    AlertQuerySet,
)
from risk.models.labels import (
    AuditDraw,
    AuditReading,
    AuditReadingQuerySet,
    Label,
    LabelQuerySet,
)
from risk.models.releases import (
    ModelRelease,
    ModelReleaseQuerySet,
    ReleaseSignature,
    ScreeningDay,
    ShadowReading,
)
from risk.models.screening import (
    ATTEMPTS_BEFORE_A_PERSON,
    LEASE_LASTS,
    Screening,
    ScreeningQuerySet,
)
from risk.models.terms import TermChange, TermChangeQuerySet, TermTrouble

__all__ = [
    "ATTEMPTS_BEFORE_A_PERSON",
    "CLAIM_LASTS",
    "LEASE_LASTS",
    "PASS_UP_EVERY",
    "SENIOR_ANSWERS_WITHIN",
    "Alert",
    "AlertQuerySet",
    "AuditDraw",
    "AuditReading",
    "AuditReadingQuerySet",
    "Label",
    "LabelQuerySet",
    "ModelRelease",
    "ModelReleaseQuerySet",
    "ReleaseSignature",
    "Screening",
    "ScreeningDay",
    "ScreeningQuerySet",
    "ShadowReading",
    "TermChange",
    "TermChangeQuerySet",
    "TermTrouble",
]
