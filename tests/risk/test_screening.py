"""What the worker promises: once, whole, in any order, and never silently nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from community import operations as wall
from community.models import Post
from risk import alerts, classifier, doorbell, screening, tasks
from risk.enums import AlertReason, ScreeningState, Urgency
from risk.models import ATTEMPTS_BEFORE_A_PERSON, LEASE_LASTS, Alert, Screening
from risk.operations import request_screening
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.races import at_once
from tests.readers import read_by

pytestmark = pytest.mark.django_db

WORRYING = "I want to kill myself tonight."
QUIET = "I went for a walk and the sun came out."
# Stands for any text whose reader breaks; nothing in the lexicon knows it.
POISON = "xyzzy"


@pytest.fixture
def poison_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edge of the world: a classifier that breaks on one text and reads the others."""
    read = classifier.classify

    def classify(text: str) -> classifier.Classification:
        if text == POISON:
            raise ValueError("this text cannot be read")
        return read(text)

    read_by(monkeypatch, classify)


@pytest.fixture
def poison_cannot_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that answers with no number at all (F24), which Postgres will not take."""
    read = classifier.classify

    def classify(text: str) -> classifier.Classification:
        reading = read(text)
        return replace(reading, probability=math.nan) if text == POISON else reading

    read_by(monkeypatch, classify)


def state_of(writing: Post) -> str:
    return Screening.objects.get(subject_id=writing.pk, subject_type__model="post").state


# --- F06 and F04: delivered again -----------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_f06_the_same_work_delivered_fifty_times_at_once_is_done_once():
    post = PostFactory(body=WORRYING)

    came_of_it = at_once([tasks.drain_screenings] * 50)

    assert came_of_it == [None] * 50
    read = Screening.objects.get()
    assert (read.state, read.attempts) == (ScreeningState.SCREENED, 1)
    alert = Alert.objects.get()
    assert (alert.subject, alert.version) == (post, 1)


@pytest.mark.django_db(transaction=True)
def test_f06_many_workers_share_a_backlog_and_each_text_is_read_once(monkeypatch):
    read: list[str] = []
    classify = classifier.classify
    read_by(monkeypatch, lambda text: read.append(text) or classify(text))
    author, topic = MemberFactory(), TopicFactory()
    for number in range(100):
        PostFactory(author=author, topic=topic, body=f"{WORRYING} Number {number}.")

    at_once([tasks.drain_screenings] * 6)

    assert len(read) == len(set(read)) == 100
    assert Screening.objects.filter(state=ScreeningState.SCREENED, attempts=1).count() == 100
    assert Alert.objects.count() == 100


@pytest.mark.django_db(transaction=True)
def test_f06_one_reading_recorded_by_fifty_workers_makes_one_alert():
    PostFactory(body=WORRYING)
    row = Screening.objects.get()
    reading = classifier.classify(row.text)

    def record() -> int:
        mine = Screening.objects.get(pk=row.pk)
        return len(screening.record([(mine, reading)], at=timezone.now()))

    came_of_it = at_once([record] * 50)

    assert sorted(came_of_it) == [0] * 49 + [1]
    assert Alert.objects.count() == 1


def test_f04_a_worker_that_wakes_up_late_changes_nothing():
    PostFactory(body=WORRYING)
    began = timezone.now()
    (slept_over_it,) = screening.take(now=began)
    later = began + LEASE_LASTS + timedelta(seconds=1)
    screening.drain(now=lambda: later)
    before = Screening.objects.values().get(), Alert.objects.values().get()

    other_words = classifier.classify(QUIET)
    written = screening.record([(slept_over_it, other_words)], at=later + timedelta(minutes=2))

    assert written == []
    assert (Screening.objects.values().get(), Alert.objects.values().get()) == before


def test_f04_a_late_worker_does_not_take_back_what_was_left_to_a_person():
    PostFactory(body=QUIET)
    began = timezone.now()
    (slept_over_it,) = screening.take(now=began)
    later = began + timedelta(minutes=2)
    screening.leave_to_a_person(now=later, after=timedelta(seconds=60))

    screening.record([(slept_over_it, classifier.classify(QUIET))], at=later)

    assert Screening.objects.get().state == ScreeningState.LEFT_TO_A_PERSON
    assert Alert.objects.open().count() == 1


# --- F07: before the commit, and without one ------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_f07_work_that_comes_before_the_commit_finds_nothing_and_says_nothing():
    author, topic = MemberFactory(), TopicFactory()

    with transaction.atomic():
        PostFactory(author=author, topic=topic, body=WORRYING)
        (early,) = at_once([tasks.drain_screenings])

    assert early is None
    assert Screening.objects.get().state == ScreeningState.PENDING
    assert Screening.objects.get().attempts == 0

    tasks.drain_screenings()

    assert Screening.objects.get().state == ScreeningState.SCREENED
    assert Alert.objects.count() == 1


def publish_and_roll_back(**fields: Any) -> None:
    with transaction.atomic():
        PostFactory(body=WORRYING, **fields)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_f07_work_for_a_post_that_was_rolled_back_leaves_nothing_behind():
    publish_and_roll_back(author=MemberFactory(), topic=TopicFactory())

    tasks.drain_screenings()
    assert (Post.objects.count(), Screening.objects.count(), Alert.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_f07_a_post_that_is_rolled_back_rings_for_nobody(monkeypatch):
    rung: list[bool] = []
    monkeypatch.setattr(doorbell, "ring", lambda: rung.append(True))
    author, topic = MemberFactory(), TopicFactory()

    publish_and_roll_back(author=author, topic=topic)
    assert rung == []

    PostFactory(author=author, topic=topic)
    assert rung == [True]


@pytest.mark.django_db(transaction=True)
def test_f07_nothing_can_ask_for_a_screening_outside_a_transaction():
    post = PostFactory()

    with pytest.raises(transaction.TransactionManagementError):
        request_screening(subject=post, revision=2, text="x", author=post.author, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_f07_a_post_whose_screening_cannot_be_saved_is_not_saved_either(monkeypatch):
    def refuse(**_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(wall, "request_screening", refuse)
    author, topic = MemberFactory(), TopicFactory()

    with pytest.raises(DatabaseError):
        PostFactory(author=author, topic=topic)

    assert not Post.objects.exists()


# --- F01, F05, F24: what breaks its reader --------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_f01_the_attempt_is_counted_before_the_work_and_survives_the_worker(monkeypatch):
    class Killed(BaseException):
        """As a signal would: nothing may catch it."""

    def die(text: str) -> None:
        raise Killed

    PostFactory(body=WORRYING)
    read_by(monkeypatch, die)

    with pytest.raises(Killed):
        screening.drain(now=timezone.now)

    row = Screening.objects.get()
    assert (row.state, row.attempts) == (ScreeningState.PENDING, 1)
    assert row.leased_until is not None


def test_f01_what_a_dead_worker_held_is_taken_up_when_its_lease_is_over():
    PostFactory(body=WORRYING)
    began = timezone.now()
    screening.take(now=began)

    assert screening.drain(now=lambda: began + LEASE_LASTS) == 0
    assert screening.drain(now=lambda: began + LEASE_LASTS + timedelta(seconds=1)) == 1


def test_f05_a_text_that_raises_does_not_take_its_neighbours_with_it(poison_raises):
    before, poison, after = (PostFactory(body=body) for body in (WORRYING, POISON, WORRYING))

    screening.drain(now=timezone.now)

    assert state_of(before) == state_of(after) == ScreeningState.SCREENED
    assert state_of(poison) == ScreeningState.PENDING
    assert Alert.objects.count() == 2


def test_f24_a_reading_that_cannot_be_recorded_does_not_take_its_neighbours_with_it(
    poison_cannot_be_recorded,
):
    before, poison, after = (PostFactory(body=body) for body in (WORRYING, POISON, WORRYING))

    screening.drain(now=timezone.now)

    assert state_of(before) == state_of(after) == ScreeningState.SCREENED
    assert state_of(poison) == ScreeningState.PENDING
    assert Alert.objects.count() == 2


def _same(moment: datetime) -> datetime:
    return moment


@pytest.mark.parametrize("harm", ["poison_raises", "poison_cannot_be_recorded"])
def test_f05_a_text_nobody_can_read_is_tried_three_times_and_left_to_a_person(
    harm: str, request: pytest.FixtureRequest
):
    request.getfixturevalue(harm)
    post = PostFactory(body=POISON)
    moments = [timezone.now() + turn * 2 * LEASE_LASTS for turn in range(5)]
    for moment in moments:
        screening.drain(now=partial(_same, moment))
    assert Screening.objects.get().attempts == ATTEMPTS_BEFORE_A_PERSON

    assert screening.leave_to_a_person(now=moments[-1], after=timedelta(hours=1)) == 1

    assert state_of(post) == ScreeningState.LEFT_TO_A_PERSON
    alert = Alert.objects.get()
    assert (alert.subject, alert.urgency) == (post, Urgency.AMBER)
    assert alert.reason == AlertReason.UNREAD_BY_MACHINE
    assert alert.next_action_at is not None
    assert alert.screening.reasons


def test_f05_what_failed_before_is_tried_alone():
    first, second = PostFactory(body=QUIET), PostFactory(body=QUIET)
    Screening.objects.filter(subject_id=first.pk).update(attempts=1)
    now = timezone.now()

    assert [row.subject_id for row in screening.take(now=now)] == [first.pk]
    assert [row.subject_id for row in screening.take(now=now)] == [second.pk]


def test_a_person_is_asked_about_whatever_waited_too_long_even_untried():
    PostFactory(body=QUIET)
    later = timezone.now() + timedelta(seconds=61)

    assert screening.leave_to_a_person(now=later, after=timedelta(seconds=60)) == 1

    assert Alert.objects.get().urgency == Urgency.AMBER


def test_a_person_is_not_asked_about_what_a_worker_has_in_hand():
    PostFactory(body=QUIET)
    later = timezone.now() + timedelta(minutes=5)
    screening.take(now=later)

    assert screening.leave_to_a_person(now=later, after=timedelta(seconds=60)) == 0


def test_a_person_is_asked_once():
    PostFactory(body=QUIET)
    later = timezone.now() + timedelta(minutes=5)

    screening.leave_to_a_person(now=later, after=timedelta(0))

    assert screening.leave_to_a_person(now=later, after=timedelta(0)) == 0
    assert Alert.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_leaving_to_a_person_and_screening_at_once_end_in_one_of_the_two():
    author, topic = MemberFactory(), TopicFactory()
    for _ in range(60):
        PostFactory(author=author, topic=topic, body=QUIET)
    later = timezone.now() + timedelta(minutes=5)

    def screen() -> int:
        return screening.drain(now=lambda: later)

    def give_up() -> int:
        return screening.leave_to_a_person(now=later, after=timedelta(0))

    at_once([screen, give_up, screen, give_up])

    left = Screening.objects.filter(state=ScreeningState.LEFT_TO_A_PERSON)
    read = Screening.objects.filter(state=ScreeningState.SCREENED, urgency=Urgency.GREEN)
    assert left.count() + read.count() == 60
    assert set(left.values_list("pk", flat=True)) == set(
        Alert.objects.values_list("screening_id", flat=True)
    )


# --- editing (F39) --------------------------------------------------------------------------


def edit(writing: Post, body: str) -> Post:
    return wall.edit_writing(
        writing=writing, body=body, expected_revision=writing.revision, at=timezone.now()
    )


def test_f39_changed_words_are_screened_again_and_can_raise_an_alert_of_their_own():
    post = PostFactory(body=QUIET)
    screening.drain(now=timezone.now)
    assert not Alert.objects.exists()

    edit(post, WORRYING)
    screening.drain(now=timezone.now)

    assert Screening.objects.count() == 2
    assert Alert.objects.get().screening.text == WORRYING


def test_f39_worse_words_raise_the_open_alert_and_ask_a_person_anew():
    post = PostFactory(body="Call me on 07700 900123.")
    screening.drain(now=timezone.now)
    mild = Alert.objects.get()
    now = timezone.now()
    mild.change(acknowledged_at=now, acknowledged_by=WallGuideFactory())

    edit(post, WORRYING)
    screening.drain(now=timezone.now)

    alert = Alert.objects.get()
    assert alert.pk == mild.pk
    assert alert.urgency > mild.urgency
    assert alert.screening.text == WORRYING
    assert alert.acknowledged_at is None
    assert alert.due_at < mild.due_at
    assert alert.next_action_at <= alert.due_at
    assert alert.version > mild.version


def test_f39_milder_words_lower_nothing_and_hide_nothing_from_the_guide():
    post = PostFactory(body=WORRYING)
    screening.drain(now=timezone.now)
    before = Alert.objects.get()

    edit(post, "Call me on 07700 900123.")
    edit(post, QUIET)
    screening.drain(now=timezone.now)

    alert = Alert.objects.get()
    assert (alert.urgency, alert.due_at) == (before.urgency, before.due_at)
    assert alert.screening.text == WORRYING
    assert alert.is_open


def test_f39_twenty_edits_before_any_screening_make_one_alert_with_the_worst_words():
    post = PostFactory(body="Call me on 07700 900123.")
    for number in range(19):
        edit(post, WORRYING if number == 9 else f"{QUIET} {number}")

    screening.drain(now=timezone.now)

    assert Screening.objects.filter(state=ScreeningState.SCREENED).count() == 20
    assert Alert.objects.get().screening.text == WORRYING


def test_f39_words_that_worry_after_the_alert_was_closed_raise_a_new_one():
    post = PostFactory(body=WORRYING)
    screening.drain(now=timezone.now)
    Alert.objects.get().change(
        closed_at=timezone.now(), closed_by=WallGuideFactory(), outcome="replied",
        closing_note="Seen.", next_action_at=None,
    )  # fmt: skip

    edit(post, f"{WORRYING} Still.")
    screening.drain(now=timezone.now)

    assert Alert.objects.count() == 2
    assert Alert.objects.open().get().screening.revision == 2


@pytest.mark.django_db(transaction=True)
def test_f39_an_alert_closed_in_the_very_moment_of_an_edits_screening_loses_nothing(monkeypatch):
    post = PostFactory(body=WORRYING)
    screening.drain(now=timezone.now)
    first, closer = Alert.objects.get(), WallGuideFactory()
    edit(post, f"{WORRYING} Still.")
    add_to_open = alerts._add_to_open

    def close() -> None:
        first.change(
            closed_at=timezone.now(), closed_by=closer, outcome="replied", closing_note="Seen.",
            next_action_at=None,
        )  # fmt: skip

    def closed_just_before(*args: Any, **kwargs: Any) -> bool:
        # In a thread, and so in a transaction of its own that commits meanwhile.
        at_once([close])
        return add_to_open(*args, **kwargs)

    monkeypatch.setattr(alerts, "_add_to_open", closed_just_before)
    screening.drain(now=timezone.now)

    assert not Screening.objects.pending().exists()
    assert Alert.objects.open().get().screening.revision == 2


# --- the rest -------------------------------------------------------------------------------


def test_replies_are_screened_like_posts():
    reply = ReplyFactory(body=WORRYING)

    screening.drain(now=timezone.now)

    assert Alert.objects.get().subject == reply


def test_a_long_backlog_is_read_oldest_first_and_whole():
    author, topic = MemberFactory(), TopicFactory()
    began = timezone.now()
    posts = [
        PostFactory(author=author, topic=topic, body=QUIET, at=began + timedelta(seconds=number))
        for number in range(screening.BATCH + 6)
    ]
    later = began + timedelta(hours=1)

    assert [row.subject_id for row in screening.take(now=later)] == [
        post.pk for post in posts[: screening.BATCH]
    ]
    assert screening.drain(now=lambda: later + LEASE_LASTS + timedelta(seconds=1)) == len(posts)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_f25_a_worker_whose_clock_is_wrong_loses_nothing(minutes: int):
    PostFactory(body=WORRYING)
    wrong = timezone.now() + timedelta(minutes=minutes)

    screening.drain(now=lambda: wrong)
    screening.drain(now=timezone.now)

    assert Screening.objects.get().state == ScreeningState.SCREENED
    assert Alert.objects.get().next_action_at is not None


def test_rows_older_than_asked_for_are_all_that_is_taken():
    now = timezone.now()
    old, young = PostFactory(at=now - timedelta(seconds=31)), PostFactory(at=now)

    assert screening.drain(now=lambda: now, older_than=timedelta(seconds=30)) == 1

    assert state_of(old) == ScreeningState.SCREENED
    assert state_of(young) == ScreeningState.PENDING


Read = Callable[[str], classifier.Classification]


@pytest.mark.parametrize("urgency", list(Urgency))
def test_f23_a_reading_marked_incomplete_always_reaches_a_person(urgency, monkeypatch):
    read: Read = classifier.classify
    read_by(monkeypatch, lambda text: replace(read(text), urgency=urgency, complete=False))
    PostFactory(body=QUIET)

    screening.drain(now=timezone.now)

    alert = Alert.objects.get()
    assert Screening.objects.get().state == ScreeningState.LEFT_TO_A_PERSON
    assert alert.urgency == max(urgency, Urgency.AMBER)
    assert alert.reason == AlertReason.UNREAD_BY_MACHINE
