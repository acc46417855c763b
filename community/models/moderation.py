"""What members report, what wall guides decide about it, and how that is looked at again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Q

from accounts.enums import HouseRule
from accounts.models import Administrator, Member, WallGuide, new_public_id
from commissioning.models import Commissioner, Locality
from community.desk_enums import RiskClass, Severity, Treatment
from community.enums import ActKind, MatterOutcome, ReportReason, TakenOut
from community.models.writing import BODY_MAX_LENGTH, Post, Reply
from risk.models import Alert, Screening

# A guide who took a matter has it for so long after their last act on it.
MATTER_CLAIM_LASTS = timedelta(minutes=15)
# How long a second guide has to look at what the first decided.
APPEAL_ANSWERED_WITHIN = timedelta(hours=72)
REASON_MAX_LENGTH = 300
GUIDE_NOTE_MAX_LENGTH = 1000


def about_one_writing(name: str, *, or_none: bool = False) -> models.CheckConstraint:
    """A row about a post or a reply, never both; with ``or_none`` perhaps about neither."""
    one = Q(post__isnull=True) | Q(reply__isnull=True)
    if not or_none:
        one &= Q(post__isnull=False) | Q(reply__isnull=False)
    return models.CheckConstraint(condition=one, name=name)


class MatterQuerySet(models.QuerySet["Matter"]):
    def open(self) -> MatterQuerySet:
        return self.filter(closed_at=None)

    def unclaimed(self, *, now: datetime) -> MatterQuerySet:
        return self.filter(Q(claim_expires_at=None) | Q(claim_expires_at__lte=now))

    def for_guide(self, guide: WallGuide) -> MatterQuerySet:
        """
        What was reported from the localities this guide covers.

        What a guide wrote is a senior's to read, and never one's own.
        """
        covered = self.filter(locality__in=guide.covers.all())
        if guide.is_senior:
            return covered.exclude(reply__guide=guide)
        return covered.filter(Q(reply=None) | Q(reply__guide=None))

    def most_pressing_first(self) -> MatterQuerySet:
        return self.order_by("-severity", "due_at", "pk")


class Matter(models.Model):
    """
    What members have reported about one piece of writing: all their reports, and what came of it.

    There is one open matter a writing. It is never closed without an outcome and words for
    those who reported.
    """

    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="matters"
    )
    reply = models.ForeignKey(
        Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="matters"
    )
    # Whose words they are; nobody where a wall guide wrote them.
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="matters"
    )
    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField(choices=Severity)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # Grows with every change; a form that shows an older one is answered with 409.
    version = models.PositiveIntegerField(default=1)
    claimed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=MatterOutcome, blank=True)
    # What those who reported read. Never anything about who wrote it.
    words_for_reporters = models.TextField(max_length=GUIDE_NOTE_MAX_LENGTH, blank=True)

    objects = MatterQuerySet.as_manager()

    class Meta:
        constraints = [
            about_one_writing("a_matter_is_about_one_writing"),
            models.UniqueConstraint(
                fields=["post"],
                condition=Q(closed_at__isnull=True, post__isnull=False),
                name="one_open_matter_per_post",
            ),
            models.UniqueConstraint(
                fields=["reply"],
                condition=Q(closed_at__isnull=True, reply__isnull=False),
                name="one_open_matter_per_reply",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")),
                name="a_closed_matter_has_an_outcome_and_a_person",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claim_expires_at__isnull=True)
                | Q(claimed_by__isnull=False, claim_expires_at__isnull=False),
                name="matter_claimed_by_with_its_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["locality", "-severity", "due_at"],
                condition=Q(closed_at__isnull=True),
                name="matter_queue",
            ),
        ]

    class Privacy:
        clinical = ("severity", "outcome", "words_for_reporters")
        operational = (
            "id", "post", "reply", "member", "locality", "raised_at", "due_at", "version",
            "claimed_by", "claim_expires_at", "closed_by", "closed_at",
        )  # fmt: skip

    @property
    def writing(self) -> Post | Reply:
        found = self.post or self.reply
        assert found is not None  # noqa: S101 -- the database holds it to exactly one
        return found

    @property
    def thread(self) -> Post:
        writing = self.writing
        return writing.post if isinstance(writing, Reply) else writing

    @property
    def how_soon(self) -> str:
        return Severity(self.severity).in_short

    @property
    def whose(self) -> str:
        """The name that its writer goes by: a member's alias, or a wall guide's own."""
        if self.member is not None:
            return self.member.alias
        guide = self.reply.guide if self.reply else None
        return guide.name if guide else ""

    def is_late(self, *, now: datetime) -> bool:
        return self.closed_at is None and self.due_at <= now

    def is_claimed(self, *, now: datetime) -> bool:
        return self.claim_expires_at is not None and self.claim_expires_at > now


class Report(models.Model):
    """
    What one member says is wrong with one piece of writing.

    Who reported is told to nobody but wall guides, who must be able to stop a flood of false
    ones. The words are a member's writing, and are screened like all writing.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="reports")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="reports")
    reason = models.CharField(max_length=20, choices=ReportReason)
    body = models.TextField(max_length=2 * BODY_MAX_LENGTH, blank=True)
    # Counts the screenings of these words: 0 while there are none.
    revision = models.PositiveIntegerField(default=0)
    # Of the writing, as it stood when it was reported.
    revision_seen = models.PositiveIntegerField()
    reported_at = models.DateTimeField()
    screenings = GenericRelation(
        Screening, content_type_field="subject_type", object_id_field="subject_id"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "author"], name="one_report_per_matter_and_member"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["author", "-reported_at"], name="report_by_author"),
        ]

    class Privacy:
        clinical = ("reason", "body")
        operational = (
            "id", "public_id", "matter", "author", "revision", "revision_seen", "reported_at",
            "screenings",
        )  # fmt: skip


