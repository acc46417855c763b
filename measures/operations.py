"""What members say of themselves. Words are screened in the transaction that saves them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.models import Member
from audit.operations import record
from measures.models import GOALS_AT_MOST, Goal, GoalRating
from risk.operations import request_screening


class TooManyGoals(Exception):
    """They hold as many as there may be: one must be let go of first."""


@transaction.atomic
def set_goal(*, member: Member, words: str, score: int | None, at: datetime) -> Goal:
    """
    Keep a goal in a member's own words, and put it in front of the classifier.

    The same words again are the same goal: sending a form twice does no harm.

    :raises TooManyGoals: if they hold three already
    """
    # Their row is taken, so that two tabs cannot both add the third.
    Member.objects.select_for_update().get(pk=member.pk)
    held = list(Goal.objects.held_by(member))
    goal = next((each for each in held if each.words == words), None)
    if goal is None:
        if len(held) >= GOALS_AT_MOST:
            raise TooManyGoals
        goal = Goal.objects.create(author=member, words=words, set_at=at)
        _ask(goal, at=at)
        record(actor=f"member:{member.pk}", verb="set goal", subject=f"goal:{goal.pk}", at=at)
    if score is not None:
        rate_goal(goal=goal, score=score, at=at)
    return goal


@transaction.atomic
def change_goal(*, goal: Goal, words: str, at: datetime) -> None:
    """Put a goal in other words, which are screened like the first."""
    changed = Goal.objects.filter(pk=goal.pk).exclude(words=words)
    if changed.update(words=words, changed_at=at, revision=F("revision") + 1):
        goal.refresh_from_db()
        _ask(goal, at=at)


@transaction.atomic
def rate_goal(*, goal: Goal, score: int, at: datetime) -> None:
    """Say how near a goal is now. Saying the same again adds nothing."""
    if goal.score != score:
        GoalRating.objects.create(goal=goal, score=score, rated_at=at)


@transaction.atomic
def let_go(*, goal: Goal, at: datetime) -> None:
    """A goal is laid aside. Reaching it and dropping it are nobody's business to tell apart."""
    if Goal.objects.filter(pk=goal.pk, let_go_at=None).update(let_go_at=at):
        record(actor=f"member:{goal.author_id}", verb="let go", subject=f"goal:{goal.pk}", at=at)
    goal.refresh_from_db()


def _ask(goal: Goal, *, at: datetime) -> None:
    request_screening(
        subject=goal, revision=goal.revision, text=goal.words, author=goal.author, at=at
    )
