from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    def severity(self) -> "Severity":
        return _SEVERITY[self]


class Severity(models.IntegerChoices):
    """How soon a wall guide should read a report. It says nothing about who wrote."""

    IN_TURN = 0, "In its turn"
    TODAY = 1, "Within hours"
    SOON = 2, "Within the hour"
    NOW = 3, "Within a quarter of an hour"

    @property
    def read_within(self) -> timedelta:
        return _READ_WITHIN[self]


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
_READ_WITHIN = {
    Severity.IN_TURN: timedelta(hours=24),
    Severity.TODAY: timedelta(hours=4),
    Severity.SOON: timedelta(hours=1),
    Severity.NOW: timedelta(minutes=15),
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


class RiskClass(models.TextChoices):
    """What a commissioner decides about: how the screening read a piece of writing."""

    METHOD_DETAIL = "method_detail", "A method is asked for or offered"
    CONTACT_DETAILS = "contact_details", "Contact or identifying details"
    CRISIS = "crisis", "Crisis: a guide reads within 5 minutes"
    RED = "red", "Red: a guide reads within a quarter of an hour"
    HOSTILITY = "hostility", "Hostility and bullying"
    AMBER = "amber", "Amber: a guide reads within hours"


class Treatment(models.TextChoices):
    """What becomes of writing of a class, until a guide has looked."""

    PUBLISH = "publish", "Stays on the wall at once"
    FOLD = "fold", "Folded under a note until a guide has looked"
    HOLD = "hold", "Held back until a guide has read it"
