"""What members agreed to, by version; and how well its words were understood, counted."""

from __future__ import annotations

from django.db import models

from accounts.models.people import Member


class ConsentTerms(models.Model):
    """A version of the words that members agree to. The words are in accounts.consent."""

    version = models.PositiveSmallIntegerField(unique=True)
    words_hash = models.CharField(max_length=64)
    # When somebody first agreed to it.
    published_at = models.DateTimeField()

    class Privacy:
        operational = ("id", "version", "words_hash", "published_at")

    def __str__(self) -> str:
        return f"Version {self.version}"


class ConsentGiven(models.Model):
    """That a member agreed to a version, and when."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consents")
    terms = models.ForeignKey(ConsentTerms, on_delete=models.PROTECT, related_name="given")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "terms"], name="one_consent_of_a_member_per_version"
            )
        ]

    class Privacy:
        operational = ("id", "member", "terms", "given_at")


class TeachBackCount(models.Model):
    """
    How often an answer was picked, in a month, by anybody: never by whom.

    So that words which many misread can be mended.
    """

    version = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=20)
    # Empty where the question was left out.
    option = models.CharField(max_length=20, blank=True)
    month = models.DateField()
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "question", "option", "month"],
                name="one_count_of_an_answer_per_month",
            )
        ]

    class Privacy:
        operational = ("id", "version", "question", "option", "month", "times")
