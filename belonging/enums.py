from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why somebody leaves, if they want to say."""

    BETTER = "better", _("I feel better now")
    NOT_FOR_ME = "not_for_me", _("It was not for me")
    TOO_MUCH = "too_much", _("Reading here was too much")
    NOT_SAFE = "not_safe", _("I did not feel safe here")
    OTHER_HELP = "other_help", _("I have found other help")
    SOMETHING_ELSE = "something_else", _("Something else")
