from datetime import timedelta

from django.db import models


class Urgency(models.IntegerChoices):
    """How soon a person should read. It says nothing about who wrote it."""

    GREEN = 0, "Green"
    AMBER = 1, "Amber"
    RED = 2, "Red"
    CRISIS = 3, "Crisis"

    @property
    def read_within(self) -> timedelta:
        """How long an alert may wait for a person: risk.md, section 4, "Thresholds"."""
        return _READ_WITHIN[self]

    @property
    def slug(self) -> str:
        return self.name.lower()


_READ_WITHIN = {
    Urgency.GREEN: timedelta(hours=24),
    Urgency.AMBER: timedelta(hours=4),
    Urgency.RED: timedelta(minutes=15),
    Urgency.CRISIS: timedelta(minutes=5),
}


class Category(models.TextChoices):
    SUICIDE = "suicide", "Suicide"
    SELF_HARM = "self_harm", "Self-harm"
    HARM_TO_OTHERS = "harm_to_others", "Harm to others"
    ABUSE_SAFEGUARDING = "abuse_safeguarding", "Abuse and safeguarding"
    EATING_DISORDER = "eating_disorder", "Eating disorder"
    SUBSTANCE = "substance", "Alcohol and drugs"
    HOSTILITY_BULLYING = "hostility_bullying", "Hostility and bullying"
    IDENTIFYING_INFO = "identifying_info", "Identifying details"
    CONTACT_MEETING = "contact_meeting", "Contact or meeting"
    UNHEALTHY_COPING = "unhealthy_coping", "Unhealthy coping"


class ScreeningState(models.TextChoices):
    PENDING = "pending", "Waiting to be screened"
    SCREENED = "screened", "Screened"
    LEFT_TO_A_PERSON = "left_to_a_person", "Left to a person"


class AlertReason(models.TextChoices):
    RISK_TERMS = "risk_terms", "The words worried the screening"
    UNREAD_BY_MACHINE = "unread_by_machine", "The screening could not read this"
    RAISED_BY_GUIDE = "raised_by_guide", "A wall guide says it needed reading sooner"
    REPORTED = "reported", "A member says that a life may be in danger"


class AlertOutcome(models.TextChoices):
    """What came of an alert, chosen by the person who closed it."""

    REPLIED = "replied", "Replied on the wall"
    WATCHING = "watching", "Read; no reply needed now"
    NOT_A_WORRY = "not_a_worry", "Read; nothing to worry about"
    CONTENT_HIDDEN = "content_hidden", "Hidden from the wall"
    CASE_OPENED = "case_opened", "A case was opened"
    CANARY = "canary", "Our own test post, seen to arrive"


class TermAct(models.TextChoices):
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    RETIRED = "retired", "Retired"


class TermKind(models.TextChoices):
    """What a change can do to the reading. Code decides it, never the form."""

    STRENGTHENING = "strengthening", "Strengthens"
    WEAKENING = "weakening", "Weakens"


class TermState(models.TextChoices):
    PROPOSED = "proposed", "Waits for a signature"
    IN_FORCE = "in_force", "In force"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class LabelSource(models.TextChoices):
    """Where a person was asked how soon a text should have been read."""

    CLOSED_ALERT = "closed_alert", "An alert was closed"
    GUIDE_MISS = "guide_miss", "A guide found what the screening missed"
    AUDIT_RANDOM = "audit_random", "A blind reading, drawn at random"
    AUDIT_NEAR_THRESHOLD = "audit_near_threshold", "A blind reading, drawn near the threshold"


class Helped(models.TextChoices):
    """Whether what the screening showed helped the person who read."""

    HELPED = "helped", "It helped"
    MISLED = "misled", "It misled me"
    NEITHER = "neither", "Neither"
    UNSAID = "unsaid", "Not said"


class Stratum(models.TextChoices):
    """By which draw a text came into the audit sample."""

    RANDOM = "random", "At random"
    NEAR_THRESHOLD = "near_threshold", "Near the threshold"


class ReleaseState(models.TextChoices):
    """What a trained model is to the house. At most one is the champion."""

    CHALLENGER = "challenger", "Challenger: reads in the shadow"
    CHAMPION = "champion", "Champion: reads for the desk"
    RETIRED = "retired", "Retired"
    REFUSED = "refused", "Refused"
