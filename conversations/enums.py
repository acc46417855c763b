from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """How a conversation stands. It is never gone: writing opens it again."""

    OPEN = "open", "Under way"
    RESTING = "resting", "Resting"
    CLOSED = "closed", "Closed"


class Said(models.TextChoices):
    """What the house itself says in a conversation, to the member and the guide alike."""

    STILL_HERE = "still_here", _("Take your time. We are still here, and nothing is lost.")
    RESTS = "rests", _(
        "We let this rest for now. Write whenever you want to: a guide reads it."
    )  # fmt: skip
    HANDED_OVER = "handed_over", _(
        "%(guide)s hands over to another guide. You need not say it all again."
    )  # fmt: skip
    EXTENDED = "extended", _("There are 15 more minutes for this.")
    CLOSED = "closed", _(
        "This conversation has ended for today. Thank you for talking with us. "
        "You can write here again at any time, and it opens again."
    )  # fmt: skip


class Outcome(models.TextChoices):
    """What came of a conversation, in the words of the guide who closed it."""

    LIGHTER = "lighter", "They said that it helped, or that it is lighter now"
    NEXT_STEP = "next_step", "A next step was agreed"
    SIGNPOSTED = "signposted", "Shown where else to find help"
    FOLLOWED = "followed", "Followed as a case"
    SILENT = "silent", "They stopped writing before a goodbye"
    OTHER = "other", "Something else; the note says what"


class NoteAbout(models.TextChoices):
    """When a guide left a note for the next."""

    HAND_OVER = "hand_over", "Handed over"
    CLOSING = "closing", "Closed"


class Situation(models.TextChoices):
    """When a template's words are of use."""

    OPENING = "opening", "Opening"
    LISTENING = "listening", "Listening"
    WORRIED = "worried", "When you worry"
    SIGNPOST = "signpost", "Showing where to find help"
    TIME = "time", "When time is short"
    GOODBYE = "goodbye", "Goodbye"
