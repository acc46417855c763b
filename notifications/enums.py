"""What members are told of. The words say that something is there, and never what it says."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """One thing to be told of; its label is the whole line in a member's own list."""

    REPLY = "reply", _("Somebody has replied to you.")
    QUOTED = "quoted", _("Somebody has answered your words.")
    GUIDE_REPLY = "guide_reply", _("A wall guide has replied to you.")
    SUPPORT = "support", _("Somebody has sent you a kind word.")
    INVITED_TO_HELP = "invited_to_help", _("Somebody is waiting for a first reply.")
    GROUP_INVITATION = "group_invitation", _("You are asked into a group.")
    REPORT_OUTCOME = "report_outcome", _("We have looked at what you reported.")
    DECISION = "decision", _("A wall guide has done something about your words.")
    APPEAL_ANSWERED = "appeal_answered", _("You asked us to look again. We have.")
    CONVERSATION = "conversation", _("A wall guide has written to you.")
    LOAD_CHECK = "load_check", _("A wall guide has a question for you.")

    @property
    def part(self) -> "Part | None":
        """What a member ticks or unticks to have this on their phone; None: never there."""
        return _PARTS.get(self)

    @property
    def goes_by_letter(self) -> bool:
        """Whether a letter may follow where it stays unread."""
        return self in _BY_LETTER


class Part(models.TextChoices):
    """The kinds as members choose among them, by the name of their preference."""

    REPLIES = "push_replies", _("Somebody has replied to me")
    HELP = "push_help", _("Somebody is waiting for a first reply")
    GUIDES = "push_guides", _("A wall guide has something for me")


_PARTS = {
    Kind.REPLY: Part.REPLIES,
    Kind.QUOTED: Part.REPLIES,
    Kind.GUIDE_REPLY: Part.REPLIES,
    Kind.INVITED_TO_HELP: Part.HELP,
    Kind.GROUP_INVITATION: Part.GUIDES,
    Kind.REPORT_OUTCOME: Part.GUIDES,
    Kind.DECISION: Part.GUIDES,
    Kind.APPEAL_ANSWERED: Part.GUIDES,
    Kind.CONVERSATION: Part.GUIDES,
}
# A kind word can wait for the next visit; a call for help is stale by the time of a letter.
_BY_LETTER = {
    Kind.REPLY,
    Kind.QUOTED,
    Kind.GUIDE_REPLY,
    Kind.GROUP_INVITATION,
    Kind.REPORT_OUTCOME,
    Kind.DECISION,
    Kind.APPEAL_ANSWERED,
    Kind.CONVERSATION,
}
