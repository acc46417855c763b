"""Conversations at the desk: who waits first, what a guide does, and what is never lost."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import HouseRule
from accounts.operations import suspend_member
from audit.models import Entry
from conversations import clock, operations
from conversations.enums import Outcome, State
from conversations.models import LINES_PER_PAGE, Conversation, Line, ReplyTemplate
from escalation import desk, engine, safety, talks
from escalation.models import Case
from escalation.waiting import work_for
from risk import screening
from risk.models import Alert, Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.conversations import LineFactory, TemplateFactory
from tests.factories.escalation import AgreedProtocolFactory

pytestmark = pytest.mark.django_db

LIST = "/desk/conversations/"
WORRYING = "I want to kill myself before my birthday"
TYPED = "Words of mine that must not be lost."


@pytest.fixture
def guide(cast: Cast) -> Client:
    return cast.client("guide")


@pytest.fixture
def asked(cast: Cast) -> Conversation:
    return LineFactory(member=cast.member, body="Hello, I have a question.").conversation


def page_of(conversation: Conversation) -> str:
    return reverse("escalation:conversation", args=[conversation.pk])


def act(client: Client, conversation: Conversation, name: str, **fields: Any) -> Any:
    conversation.refresh_from_db()
    sent = {"version": conversation.version, "key": str(uuid.uuid4())} | fields
    return client.post(f"{page_of(conversation)}{name}/", sent)


def waits(cast: Cast, body: str, *, minutes: float) -> Conversation:
    at = timezone.now() - timedelta(minutes=minutes)
    return LineFactory(member=MemberFactory(locality=cast.leeds), body=body, at=at).conversation


class TestTheList:
    def test_whoever_waits_stands_first_by_urgency_and_then_by_age(self, guide: Client, cast: Cast):
        newest = waits(cast, "Hello, I have a question.", minutes=1)
        oldest = waits(cast, "I would like to talk.", minutes=9)
        worrying = waits(cast, WORRYING, minutes=3)
        screening.drain(now=timezone.now)

        found = talks.conversations_of(cast.guide, now=timezone.now())

        assert found.waiting == [worrying, oldest, newest]
        page = guide.get(LIST).text
        assert page.index(worrying.member.alias) < page.index(oldest.member.alias)
        assert "Crisis" in page or "Red" in page

    def test_what_has_been_answered_weighs_no_more(self, cast: Cast):
        """A worrying line of an hour ago does not put a new question before one that waits."""
        calm = waits(cast, WORRYING, minutes=60)
        operations.answer(
            conversation=calm, by=cast.guide, body="I hear you.", version=None,
            idempotency_key=uuid.uuid4(), at=timezone.now() - timedelta(minutes=50),
        )  # fmt: skip
        operations.release(conversation=calm, by=cast.guide, at=timezone.now())
        LineFactory(member=calm.member, body="Thank you, that was good.")
        older = waits(cast, "I would like to talk.", minutes=9)
        screening.drain(now=timezone.now)

        assert talks.conversations_of(cast.guide, now=timezone.now()).waiting == [older, calm]

    def test_mine_others_and_quiet_ones_stand_apart(self, guide: Client, cast: Cast):
        mine, others = waits(cast, "One.", minutes=2), waits(cast, "Two.", minutes=2)
        quiet = waits(cast, "Three.", minutes=2)
        now = timezone.now()
        operations.claim(conversation=mine, by=cast.guide, at=now)
        operations.claim(conversation=others, by=cast.senior, at=now)
        act(guide, quiet, "answer", body="Here.")
        operations.release(conversation=quiet, by=cast.guide, at=now)

        found = talks.conversations_of(cast.guide, now=now)

        assert (found.waiting, found.mine, found.others, found.quiet) == (
            [], [mine], [others], [quiet],
        )  # fmt: skip
        assert "Guide Senior" in guide.get(f"{LIST}list/").text

    def test_nothing_of_elsewhere_is_there(self, asked: Conversation, cast: Cast):
        elsewhere = cast.client("guide_elsewhere")

        assert cast.member.alias not in elsewhere.get(LIST).text
        assert elsewhere.get(page_of(asked)).status_code == 404
        assert act(elsewhere, asked, "answer", body="Hello.").status_code == 404

    def test_the_desk_counts_who_waits_and_who_waits_late(self, guide: Client, cast: Cast):
        waits(cast, "One.", minutes=2)
        oldest = waits(cast, "Two.", minutes=6)

        (found,) = [w for w in work_for(cast.guide, now=timezone.now()) if w.url == LIST]

        assert (found.count, found.late, found.oldest) == (2, 1, oldest.waiting_since)
        assert "1 late" in guide.get("/desk/").text

    @pytest.mark.parametrize("rows", [1, 3, 50])
    def test_it_costs_the_same_queries_however_many_wait(
        self, rows: int, guide: Client, cast: Cast, django_assert_num_queries: Any
    ):
        for _ in range(rows):
            waits(cast, "Hello.", minutes=1)
        guide.get(LIST)
        guide.get(LIST)

        with django_assert_num_queries(13):
            assert guide.get(LIST).text.count('class="queue-row"') == rows


class TestTheConversation:
    def test_it_shows_what_the_screening_stopped_at_and_leads_to_the_alert(
        self, guide: Client, cast: Cast
    ):
        conversation = waits(cast, WORRYING, minutes=1)
        screening.drain(now=timezone.now)

        page = guide.get(page_of(conversation)).text

        assert "<mark>" in page
        assert reverse("escalation:alert", args=[Alert.objects.get().pk]) in page

    def test_it_shows_what_worried_us_before(self, asked: Conversation, guide: Client, cast: Cast):
        earlier = waits(cast, WORRYING, minutes=60)
        screening.drain(now=timezone.now)
        assert "Nothing else worried us" in guide.get(page_of(asked)).text

        assert WORRYING in guide.get(page_of(earlier)).text.split("last 30 days")[1]

    def test_take_answer_hand_over_and_close(self, asked: Conversation, cast: Cast):
        first, second = cast.client("guide"), cast.client("senior")
        assert act(first, asked, "claim").status_code == 302
        assert act(second, asked, "claim").status_code == 409
        assert act(first, asked, "answer", body="I am here.").status_code == 302
        assert act(first, asked, "extension").status_code == 302
        assert act(first, asked, "hand-over").status_code == 422
        note = "They lost their job. They like to be asked plainly."
        assert act(first, asked, "hand-over", body=note).status_code == 302

        page = second.get(page_of(asked)).text
        assert page.index(note) < page.index("Hello, I have a question.")
        assert act(second, asked, "closure", outcome=Outcome.LIGHTER, body="Well.",
                   goodbye="1").status_code == 409  # fmt: skip
        assert act(second, asked, "answer", body="Goodbye for now.").status_code == 302
        closed = act(second, asked, "closure", outcome=Outcome.LIGHTER, body="Well.", goodbye="1")

        assert closed.status_code == 302
        asked.refresh_from_db()
        assert (asked.state, asked.closed_by) == (State.CLOSED, cast.senior)
        verbs = Entry.objects.filter(subject=f"conversation:{asked.pk}").order_by("seq")
        assert list(verbs.values_list("verb", flat=True)) == [
            "claim", "answer", "extend", "hand over", "claim", "answer", "close",
        ]  # fmt: skip

    def test_closing_asks_for_a_goodbye_unless_they_fell_silent(
        self, asked: Conversation, guide: Client
    ):
        act(guide, asked, "answer", body="I am here.")

        abrupt = act(guide, asked, "closure", outcome=Outcome.LIGHTER, body=TYPED)
        assert abrupt.status_code == 422
        assert "Say goodbye first" in abrupt.text
        assert TYPED in abrupt.text

        assert act(guide, asked, "closure", outcome=Outcome.SILENT, body="x").status_code == 302

    @pytest.mark.parametrize("name", ["answer", "hand-over"])
    def test_two_guides_at_once_never_lose_text(self, asked: Conversation, cast: Cast, name: str):
        seen = asked.version
        act(cast.client("guide"), asked, "answer", body="First.")
        second = cast.client("senior")
        lost = act(second, asked, name, body=TYPED, version=seen)
        assert lost.status_code == 409
        assert "Guide Leeds has taken this conversation." in lost.text
        assert TYPED in lost.text

        operations.release(conversation=asked, by=cast.guide, at=timezone.now())
        changed = act(second, asked, name, body=TYPED, version=seen)
        assert changed.status_code == 409
        assert "Another guide has done something" in changed.text
        assert TYPED in changed.text

        asked.refresh_from_db()
        assert f'name="version" value="{asked.version}"' in changed.text, "sent again it goes"
        assert act(second, asked, name, body=TYPED).status_code == 302

    def test_f32_a_double_click_is_one_line(self, asked: Conversation, guide: Client):
        form = {"key": str(uuid.uuid4()), "version": asked.version, "body": "Once."}
        for _ in range(2):
            assert guide.post(f"{page_of(asked)}answer/", form).status_code == 302

        assert asked.lines.filter(body="Once.").count() == 1

    def test_the_heartbeat_says_who_has_it(self, asked: Conversation, cast: Cast):
        assert act(cast.client("guide"), asked, "heartbeat").json()["yours"] is True
        lost = act(cast.client("senior"), asked, "heartbeat")

        assert lost.status_code == 409
        assert lost.json()["sentence"] == "Guide Leeds has taken this conversation."

    def test_s31_what_was_typed_is_words_in_the_page_and_in_the_fragment(
        self, guide: Client, cast: Cast
    ):
        conversation = waits(cast, "<script>alert(1)</script>", minutes=1)
        act(guide, conversation, "answer", body="<img src=x onerror=alert(2)>")
        act(guide, conversation, "hand-over", body="<b onclick=alert(3)>note</b>")

        for address in (page_of(conversation), f"{page_of(conversation)}lines/", LIST):
            page = guide.get(address).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "<b onclick" not in page
        assert "&lt;img src=x onerror=alert(2)&gt;" in guide.get(page_of(conversation)).text

    def test_a_paused_member_is_said_to_be_paused(
        self, asked: Conversation, guide: Client, cast: Cast
    ):
        suspend_member(member=cast.member, by=cast.guide, reason="A pause.", at=timezone.now())

        assert "A pause is from the wall, not from you." in guide.get(page_of(asked)).text

    @pytest.mark.parametrize("rows", [1, 3, 50])
    def test_it_costs_the_same_queries_however_much_was_said(
        self, rows: int, guide: Client, cast: Cast, django_assert_num_queries: Any
    ):
        for _ in range(rows):
            line = LineFactory(member=cast.member, body=WORRYING)
        screening.drain(now=timezone.now)
        address = page_of(line.conversation)
        guide.get(address)
        guide.get(address)

        with django_assert_num_queries(23):
            shown = guide.get(address).text
        assert shown.count('id="line-') == min(rows, LINES_PER_PAGE)
        with django_assert_num_queries(15):
            shown = guide.get(f"{address}lines/").text
        assert shown.count('id="line-') == min(rows, LINES_PER_PAGE)


class TestTemplates:
    def test_putting_one_in_keeps_what_is_typed_and_sends_nothing(
        self, asked: Conversation, guide: Client
    ):
        template = TemplateFactory(words="We can talk for about half an hour.")
        key = str(uuid.uuid4())
        page = act(guide, asked, "answer", body=TYPED, put_in="1", template=template.pk, key=key)

        assert page.status_code == 200
        assert f"{TYPED}\n\n{template.words}" in page.text
        assert f'value="{key}"' in page.text, "still the same submission"
        assert asked.lines.count() == 1

    @pytest.mark.parametrize("chosen", ["", "99999999999999999999", "x", "-1", "1²"])
    def test_what_is_no_template_changes_nothing(
        self, asked: Conversation, guide: Client, chosen: str
    ):
        page = act(guide, asked, "answer", body=TYPED, put_in="1", template=chosen)

        assert page.status_code == 200
        assert TYPED in page.text

    def test_another_guides_own_words_are_not_offered(
        self, asked: Conversation, guide: Client, cast: Cast
    ):
        theirs = TemplateFactory(owner=cast.senior, words="The senior's own words.")

        assert theirs.words not in guide.get(page_of(asked)).text
        assert theirs.words not in act(guide, asked, "answer", put_in="1", template=theirs.pk).text

    def test_a_guide_keeps_their_own_and_a_senior_everybodys(self, cast: Cast):
        form = {"name": "Listening", "situation": "listening", "body": "I hear you.", "shared": 1}
        for role in ("guide", "senior"):
            answer = cast.client(role).post("/desk/templates/new/", form)
            assert answer.status_code == 302

        own, shared = ReplyTemplate.objects.order_by("pk")
        assert (own.owner, shared.owner) == (cast.guide, None)
        assert Entry.objects.filter(verb="add reply template").count() == 2

    def test_a_template_with_gaps_is_refused_with_what_was_typed(self, guide: Client):
        form = {"name": "Gap", "situation": "listening", "body": "Dear [name], hello."}
        answer = guide.post("/desk/templates/new/", form)

        assert answer.status_code == 422
        assert "Leave no gaps" in answer.text
        assert "Dear [name], hello." in answer.text

    def test_two_seniors_never_overwrite_one_another(self, cast: Cast):
        template = TemplateFactory()
        form = {"name": "N", "situation": "time", "version": template.version}
        address = f"/desk/templates/{template.pk}/"
        senior = cast.client("senior")
        assert senior.post(address, {**form, "body": "Newer."}).status_code == 302

        late = senior.post(address, {**form, "body": TYPED})

        assert late.status_code == 409
        assert "Newer." in late.text
        assert TYPED in late.text
        assert ReplyTemplate.objects.get(pk=template.pk).words == "Newer."
        assert Entry.objects.filter(verb="change reply template").count() == 1

    def test_one_that_is_out_of_use_is_offered_no_more(
        self, asked: Conversation, cast: Cast, guide: Client
    ):
        template = TemplateFactory(words="Old words of ours.")
        assert template.words in guide.get(page_of(asked)).text
        cast.client("senior").post(f"/desk/templates/{template.pk}/retirement/")

        assert template.words not in guide.get(page_of(asked)).text
        assert Entry.objects.filter(verb="retire reply template").exists()


class TestAnAlertAboutALine:
    @pytest.fixture
    def alert(self, cast: Cast) -> Alert:
        LineFactory(member=cast.member, body="Hello, I am new to this.")
        LineFactory(member=cast.member, body=WORRYING)
        screening.drain(now=timezone.now)
        return Alert.objects.get()

    def page(self, alert: Alert) -> str:
        return reverse("escalation:alert", args=[alert.pk])

    def test_it_stands_in_its_conversation(self, alert: Alert, guide: Client):
        page = guide.get(self.page(alert)).text

        assert "In their conversation with us" in page
        assert "Hello, I am new to this." in page
        assert page_of(alert.subject.conversation) in page
        assert "Take it off the wall" not in page
        assert "<mark>" in page

    def test_a_reply_goes_there_and_says_so(self, alert: Alert, guide: Client):
        assert "Your reply, in the conversation" in guide.get(self.page(alert)).text

        sent = guide.post(
            f"{self.page(alert)}reply/",
            {"body": "I am with you.", "key": str(uuid.uuid4()), "version": alert.version},
        )

        assert sent.status_code == 302
        conversation = Conversation.objects.get()
        assert conversation.lines.last().body == "I am with you."
        assert conversation.waiting_since is None

    def test_where_another_guide_has_the_conversation_the_words_come_back(
        self, alert: Alert, guide: Client, cast: Cast
    ):
        operations.claim(conversation=alert.subject.conversation, by=cast.senior, at=timezone.now())
        sent = guide.post(f"{self.page(alert)}reply/", {"body": TYPED, "version": alert.version})

        assert sent.status_code == 409
        assert "Guide Senior has taken this conversation." in sent.text
        assert TYPED in sent.text

    def test_a_case_can_be_opened_about_it(self, alert: Alert, guide: Client, cast: Cast):
        AgreedProtocolFactory(locality=cast.leeds)
        opened = guide.post(
            f"{self.page(alert)}case/", {"body": "Worried.", "version": alert.version}, follow=True
        )

        assert opened.status_code == 200
        assert WORRYING in opened.text
        case = Case.objects.get()
        assert case.member == cast.member
        assert f"case {case.pk}" in guide.get(page_of(alert.subject.conversation)).text

    def test_it_cannot_be_taken_off_a_wall_on_which_it_is_not(self, alert: Alert, cast: Cast):
        with pytest.raises(desk.NotYours, match="no other member sees"):
            desk.hide_writing(
                alert=alert,
                by=cast.guide,
                rule=HouseRule.NO_HARM,
                reason="x",
                version=None,
                at=timezone.now(),
            )

    def test_a_program_is_told_its_kind(self, alert: Alert, guide: Client):
        answer = guide.get("/desk/queue/", headers={"Accept": "application/json"}).json()

        assert answer["alerts"][0]["subject"] == {
            "kind": "line", "public_id": alert.subject.public_id,
        }  # fmt: skip

    def test_a_line_that_was_let_lie_can_be_raised(self, asked: Conversation, guide: Client):
        screening.drain(now=timezone.now)
        line = asked.lines.get()
        address = reverse("escalation:line-sooner", args=[line.public_id])
        assert line.body in guide.get(address).text

        raised = guide.post(address, {"level": "red"})

        assert raised.status_code == 302
        assert Alert.objects.get().subject == line


class TestWhatIsPromised:
    def test_the_sentinels_tick_passes_up_and_the_seniors_see_it(self, cast: Cast):
        late = waits(cast, "Hello, I have a question.", minutes=16)
        senior = cast.client("senior")
        assert late.member.alias not in senior.get("/desk/senior/").text

        moved = engine.tick(now=timezone.now())

        assert moved["conversations_passed_up"] == 1
        assert late.member.alias in senior.get("/desk/senior/").text

    def test_f11_it_needs_no_redis(self, cast: Cast, redis_refused: None):
        waits(cast, "Hello, I have a question.", minutes=16)

        assert engine.tick(now=timezone.now())["conversations_passed_up"] == 1

    def test_the_audit_finds_a_line_without_a_screening(self, asked: Conversation):
        assert not [each for each in safety.unaudited(now=timezone.now()) if "lines" in each]

        Screening.objects.all().delete()

        assert "1 lines without a screening." in safety.unaudited(now=timezone.now())

    def test_the_audit_finds_whoever_was_not_passed_up(self, cast: Cast):
        waits(cast, "Hello, I have a question.", minutes=17)
        sentence = "1 conversations whose next action did not happen."
        assert sentence in safety.unaudited(now=timezone.now())

        clock.move(now=timezone.now())

        assert sentence not in safety.unaudited(now=timezone.now())

    def test_lines_of_guides_and_of_the_house_need_no_screening(
        self, asked: Conversation, cast: Cast
    ):
        operations.answer(
            conversation=asked, by=cast.guide, body="Here.", version=None,
            idempotency_key=uuid.uuid4(), at=timezone.now(),
        )  # fmt: skip
        operations.extend(conversation=asked, by=cast.guide, version=None, at=timezone.now())

        assert Line.objects.count() == 3
        assert not safety.unscreened_writing(Line).exists()
