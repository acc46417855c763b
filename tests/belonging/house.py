"""A member with something in every room of the house, and the means to look for it afterwards."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from accounts import preferences
from accounts.consent import VERSION, give_consent
from accounts.enums import HouseRule
from accounts.enums import Reason as ReasonToCome
from accounts.models import Member
from accounts.operations import say_reasons
from community import acts, answers, clock, cooling, drafts, load, offers
from community.acts import Ground
from community.appeals import ask
from community.desk_enums import RiskClass, Treatment
from community.enums import ContentNote, MatterOutcome, ReportReason, Warmth
from community.models import (
    Group,
    GroupMember,
    HelpInvitation,
    LoadCheck,
    Matter,
    PolicyStep,
    Post,
    Reply,
    ReplyClock,
)
from community.operations import (
    edit_writing,
    hide,
    mute_member,
    publish_reply,
    reply_as_guide,
    save_post,
)
from community.reading_place import Place, note_place
from community.reports import close, note, report
from conversations.operations import answer, hand_over, write_line
from escalation import desk
from escalation.cases import close_case, open_case, record_step
from escalation.enums import CaseOutcome, StepOutcome
from escalation.models import Case
from measures.operations import change_goal, set_goal
from notifications.subscriptions import not_now, subscribe
from risk import screening
from risk.enums import AlertOutcome, Urgency
from risk.models import Alert
from risk.operations import Judgement
from tests.cast import Cast
from tests.factories.accounts import MemberFactory, UserFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory, AuditReadingFactory
from tests.push_service import PhoneBrowser
from vault import operations as vault
from vault.details import Details

ALIAS = "Quince Lantern"
# Words that stand nowhere else. The first three are theirs; a guide acted on the second.
QUIET, WORRYING, REPLIED = "xanthic marmalade", "zephyrine sorrow", "quokka umbrella"
EDITED, MUTED, NOTED = "yclept teapot", "brontosaurus", "tessellated note"
WISHED = "velveteen summit"
HANDED = "hurdygurdy rhubarb"
BEGUN = "unsent gramophone"
ASKED = "hummocky lantern"
OTHERS = "others own kazoo"


@dataclass
class Household:
    member: Member
    friend: Member
    seal: str
    handle: uuid.UUID
    public_ids: list[str]
    answered: Post
    alone: Post
    asked_about: Post
    their_reply: Reply
    case: Case | None
    at: datetime


def furnish(cast: Cast, *, with_episode: bool = True, at: datetime | None = None) -> Household:
    """Plant a member with everything: posts, replies, alerts, an episode, labels, choices."""
    at = at or timezone.now()
    user = UserFactory()
    member = MemberFactory(user=user, alias=ALIAS, locality=cast.leeds)
    vault.keep(handle=user.handle, details=Details(name="Perpetua Ivers"), at=at)
    friend = MemberFactory(alias="Fennel", locality=cast.leeds)
    topic = TopicFactory()
    answered = PostFactory(author=member, topic=topic, body=f"A {QUIET}.", at=at)
    theirs = ReplyFactory(post=answered, author=friend, body=f"My {OTHERS}.", at=at)
    ReplyFactory(post=answered, author=member, body=f"Thanks. {REPLIED}", at=at)
    reply_as_guide(
        post=answered, guide=cast.guide, body="Warmly.", idempotency_key=uuid.uuid4(), at=at
    )
    alone = PostFactory(author=member, topic=topic, body="Alone.", at=at)
    edit_writing(writing=alone, body=f"Changed: {EDITED}.", expected_revision=1, at=at)
    elsewhere = PostFactory(author=friend, topic=topic, body=f"Another {OTHERS}.", at=at)
    mine = ReplyFactory(post=elsewhere, author=member, body=f"Here too: {REPLIED}.", at=at)
    ReplyFactory(post=elsewhere, author=friend, body="Thank you for that.", at=at)
    hidden = ReplyFactory(post=elsewhere, author=member, body=f"And {REPLIED}.", at=at)
    # Others answer them, and take up their words.
    for post, words, quoted in ((answered, f"A {QUIET}.", None), (elsewhere, f"{REPLIED}.", mine)):
        publish_reply(
            post=post, author=friend, body=f"To that: {OTHERS}.", idempotency_key=uuid.uuid4(),
            at=at, under=quoted, quote=words, quoted_reply=quoted,
        )  # fmt: skip
    note_place(friend, Place(), feed="wall", after=answered.public_id, now=at)
    hide(writing=hidden, by=cast.guide, reason="A place was named.", at=at)
    decided_about(member, friend=friend, cast=cast, own=alone, others=elsewhere, at=at)
    save_post(post=elsewhere, member=member, at=at)
    save_post(post=answered, member=friend, at=at)
    drafts.keep(member=member, place="post", body=BEGUN, key=uuid.uuid4(), topic=topic, at=at)
    answers.give(writing=elsewhere, member=member, kind=Warmth.HEAR_YOU, at=at)
    for theirs_now in (answered, mine):
        answers.give(writing=theirs_now, member=friend, kind=Warmth.ME_TOO, at=at)
    mute_member(muted=friend, by=member, at=at)
    note_place(member, Place(), feed="wall", after=answered.public_id, now=at)
    mute_member(muted=member, by=friend, at=at)
    group = Group.objects.create(
        name="The quiet room", topic=topic, created_by=cast.guide, created_at=at
    )
    GroupMember.objects.create(
        group=group, member=member, invited_by=cast.guide, invited_at=at, joined_at=at
    )
    offers.offer(member=member, topics=[topic.slug], at=at)
    clock.start_clocks(now=at)
    for post, asked in ((answered, friend), (elsewhere, member)):
        ReplyClock.objects.get_or_create(post=post)
        HelpInvitation.objects.create(post=post, member=asked, invited_at=at)
        handed = load.hand_over(post=post, author=asked, at=at)
        words = HANDED if asked == member else OTHERS
        load.say_why(handed=handed, words=f"Too much: {words}", at=at)
        cooling.slow_down(
            post=post, minutes=5, until=at, reason="To breathe.", by=cast.guide, at=at
        )
    for carrier, other in ((member, friend), (friend, member)):
        LoadCheck.objects.create(member=carrier, other=other, signs=["to_one"], asked_at=at)
    goal = set_goal(member=member, words=f"Reach the {WISHED}", score=3, at=at)
    change_goal(goal=goal, words=f"Reach a {WISHED}", at=at)
    talked = write_line(
        member=member, body=f"I ask: {ASKED}.", idempotency_key=uuid.uuid4(), at=at
    ).conversation
    answer(
        conversation=talked, by=cast.guide, body="I am here.", idempotency_key=uuid.uuid4(),
        version=None, at=at,
    )  # fmt: skip
    hand_over(conversation=talked, by=cast.guide, note=f"Asked: {NOTED}.", version=None, at=at)
    answer(
        conversation=talked, by=cast.guide, body="Back again.", idempotency_key=uuid.uuid4(),
        version=None, at=at,
    )  # fmt: skip
    say_reasons(member=member, reasons=[ReasonToCome.MONEY], at=at)
    give_consent(member=member, version=VERSION, at=at)
    preferences.mute_word(member=member, word=MUTED)
    preferences.choose(member=member, theme="calm", text_size="large")
    subscribe(member=member, browser=PhoneBrowser("https://fcm.googleapis.com/theirs").given, at=at)
    not_now(member=member, at=at)
    screening.drain(now=timezone.now)
    AuditReadingFactory(author=member, at=at)
    # An alert that came to nothing, and an episode.
    nothing = AlertFactory(author=member, urgency=Urgency.AMBER, at=at)
    desk.close_alert(
        alert=nothing, by=cast.guide, outcome=AlertOutcome.REPLIED, note=f"One {NOTED}.",
        judgement=Judgement(Urgency.AMBER), version=None, at=at,
    )  # fmt: skip
    asked_about = PostFactory(author=member, topic=topic, body=f"It is {WORRYING}.", at=at)
    case = None
    if with_episode:
        AgreedProtocolFactory(locality=cast.leeds)
        alert = AlertFactory(post=asked_about, urgency=Urgency.CRISIS, at=at)
        case = open_case(
            alert=alert, by=cast.guide, note=f"Worried: {NOTED}.", version=None, at=at,
            judgement=Judgement(Urgency.CRISIS),
        )  # fmt: skip
        record_step(
            case_step=case.steps.get(), by=cast.guide, outcome=StepOutcome.REACHED,
            note=f"Reached: {NOTED}.", at=at,
        )  # fmt: skip
        close_case(
            case=case, by=cast.guide, outcome=CaseOutcome.SAFE_NOW, note=f"Safe: {NOTED}.",
            version=None, at=at,
        )  # fmt: skip
        case.refresh_from_db()
    screening.drain(now=timezone.now)
    for each in Alert.objects.open().filter(author__in=[member, friend]):
        desk.close_alert(
            alert=each, by=cast.guide, outcome=AlertOutcome.REPLIED, note="Read.",
            judgement=Judgement(Urgency.GREEN), version=None, at=at,
        )  # fmt: skip
    posts = Post.objects.filter(author=member)
    replies = Reply.objects.filter(author=member)
    assert mine in replies
    return Household(
        member=member, friend=friend, seal=user.address_seal, handle=user.handle,
        public_ids=[
            member.public_id,
            *posts.values_list("public_id", flat=True),
            *replies.values_list("public_id", flat=True),
        ],
        answered=answered, alone=alone, asked_about=asked_about, their_reply=theirs, case=case,
        at=at,
    )  # fmt: skip


def decided_about(
    member: Member, *, friend: Member, cast: Cast, own: Post, others: Post, at: datetime
) -> None:
    """Reported and reporting, decided about, asked again, folded by the house, and noted."""
    reason = ReportReason.UNKIND
    report(writing=others, by=member, reason=reason, body=f"It hurts. {REPLIED}", at=at)
    told = report(writing=own, by=friend, reason=reason, body="Too much for me.", at=at)
    ground = Ground(HouseRule.KIND, "A kinder word would do.", matter=told.matter)
    step = {"member": member, "by": cast.guide, "at": at}
    note(matter=told.matter, words=f"Talking: {NOTED}.", days=7, asks_to_leave=True, **step)
    acts.fold(
        writing=own, content_note=ContentNote.OTHER, by=cast.guide, ground=ground, at=at
    )  # fmt: skip
    given = acts.strike(ground=ground, **step)
    paused = acts.pause(days=2, ground=ground, **step)
    acts.lift(ground=Ground(reason="Enough."), **step)
    ask(act=given, by=member, body=f"I meant no harm. {REPLIED}", at=at)
    assert paused.until
    for matter in Matter.objects.open():
        close(
            matter=matter, by=cast.guide, outcome=MatterOutcome.SPOKEN, words="We talked.",
            version=None, at=at,
        )  # fmt: skip
    PolicyStep.objects.create(
        screening=own.screenings.order_by("revision")[0], post=own, author=member, at=at,
        because=RiskClass.AMBER, treatment=Treatment.FOLD, policy_version=0,
    )  # fmt: skip


def tables_with(words: str) -> set[str]:
    """Every table of every schema in which these words stand, in whatever column."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE' "
            "AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in cursor.fetchall():
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{schema}"."{table}" AS each '
                "WHERE strpos(each::text, %s) > 0)",
                [words],
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found
