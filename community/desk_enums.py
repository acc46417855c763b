"""What guides, administrators and commissioners choose from; no member reads these words."""

from datetime import timedelta

from django.db import models


class Severity(models.IntegerChoices):
    """How soon a wall guide should read a report. It says nothing about who wrote."""

    IN_TURN = 0, "In its turn"
    TODAY = 1, "Within hours"
    SOON = 2, "Within the hour"
    NOW = 3, "Within a quarter of an hour"

    @property
    def read_within(self) -> timedelta:
        return _READ_WITHIN[self]

    @property
    def in_short(self) -> str:
        """For a row that is read at a glance."""
        hours = self.read_within.total_seconds() / 3600
        return f"{hours:.0f} h" if hours >= 1 else f"{hours * 60:.0f} min"


_READ_WITHIN = {
    Severity.IN_TURN: timedelta(hours=24),
    Severity.TODAY: timedelta(hours=4),
    Severity.SOON: timedelta(hours=1),
    Severity.NOW: timedelta(minutes=15),
}


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
