from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Q

from accounts.models import Member, new_public_id
from risk.models import Screening

GOAL_MAX_LENGTH = 200
# As many as somebody can hold in their head on a bad day.
GOALS_AT_MOST = 3
LOWEST, HIGHEST = 0, 10


class GoalQuerySet(models.QuerySet["Goal"]):
    def held_by(self, member: Member) -> GoalQuerySet:
        """A member's goals that they have not let go of, oldest first."""
        return self.filter(author=member, let_go_at=None).order_by("set_at", "pk")


class Goal(models.Model):
    """
    Something a member wants for themselves, in their own words. Only they see it.

    It is writing: each version is screened, and where it worries, wall guides read it.
    """

    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="goals")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    words = models.CharField(max_length=GOAL_MAX_LENGTH)
    revision = models.PositiveIntegerField(default=1)
    set_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)
    let_go_at = models.DateTimeField(null=True, blank=True)
    screenings = GenericRelation(
        Screening, content_type_field="subject_type", object_id_field="subject_id"
    )

    objects = GoalQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["author", "set_at"], name="goal_by_author")]

    class Privacy:
        clinical = ("words",)
        operational = (
            "id", "author", "public_id", "revision", "set_at", "changed_at", "let_go_at",
            "screenings",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"Goal {self.pk}"

    @property
    def score(self) -> int | None:
        """How near they last said they are; None if they never said."""
        newest = max(self.ratings.all(), key=lambda rating: rating.pk, default=None)
        return None if newest is None else newest.score


class GoalRating(models.Model):
    """How near a member feels to a goal, on one day: 0 is not at all, 10 is there."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="ratings")
    score = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[Any] = ["rated_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=LOWEST, score__lte=HIGHEST), name="rating_is_0_to_10"
            )
        ]
        indexes = [models.Index(fields=["goal", "rated_at"], name="rating_by_goal")]

    class Privacy:
        clinical = ("score",)
        operational = ("id", "goal", "rated_at")
