from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import WallGuide


class ThemeRise(models.Model):
    """
    More people than usual wrote of one theme. A person has a look; it says nothing about why.

    Its name is a category's or a family's; nobody and no words are in it.
    """

    theme = models.CharField(max_length=60)
    risen_at = models.DateTimeField()
    # When it was last seen to be more than usual.
    seen_at = models.DateTimeField()
    authors = models.PositiveIntegerField()
    # How many people that would be expected to be, from the same hours of the weeks before.
    expected = models.FloatField()
    looked_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["theme"], condition=Q(looked_at=None), name="one_open_rise_of_a_theme"
            ),
            models.CheckConstraint(
                condition=Q(looked_at__isnull=True, looked_by__isnull=True)
                | Q(looked_at__isnull=False, looked_by__isnull=False),
                name="rise_looked_at_with_by",
            ),
        ]

    class Privacy:
        operational = (
            "id", "theme", "risen_at", "seen_at", "authors", "expected", "looked_by", "looked_at",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"ThemeRise {self.pk}"
