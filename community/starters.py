"""First words for whoever does not know how to begin."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What the button says, and what it puts in the box.
STARTERS: dict[str, tuple[Promise, Promise]] = {
    "now": (_("Right now I feel …"), _("Right now I feel ")),
    "mind": (_("I keep thinking about …"), _("I keep thinking about ")),
    "helped": (_("Something that helped …"), _("Something that helped a little today: ")),
}


def first_words(starter: str) -> str:
    """What the box begins with; nothing for a starter that there is not."""
    return str(STARTERS[starter][1]) if starter in STARTERS else ""
