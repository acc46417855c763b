"""Who pays, for where, and the ways in that they give people."""

from commissioning.models.places import (
    TWENTY_YEARS,
    Commissioner,
    Locality,
    LocalityQuerySet,
    Signpost,
    validate_time_zone,
)
from commissioning.models.ways_in import (
    OLDEST,
    YOUNGEST,
    Campaign,
    SignOnProvider,
    Uptake,
    WayIn,
    WayInQuerySet,
)

__all__ = [
    "OLDEST",
    "TWENTY_YEARS",
    "YOUNGEST",
    "Campaign",
    "Commissioner",
    "Locality",
    "LocalityQuerySet",
    "SignOnProvider",
    "Signpost",
    "Uptake",
    "WayIn",
    "WayInQuerySet",
    "validate_time_zone",
]
