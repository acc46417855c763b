from risk.models.alert import (
    CLAIM_LASTS,
    PASS_UP_EVERY,
    SENIOR_ANSWERS_WITHIN,
    Alert,
    AlertQuerySet,
)
from risk.models.screening import (
    ATTEMPTS_BEFORE_A_PERSON,
    LEASE_LASTS,
    Screening,
    ScreeningQuerySet,
)

__all__ = [
    "ATTEMPTS_BEFORE_A_PERSON",
    "CLAIM_LASTS",
    "LEASE_LASTS",
    "PASS_UP_EVERY",
    "SENIOR_ANSWERS_WITHIN",
    "Alert",
    "AlertQuerySet",
    "Screening",
    "ScreeningQuerySet",
]
