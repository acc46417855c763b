from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import CommissioningLead, Member, User, WallGuide
from commissioning.models import Commissioner, Locality
from escalation.enums import CaseOutcome, StepOutcome, When
from escalation.hours import WeekHours, validate_hours
from risk.models import Alert


class AgreedNeverChanges(Exception):
    """Something tried to change an agreed version of a protocol, which cases may pin."""


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def for_lead(self, lead: CommissioningLead) -> ProtocolQuerySet:
        """What a commissioner's lead may read: their own, once the operator has agreed to it."""
        return self.filter(commissioner=lead.commissioner_id, operator_agreed_at__isnull=False)

    def of_place(
        self, commissioner: Commissioner | None, locality: Locality | None
    ) -> ProtocolQuerySet:
        """Every version for exactly this place, newest first."""
        return self.filter(commissioner=commissioner, locality=locality).order_by("-version")

    def agreed(self) -> ProtocolQuerySet:
        return self.filter(agreed_at__isnull=False)

    def drafts(self) -> ProtocolQuerySet:
        return self.filter(agreed_at=None)

    def in_force_for(self, locality: Locality) -> Protocol | None:
        """
        The newest agreed version for a locality.

        Falls back to its commissioner's protocol for every locality, and then to the
        operator's own, so that a guide is never without steps to take.
        """
        return (
            self.agreed()
            .filter(
                Q(commissioner=locality.commissioner_id, locality=locality)
                | Q(commissioner=locality.commissioner_id, locality=None)
                | Q(commissioner=None, locality=None)
            )
            .order_by(
                models.F("locality").asc(nulls_last=True),
                models.F("commissioner").asc(nulls_last=True),
                "-version",
            )
            .first()
        )


