"""Goals are writing: screened in the transaction that saves them, and seen by their writer."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Member
from escalation import safety
from measures import instruments
from measures.models import Goal, GoalRating
from measures.operations import TooManyGoals, change_goal, let_go, rate_goal, set_goal
from risk.models import Screening
from tests.factories.accounts import MemberFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return MemberFactory()


def a_goal(member: Member, words: str = "Sleep through", score: int | None = 3) -> Goal:
    return set_goal(member=member, words=words, score=score, at=timezone.now())


def test_each_version_of_a_goal_has_a_screening_beside_it(member: Member):
    goal = a_goal(member)
    change_goal(goal=goal, words="Sleep a little", at=timezone.now())
    change_goal(goal=goal, words="Sleep a little", at=timezone.now())

    asked = [(row.revision, row.text) for row in goal.screenings.order_by("revision")]
    assert asked == [(1, "Sleep through"), (2, "Sleep a little")]
    assert set(goal.screenings.values_list("author", flat=True)) == {member.pk}


def test_a_goal_that_nobody_was_asked_to_read_breaks_the_audit(member: Member):
    goal = a_goal(member)
    assert not any("goals" in one for one in safety.unaudited(now=timezone.now()))

    goal.screenings.all().delete()

    assert "1 goals without a screening." in safety.unaudited(now=timezone.now())


def test_three_may_be_held_and_letting_one_go_makes_room(member: Member):
    first, *_ = [a_goal(member, words) for words in ("One", "Two", "Three")]

    with pytest.raises(TooManyGoals):
        a_goal(member, "Four")
    let_go(goal=first, at=timezone.now())
    a_goal(member, "Four")

    assert [goal.words for goal in Goal.objects.held_by(member)] == ["Two", "Three", "Four"]


def test_the_same_words_sent_twice_are_one_goal(member: Member):
    assert a_goal(member) == a_goal(member)
    assert Screening.objects.count() == GoalRating.objects.count() == 1


def test_a_rating_is_added_where_it_changes_and_the_old_ones_stay(member: Member):
    goal = a_goal(member, score=3)
    for score in (3, 5, 5, 0):
        rate_goal(goal=Goal.objects.get(pk=goal.pk), score=score, at=timezone.now())

    assert [rating.score for rating in goal.ratings.all()] == [3, 5, 0]
    assert Goal.objects.get(pk=goal.pk).score == 0


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_do_not_make_a_fourth():
    member = MemberFactory()
    a_goal(member, "One")
    a_goal(member, "Two")

    came = at_once([lambda n=n: a_goal(member, f"Another {n}") for n in range(4)])

    assert sum(isinstance(one, Goal) for one in came) == 1
    assert sum(isinstance(one, TooManyGoals) for one in came) == 3


def test_no_questionnaire_is_there_yet_and_one_that_is_registered_is_found(monkeypatch):
    assert instruments.baseline() is None

    one = instruments.Instrument("made-up", "Made up", "community:feed", is_baseline=True)
    monkeypatch.setattr(instruments, "INSTRUMENTS", (one,))
    assert instruments.baseline() == one
