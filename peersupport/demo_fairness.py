"""
What the demo's people report, and what its guides decide about it: waiting, decided, asked again.

Through the same operations that people use. Nobody in it exists.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from accounts.enums import HouseRule
from accounts.models import Administrator, Member, WallGuide
from commissioning.models import Commissioner
from community import acts, appeals, operations, policy, reports
from community.acts import Ground
from community.desk_enums import RiskClass, Treatment
from community.enums import HeldBecause, MatterOutcome, ReportReason, TakenOut
from community.models import Appeal, Post, Reply, Report, Topic
from escalation import desk
from risk import screening
from risk.enums import AlertOutcome, Urgency
from risk.models import Alert
from risk.operations import Judgement

BUS = (
    "I got off the bus at Saltmarsh Lane, where I live, and walked the last bit. It was raining. "
    "I did not mind."
)
ADVICE = (
    "What worked for me was just not sleeping for two nights, then you crash and it resets you. "
    "Everyone should try it."
)
NUMBER = "I am up most nights. If anyone wants to talk properly, text me on 07700 900461."
RAIN = "Walking the last bit in the rain and not minding. I like that this counts."
DOUBT = "Two nights without sleep made everything worse for me. Please be careful with this one."
BLUNT = "Honestly just leave him, you sound like you enjoy it."


class Town(Protocol):
    """What of the town is needed here."""

    built_at: datetime
    members: dict[str, Member]
    guides: dict[str, WallGuide]
    topics: dict[str, Topic]

    def key(self) -> uuid.UUID: ...
    def foretell(self, moment: datetime, happen: Callable[[datetime], None]) -> None: ...


def foretell(town: Town) -> None:
    """Let each happen in its time, before the town is as its visitors find it."""
    _Fairness(town).foretell()


class _Fairness:
    def __init__(self, town: Town) -> None:
        self.town = town
        self.bus: Post | None = None
        self.blunt: Reply | None = None
        self.advice: Post | None = None
        self.number: Post | None = None

    def foretell(self) -> None:
        for ago, happen in (
            (timedelta(days=6), self.a_commissioner_decides),
            (timedelta(days=5, minutes=50), self.wren_reports),
            (timedelta(days=5, minutes=20), self.it_is_decided),
            (timedelta(days=4), self.wren_says_where),
            (timedelta(days=4, minutes=-11), self.otter_answers_wren),
            (timedelta(days=3, hours=22), self.it_is_taken_out),
            (timedelta(days=2), self.wren_is_blunt),
            (timedelta(days=1, hours=23), self.it_is_hidden),
            (timedelta(hours=20), self.wren_asks_again),
            (timedelta(hours=6), self.clover_gives_advice),
            (timedelta(hours=6, minutes=-9), self.otter_answers_clover),
            (timedelta(hours=3), self.two_report_it),
            (timedelta(minutes=50), self.quill_gives_a_number),
        ):
            self.town.foretell(self.town.built_at - ago, happen)

    # -- decided -----------------------------------------------------------------------------

    def a_commissioner_decides(self, at: datetime) -> None:
        """One has its own policy, so that a version can be seen."""
        commissioner = Commissioner.objects.get(slug="lindenbrook-university")
        policy.set_policy(
            commissioner=commissioner, by=Administrator.objects.all()[0], expected_version=0,
            note="Agreed with the university's clinical lead.", at=at,
            treatments={**policy.DEFAULT, RiskClass.HOSTILITY: Treatment.FOLD},
        )  # fmt: skip

    def wren_reports(self, at: datetime) -> None:
        unkind = Post.objects.filter(author=self.town.members["Tumble"], body__startswith="You lot")
        for post in unkind:
            reports.report(
                writing=post, by=self.town.members["Wren"], reason=ReportReason.UNKIND, at=at,
                body="I wrote in that other thread. It stung.",
            )  # fmt: skip
        self.machine_reads(at)

    def it_is_decided(self, at: datetime) -> None:
        for told in self.town.members["Wren"].reports.select_related("matter"):
            reports.close(
                matter=told.matter, by=self.town.guides["Guide Hawthorn"], version=None, at=at,
                outcome=MatterOutcome.TAKEN_OFF,
                words="You did right to tell us. We are talking with who wrote it.",
            )  # fmt: skip

    def wren_says_where(self, at: datetime) -> None:
        self.bus = operations.publish_post(
            author=self.town.members["Wren"], topic=self.town.topics["small-good-things"],
            body=BUS, idempotency_key=self.town.key(), at=at,
        )  # fmt: skip
        self.machine_reads(at)

    def otter_answers_wren(self, at: datetime) -> None:
        self.otter_answers(self.bus, RAIN, at)

    def it_is_taken_out(self, at: datetime) -> None:
        assert self.bus is not None  # noqa: S101 -- written two hours before
        acts.take_out(
            writing=self.bus, words="Saltmarsh Lane", what=TakenOut.PLACE, at=at,
            by=self.town.guides["Guide Rowan"],
            ground=Ground(
                HouseRule.UNKNOWN,
                "People who live near there could guess who you are. The rest is all yours.",
            ),
        )  # fmt: skip
        self.machine_reads(at)

    # -- asked again ---------------------------------------------------------------------------

    def wren_is_blunt(self, at: datetime) -> None:
        on_it = Post.objects.on_the_wall().filter(topic__slug="relationships-and-family")
        self.blunt = operations.publish_reply(
            post=on_it.newest_first()[0], author=self.town.members["Wren"], body=BLUNT,
            idempotency_key=self.town.key(), at=at,
        )  # fmt: skip
        self.machine_reads(at)

    def it_is_hidden(self, at: datetime) -> None:
        assert self.blunt is not None  # noqa: S101 -- written an hour before
        acts.hide(
            writing=self.blunt, by=self.town.guides["Guide Rowan"], at=at,
            ground=Ground(HouseRule.KIND, "It tells somebody that their hurt is their own fault."),
        )  # fmt: skip

    def wren_asks_again(self, at: datetime) -> None:
        assert self.blunt is not None  # noqa: S101 -- hidden a day before
        appeals.ask(
            act=self.blunt.acts.get(), by=self.town.members["Wren"], at=at,
            body="I was worried about them. I could have said it kinder. Can it come back?",
        )  # fmt: skip
        self.machine_reads(at)

    # -- waiting -------------------------------------------------------------------------------

    def clover_gives_advice(self, at: datetime) -> None:
        self.advice = operations.publish_post(
            author=self.town.members["Clover"], topic=self.town.topics["stress"], body=ADVICE,
            idempotency_key=self.town.key(), at=at,
        )  # fmt: skip
        self.machine_reads(at)

    def otter_answers_clover(self, at: datetime) -> None:
        self.otter_answers(self.advice, DOUBT, at)

    def otter_answers(self, post: Post | None, body: str, at: datetime) -> None:
        assert post is not None  # noqa: S101 -- written ten minutes before
        operations.publish_reply(
            post=post, author=self.town.members["Otter"], body=body,
            idempotency_key=self.town.key(), at=at,
        )  # fmt: skip
        self.machine_reads(at)

    def two_report_it(self, at: datetime) -> None:
        assert self.advice is not None  # noqa: S101 -- given three hours before
        for alias, body in (("Otter", "I tried this and it made me ill."), ("Saffron", "")):
            reports.report(
                writing=self.advice, by=self.town.members[alias], body=body, at=at,
                reason=ReportReason.BAD_ADVICE,
            )  # fmt: skip
        self.machine_reads(at)

    def quill_gives_a_number(self, at: datetime) -> None:
        self.number = operations.publish_post(
            author=self.town.members["Quill"], topic=self.town.topics["loneliness"], body=NUMBER,
            idempotency_key=self.town.key(), at=at, held=HeldBecause.CONTACT_DETAILS,
        )  # fmt: skip
        self.machine_reads(at)

    def machine_reads(self, at: datetime) -> None:
        """The real classifier, two seconds later; and a guide who reads what it asks for."""
        screening.drain(now=lambda: at + timedelta(seconds=2))
        told_us = ContentType.objects.get_for_models(Report, Appeal).values()
        asked = Q(subject_type__in=told_us)
        for writing in (self.bus, self.blunt, self.advice, self.number):
            if writing is not None:
                asked |= Q(screening__in=writing.screenings.all())
        for alert in Alert.objects.open().filter(asked):
            desk.close_alert(
                alert=alert, by=self.town.guides["Guide Ash"], outcome=AlertOutcome.NOT_A_WORRY,
                note="Read. It is about the wall, and is followed there.",
                judgement=Judgement(Urgency.GREEN), version=None, at=at + timedelta(minutes=5),
            )  # fmt: skip
