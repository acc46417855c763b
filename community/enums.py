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
