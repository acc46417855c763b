"""What members choose about how the wall looks and when it writes; imports nothing of ours."""

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


class Work(models.TextChoices):
    """What somebody can be appointed as."""

    GUIDE = "guide", "Wall guide"
    SENIOR = "senior", "Senior wall guide"
    LEAD = "lead", "Commissioning lead"
    ADMIN = "admin", "Administrator"
