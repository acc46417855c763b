from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models import Member, WallGuide
from commissioning.models import Locality
from conversations.enums import NoteAbout, Outcome, State

LINE_MAX_LENGTH = 3000
LINES_PER_PAGE = 50
# Said before anything is typed, so that no ending is abrupt. It counts from the first answer.
SITTING_LASTS = timedelta(minutes=45)
EXTENDED_BY = timedelta(minutes=15)
NEARLY_OVER = timedelta(minutes=10)
# Somebody who waits for an answer longer than this waits late; longer than that, seniors are told.
LATE_AFTER = timedelta(minutes=5)
PASS_UP_AFTER = timedelta(minutes=15)
# A member who falls silent is told that this is fine; later it rests, and is never closed for it.
STILL_HERE_AFTER = timedelta(minutes=10)
RESTS_AFTER = timedelta(minutes=30)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def waiting(self) -> ConversationQuerySet:
        """Somebody waits in it for a guide's words."""
        return self.filter(waiting_since__isnull=False)

    def late(self, *, now: datetime) -> ConversationQuerySet:
        return self.filter(waiting_since__lte=now - LATE_AFTER)

    def unclaimed(self, *, now: datetime) -> ConversationQuerySet:
        """In nobody's hands, or in hands that have stopped answering."""
        return self.filter(Q(claim_expires_at=None) | Q(claim_expires_at__lte=now))

    def for_guide(self, guide: WallGuide) -> ConversationQuerySet:
        """Conversations with members of the localities that this wall guide covers."""
        return self.filter(locality__in=guide.covers.all())

    def passed_up(self) -> ConversationQuerySet:
        return self.waiting().filter(passed_up_at__isnull=False)

    def due_for_action(self, *, now: datetime) -> ConversationQuerySet:
        return self.filter(next_action_at__lte=now)


class Conversation(models.Model):
    """
    What one member and the wall guides say to one another, and nobody else reads.

    There is one for each member, which opens again whenever they write. A *sitting* is the
    stretch from their asking to a goodbye: it has a time that is said first, and never ends
    while words of theirs are unanswered.
    """

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="conversation")
    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Grows with every act of a guide; a form that shows an older one is answered with 409.
    version = models.PositiveIntegerField(default=1)

    # The sitting: when it was asked for, first answered, and when it should come to an end.
    asked_at = models.DateTimeField()
    first_answered_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    # Since when somebody waits for a guide's words: those first words that nobody has answered.
    waiting_since = models.DateTimeField(null=True, blank=True)
    last_line_at = models.DateTimeField()
    still_here_at = models.DateTimeField(null=True, blank=True)
    # When something happens by itself if nobody acts: passing up, a gentle line, resting.
    next_action_at = models.DateTimeField(null=True, blank=True)
    passed_up_at = models.DateTimeField(null=True, blank=True)
    passed_up_times = models.PositiveIntegerField(default=0)

    claimed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_expires_at = models.DateTimeField(null=True, blank=True)

    closed_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(waiting_since__isnull=True) | Q(state=State.OPEN),
                name="whoever_waits_is_in_an_open_conversation",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.OPEN) | Q(next_action_at__isnull=False),
                name="an_open_conversation_has_a_next_action",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CLOSED)
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")),
                name="a_closed_conversation_has_an_outcome_and_a_person",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="conversation_closed_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(
                    claimed_by__isnull=True, claimed_at__isnull=True, claim_expires_at__isnull=True
                )
                | Q(
                    claimed_by__isnull=False,
                    claimed_at__isnull=False,
                    claim_expires_at__isnull=False,
                ),
                name="conversation_claimed_at_with_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["locality", "waiting_since"],
                condition=Q(waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            models.Index(fields=["locality", "-last_line_at"], name="conversation_newest"),
            models.Index(
                fields=["next_action_at"],
                condition=Q(next_action_at__isnull=False),
                name="conversation_next_action",
            ),
        ]

    class Privacy:
        clinical = ("outcome",)
        operational = (
            "id", "member", "locality", "opened_at", "state", "version", "asked_at",
            "first_answered_at", "ends_at", "waiting_since", "last_line_at", "still_here_at",
            "next_action_at", "passed_up_at", "passed_up_times", "claimed_by", "claimed_at",
            "claim_expires_at", "closed_by", "closed_at",
        )  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == State.CLOSED

    def is_claimed(self, *, now: datetime) -> bool:
        return self.claim_expires_at is not None and self.claim_expires_at > now

    def is_claimed_by(self, guide: WallGuide, *, now: datetime) -> bool:
        return self.claimed_by_id == guide.pk and self.is_claimed(now=now)

    def is_late(self, *, now: datetime) -> bool:
        return self.waiting_since is not None and self.waiting_since <= now - LATE_AFTER

    def minutes_left(self, *, now: datetime) -> int | None:
        """
        Whole minutes left of the time that was said, once it is nearly over; None before.

        Nor while they wait late for a guide: that is given back with the answer.
        """
        if self.ends_at is None or not self.is_open or self.is_late(now=now):
            return None
        if self.ends_at - now > NEARLY_OVER:
            return None
        return max(0, -int((now - self.ends_at).total_seconds() // 60))

    def change(self, **fields: Any) -> None:
        """Change this conversation, whose row the caller has taken."""
        Conversation.objects.filter(pk=self.pk).update(**fields)
        self.refresh_from_db()

    def act(self, **fields: Any) -> None:
        """As `change`, for what a guide does: other guides' forms are older from then on."""
        self.change(version=F("version") + 1, **fields)


class HandOverNote(models.Model):
    """What a guide leaves for the next one, who sees it first. Never changed, and no member's."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(WallGuide, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=20, choices=NoteAbout)
    body = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["conversation", "-written_at"], name="note_newest")]

    class Privacy:
        clinical = ("body",)
        operational = ("id", "conversation", "by", "about", "written_at")
