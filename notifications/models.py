from __future__ import annotations

import uuid
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Member
from notifications.enums import Kind


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> Self:
        return self.filter(seen_at=None)


class Notice(models.Model):
    """
    One line in a member's own list: what kind of thing has happened, and where it is.

    It holds no words of anybody's, no name and no topic, so that neither this table nor what is
    sent because of it tells anything.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=20, choices=Kind)
    # What it is about, for telling two of a kind apart: “post:12”. No page shows it.
    about = models.CharField(max_length=60, blank=True)
    url_name = models.CharField(max_length=80)
    args: Any = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    # When it may go to their phone and into a letter. None: it has, or it need not.
    push_at = models.DateTimeField(null=True, blank=True)
    letter_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "about"],
                condition=Q(seen_at=None),
                name="one_unread_notice_of_a_kind_about_a_thing",
            )
        ]
        indexes = [
            models.Index(fields=["member", "-at", "-id"], name="notice_of_a_member"),
            models.Index(
                fields=["push_at"], condition=Q(push_at__isnull=False), name="notice_push_due"
            ),
            models.Index(
                fields=["letter_at"], condition=Q(letter_at__isnull=False), name="notice_letter_due"
            ),
        ]

    class Privacy:
        clinical = ("about", "url_name", "args")
        operational = ("id", "member", "kind", "at", "seen_at", "push_at", "letter_at")


class Reach(models.Model):
    """
    When a member was last written to, so that nobody is told too often. Made when first needed.

    Days are theirs: the date on their locality's clock.
    """

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="reach")
    # Letters and nudges together, on the day.
    told_on = models.DateField(null=True, blank=True)
    told_times = models.PositiveSmallIntegerField(default=0)
    letter_on = models.DateField(null=True, blank=True)
    weekly_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    # When they said “not now” to being told on their phone.
    not_now_at = models.DateTimeField(null=True, blank=True)

    class Privacy:
        operational = (
            "id", "member", "told_on", "told_times", "letter_on", "weekly_due_at", "not_now_at",
        )  # fmt: skip


class Subscription(models.Model):
    """
    One browser that a member is told on. Where it is reached lies in the vault, under this id.

    That address names a device, so pages cannot read it: a worker asks for the address of one
    nudge, as it does for a letter's (docs/adr/0014).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="subscriptions")
    added_at = models.DateTimeField()
    # Until when the service behind it asked us to leave it alone, and how often in a row.
    not_before = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Privacy:
        operational = ("id", "member", "added_at", "not_before", "failures")
