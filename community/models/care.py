"""Who is asked to answer, who has had enough, and what a guide does to slow a thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Member, WallGuide, new_public_id
from community.enums import CarryingSign, CoolingKind, LoadAnswer, PeerAct
from community.models.writing import Post
from risk.models import Screening

HAND_OVER_MAX_LENGTH = 1000
NOTE_MAX_LENGTH = 300


class HelpOffer(models.Model):
    """A member would like to be asked when somebody waits. Without a row, nobody asks them."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="help_offer")
    # Of which topics; none named: of any.
    topics = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    offered_at = models.DateTimeField()

    class Privacy:
        clinical = ("topics",)
        operational = ("id", "member", "offered_at")


class ReplyClock(models.Model):
    """What the house has done so far because nobody has answered a post yet."""

    post = models.OneToOneField(Post, on_delete=models.PROTECT, related_name="clock")
    # When members were asked, or when nobody was found whom to ask.
    invited_at = models.DateTimeField(null=True, blank=True)
    # Since when it stands in the guides' list.
    at_desk_at = models.DateTimeField(null=True, blank=True)
    # The guide who said last that they see to it; it lapses (community.clock).
    claimed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="clock_claimed_at_with_by",
            ),
        ]
        indexes = [
            models.Index(fields=["post"], condition=Q(at_desk_at=None), name="clock_still_running"),
        ]

    class Privacy:
        operational = ("id", "post", "invited_at", "at_desk_at", "claimed_by", "claimed_at")


class HelpInvitation(models.Model):
    """Somebody who offered was asked about one post, quietly. Not answering it is an answer."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="invitations")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="invitations")
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "member"], name="nobody_is_asked_twice"),
        ]
        indexes = [
            models.Index(fields=["member", "-invited_at"], name="invitation_by_member"),
        ]

    class Privacy:
        clinical = ("post",)
        operational = ("id", "member", "invited_at", "answered_at", "declined_at")


class HandOver(models.Model):
    """
    A member cannot carry a thread and gives it to the wall guides.

    What they write with it is writing: it is screened, and where it worries, guides read it soon.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="hand_overs")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="hand_overs")
    handed_over_at = models.DateTimeField()
    words = models.CharField(max_length=HAND_OVER_MAX_LENGTH, blank=True)
    # 0 until there are words; each version of them is screened.
    revision = models.PositiveIntegerField(default=0)
    taken_up_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_up_at = models.DateTimeField(null=True, blank=True)
    screenings = GenericRelation(
        Screening, content_type_field="subject_type", object_id_field="subject_id"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "author"], name="a_thread_is_handed_over_once"),
            models.CheckConstraint(
                condition=Q(taken_up_at__isnull=True, taken_up_by__isnull=True)
                | Q(taken_up_at__isnull=False, taken_up_by__isnull=False),
                name="hand_over_taken_up_at_with_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["handed_over_at"], condition=Q(taken_up_at=None), name="hand_over_waits"
            ),
        ]

    class Privacy:
        clinical = ("words", "post")
        operational = (
            "id", "public_id", "author", "handed_over_at", "revision", "taken_up_by",
            "taken_up_at", "screenings",
        )  # fmt: skip


class LoadCheck(models.Model):
    """
    How somebody writes looks as if they carried a lot: they are asked, and a guide is told.

    It says what was seen, and nothing about what anybody is like.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="load_checks")
    signs = ArrayField(models.CharField(max_length=20, choices=CarryingSign))
    # Whom nearly all of it was between, where it was between two.
    other = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=20, choices=LoadAnswer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    act = models.CharField(max_length=20, choices=PeerAct, blank=True)
    note = models.CharField(max_length=NOTE_MAX_LENGTH, blank=True)
    acted_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(acted_at__isnull=True, acted_by__isnull=True, act="")
                | (Q(acted_at__isnull=False, acted_by__isnull=False) & ~Q(act="")),
                name="load_check_acted_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="load_check_answered_at_with_answer",
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(other=F("member")),
                name="nobody_leans_on_themselves",
            ),
        ]
        indexes = [models.Index(fields=["member", "-asked_at"], name="load_check_by_member")]

    class Privacy:
        clinical = ("signs", "other", "answer", "act", "note")
        operational = ("id", "member", "asked_at", "answered_at", "acted_by", "acted_at")

    @property
    def in_words(self) -> list[str]:
        """What was seen, for a guide: one sentence a sign."""
        return [str(CarryingSign(sign).label) for sign in self.signs]


class ThreadCooling(models.Model):
    """A guide has slowed a thread or holds what is new in it, until a moment and for a reason."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="coolings")
    kind = models.CharField(max_length=10, choices=CoolingKind)
    # Of a slow thread: so many minutes between two answers of one member.
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=NOTE_MAX_LENGTH)
    begun_by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[Any] = ["-begun_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="cooling_ended_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(kind=CoolingKind.SLOW, minutes__isnull=False)
                | (~Q(kind=CoolingKind.SLOW) & Q(minutes__isnull=True)),
                name="a_slow_thread_has_minutes",
            ),
        ]

    class Privacy:
        clinical = ("reason",)
        operational = (
            "id", "post", "kind", "minutes", "begun_by", "begun_at", "until", "ended_by",
            "ended_at",
        )  # fmt: skip

    def is_on(self, *, now: datetime) -> bool:
        return self.ended_at is None and self.until > now
