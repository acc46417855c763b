"""The member's page: what is said first, sending, waiting, and what comes back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import brakes
from accounts.consent import VERSION
from accounts.models import Member
from accounts.preferences import take_a_break
from belonging.leaving import leave
from conversations import operations
from conversations.enums import Outcome
from conversations.models import LINE_MAX_LENGTH, LINES_PER_PAGE, Conversation, Line
from conversations.waits import wait_of
from risk.models import Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.conversations import LineFactory

pytestmark = pytest.mark.django_db

TALK = "/talk/"
WORDS = "I do not know where to begin."


@pytest.fixture
def member(cast: Cast) -> Client:
    return cast.client("member")


def send(client: Client, body: str = WORDS, **more: Any) -> Any:
    return client.post(TALK, {"body": body, "key": str(uuid.uuid4()), **more})


def answered(member: Member, by: Any, *, wait: timedelta, at: datetime) -> Line:
    asked = LineFactory(member=member, at=at - wait)
    return operations.answer(
        conversation=asked.conversation, by=by, body="I am here with you.",
        idempotency_key=uuid.uuid4(), version=None, at=at,
    )  # fmt: skip


class TestBeforeAnythingIsTyped:
    def test_it_says_who_answers_how_long_it_lasts_and_what_becomes_of_it(self, member: Client):
        page = member.get(TALK).text

        for said in (
            "A wall guide answers you",
            "about 45 minutes",
            "time to say goodbye",
            "You need not give your name",
            "A computer reads it too",
            "Only wall guides see it",
            reverse("escalation:what-happens"),
            reverse("help-now"),
        ):
            assert said in page

    def test_it_is_one_tap_away_from_every_page_of_a_member(self, member: Client, cast: Cast):
        link = f'href="{TALK}"'

        for page in ("/wall/", "/me/", "/wall/new/", "/help-now/", reverse("notifications:news")):
            assert link in member.get(page).text, page
        assert link in cast.client("suspended").get("/wall/").text

    def test_the_wait_is_measured_and_not_invented(self, member: Client, cast: Cast):
        now = timezone.now()
        assert "we cannot say how long" in member.get(TALK).text

        for number, minutes in enumerate((1, 3.5, 30)):
            other = MemberFactory(locality=cast.leeds)
            answered(other, cast.guide, wait=timedelta(minutes=minutes), at=now)
            if number == 1:
                assert "we cannot say how long" in member.get(TALK).text, "of two it is not typical"

        assert "had an answer within 4 minutes" in member.get(TALK).text

    def test_what_was_long_ago_or_elsewhere_says_nothing_of_now(self, cast: Cast):
        now = timezone.now()
        for _ in range(3):
            there = MemberFactory(locality=cast.derby)
            answered(there, cast.guide_elsewhere, wait=timedelta(minutes=2), at=now)
            here = MemberFactory(locality=cast.leeds)
            answered(here, cast.guide, wait=timedelta(minutes=2), at=now - timedelta(hours=25))

        assert wait_of(cast.member, now=now).typical is None

    def test_a_longer_wait_at_this_moment_is_said_too_and_ones_own_is_not(self, cast: Cast):
        now = timezone.now()
        LineFactory(member=cast.member, at=now - timedelta(minutes=50))
        assert wait_of(cast.member, now=now).longest_now is None

        LineFactory(member=MemberFactory(locality=cast.leeds), at=now - timedelta(minutes=12))
        assert wait_of(cast.member, now=now).longest_now == 12

    def test_it_says_whether_a_guide_of_their_area_is_there(self, member: Client, cast: Cast):
        assert "No guide of your area is at the desk" in member.get(TALK).text
        cast.client("guide_elsewhere").get("/desk/queue/")
        assert "No guide of your area is at the desk" in member.get(TALK).text

        cast.client("guide").get("/desk/queue/")

        assert "A guide is at the desk now." in member.get(TALK).text


class TestSending:
    def test_the_first_words_open_it_and_stand_there(self, member: Client, cast: Cast):
        answer = send(member)

        assert answer.status_code == 302
        assert answer.url == "/talk/?sent#talk-waits"
        assert Screening.objects.get().subject == Line.objects.get()
        page = member.get(TALK).text
        assert WORDS in page
        assert "A guide reads this" in page

    def test_f32_a_double_click_is_one_line(self, member: Client):
        key = str(uuid.uuid4())
        for _ in range(2):
            assert send(member, key=key).status_code == 302

        assert Line.objects.count() == 1

    @pytest.mark.parametrize("key", ["", "not a key", "None"])
    def test_a_mangled_key_is_no_reason_to_refuse_words(self, member: Client, key: str):
        assert send(member, key=key).status_code == 302

    def test_nothing_typed_and_too_much_typed_come_back_with_a_sentence(self, member: Client):
        empty = send(member, body="  ")
        assert empty.status_code == 422
        assert "A few are enough" in empty.text

        much = send(member, body="x" * (LINE_MAX_LENGTH + 1))
        assert much.status_code == 422
        assert "x" * 100 in much.text
        assert not Line.objects.exists()

    def test_s51_the_brake_keeps_the_words_and_all_before_are_screened(
        self, member: Client, monkeypatch: pytest.MonkeyPatch
    ):
        slow = brakes.Brake("talking", 2, brakes.MINUTE)
        monkeypatch.setattr(brakes, "TALKING", slow)
        for number in range(2):
            assert send(member, body=f"Line {number}.").status_code == 302

        stopped = send(member, body="The third.")

        assert stopped.status_code == 429
        assert "The third." in stopped.text
        assert 'action="/talk/"' in stopped.text
        assert Screening.objects.count() == Line.objects.count() == 2

    def test_a_signed_out_members_words_come_back(self):
        answer = send(Client())

        assert answer.status_code == 403
        assert WORDS in answer.text


def test_f14_with_the_database_away_the_words_come_back_with_an_honest_503(
    cast: Cast, database_away: Any
):
    client = cast.client("member")
    database_away()

    answer = send(client)

    assert answer.status_code == 503
    assert WORDS in answer.text
    assert "116 123" in answer.text


class TestWhoMayTalk:
    def test_a_paused_member_still_may(self, cast: Cast):
        paused = cast.client("suspended")

        assert paused.get("/wall/").status_code == 403
        assert send(paused).status_code == 302
        assert Line.objects.get().author == cast.suspended
        assert WORDS in paused.get("/talk/lines/").text

    def test_a_break_need_not_be_ended_first(self, member: Client, cast: Cast):
        until = timezone.localdate() + timedelta(days=9)
        take_a_break(member=cast.member, until=until, at=timezone.now())

        assert send(member).status_code == 302
        cast.member.refresh_from_db()
        assert cast.member.breaks_until == until

    def test_who_has_left_finds_the_way_back_and_keeps_their_words(
        self, member: Client, cast: Cast
    ):
        leave(member=cast.member, reasons=[], at=timezone.now())
        client = cast.client("member")

        assert client.get(TALK).url == reverse("belonging:stay")
        kept = send(client)
        assert kept.status_code == 403
        assert WORDS in kept.text

    def test_changed_terms_are_read_first_and_the_words_go_along(self, member: Client, cast: Cast):
        Member.objects.filter(pk=cast.member.pk).update(consented_version=VERSION - 1)

        kept = send(member)

        assert kept.status_code == 409
        assert WORDS in kept.text


class TestWhatIsShown:
    @pytest.fixture
    def conversation(self, cast: Cast) -> Conversation:
        line = answered(cast.member, cast.guide, wait=timedelta(minutes=1), at=timezone.now())
        return line.conversation

    def test_an_answer_stands_there_and_puts_out_the_light(
        self, conversation: Conversation, member: Client, cast: Cast
    ):
        cast.member.refresh_from_db()
        assert cast.member.has_news

        page = member.get("/talk/lines/").text

        assert "I am here with you." in page
        assert "Guide Leeds" in page
        cast.member.refresh_from_db()
        assert not cast.member.has_news

    def test_nobody_else_s_line_is_ever_there(self, conversation: Conversation, cast: Cast):
        other = MemberFactory(locality=cast.leeds)
        client = Client()
        client.force_login(other.user)
        line = conversation.lines.first()

        assert "I am here with you." not in client.get(TALK).text
        assert client.get(f"/talk/?before={line.public_id}").status_code == 404

    def test_s27_no_page_of_a_member_says_that_a_guide_has_it_or_has_read_it(
        self, conversation: Conversation, member: Client, cast: Cast
    ):
        send(member)
        before = member.get("/talk/lines/").text
        operations.claim(conversation=conversation, by=cast.guide, at=timezone.now())
        cast.client("guide").get(reverse("escalation:conversation", args=[conversation.pk]))

        assert member.get("/talk/lines/").text == before

    def test_the_last_minutes_are_said_softly_and_the_end_cuts_nothing_off(
        self, conversation: Conversation, member: Client
    ):
        assert "10 minutes are left" not in member.get("/talk/lines/").text
        start = timezone.now()
        with time_machine.travel(start + timedelta(minutes=37), tick=False):
            assert "Less than 10 minutes are left" in member.get("/talk/lines/").text
        with time_machine.travel(start + timedelta(minutes=60), tick=False):
            assert "still time for a goodbye" in member.get("/talk/lines/").text
            assert send(member).status_code == 302

    def test_closing_is_said_warmly_and_leaves_the_box(
        self, conversation: Conversation, member: Client, cast: Cast
    ):
        operations.close(
            conversation=conversation, by=cast.guide, outcome=Outcome.LIGHTER,
            note="A note about them.", version=None, at=timezone.now(),
        )  # fmt: skip

        page = member.get(TALK).text

        assert "has ended for today" in page
        assert "it opens again" in page
        assert 'name="body"' in page
        assert "A note about them." not in page, "guides' notes are for guides"

    def test_an_open_page_is_told_when_nothing_has_changed(
        self, conversation: Conversation, member: Client
    ):
        first = member.get("/talk/lines/")
        again = member.get("/talk/lines/", headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304
        assert again.content == b""

        send(member)

        assert (
            member.get("/talk/lines/", headers={"If-None-Match": first["ETag"]}).status_code == 200
        )

    def test_s31_what_is_typed_is_words_in_the_page_and_in_the_fragment(
        self, conversation: Conversation, member: Client
    ):
        send(member, body="<img src=x onerror=alert(1)>{{ 7|add:7 }}")

        for page in (member.get(TALK).text, member.get("/talk/lines/").text):
            assert "<img" not in page
            assert "&lt;img src=x onerror=alert(1)&gt;{{ 7|add:7 }}" in page

    def test_what_was_said_long_before_is_a_page_back(self, member: Client, cast: Cast):
        for number in range(LINES_PER_PAGE + 2):
            LineFactory(member=cast.member, body=f"Line number {number}.")

        newest = member.get(TALK)
        assert "Line number 1." not in newest.text
        assert f"Line number {LINES_PER_PAGE + 1}." in newest.text
        earlier = newest.text.split('href="?before=')[1].split('"')[0]
        before = member.get(f"{TALK}?before={earlier}").text

        assert "Line number 1." in before
        assert "Line number 2." not in before
        assert "Back to the newest" in before

    @pytest.mark.parametrize("rows", [1, 3, 50])
    def test_the_pages_cost_the_same_queries_however_much_was_said(
        self, rows: int, member: Client, cast: Cast, django_assert_num_queries: Any
    ):
        for _ in range(rows):
            line = LineFactory(member=cast.member)
        member.get(TALK)

        # who reads, conversation, lines, first answers, who waits, guides there
        with django_assert_num_queries(6):
            member.get(TALK)
        with django_assert_num_queries(3):
            member.get("/talk/lines/")
        assert line.conversation.lines.count() == rows
