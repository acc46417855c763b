"""Something on every page: what the tests that visit them all find there."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import HouseRule
from accounts.models import Member
from accounts.preferences import mute_word
from belonging.leaving import leave
from community import acts, answers, clock, cooling, drafts, load, offers, reports
from community.enums import HeldBecause, MatterOutcome, ReportReason, TakenOut, Warmth
from community.groups import end_place
from community.models import Act, Appeal, HelpInvitation, LoadCheck, Post, Reply, Topic
from community.operations import (
    answer_about_visitors,
    edit_writing,
    hide,
    hold_back,
    mute_member,
    offer_to_visitors,
    save_post,
)
from community.topics import lay_topics
from conversations import clock as clock_of_talks
from conversations.enums import Outcome
from conversations.operations import answer, close, hand_over
from escalation import desk, engine, identity
from escalation.cases import close_case, open_case, record_step
from escalation.enums import CaseOutcome, StepOutcome, When, Why
from escalation.models import Case, Protocol, ThemeRise
from escalation.protocols import offer_protocol, start_draft
from risk import screening
from risk.enums import AlertOutcome, Urgency
from risk.models import Alert
from risk.operations import Judgement, answer_reading
from tests.cast import Cast
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.conversations import LineFactory, TemplateFactory
from tests.factories.escalation import AgreedProtocolFactory, operators_own
from tests.factories.fairness import BECAUSE, a_report, an_appeal, hidden_by, noted_by
from tests.factories.groups import GroupFactory, ask_in, let_in
from tests.factories.identity import PLANTED
from tests.factories.releases import (
    a_challenger,
    days_of_screening,
    furnish_the_gate,
    passed,
)
from tests.factories.risk import AlertFactory, AuditReadingFactory
from tests.factories.terms import an_entry, propose
from tests.factories.ways_in import (
    AreaFactory,
    EmailDomainFactory,
    ReferralFactory,
    SignOnFactory,
    WayInFactory,
)
from vault.operations import keep

WORRYING = (
    "I want to kill myself tonight. I have said goodbye to nobody.\n\n"
    "My mum would be better off without me."
)
# As long as words get: an address without a space, an alias of thirty letters.
LONG = "https://example.org/" + "a-very-long-address-that-nobody-can-break/" * 4
LONG_DOMAIN = "students-and-staff.of-a-college-with-a-long-name.example.org"
LONG_ALIAS = "Bartholomew-the-Long-Winded-99"


class Town:
    """Named things on the pages of Leeds. ``cast.member`` wrote half of it."""

    def __init__(self, cast: Cast, *, now: datetime) -> None:
        self.cast, self.now = cast, now
        lay_topics()
        self.topics = list(Topic.objects.all())
        self.colleague = WallGuideFactory(covers=[cast.leeds], name="Guide Rowan")
        self.protocols()
        self.wall()
        self.care()
        self.groups()
        self.alerts()
        self.cases()
        self.who_they_are()
        self.terms()
        self.screening()
        self.fairness()
        self.ways_in()
        self.talks()

    def talks(self) -> None:
        """Waiting and late, under way, and closed; with a long word in each."""
        guide = self.cast.guide
        self.template = TemplateFactory(name="Thank you for telling me")
        TemplateFactory(owner=guide, name="My own goodbye")
        self.line = LineFactory(
            member=self.cast.member, body=f"Is somebody there? {LONG}",
            at=self.now - timedelta(minutes=40),
        )  # fmt: skip
        self.talk = self.line.conversation
        answer(
            conversation=self.talk, by=guide, body=f"I am here. {LONG}",
            idempotency_key=uuid.uuid4(), version=None, at=self.now - timedelta(minutes=38),
        )  # fmt: skip
        hand_over(
            conversation=self.talk, by=guide, note=f"Plain questions. {LONG}", version=None,
            at=self.now - timedelta(minutes=20),
        )  # fmt: skip
        self.talk_waiting = LineFactory(
            member=self.neighbour("Eyebright"), body=WORRYING, at=self.now - timedelta(minutes=16)
        ).conversation
        clock_of_talks.move(now=self.now)
        self.talk_closed = LineFactory(member=self.neighbour("Burdock")).conversation
        answer(
            conversation=self.talk_closed, by=guide, body="Goodbye.",
            idempotency_key=uuid.uuid4(), version=None, at=self.now,
        )  # fmt: skip
        close(
            conversation=self.talk_closed, by=guide, outcome=Outcome.LIGHTER, note="Well.",
            version=None, at=self.now,
        )  # fmt: skip
        screening.drain(now=timezone.now)

    def ways_in(self) -> None:
        """Every kind, at a commissioner with a long name; and a post that visitors read."""
        commissioner = self.cast.leeds.commissioner
        commissioner.slug = "leeds"
        commissioner.name = "Leeds and its many surrounding townships health and care partnership"
        commissioner.elsewhere = "Your own council has a listening line."
        commissioner.save()
        of = {"commissioner": commissioner}
        self.by_code = WayInFactory(**of, code="GARDEN22")
        self.by_email = EmailDomainFactory(**of, domains=[LONG_DOMAIN, "students.example.org"])
        self.by_area = AreaFactory(**of)
        self.by_link = ReferralFactory(**of, use_limit=1000, countries=["GB", "IE"])
        self.by_sign_on = SignOnFactory(**of).way_in
        offer_to_visitors(post=self.post, by=self.cast.guide, at=self.now)
        shown = Post.objects.exclude(pk=self.post.pk).filter(author=self.cast.member)
        for post in shown.on_the_wall()[:3]:
            offer_to_visitors(post=post, by=self.cast.guide, at=self.now)
            answer_about_visitors(post=post, author=self.cast.member, agrees=True, at=self.now)

    def neighbour(self, alias: str) -> Member:
        return MemberFactory(locality=self.cast.leeds, alias=alias)

    def protocols(self) -> None:
        long_ago = self.now - timedelta(days=60)
        operators_own(operator_agreed_at=long_ago)
        self.agreed: Protocol = AgreedProtocolFactory(
            locality=self.cast.leeds,
            operator_agreed_at=long_ago,
            steps=[
                {"contact": "Campus duty team", "when": When.IN_HOURS},
                {"contact": "Night crisis team", "when": When.OUT_OF_HOURS},
                {"contact": "Named clinician", "minutes_to_next": 30},
            ],
        )
        self.cast.commissioner.commissioner = self.cast.leeds.commissioner
        self.offered = start_draft(
            commissioner=self.cast.leeds.commissioner, locality=self.cast.leeds,
            by=self.cast.admin, at=self.now,
        )  # fmt: skip
        offer_protocol(protocol=self.offered, by=self.cast.admin, at=self.now)
        self.draft = start_draft(
            commissioner=self.cast.derby.commissioner, locality=self.cast.derby,
            by=self.cast.admin, at=self.now,
        )  # fmt: skip

    def wall(self) -> None:
        cast, long = self.cast, self.neighbour(LONG_ALIAS)
        for hours, topic in enumerate(self.topics):
            address = LONG if hours == 2 else ""
            PostFactory(
                author=cast.member if hours % 3 else long, topic=topic,
                body=f"A quiet day, number {hours}.\n\nThe sun came out. {address}",
                at=self.now - timedelta(hours=hours * 7 + 3),
            )  # fmt: skip
        self.post: Post = PostFactory(
            author=cast.member, topic=self.topics[3], at=self.now - timedelta(hours=2),
            body=f"It has been quiet since she left.\n\n{LONG}",
        )  # fmt: skip
        self.quiet_post: Post = PostFactory(author=long, topic=self.topics[0], at=self.now)
        self.hidden_post: Post = PostFactory(author=cast.member, topic=self.topics[1], at=self.now)
        hide(
            writing=self.hidden_post, by=cast.guide, at=self.now,
            reason="It names somebody. We want to keep them safe too.",
        )  # fmt: skip
        self.their_reply: Reply = ReplyFactory(
            post=self.post, author=long, body=f"I hear you. {LONG}"
        )
        self.reply: Reply = ReplyFactory(post=self.post, author=cast.member, body="Thank you.")
        edit_writing(writing=self.reply, body="Thank you both.", expected_revision=1, at=self.now)
        self.heavy_post: Post = PostFactory(
            author=cast.member, topic=self.topics[7], body=WORRYING, at=self.now
        )
        self.held_post: Post = PostFactory(
            author=cast.member, topic=self.topics[0], at=self.now, body="Write to me elsewhere.",
            held=HeldBecause.CONTACT_DETAILS,
        )  # fmt: skip
        answers.give(writing=self.post, member=long, kind=Warmth.SENDING_STRENGTH, at=self.now)
        for place, body in (("post", f"I have not said this. {LONG}"), ("reply-gone", "Too late.")):
            drafts.keep(member=cast.member, place=place, body=body, key=uuid.uuid4(), at=self.now)
        # Somebody left: their post is a place without words, and the answer under it stays.
        cast.leaver = self.neighbour("Tansy")  # type: ignore[attr-defined]
        self.taken_away: Post = PostFactory(author=cast.leaver, topic=self.topics[2], at=self.now)  # type: ignore[attr-defined]
        ReplyFactory(post=self.taken_away, author=cast.member, body="I hear you.")
        leave(member=cast.leaver, reasons=[], at=self.now)  # type: ignore[attr-defined]
        # What the member has chosen: a word of theirs is on the wall, and so is somebody muted.
        mute_word(member=cast.member, word="number 4")
        save_post(post=self.quiet_post, member=cast.member, at=self.now)
        nettle = self.neighbour("Nettle")
        PostFactory(author=nettle, topic=self.topics[4], at=self.now - timedelta(hours=1))
        mute_member(muted=nettle, by=cast.member, at=self.now)
        mine = ReplyFactory(post=self.post, author=cast.member, body="My number is …")
        hide(writing=mine, by=cast.guide, reason="It has a number in it.", at=self.now)

    def care(self) -> None:
        """Somebody waits and the member is asked; threads handed over, slow, with words on top."""
        cast = self.cast
        offers.offer(member=cast.member, topics=[self.topics[0].slug], at=self.now)
        soon = self.now - timedelta(minutes=30)
        self.waiting_post: Post = PostFactory(
            author=self.neighbour("Lapwing"), topic=self.topics[5], body=f"Hello? {LONG}", at=soon
        )
        clock.start_clocks(now=self.now)
        HelpInvitation.objects.create(
            post=self.waiting_post, member=cast.member, invited_at=self.now
        )
        clock.ask_helpers(now=self.now, in_an_episode=[])
        self.their_post: Post = PostFactory(
            author=self.neighbour(LONG_ALIAS[:-2]), topic=self.topics[6], at=soon
        )
        self.handed_over: Post = PostFactory(
            author=self.neighbour("Dunlin"), topic=self.topics[6], at=soon
        )
        for post in (self.their_post, self.handed_over):
            ReplyFactory(post=post, author=cast.member, body="I hear you.", at=soon)
        handed = load.hand_over(post=self.handed_over, author=cast.member, at=self.now)
        load.say_why(handed=handed, words=f"It is a lot. {LONG}", at=self.now)
        act: Any = {
            "post": self.their_post, "until": self.now + timedelta(hours=6),
            "by": cast.guide, "at": self.now,
        }  # fmt: skip
        cooling.slow_down(**act, minutes=15, reason="Many at once.")
        cooling.hold(**act, reason="We read first.")
        cooling.pin_new(
            post=self.their_post, body=f"Let us go slowly. {LONG}", by=cast.guide, at=self.now,
            idempotency_key=uuid.uuid4(),
        )  # fmt: skip
        for other, acted in ((self.their_post.author, False), (None, True)):
            LoadCheck.objects.create(
                member=cast.member, other=other, signs=["to_one", "at_night"],
                asked_at=self.now - timedelta(days=20 * acted),
                **({"act": "spoke", "acted_by": cast.guide, "acted_at": self.now} if acted else {}),
            )  # fmt: skip
        ThemeRise.objects.create(
            theme="category-suicide", risen_at=soon, seen_at=self.now, authors=5, expected=0.5
        )

    def groups(self) -> None:
        """One they are in, with words of others; one that asks; one they were taken out of."""
        cast, topic = self.cast, self.topics[1]
        about = {"topic": topic, "by": cast.guide, "blurb": "For those who write at night."}
        self.group = GroupFactory(name="Night owls and other late ones", **about)
        let_in(self.group, cast.member, cast.guide)
        let_in(self.group, self.neighbour("Night Owl"), cast.guide)
        ask_in(self.group, self.neighbour("Barn Owl"), cast.guide)
        ask_in(GroupFactory(name="New fathers", **about), cast.member, cast.guide)
        ended = let_in(GroupFactory(name="Early risers", **about), cast.member, cast.guide)
        end_place(place=ended, by=cast.guide, because="It grew too big to be quiet.", at=self.now)
        self.noted_post: Post = PostFactory(
            author=self.neighbour("Tawny Owl"),
            topic=topic,
            body="It was a hard night.",
            at=self.now,
        )
        noted_by(cast.guide, of=self.noted_post, at=self.now)

    def alerts(self) -> None:
        cast = self.cast
        wren = self.neighbour("Wren")
        self.history: Alert = AlertFactory(
            author=wren, urgency=Urgency.AMBER, at=self.now - timedelta(days=3)
        )
        desk.close_alert(
            alert=self.history, by=self.colleague, outcome=AlertOutcome.REPLIED,
            note="Replied; they wrote back.", judgement=Judgement(Urgency.AMBER), version=None,
            at=self.now - timedelta(days=3),
        )  # fmt: skip
        PostFactory(author=wren, topic=self.topics[7], body=WORRYING)
        screening.drain(now=timezone.now)
        self.unclaimed = Alert.objects.get(author=wren, closed_at=None)

        late = AlertFactory(author=self.neighbour("Moth"), at=self.now - timedelta(hours=1))
        engine.tick(now=self.now)
        late.refresh_from_db()
        assert late.passed_up_at

        self.mine: Alert = AlertFactory(author=self.neighbour("Quill"))
        desk.claim_alert(alert=self.mine, by=cast.guide, at=self.now)
        desk.reply_to_member(
            alert=self.mine, by=cast.guide, body="I am here.", idempotency_key=uuid.uuid4(),
            version=None, at=self.now,
        )  # fmt: skip
        self.theirs: Alert = AlertFactory(author=self.neighbour(LONG_ALIAS[::-1]))
        desk.claim_alert(alert=self.theirs, by=self.colleague, at=self.now)
        # The desk of whoever has it says so all along; nobody sits at that desk here.
        Alert.objects.filter(pk=self.theirs.pk).update(
            claim_expires_at=self.now + timedelta(hours=1)
        )
        self.asked: Alert = AlertFactory(author=self.neighbour("Otter"), urgency=Urgency.AMBER)
        desk.ask_senior(
            alert=self.asked, by=cast.guide, question="Is this a goodbye?", version=None,
            at=self.now,
        )  # fmt: skip
        self.reading = AuditReadingFactory(author=self.neighbour("Plover"))
        self.hidden: Alert = AlertFactory(author=self.neighbour("Fern"), state="left_to_a_person")
        desk.hide_writing(
            alert=self.hidden,
            by=cast.guide,
            rule=HouseRule.NO_HARM,
            reason="Too much detail.",
            version=None,
            at=self.now,
        )

    def screening(self) -> None:
        """A month of counted days, answers to blind readings, and two releases."""
        self.passed = furnish_the_gate(passed(a_challenger(1)), fails=False)
        self.refused = furnish_the_gate(a_challenger(2), fails=True)
        days_of_screening(until=self.now)
        numbers = count(1)
        for level in (Urgency.GREEN, Urgency.GREEN, Urgency.AMBER):
            reading = AuditReadingFactory(author=self.neighbour(f"Finch {next(numbers)}"))
            answer_reading(
                reading=reading, by=self.colleague, judgement=Judgement(level), shown_at=None,
                at=self.now,
            )  # fmt: skip

    def fairness(self) -> None:
        """Reported, decided, asked again, held; and somebody whose time on the wall is paused."""
        cast, now = self.cast, self.now
        bramble = self.neighbour("Bramble")
        theirs = PostFactory(author=bramble, topic=self.topics[2], body=f"Go away. {LONG}")
        told = a_report(of=theirs, by=cast.member, body=f"That hurt. {LONG}")
        a_report(of=theirs, by=self.neighbour("Sedge"), reason=ReportReason.DANGER)
        self.matter = told.matter
        reports.note(
            matter=told.matter, member=bramble, by=self.colleague, words="They answer me.", days=7,
            asks_to_leave=True, at=now,
        )  # fmt: skip
        hidden_by(self.colleague, of=theirs)
        other = a_report(of=self.their_reply, by=cast.member).matter
        reports.claim(matter=other, by=self.colleague, at=now)
        self.matter_of_another = other
        closed = a_report(of=self.quiet_post, by=cast.member)
        reports.close(
            matter=closed.matter, by=cast.guide, outcome=MatterOutcome.LEFT, version=None, at=now,
            words="It is somebody's own day, told in their own words.",
        )  # fmt: skip
        self.matter_closed = closed.matter
        self.held_post: Post = PostFactory(author=cast.member, topic=self.topics[0], body="Held.")
        hold_back(writing=self.held_post, because=HeldBecause.CONTACT_DETAILS, at=now)
        mine = PostFactory(author=cast.member, topic=self.topics[0], body="My number is 0000.")
        step = {"by": self.colleague, "at": now, "ground": BECAUSE}
        self.decided: Act = acts.take_out(writing=mine, words="0000", what=TakenOut.PHONE, **step)
        self.decided_and_asked: Act = acts.strike(member=cast.member, **step)
        self.appeal: Appeal = an_appeal(
            about=self.decided_and_asked, body=f"I meant no harm. {LONG}"
        )
        cast.paused = self.neighbour("Borage")  # type: ignore[attr-defined]
        acts.pause(member=cast.paused, days=2, **step)  # type: ignore[attr-defined]

    def cases(self) -> None:
        self.case = self.open_case("Hazel")
        with_all_taken = self.open_case("Clover")
        while step := with_all_taken.steps.filter(done_at=None).first():
            record_step(
                case_step=step, by=self.cast.guide, outcome=StepOutcome.REACHED,
                note="They ring back.", at=self.now,
            )  # fmt: skip
        self.case_with_all_taken = with_all_taken
        self.closed_case = self.open_case("Tumble")
        close_case(
            case=self.closed_case, by=self.cast.guide, outcome=CaseOutcome.SAFE_NOW,
            note="With a friend tonight.", version=None, at=self.now,
        )  # fmt: skip
        self.late_case = self.open_case("Marlow", at=self.now - timedelta(minutes=20))
        engine.pass_up_late_cases(now=self.now)
        self.late_case.refresh_from_db()
        assert self.late_case.is_passed_up

    def who_they_are(self) -> None:
        """Asked and not decided, open, and opened at once; the last of them about the member."""
        guide = self.cast.guide
        self.identity_case = self.open_case("Robin")
        why = {"by": guide, "why": Why.NO_ANSWER, "reason": "They do not answer since noon."}
        self.asked_by_guide = identity.ask(case=self.open_case("Linnet"), **why)
        approved = self.open_case("Siskin")
        keep(handle=approved.member.user.handle, details=PLANTED, at=self.now)
        self.approved = identity.ask(case=approved, **why)
        identity.decide(asked=self.approved, by=self.colleague, approve=True, note="Yes, call.")
        alert = AlertFactory(author=self.cast.member, urgency=Urgency.CRISIS)
        about_member = open_case(
            alert=alert, by=guide, note="Worried.", version=None, at=self.now
        )  # fmt: skip
        self.released = identity.release_at_once(case=about_member, **why)
        identity.open_identity(asked=self.released, by=guide)

    def terms(self) -> None:
        entry = an_entry(level="red", patterns=["went flumping", "(any)? more flumping"])
        self.term_in_force = propose(self.cast.senior, entry, at=self.now)
        self.waiting_term = propose(
            self.cast.admin, {**entry, "level": "amber", "blockers": "laughing"}, at=self.now
        )

    def open_case(self, alias: str, at: datetime | None = None) -> Case:
        alert = AlertFactory(author=self.neighbour(alias), urgency=Urgency.CRISIS, at=at)
        return open_case(
            alert=alert, by=self.cast.guide, note="Worried about tonight.", version=None,
            at=at or self.now,
        )  # fmt: skip


@pytest.fixture
def town(asgi_server: str, cast: Cast, settings: Any) -> Town:
    return Town(cast, now=timezone.now())