class ActQuerySet(models.QuerySet["Act"]):
    def standing(self) -> ActQuerySet:
        """Those that no later act has undone."""
        return self.filter(undone_by=None)


class Act(models.Model):
    """
    What a wall guide decided about a member's words, or about the member.

    Rows are added and never changed (the database refuses it): what undoes an act is another.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=20, choices=ActKind)
    by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="acts")
    at = models.DateTimeField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="acts")
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="acts"
    )
    reply = models.ForeignKey(
        Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="acts"
    )
    rule = models.CharField(max_length=20, choices=HouseRule, blank=True)
    # In words that the member reads.
    reason = models.TextField(max_length=REASON_MAX_LENGTH, blank=True)
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, null=True, blank=True, related_name="acts"
    )
    alert = models.ForeignKey(
        Alert, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Of a pause.
    until = models.DateTimeField(null=True, blank=True)
    # Of words that were taken out: what kind they were, and the whole as it was before.
    taken_out = models.CharField(max_length=20, choices=TakenOut, blank=True)
    before = models.TextField(blank=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    # The strike that this pause came with.
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by"
    )

    objects = ActQuerySet.as_manager()

    class Meta:
        constraints = [
            about_one_writing("an_act_is_about_one_writing_at_most", or_none=True),
            models.CheckConstraint(
                condition=~Q(kind__in=["hide", "fold", "take_out", "keep_held", "strike", "pause"])
                | (~Q(rule="") & ~Q(reason="")),
                name="a_grave_act_has_a_rule_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(kind="pause", until__isnull=False)
                | (~Q(kind="pause") & Q(until__isnull=True)),
                name="a_pause_has_an_end_and_nothing_else_has",
            ),
        ]
        indexes = [models.Index(fields=["member", "-at"], name="act_by_member")]

    class Privacy:
        clinical = ("kind", "rule", "reason", "taken_out", "before")
        operational = (
            "id", "public_id", "by", "at", "member", "post", "reply", "matter", "alert", "until",
            "undoes", "follows",
        )  # fmt: skip

    @property
    def writing(self) -> Post | Reply | None:
        return self.post or self.reply


class AppealQuerySet(models.QuerySet["Appeal"]):
    def waiting(self) -> AppealQuerySet:
        return self.filter(decided_at=None)


class Appeal(models.Model):
    """A member asks a second guide to look at what the first decided."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    act = models.OneToOneField(Act, on_delete=models.PROTECT, related_name="appeal")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="appeals")
    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(max_length=BODY_MAX_LENGTH)
    revision = models.PositiveIntegerField(default=1)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_upheld = models.BooleanField(null=True, blank=True)
    answer = models.TextField(max_length=GUIDE_NOTE_MAX_LENGTH, blank=True)
    screenings = GenericRelation(
        Screening, content_type_field="subject_type", object_id_field="subject_id"
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    decided_at__isnull=True, decided_by__isnull=True, is_upheld__isnull=True
                )
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_upheld__isnull=False),
                name="appeal_decided_at_with_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(decided_at__isnull=True), name="appeal_waiting"
            ),
        ]

    class Privacy:
        clinical = ("body", "is_upheld", "answer")
        operational = (
            "id", "public_id", "act", "author", "locality", "revision", "asked_at", "due_at",
            "decided_by", "decided_at", "screenings",
        )  # fmt: skip

    def is_late(self, *, now: datetime) -> bool:
        return self.decided_at is None and self.due_at <= now


