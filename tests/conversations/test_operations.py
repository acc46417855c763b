"""What members and guides do in a conversation, and what moves by itself."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import WallGuide
from audit.models import Entry
from belonging.erasure import still_needs_a_person
from conversations import clock, operations
from conversations.enums import NoteAbout, Outcome, Said, State
from conversations.models import (
    EXTENDED_BY,
    PASS_UP_AFTER,
    RESTS_AFTER,
    SITTING_LASTS,
    STILL_HERE_AFTER,
    Conversation,
    Line,
)
from risk import screening
from risk.models import CLAIM_LASTS, PASS_UP_EVERY, Alert, Screening
from tests.cast import Cast
from tests.factories.conversations import LineFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=timezone.get_fixed_timezone(0))
WORRYING = "I want to kill myself tonight"


def minutes(many: float) -> timedelta:
    return timedelta(minutes=many)


@pytest.fixture
def asked(cast: Cast) -> Conversation:
    return LineFactory(member=cast.member, at=NOON).conversation


def answer(conversation: Conversation, by: WallGuide, at: datetime, **more: Any) -> Line:
    words = {"body": "I am here.", "idempotency_key": uuid.uuid4(), "version": None} | more
    line = operations.answer(conversation=conversation, by=by, at=at, **words)
    conversation.refresh_from_db()
    return line


def close(conversation: Conversation, by: WallGuide, at: datetime, **more: Any) -> None:
    words = {"outcome": Outcome.LIGHTER, "note": "Calmer.", "version": None} | more
    operations.close(conversation=conversation, by=by, at=at, **words)
    conversation.refresh_from_db()


def said_in(conversation: Conversation) -> list[str]:
    return [line.said for line in conversation.lines.order_by("pk") if line.said]


class TestAMembersWords:
    def test_they_open_a_conversation_that_waits_for_a_guide(self, asked: Conversation):
        assert asked.state == State.OPEN
        assert asked.waiting_since == NOON
        assert asked.next_action_at == NOON + PASS_UP_AFTER
        assert asked.ends_at is None

    def test_each_is_screened_in_the_transaction_that_saves_it(self, asked: Conversation):
        line = asked.lines.get()

        screened = Screening.objects.get()
        assert screened.subject == line
        assert screened.text == line.body
        assert screened.author == line.author

    def test_a_worrying_one_raises_an_alert_about_itself(self, asked: Conversation, cast: Cast):
        line = LineFactory(member=cast.member, body=WORRYING)
        screening.drain(now=timezone.now)

        alert = Alert.objects.get()
        assert alert.subject == line
        assert alert.locality == cast.leeds

    def test_f32_the_same_submission_twice_is_one_line(self, asked: Conversation, cast: Cast):
        key = uuid.uuid4()
        first = LineFactory(member=cast.member, body="Once.", idempotency_key=key)
        again = LineFactory(member=cast.member, body="Once.", idempotency_key=key)

        assert again == first
        assert asked.lines.filter(body="Once.").count() == 1

    def test_other_words_under_a_used_key_are_not_lost(self, asked: Conversation, cast: Cast):
        key = uuid.uuid4()
        LineFactory(member=cast.member, body="Once.", idempotency_key=key)
        other = LineFactory(member=cast.member, body="Something else.", idempotency_key=key)
        again = LineFactory(member=cast.member, body="Something else.", idempotency_key=key)

        assert other.body == "Something else."
        assert again == other

    def test_a_second_line_does_not_make_them_wait_anew(self, asked: Conversation, cast: Cast):
        LineFactory(member=cast.member, at=NOON + minutes(4))

        asked.refresh_from_db()
        assert asked.waiting_since == NOON
        assert asked.next_action_at == NOON + PASS_UP_AFTER

    def test_nothing_typed_is_ever_markup(self, cast: Cast):
        line = LineFactory(member=cast.member, body="<script>alert(1)</script>")

        assert "<script>" not in line.body_html
        assert "&lt;script&gt;" in line.body_html


class TestAGuidesWords:
    def test_the_first_ones_begin_the_time_that_was_said(self, asked: Conversation, cast: Cast):
        line = answer(asked, cast.guide, NOON + minutes(3))

        assert line.first_wait == minutes(3)
        assert asked.waiting_since is None
        assert asked.ends_at == NOON + minutes(3) + SITTING_LASTS
        assert asked.is_claimed_by(cast.guide, now=NOON + minutes(3))

    def test_later_ones_do_not_begin_it_again(self, asked: Conversation, cast: Cast):
        answer(asked, cast.guide, NOON + minutes(3))
        second = answer(asked, cast.guide, NOON + minutes(4))

        assert second.first_wait is None
        assert asked.ends_at == NOON + minutes(3) + SITTING_LASTS

    def test_they_are_audited_and_not_screened(self, asked: Conversation, cast: Cast):
        line = answer(asked, cast.guide, NOON)

        assert Screening.objects.count() == 1
        entry = Entry.objects.get(verb="answer")
        assert entry.subject == f"conversation:{asked.pk}"
        assert entry.detail == {"line": line.pk}

    def test_f32_a_double_click_is_one_line_though_it_carries_the_old_version(
        self, asked: Conversation, cast: Cast
    ):
        form = {"idempotency_key": uuid.uuid4(), "version": asked.version}
        first = answer(asked, cast.guide, NOON, **form)

        assert answer(asked, cast.guide, NOON, **form) == first
        assert asked.lines.filter(guide=cast.guide).count() == 1

    def test_a_guide_may_write_first_once_it_had_come_to_an_end(
        self, asked: Conversation, cast: Cast
    ):
        answer(asked, cast.guide, NOON)
        close(asked, cast.guide, NOON)
        line = answer(asked, cast.senior, NOON + minutes(90))

        assert asked.state == State.OPEN
        assert asked.ends_at == NOON + minutes(90) + SITTING_LASTS
        assert line.first_wait is None, "nobody had asked, so nobody had waited"


class TestTwoGuides:
    def test_one_has_it_and_the_other_is_told_who(self, asked: Conversation, cast: Cast):
        operations.claim(conversation=asked, by=cast.guide, at=NOON)

        with pytest.raises(operations.HeldByAnother, match="Guide Leeds"):
            operations.claim(conversation=asked, by=cast.senior, at=NOON)
        with pytest.raises(operations.HeldByAnother):
            answer(asked, cast.senior, NOON)
        assert asked.lines.count() == 1

    def test_a_claim_lapses_and_another_takes_it_up(self, asked: Conversation, cast: Cast):
        operations.claim(conversation=asked, by=cast.guide, at=NOON)
        later = NOON + CLAIM_LASTS

        assert operations.claim(conversation=asked, by=cast.senior, at=later).claimed_by == (
            cast.senior
        )
        with pytest.raises(operations.HeldByAnother):
            operations.keep_claim(conversation=asked, by=cast.guide, at=later)

    def test_the_heartbeat_keeps_it_and_takes_it_up_again_without_ageing_open_forms(
        self, asked: Conversation, cast: Cast
    ):
        claimed = operations.claim(conversation=asked, by=cast.guide, at=NOON)
        kept = operations.keep_claim(conversation=asked, by=cast.guide, at=NOON + minutes(1))
        again = operations.keep_claim(conversation=asked, by=cast.guide, at=NOON + minutes(9))

        assert kept.claim_expires_at == NOON + minutes(1) + CLAIM_LASTS
        assert again.claim_expires_at == NOON + minutes(9) + CLAIM_LASTS
        assert again.version == claimed.version

    def test_who_acts_on_something_older_is_told_so(self, asked: Conversation, cast: Cast):
        seen = asked.version
        answer(asked, cast.guide, NOON)
        operations.release(conversation=asked, by=cast.guide, at=NOON)

        with pytest.raises(operations.ChangedMeanwhile):
            answer(asked, cast.senior, NOON, version=seen)

    def test_a_members_line_does_not_age_a_guides_form(self, asked: Conversation, cast: Cast):
        seen = asked.version
        LineFactory(member=cast.member, at=NOON + minutes(1))

        answer(asked, cast.guide, NOON + minutes(1), version=seen)


class TestTheEnd:
    def test_it_cannot_be_closed_while_words_of_theirs_are_unanswered(
        self, asked: Conversation, cast: Cast
    ):
        with pytest.raises(operations.StillWaiting):
            close(asked, cast.guide, NOON)
        answer(asked, cast.guide, NOON)
        LineFactory(member=cast.member, at=NOON + minutes(1))
        with pytest.raises(operations.StillWaiting):
            close(asked, cast.guide, NOON + minutes(1))

    def test_closing_says_so_warmly_and_leaves_a_note(self, asked: Conversation, cast: Cast):
        answer(asked, cast.guide, NOON)
        close(asked, cast.guide, NOON + minutes(40))

        assert asked.state == State.CLOSED
        assert asked.outcome == Outcome.LIGHTER
        assert asked.claimed_by is None
        assert said_in(asked) == [Said.CLOSED]
        note = asked.notes.get()
        assert (note.about, note.body) == (NoteAbout.CLOSING, "Calmer.")

    def test_writing_opens_it_again_with_time_of_its_own(self, asked: Conversation, cast: Cast):
        answer(asked, cast.guide, NOON)
        close(asked, cast.guide, NOON + minutes(40))
        LineFactory(member=cast.member, at=NOON + minutes(100))

        asked.refresh_from_db()
        assert asked.state == State.OPEN
        assert asked.waiting_since == NOON + minutes(100)
        assert asked.ends_at is None
        assert asked.closed_by is None
        line = answer(asked, cast.senior, NOON + minutes(102))
        assert line.first_wait == minutes(2)

    def test_a_quarter_of_an_hour_more_is_said_to_both(self, asked: Conversation, cast: Cast):
        with pytest.raises(operations.NotNow, match="nothing to extend"):
            operations.extend(conversation=asked, by=cast.guide, version=None, at=NOON)
        answer(asked, cast.guide, NOON)
        operations.extend(conversation=asked, by=cast.guide, version=None, at=NOON)

        asked.refresh_from_db()
        assert asked.ends_at == NOON + SITTING_LASTS + EXTENDED_BY
        assert said_in(asked) == [Said.EXTENDED]

    def test_a_hand_over_needs_no_new_words_to_make_them_wait(
        self, asked: Conversation, cast: Cast
    ):
        answer(asked, cast.guide, NOON)
        operations.hand_over(
            conversation=asked, by=cast.guide, note="Speaks of a friend.", version=None,
            at=NOON + minutes(5),
        )  # fmt: skip

        asked.refresh_from_db()
        assert asked.claimed_by is None
        assert asked.waiting_since == NOON + minutes(5)
        assert asked.next_action_at == NOON + minutes(5) + PASS_UP_AFTER
        told = asked.lines.order_by("pk").last()
        assert told is not None
        assert told.in_house_words == (
            "Guide Leeds hands over to another guide. You need not say it all again."
        )
        assert asked.notes.get().body == "Speaks of a friend."

    def test_a_hand_over_does_not_begin_a_wait_anew(self, asked: Conversation, cast: Cast):
        operations.hand_over(
            conversation=asked, by=cast.guide, note="Not mine.", version=None, at=NOON + minutes(9)
        )

        asked.refresh_from_db()
        assert asked.waiting_since == NOON


class TestTheClock:
    def test_whoever_waits_a_quarter_of_an_hour_is_passed_up_and_again_until_answered(
        self, asked: Conversation, cast: Cast
    ):
        assert clock.move(now=NOON + minutes(14.9))["conversations_passed_up"] == 0
        assert clock.move(now=NOON + minutes(15))["conversations_passed_up"] == 1
        assert clock.move(now=NOON + minutes(16))["conversations_passed_up"] == 0
        assert clock.move(now=NOON + minutes(15) + PASS_UP_EVERY)["conversations_passed_up"] == 1

        asked.refresh_from_db()
        assert asked.passed_up_at == NOON + minutes(15)
        assert asked.passed_up_times == 2
        assert list(Conversation.objects.passed_up()) == [asked]
        answer(asked, cast.guide, NOON + minutes(21))
        assert not Conversation.objects.passed_up().exists()

    def test_a_claim_alone_holds_nothing_back(self, asked: Conversation, cast: Cast):
        operations.claim(conversation=asked, by=cast.guide, at=NOON + minutes(14.5))

        assert clock.move(now=NOON + minutes(15))["conversations_passed_up"] == 1

    def test_who_falls_silent_is_told_once_that_this_is_fine_and_later_it_rests(
        self, asked: Conversation, cast: Cast
    ):
        answer(asked, cast.guide, NOON)
        clock.move(now=NOON + STILL_HERE_AFTER)
        clock.move(now=NOON + STILL_HERE_AFTER + minutes(1))
        assert said_in(asked) == [Said.STILL_HERE]

        moved = clock.move(now=NOON + RESTS_AFTER)

        assert moved["conversations_resting"] == 1
        asked.refresh_from_db()
        assert asked.state == State.RESTING
        assert asked.closed_at is None
        assert said_in(asked) == [Said.STILL_HERE, Said.RESTS]
        assert clock.move(now=NOON + timedelta(days=3)) == {
            "conversations_passed_up": 0, "conversations_resting": 0,
        }  # fmt: skip

    def test_time_that_is_over_closes_nothing_and_cuts_nobody_off(
        self, asked: Conversation, cast: Cast
    ):
        answer(asked, cast.guide, NOON)
        LineFactory(member=cast.member, at=NOON + minutes(44))
        over = NOON + SITTING_LASTS + minutes(30)
        clock.move(now=over)

        asked.refresh_from_db()
        assert asked.state == State.OPEN
        assert asked.waiting_since == NOON + minutes(44)
        assert said_in(asked) == []
        assert asked.minutes_left(now=NOON + minutes(47)) == 0

    def test_what_they_waited_for_a_guide_is_not_taken_from_their_time(
        self, asked: Conversation, cast: Cast
    ):
        answer(asked, cast.guide, NOON)
        LineFactory(member=cast.member, at=NOON + minutes(20))
        asked.refresh_from_db()
        assert asked.minutes_left(now=NOON + minutes(40)) is None, "nobody hurries who waits for us"

        answer(asked, cast.senior, NOON + minutes(50))

        assert asked.ends_at == NOON + SITTING_LASTS + minutes(30)

    def test_an_answer_in_good_time_adds_none(self, asked: Conversation, cast: Cast):
        answer(asked, cast.guide, NOON)
        LineFactory(member=cast.member, at=NOON + minutes(20))
        answer(asked, cast.guide, NOON + minutes(22))

        assert asked.ends_at == NOON + SITTING_LASTS

    def test_minutes_left_are_told_only_when_few_are_left(self, asked: Conversation, cast: Cast):
        answer(asked, cast.guide, NOON)

        assert asked.minutes_left(now=NOON + minutes(34)) is None
        assert asked.minutes_left(now=NOON + minutes(35)) == 10
        assert asked.minutes_left(now=NOON + minutes(44.5)) == 1

    def test_what_a_member_writes_in_the_instant_of_a_look_is_not_swallowed(
        self, asked: Conversation, cast: Cast
    ):
        """The look reads the row again once it holds it."""
        answer(asked, cast.guide, NOON)
        LineFactory(member=cast.member, at=NOON + STILL_HERE_AFTER)
        clock.move(now=NOON + STILL_HERE_AFTER)

        assert said_in(asked) == []


@pytest.mark.django_db(transaction=True)
def test_two_first_lines_in_the_same_instant_make_one_conversation(cast: Cast):
    ready = threading.Barrier(2)

    def write(words: str) -> None:
        ready.wait()
        LineFactory(member=cast.member, body=words)
        connection.close()

    both = [threading.Thread(target=write, args=(words,)) for words in ("One.", "Two.")]
    for each in both:
        each.start()
    for each in both:
        each.join()

    conversation = Conversation.objects.get()
    assert {line.body for line in conversation.lines.all()} == {"One.", "Two."}
    assert Screening.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_guides_in_the_same_instant_one_has_it_and_the_other_keeps_their_words(cast: Cast):
    asked = LineFactory(member=cast.member).conversation
    ready = threading.Barrier(2)
    lost: list[str] = []

    def reply(guide: WallGuide) -> None:
        ready.wait()
        try:
            operations.answer(
                conversation=asked, by=guide, body=f"I am {guide.name}.", version=asked.version,
                idempotency_key=uuid.uuid4(), at=timezone.now(),
            )  # fmt: skip
        except operations.NotNow as refusal:
            lost.append(refusal.sentence)
        connection.close()

    both = [threading.Thread(target=reply, args=(guide,)) for guide in (cast.guide, cast.senior)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    (line,) = asked.lines.filter(guide__isnull=False)
    assert lost == [f"{line.guide.name} has taken this conversation."]


def test_f39_nobody_is_erased_while_words_of_theirs_wait_for_a_guide(
    asked: Conversation, cast: Cast
):
    screening.drain(now=timezone.now)
    assert not Alert.objects.exists()
    assert still_needs_a_person(cast.member)

    answer(asked, cast.guide, NOON)

    assert not still_needs_a_person(cast.member)
