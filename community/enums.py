from django.db import models
from django.utils.translation import gettext_lazy as _

from community.desk_enums import Severity


class ContentNote(models.TextChoices):
    """What a piece of writing is about, said plainly before it is opened."""

    SUICIDE = "suicide", _("Suicidal thoughts")
    SELF_HARM = "self_harm", _("Self-harm")
    ABUSE = "abuse", _("Abuse")
    VIOLENCE = "violence", _("Violence")
    EATING = "eating", _("Eating and weight")
    ALCOHOL_DRUGS = "alcohol_drugs", _("Alcohol or drugs")
    DEATH = "death", _("Death and loss")
    SEX = "sex", _("Sex")
    OTHER = "other", _("Something heavy")


class HeldBecause(models.TextChoices):
    """Why a piece of writing waits for a guide before others read it."""

    CONTACT_DETAILS = "contact_details", _("Contact details")
    METHOD_DETAIL = "method_detail", _("Detail of a method")
    POLICY = "policy", _("Words like these are read first here")
    THREAD_ON_HOLD = "thread_on_hold", _("The thread is on hold")


class ReportReason(models.TextChoices):
    """What a member says is wrong with a piece of writing, in their own everyday words."""

    DANGER = "danger", _("Someone’s life may be in danger")
    HOW_TO_HURT = "how_to_hurt", _("It says how a person could be hurt")
    SEXUAL = "sexual", _("It is sexual, or asks for that")
    UNKIND = "unkind", _("It is unkind, or picks on someone")
    WHO_THEY_ARE = "who_they_are", _("It shows who someone is")
    MEETING = "meeting", _("It asks to meet, to pay, or to talk elsewhere")
    BAD_ADVICE = "bad_advice", _("Its advice could do harm")
    SELLING = "selling", _("It sells something")
    OTHER = "other", _("Something else")

    @property
    def severity(self) -> Severity:
        return _SEVERITY[self]


_SEVERITY = {
    ReportReason.DANGER: Severity.NOW,
    ReportReason.HOW_TO_HURT: Severity.SOON,
    ReportReason.SEXUAL: Severity.SOON,
    ReportReason.UNKIND: Severity.TODAY,
    ReportReason.WHO_THEY_ARE: Severity.TODAY,
    ReportReason.MEETING: Severity.TODAY,
    ReportReason.BAD_ADVICE: Severity.TODAY,
    ReportReason.SELLING: Severity.IN_TURN,
    ReportReason.OTHER: Severity.IN_TURN,
}


class MatterOutcome(models.TextChoices):
    """What came of a report, as whoever reported it reads it."""

    TAKEN_OFF = "taken_off", _("We read it and took it off the wall.")
    FOLDED = "folded", _("We read it and put a note on it, so that people can choose.")
    CHANGED = "changed", _("We read it and took a part of it out.")
    SPOKEN = "spoken", _("We read it and spoke with who wrote it.")
    CARED_FOR = "cared_for", _("We read it, and a wall guide is looking after it.")
    LEFT = "left", _("We read it and left it.")


class ActKind(models.TextChoices):
    """What a wall guide did about somebody's words, as the one who wrote them reads it."""

    HIDE = "hide", _("Taken off the wall")
    RESTORE = "restore", _("Put back on the wall")
    FOLD = "fold", _("A note was put on it")
    UNFOLD = "unfold", _("The note was taken off")
    TAKE_OUT = "take_out", _("A part was taken out")
    PUT_BACK = "put_back", _("The part was put back")
    KEEP_HELD = "keep_held", _("Kept off the wall")
    RELEASE = "release", _("Let onto the wall")
    WORD = "word", _("A word from a wall guide")
    STRIKE = "strike", _("A strike")
    STRIKE_OFF = "strike_off", _("A strike was taken back")
    PAUSE = "pause", _("A pause")
    LIFT = "lift", _("The pause has ended")


# What weighs on a member: each needs a rule and a reason, and can be looked at again.
GRAVE_ACTS = (
    ActKind.HIDE, ActKind.FOLD, ActKind.TAKE_OUT, ActKind.KEEP_HELD, ActKind.STRIKE, ActKind.PAUSE,
)  # fmt: skip


class TakenOut(models.TextChoices):
    """What a guide took out of somebody's words. Others read this in its place."""

    PHONE = "phone", _("A wall guide took out a phone number.")
    EMAIL = "email", _("A wall guide took out an e-mail address.")
    NAME = "name", _("A wall guide took out a name.")
    PLACE = "place", _("A wall guide took out a place.")
    SCHOOL_OR_WORK = "school_or_work", _("A wall guide took out a school or a workplace.")
    LINK = "link", _("A wall guide took out a link.")
    HOW_TO_HURT = "how_to_hurt", _("A wall guide took out how a person could be hurt.")
    OTHER = "other", _("A wall guide took out a detail.")


class CoolingKind(models.TextChoices):
    """What a wall guide does to a thread so that everybody can breathe."""

    SLOW = "slow", "Slow: one answer a member in some minutes"
    HOLD = "hold", "Hold: a guide reads what is new first"


class CarryingSign(models.TextChoices):
    """What was seen of how somebody answers others. It says how they write, not how they are."""

    MANY = "many", _("Wrote very many answers in a week")
    AT_NIGHT = "at_night", _("Wrote many answers at night, several nights of a week")
    LONG_DAYS = "long_days", _("Wrote answers across 16 hours or more on several days of a week")
    TO_ONE = "to_one", _("Writes nearly all their answers to one person")
    FROM_ONE = "from_one", _("Gives one person nearly all the answers that person gets")


class LoadAnswer(models.TextChoices):
    """What somebody said who was asked how it is for them."""

    FINE = "fine", _("It is fine")
    BREAK = "break", _("I would like a break")
    HANDED_OVER = "handed_over", _("I have handed something over")


class PeerAct(models.TextChoices):
    """What a guide did about somebody who carries a lot."""

    SPOKE = "spoke", _("Spoke with them")
    WATCHING = "watching", _("Watching")
    NOTHING = "nothing", _("Nothing needed")


class Warmth(models.TextChoices):
    """What can be said to somebody in one tap. Real words, and nobody counts them."""

    HEAR_YOU = "hear_you", _("I hear you")
    ME_TOO = "me_too", _("Me too")
    SENDING_STRENGTH = "sending_strength", _("Sending strength")
