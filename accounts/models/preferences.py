from __future__ import annotations

from datetime import time
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.enums import AppFace, TextSize, Theme
from accounts.models.people import Member

MUTED_WORDS_AT_MOST = 50
MUTED_WORD_MAX_LENGTH = 40


def quiet_from() -> time:
    return time(21, 0)


def quiet_until() -> time:
    return time(8, 0)


class Preferences(models.Model):
    """What a member has chosen about the wall. Without a row, everything is as it comes."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="preferences")
    theme = models.CharField(max_length=10, choices=Theme, blank=True, default=Theme.SYSTEM)
    text_size = models.CharField(
        max_length=10, choices=TextSize, blank=True, default=TextSize.USUAL
    )
    app_face = models.CharField(max_length=10, choices=AppFace, default=AppFace.WALL)
    # Nothing chosen is as the browser asks.
    language = models.CharField(max_length=10, blank=True)

    # What may be written to them by e-mail, and when not, on their locality's clock (U24).
    weekly_letter = models.BooleanField(default=True)
    letter_of_replies = models.BooleanField(default=True)
    # What may be shown on their phone, once they have said yes to that at all.
    push_replies = models.BooleanField(default=True)
    push_help = models.BooleanField(default=True)
    push_guides = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=quiet_from)
    quiet_until = models.TimeField(default=quiet_until)

    # As they typed them. Here and not in a table of their own, because every page of the wall
    # asks for them and this row comes with the member.
    muted_words: Any = ArrayField(
        models.CharField(max_length=MUTED_WORD_MAX_LENGTH), default=list, blank=True
    )

    # Topics by slug, and what a content note may say: folded away like a muted word.
    muted_topics: Any = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    muted_notes: Any = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Meta:
        verbose_name_plural = "preferences"

    class Privacy:
        clinical = ("muted_words", "muted_topics", "muted_notes")
        operational = (
            "id", "member", "theme", "text_size", "app_face", "language", "weekly_letter",
            "letter_of_replies", "push_replies", "push_help", "push_guides", "quiet_from",
            "quiet_until",
        )  # fmt: skip