class GuideNoteQuerySet(models.QuerySet["GuideNote"]):
    def current(self, *, today: date) -> GuideNoteQuerySet:
        return self.filter(ends_on__gt=today)


class GuideNote(models.Model):
    """
    What one wall guide tells the others about a member, or about one matter, until a day.

    Notes are added and never changed, so nobody's words take the place of another's.
    """

    # Nobody where it is about what a wall guide wrote.
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="guide_notes"
    )
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, null=True, blank=True, related_name="notes"
    )
    by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    words = models.TextField(max_length=GUIDE_NOTE_MAX_LENGTH)
    ends_on = models.DateField()
    # "Leave this one, I am talking to them."
    asks_to_leave = models.BooleanField(default=False)

    objects = GuideNoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        indexes = [models.Index(fields=["member", "ends_on"], name="guide_note_by_member")]

    class Privacy:
        clinical = ("words", "asks_to_leave")
        operational = ("id", "member", "matter", "by", "at", "ends_on")


class WallPolicy(models.Model):
    """
    What becomes of writing that the screening reads so or so, as one commissioner has it.

    Versions are added and never changed. Without any, the house's own holds: see
    community.policy.
    """

    commissioner = models.ForeignKey(
        Commissioner, on_delete=models.PROTECT, related_name="wall_policies"
    )
    version = models.PositiveIntegerField()
    method_detail = models.CharField(max_length=10, choices=Treatment)
    contact_details = models.CharField(max_length=10, choices=Treatment)
    crisis = models.CharField(max_length=10, choices=Treatment)
    red = models.CharField(max_length=10, choices=Treatment)
    hostility = models.CharField(max_length=10, choices=Treatment)
    amber = models.CharField(max_length=10, choices=Treatment)
    note = models.CharField(max_length=300)
    set_by = models.ForeignKey(Administrator, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["commissioner", "version"], name="one_wall_policy_of_a_version"
            ),
        ]

    class Privacy:
        operational = (
            "id", "commissioner", "version", "method_detail", "contact_details", "crisis", "red",
            "hostility", "amber", "note", "set_by", "set_at",
        )  # fmt: skip


class PolicyStep(models.Model):
    """What the house itself did, by the policy, about writing that the screening had read."""

    screening = models.OneToOneField(Screening, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="policy_steps"
    )
    reply = models.ForeignKey(
        Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="policy_steps"
    )
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=20, choices=RiskClass)
    treatment = models.CharField(max_length=10, choices=Treatment)
    policy_version = models.PositiveIntegerField()
    at = models.DateTimeField()
    # A guide has looked at what the house folded or held.
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            about_one_writing("a_policy_step_is_about_one_writing"),
            models.CheckConstraint(
                condition=Q(looked_at__isnull=True, looked_by__isnull=True)
                | Q(looked_at__isnull=False, looked_by__isnull=False),
                name="policy_step_looked_at_with_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["at"],
                condition=Q(looked_at__isnull=True) & ~Q(treatment="publish"),
                name="policy_step_unseen",
            ),
        ]

    class Privacy:
        clinical = ("because", "treatment")
        operational = (
            "id", "screening", "post", "reply", "author", "policy_version", "at", "looked_at",
            "looked_by",
        )  # fmt: skip

    @property
    def writing(self) -> Post | Reply:
        found = self.post or self.reply
        assert found is not None  # noqa: S101 -- the database holds it to exactly one
        return found