class Protocol(models.Model):
    """
    What is done, by whom and how soon, when a member of a locality may be at risk.

    A draft is edited freely. Once the operator and the commissioner have both agreed,
    `agreed_at` is set and the version never changes again: cases pin it.
    """

    commissioner = models.ForeignKey(
        Commissioner, on_delete=models.PROTECT, null=True, blank=True, related_name="protocols"
    )
    locality = models.ForeignKey(
        Locality, on_delete=models.PROTECT, null=True, blank=True, related_name="protocols"
    )
    version = models.PositiveIntegerField()
    # How a member reads it: what this protocol is for, in plain words.
    introduction = models.TextField(max_length=1000)
    office_hours = models.CharField(max_length=200, validators=[validate_hours])
    created_at = models.DateTimeField()

    operator_agreed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    operator_agreed_at = models.DateTimeField(null=True, blank=True)
    commissioner_agreed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    commissioner_agreed_at = models.DateTimeField(null=True, blank=True)
    # When both had agreed: from then on it is in force, until a newer version is.
    agreed_at = models.DateTimeField(null=True, blank=True)

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[Any] = ["commissioner", "locality", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["commissioner", "locality", "version"],
                name="one_protocol_of_a_version",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(operator_agreed_by__isnull=True, operator_agreed_at__isnull=True)
                | Q(operator_agreed_by__isnull=False, operator_agreed_at__isnull=False),
                name="protocol_operator_agreed_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(
                    commissioner_agreed_by__isnull=True, commissioner_agreed_at__isnull=True
                )
                | Q(commissioner_agreed_by__isnull=False, commissioner_agreed_at__isnull=False),
                name="protocol_commissioner_agreed_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True)
                | Q(operator_agreed_at__isnull=False)
                & (Q(commissioner_agreed_at__isnull=False) | Q(commissioner__isnull=True)),
                name="protocol_in_force_only_when_both_agreed",
            ),
        ]

    class Privacy:
        operational = (
            "id", "commissioner", "locality", "version", "introduction", "office_hours",
            "created_at", "operator_agreed_by", "operator_agreed_at", "commissioner_agreed_by",
            "commissioner_agreed_at", "agreed_at",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.place}, version {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """:raises AgreedNeverChanges: if this version was agreed before"""
        refuse_if_agreed(self.pk)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """:raises AgreedNeverChanges: if this version was agreed"""
        refuse_if_agreed(self.pk)
        return super().delete(*args, **kwargs)

    @property
    def place(self) -> str:
        if self.locality is not None:
            return f"{self.locality.commissioner.name}, {self.locality.name}"
        if self.commissioner is not None:
            return f"{self.commissioner.name}, every locality"
        return "Everywhere without a protocol of its own"

    @property
    def is_agreed(self) -> bool:
        return self.agreed_at is not None

    @property
    def is_offered(self) -> bool:
        """The operator has agreed; the commissioner's answer is awaited. Not editable."""
        return self.operator_agreed_at is not None and self.agreed_at is None

    def steps_at(self, moment: datetime, *, locality: Locality) -> list[ProtocolStep]:
        """The steps to take if one were needed at ``moment``, on the locality's clocks."""
        local = moment.astimezone(locality.zone)
        in_hours = WeekHours.parse(self.office_hours).include(local)
        return [step for step in self.steps.all() if step.applies(local, in_hours=in_hours)]


def refuse_if_agreed(protocol_pk: int | None) -> None:
    """:raises AgreedNeverChanges: if this version is agreed, whatever the object at hand says"""
    if protocol_pk is not None and Protocol.objects.agreed().filter(pk=protocol_pk).exists():
        raise AgreedNeverChanges(f"Protocol {protocol_pk} is agreed. Start a new version instead.")


class ProtocolStep(models.Model):
    """One thing to do, with whom to do it and how long until the next."""

    # A draft's steps go with the draft; an agreed protocol is never deleted.
    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    when = models.CharField(max_length=20, choices=When, default=When.ANY_TIME)
    hours = models.CharField(max_length=200, blank=True, validators=[validate_hours])
    contact = models.CharField(max_length=120)
    contact_details = models.CharField(max_length=200, blank=True)
    action = models.TextField(max_length=600)
    # The same step, as it is told to the member whom it is about.
    plain_words = models.TextField(max_length=400)
    minutes_to_next = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    class Meta:
        ordering: ClassVar[Any] = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "position"], name="one_step_at_a_position"),
            models.CheckConstraint(
                condition=~Q(when=When.AT_THESE_HOURS) | ~Q(hours=""),
                name="a_step_with_hours_of_its_own_names_them",
            ),
        ]

    class Privacy:
        operational = (
            "id", "protocol", "position", "when", "hours", "contact", "contact_details", "action",
            "plain_words", "minutes_to_next",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"Step {self.position}: {self.contact}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """:raises AgreedNeverChanges: if the step is one of an agreed version"""
        refuse_if_agreed(self.protocol_id)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """:raises AgreedNeverChanges: if the step is one of an agreed version"""
        refuse_if_agreed(self.protocol_id)
        return super().delete(*args, **kwargs)

    def applies(self, local: datetime, *, in_hours: bool) -> bool:
        match self.when:
            case When.IN_HOURS:
                return in_hours
            case When.OUT_OF_HOURS:
                return not in_hours
            case When.AT_THESE_HOURS:
                return WeekHours.parse(self.hours).include(local)
        return True

    @property
    def time_to_next(self) -> timedelta:
        return timedelta(minutes=self.minutes_to_next)

    @property
    def time_to_next_in_words(self) -> str:
        """Such as ``10 minutes`` or ``1 hour and 30 minutes``."""
        hours, minutes = divmod(self.minutes_to_next, 60)
        in_hours = ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
        in_minutes = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
        if hours and minutes:
            return _("%(hours)s and %(minutes)s") % {"hours": in_hours, "minutes": in_minutes}
        return in_hours if hours else in_minutes

    @property
    def hours_in_words(self) -> str:
        """Such as ``Saturday, 10:00 to 12:00``; nothing where the step names no hours."""
        return WeekHours.parse(self.hours).in_words()


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> CaseQuerySet:
        return self.filter(closed_at=None)

    def for_guide(self, guide: WallGuide) -> CaseQuerySet:
        return self.filter(locality__in=guide.covers.all())

    def late(self, *, now: datetime) -> CaseQuerySet:
        return self.open().filter(step_due_at__lte=now)

    def passed_up(self) -> CaseQuerySet:
        """Late, and no person has said since that they have it."""
        return self.open().filter(passed_up_at__isnull=False, acknowledged_at=None)

    def most_pressing_first(self) -> CaseQuerySet:
        return self.order_by("step_due_at", "pk")


class Case(models.Model):
    """A risk episode, followed step by step as the commissioner's protocol says."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="cases")
    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="cases")
    # Pinned: a later version changes nothing about a case that is running (F37).
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="cases")
    alerts = models.ManyToManyField(Alert, related_name="cases")
    opened_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    step_due_at = models.DateTimeField(null=True)
    # Set when a step was late; cleared of its urgency only by a person's acknowledgement.
    passed_up_at = models.DateTimeField(null=True, blank=True)
    passed_up_times = models.PositiveIntegerField(default=0)
    acknowledged_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    closed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=CaseOutcome, blank=True)
    closing_note = models.TextField(blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(closed_at__isnull=True),
                name="one_open_case_per_member",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False) | Q(step_due_at__isnull=False),
                name="an_open_case_has_a_step_due",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome=""),
                name="a_closed_case_has_an_outcome_and_a_person",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True, acknowledged_at__isnull=True)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="case_acknowledged_at_with_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["step_due_at"], condition=Q(closed_at__isnull=True), name="case_step_due"
            ),
        ]

    class Privacy:
        clinical = ("outcome", "closing_note", "alerts")
        operational = (
            "id", "member", "locality", "protocol", "opened_by", "opened_at", "version",
            "step_due_at", "passed_up_at", "passed_up_times", "acknowledged_by",
            "acknowledged_at", "closed_by", "closed_at",
        )  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_passed_up(self) -> bool:
        return self.is_open and self.passed_up_at is not None and self.acknowledged_at is None


class CaseStep(models.Model):
    """A step of the protocol as it went in one case: who, when, and what came of it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    step = models.ForeignKey(ProtocolStep, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # When it was found late and the case moved up to the seniors.
    late_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=StepOutcome, blank=True)
    note = models.TextField(blank=True, max_length=4000)

    class Meta:
        ordering: ClassVar[Any] = ["started_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True, outcome="")
                | Q(done_at__isnull=False, done_by__isnull=False) & ~Q(outcome=""),
                name="case_step_done_at_with_by_and_outcome",
            ),
        ]

    class Privacy:
        clinical = ("outcome", "note")
        operational = (
            "id", "case", "step", "started_at", "due_at", "late_at", "done_by", "done_at",
        )  # fmt: skip


class Heartbeat(models.Model):
    """When a part of the house last said that it is alive."""

    name = models.CharField(max_length=30, primary_key=True)
    at = models.DateTimeField()

    class Privacy:
        operational = ("name", "at")
