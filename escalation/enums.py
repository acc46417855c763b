from django.db import models
from django.utils.translation import gettext_lazy as _


class When(models.TextChoices):
    """At which hours of the week a protocol step is the one to take."""

    ANY_TIME = "any_time", "At any time"
    IN_HOURS = "in_hours", "In hours"
    OUT_OF_HOURS = "out_of_hours", "Out of hours"
    AT_THESE_HOURS = "at_these_hours", "At hours of its own"


class StepOutcome(models.TextChoices):
    DONE = "done", "Done"
    REACHED = "reached", "Reached the contact"
    NO_ANSWER = "no_answer", "No answer"
    NOT_NEEDED = "not_needed", "Not needed, for the reason noted"


class CaseOutcome(models.TextChoices):
    SAFE_NOW = "safe_now", "Safe for now; plan agreed with the member"
    HANDED_OVER = "handed_over", "Handed over to a local service"
    EMERGENCY_SERVICES = "emergency_services", "Emergency services took over"
    NO_FURTHER_RISK = "no_further_risk", "No further risk found"
    LOST_CONTACT = "lost_contact", "Contact lost; protocol exhausted"


class Why(models.TextChoices):
    """Why a wall guide looks at who somebody is, in words that the member will read."""

    SAFE = "safe", _("To make sure that you were safe")
    NEARBY = "nearby", _("To ask someone near you to check on you")
    NO_ANSWER = "no_answer", _("To reach you, when you did not answer")
    CHOSEN_PERSON = "chosen_person", _("To call the person you chose for an emergency")
