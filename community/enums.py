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


class Warmth(models.TextChoices):
    """What can be said to somebody in one tap. Real words, and nobody counts them."""

    HEAR_YOU = "hear_you", _("I hear you")
    ME_TOO = "me_too", _("Me too")
    SENDING_STRENGTH = "sending_strength", _("Sending strength")
