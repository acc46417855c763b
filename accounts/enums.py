"""What members choose and what brings them here; imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Theme(models.TextChoices):
    """How pages are coloured. Nothing chosen is as the phone or computer has it."""

    SYSTEM = "", _("As my phone or computer has it")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
    CALM = "calm", _("Calm: fewer colours, nothing moves")


class TextSize(models.TextChoices):
    USUAL = "", _("Usual")
    LARGE = "large", _("Larger")
    LARGEST = "largest", _("Largest")


class AppFace(models.TextChoices):
    """What the installed app is called on a phone: nothing that says what it is about."""

    WALL = "wall", _("Wall")
    NOTES = "notes", _("Notes")
    DAYS = "days", _("Days")


class Reason(models.TextChoices):
    """What brings people here, as the theory of change tells it, in the words they come with."""

    TALK = "talk", _("I want to say how I feel")
    LISTEN = "listen", _("I want to hear from people who have been there")
    LONELY = "lonely", _("I feel alone")
    RELATIONSHIPS = "relationships", _("Family, friends or a partner")
    STRESS = "stress", _("There is too much going on")
    WORK = "work", _("Study or work")
    MONEY = "money", _("Money")
    IDENTITY = "identity", _("Who I am")
    MIND = "mind", _("My mind makes days hard")
    BODY = "body", _("My body makes days hard")
    LOSS = "loss", _("I miss someone, or something")
    WAYS = "ways", _("I want to find ways to cope")
    WAITING = "waiting", _("I need something while I wait for help")
    GIVE = "give", _("I want to be there for others")
    LOOK = "look", _("I am just looking")


class HouseRule(models.TextChoices):
    """
    What members agree to. A wall guide's act names the rule it rests on, by this word.

    The words are part of the consent: see `accounts.consent` before changing one.
    """

    KIND = "kind", _("Be kind, most of all when you do not agree.")
    UNKNOWN = "unknown", _("Stay unknown: share no real names, places, numbers or links.")
    NO_HARM = "no_harm", _("Say how you feel, and leave out how a person could be hurt.")
    STAYS_HERE = "stays_here", _("What you read here stays here.")
    NO_MEETING = "no_meeting", _("Do not ask anyone to meet, to pay, or to talk somewhere else.")
    CALL_FIRST = (
        "call_first",
        _("If you are in danger now, call for help first, as this wall can be too slow."),
    )


class Work(models.TextChoices):
    """What somebody can be appointed as."""

    GUIDE = "guide", "Wall guide"
    SENIOR = "senior", _("Senior wall guide")
    LEAD = "lead", "Commissioning lead"
    ADMIN = "admin", "Administrator"
