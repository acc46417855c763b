from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Max, Q

from accounts.models import User
from risk.enums import Category, TermAct, TermKind, TermState, Urgency

REASON_AT_MOST = 500
_ENDED = (TermState.REFUSED, TermState.WITHDRAWN)


class TermChangeQuerySet(models.QuerySet["TermChange"]):
    def in_force(self) -> TermChangeQuerySet:
        """Every change that has taken force, also those that a later one has replaced."""
        return self.filter(state=TermState.IN_FORCE)

    def waiting(self) -> TermChangeQuerySet:
        return self.filter(state=TermState.PROPOSED)

    def of_term(self, term: str) -> TermChangeQuerySet:
        """Every version of one term, newest first."""
        return self.filter(term=term).order_by("-number")

    def newest_of_each(self) -> TermChangeQuerySet:
        """Of each term what is in force now."""
        return self.in_force().order_by("term", "-force_order").distinct("term")

    def mark(self) -> int:
        """
        What tells one state of all terms from every other: 0 where nothing was ever changed.

        It is the number of the change that took force last. A worker asks this of every batch.
        """
        in_force = self.in_force().order_by("-force_order").values_list("pk", flat=True)
        return in_force.first() or 0

    def next_force_order(self) -> int:
        return int(self.aggregate(last=Max("force_order"))["last"] or 0) + 1


class TermChange(models.Model):
    """
    One version of one term of the operator's own word list, laid over the shipped one.

    Nothing is edited: who wants something else proposes the next version. What has taken
    force never changes, and no row ever goes; the database refuses both (a trigger, see 0003).
    """

    term = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=TermAct)
    # The whole entry, in the shape of the shipped files; of a retired term what it said last.
    entry = models.JSONField()
    reason = models.CharField(max_length=REASON_AT_MOST)

    kind = models.CharField(max_length=15, choices=TermKind)
    # In words, what makes it a weakening; empty for a strengthening.
    kind_because = models.JSONField(default=list)
    asks_for_crisis = models.BooleanField(default=False)
    # The version of this term that the proposer saw in force; 0 is the shipped one, or none.
    based_on = models.PositiveIntegerField()

    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_by_senior = models.BooleanField()
    proposed_at = models.DateTimeField()
    # Counts of the dry run that the proposer saw; never a text.
    dry_run = models.JSONField(null=True, blank=True)
    # What the check of the texts that must be caught found.
    gate = models.JSONField()

    state = models.CharField(max_length=10, choices=TermState, default=TermState.PROPOSED)
    signed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_by_senior = models.BooleanField(default=False)
    signed_at = models.DateTimeField(null=True, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)
    # In which order changes took force: two clocks may disagree, this number cannot.
    force_order = models.PositiveIntegerField(null=True, blank=True, unique=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=REASON_AT_MOST, blank=True)

    objects = TermChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[Any] = [
            models.UniqueConstraint(fields=["term", "number"], name="one_change_of_a_number"),
            models.UniqueConstraint(
                fields=["term"],
                condition=Q(state=TermState.PROPOSED),
                name="one_waiting_change_of_a_term",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=F("proposed_by")),
                name="a_term_is_not_signed_by_its_proposer",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None, signed_at=None, signed_by_senior=False)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="a_term_is_signed_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=TermState.IN_FORCE, in_force_at__isnull=False, force_order__isnull=False
                )
                | (
                    ~Q(state=TermState.IN_FORCE)
                    & Q(in_force_at=None, force_order=None, signed_by=None)
                ),
                name="a_term_is_in_force_since_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_ENDED, ended_by__isnull=False, ended_at__isnull=False)
                | (~Q(state__in=_ENDED) & Q(ended_by=None, ended_at=None, ended_because="")),
                name="a_term_change_ended_at_with_by",
            ),
            # Two people, one of them a clinician, and both had seen what would change.
            models.CheckConstraint(
                condition=~Q(state=TermState.IN_FORCE, kind=TermKind.WEAKENING)
                | (
                    Q(signed_by__isnull=False, dry_run__isnull=False)
                    & (Q(proposed_by_senior=True) | Q(signed_by_senior=True))
                ),
                name="weakening_a_term_takes_two",
            ),
            models.CheckConstraint(
                condition=~Q(state=TermState.IN_FORCE, asks_for_crisis=True)
                | Q(proposed_by_senior=True)
                | Q(signed_by_senior=True),
                name="a_crisis_term_takes_a_senior",
            ),
            models.CheckConstraint(
                condition=~Q(state=TermState.IN_FORCE) | Q(gate__passed=True),
                name="no_term_takes_force_past_the_gate",
            ),
        ]

    class Privacy:
        operational = (
            "id", "term", "number", "act", "entry", "reason", "kind", "kind_because",
            "asks_for_crisis", "based_on", "proposed_by", "proposed_by_senior", "proposed_at",
            "dry_run", "gate", "state", "signed_by", "signed_by_senior", "signed_at",
            "in_force_at", "force_order", "ended_by", "ended_at", "ended_because",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.term}, version {self.number}"

    @property
    def is_waiting(self) -> bool:
        return self.state == TermState.PROPOSED

    @property
    def is_in_force(self) -> bool:
        return self.state == TermState.IN_FORCE

    @property
    def is_weakening(self) -> bool:
        return self.kind == TermKind.WEAKENING

    @property
    def needs_a_senior(self) -> bool:
        """Whether no clinician stands behind it yet and one must."""
        return (self.is_weakening or self.asks_for_crisis) and not self.proposed_by_senior

    @property
    def category_label(self) -> str:
        slug = self.entry.get("category")
        return str(Category(slug).label) if slug else "None: explains other terms"

    @property
    def level(self) -> Urgency:
        return Urgency[str(self.entry["level"]).upper()]


class TermTroubleQuerySet(models.QuerySet["TermTrouble"]):
    def current(self) -> TermTroubleQuerySet:
        """The trouble with the terms as they are now, if there is any."""
        in_force = TermChange.objects.in_force().order_by("-force_order").values("pk")
        return self.filter(mark=models.Subquery(in_force[:1]))


class TermTrouble(models.Model):
    """
    A worker could not use the operator's own terms as they stand, and reads without them.

    `mark` is `TermChangeQuerySet.mark` of that state; the row says nothing about any other.
    """

    mark = models.BigIntegerField(unique=True)
    noticed_at = models.DateTimeField()
    # The name of what was raised, and nothing of what it said.
    error = models.CharField(max_length=60)

    objects = TermTroubleQuerySet.as_manager()

    class Privacy:
        operational = ("id", "mark", "noticed_at", "error")

    def __str__(self) -> str:
        return f"Terms at {self.mark}: {self.error}"
