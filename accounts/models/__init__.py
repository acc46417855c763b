"""Who there is. A sign-in is a `User`; what a person may do hangs on who they are besides."""

from accounts.models.consent import ConsentGiven, ConsentTerms, TeachBackCount
from accounts.models.people import (
    ON_SHIFT_FOR,
    Administrator,
    CommissioningLead,
    Member,
    User,
    UserManager,
    WallGuide,
    WallGuideQuerySet,
    new_avatar_seed,
    new_public_id,
)
from accounts.models.preferences import (
    MUTED_WORD_MAX_LENGTH,
    MUTED_WORDS_AT_MOST,
    Preferences,
)
from accounts.models.sessions import Session
from accounts.models.staffing import Invitation, SecondFactorReset
from accounts.models.tallies import Tally

__all__ = [
    "MUTED_WORDS_AT_MOST",
    "MUTED_WORD_MAX_LENGTH",
    "ON_SHIFT_FOR",
    "Administrator",
    "CommissioningLead",
    "ConsentGiven",
    "ConsentTerms",
    "Invitation",
    "Member",
    "Preferences",
    "SecondFactorReset",
    "Session",
    "Tally",
    "TeachBackCount",
    "User",
    "UserManager",
    "WallGuide",
    "WallGuideQuerySet",
    "new_avatar_seed",
    "new_public_id",
]
