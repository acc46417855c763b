"""
The demo's town: who lives there, what they wrote, and what the guides made of it.

Built through the same operations that people use, one moment after another, so that it
cannot show what the house could not do. The words lie beside it, in demo_words/. Nobody
in it exists, and its guides are no clinicians.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from django.db import transaction
from django.db.models import F

from accounts import consent, ways_in
from accounts import operations as people
from accounts.enums import HouseRule
from accounts.models import Administrator, Member, WallGuide
from accounts.ways_in import Settings as Way
from commissioning.enums import CommissionerKind, Country, WayInKind
from commissioning.models import Commissioner, Locality
from community import operations as wall
from community.models import Post, Reply, Topic
from community.topics import lay_topics
from community.visitors import could_be_asked
from escalation import canary, cases, desk
from escalation.enums import CaseOutcome, StepOutcome
from escalation.models import Case, CaseStep
from notifications import letters
from notifications.models import Notice
from peersupport import demo_care, demo_fairness, demo_groups, demo_talks, demo_unsent
from peersupport.demo_protocols import agree_protocols
from risk import screening
from risk.enums import AlertOutcome, Urgency
from risk.models import Alert, Screening
from risk.operations import Judgement

WORDS = Path(__file__).parent / "demo_words"
# Shown on the first screen of a demo. `prepare` refuses to serve with it anywhere else.
PASSWORD = "limewash-wall"  # noqa: S105
DOMAIN = "demo.example.org"


class SignIn(NamedTuple):
    kind: str
    email: str
    password: str


class Place(NamedTuple):
    slug: str
    name: str
    time_zone: str = "Europe/London"
    country: Country = Country.GB


COMMISSIONERS = [
    ("northmere-health-board", "Northmere Health Board", CommissionerKind.HEALTH_BOARD, [
        Place("northmere-town", "Northmere Town"),
        Place("northmere-coast", "Northmere Coast"),
    ]),
    ("lindenbrook-university", "Lindenbrook University", CommissionerKind.UNIVERSITY, [
        Place("lindenbrook-campus", "Lindenbrook campus"),
        Place("lindenbrook-toronto", "Lindenbrook in Toronto", "America/Toronto", Country.CA),
    ]),
    ("copperleaf-deliveries", "Copperleaf Deliveries", CommissionerKind.EMPLOYER, [
        Place("copperleaf-depots", "Copperleaf depots"),
        Place("copperleaf-galway", "Copperleaf in Galway", "Europe/Dublin", Country.IE),
    ]),
]  # fmt: skip

# How people of each come in. A code is on the demo's first screen, so it is easy to read here.
CODES = {
    "northmere-health-board": "NORTHMERE26",
    "lindenbrook-university": "LINDENBROOK26",
    "copperleaf-deliveries": "COPPERLEAF26",
}
OTHER_WAYS_IN = [
    (
        "northmere-health-board",
        WayInKind.AREA,
        Way(name="People who live there", outward_codes=("ZZ",)),
    ),
    (
        "lindenbrook-university",
        WayInKind.EMAIL_DOMAIN,
        Way(name="Students by e-mail", domains=("students.lindenbrook.example",), max_age=30),
    ),
    (
        "copperleaf-deliveries",
        WayInKind.REFERRAL,
        Way(name="From occupational health", use_limit=20),
    ),
]
ELSEWHERE = {
    "lindenbrook-university": "The city's listening service is open to everybody who lives here.",
}
# Posts that visitors read: the newest of a few topics that nobody is worried by.
FOR_VISITORS = ("small-good-things", "just-sharing", "study-and-work", "loneliness")

# Alias, locality, and how many days before the town is built they came.
MEMBERS = [
    ("Wren", "northmere-town", 24), ("Hazel", "northmere-coast", 61),
    ("Juniper", "lindenbrook-campus", 40), ("Otter", "lindenbrook-campus", 33),
    ("Pebble", "lindenbrook-toronto", 52), ("Clover", "copperleaf-depots", 26),
    ("Marlow", "copperleaf-depots", 75), ("Fern", "copperleaf-galway", 22),
    ("Lantern", "northmere-town", 90), ("Quill", "lindenbrook-campus", 29),
    ("Saffron", "northmere-coast", 45), ("Moth", "lindenbrook-toronto", 38),
    ("Skylark", "northmere-town", 31), ("Tumble", "copperleaf-galway", 27),
]  # fmt: skip

EVERYWHERE = [place.slug for *_, places in COMMISSIONERS for place in places]
# Name, whether senior, and what they cover.
GUIDES: list[tuple[str, bool, list[str]]] = [
    ("Guide Ash", False, EVERYWHERE),
    ("Guide Rowan", False, EVERYWHERE[:2]),
    ("Guide Willow", False, EVERYWHERE[2:4]),
    ("Guide Hawthorn", False, EVERYWHERE[4:]),
    ("Guide Elder", True, EVERYWHERE),
]
# Who looks after a locality's alerts, where the words name no guide.
KEEPERS = dict(
    zip(
        EVERYWHERE,
        ["Guide Rowan"] * 2 + ["Guide Willow"] * 2 + ["Guide Hawthorn"] * 2,
        strict=True,
    )
)


def sign_ins() -> list[SignIn]:
    """One sign-in for each kind of person, for the demo's first screen."""
    return [
        SignIn("member", _email("Wren"), PASSWORD),
        SignIn("wall guide", _email("Guide Ash"), PASSWORD),
        SignIn("senior wall guide", _email("Guide Elder"), PASSWORD),
        SignIn("commissioner", _email("lindenbrook"), PASSWORD),
        SignIn("admin", _email("admin"), PASSWORD),
    ]


def codes() -> list[tuple[str, str]]:
    """An access code for each commissioner, for whoever wants to join the demo."""
    return [(name, CODES[slug]) for slug, name, *_ in COMMISSIONERS]


def replay_members() -> list[SignIn]:
    """The members as whom `replay` posts."""
    return [SignIn("member", _email(alias), PASSWORD) for alias, *_ in MEMBERS]


def replay_guide() -> SignIn:
    """A wall guide who covers every locality of the town."""
    return sign_ins()[1]


def stands() -> bool:
    """Whether the town, with its well-known password, is in this database."""
    return Commissioner.objects.filter(slug=COMMISSIONERS[0][0]).exists()


def build(*, at: datetime) -> bool:
    """
    Build the town as it would be at ``at``, and say whether it was built just now.

    In one transaction: it is there whole or not at all, and no worker screens half of it.
    """
    with transaction.atomic():
        if stands():
            return False
        lay_topics()
        canary.home()
        town = _Town(at)
        town.settle()
        demo_talks.lay_templates(town, at=at)
        demo_talks.foretell(town)
        demo_groups.foretell(town)
        demo_care.foretell(town)
        demo_fairness.foretell(town)
        town.live()
        town.welcome_visitors()
        demo_unsent.furnish(town, span=_span)
        town.write_letters()
        demo_groups.finish(by=town.guides["Guide Ash"], at=at)
    return True


class _Town:
    """The town while it is built: who is who, and what is still to happen when."""

    def __init__(self, built_at: datetime) -> None:
        self.built_at = built_at
        self.random = random.Random(2)  # noqa: S311 -- the same keys in every town
        self.localities: dict[str, Locality] = {}
        self.members: dict[str, Member] = {}
        self.guides: dict[str, WallGuide] = {}
        self.topics = {topic.slug: topic for topic in Topic.objects.all()}
        self.to_come: list[tuple[datetime, int, Callable[[datetime], None]]] = []

    def settle(self) -> None:
        """The places and the people, and what is agreed for them."""
        began = self.built_at - timedelta(days=100)
        for slug, name, kind, places in COMMISSIONERS:
            commissioner = Commissioner.objects.create(slug=slug, name=name, kind=kind)
            for place in places:
                self.localities[place.slug] = Locality.objects.create(
                    commissioner=commissioner, **place._asdict()
                )
            people.appoint_commissioning_lead(
                email=_email(slug.split("-")[0]), password=PASSWORD, name=f"Lead for {name}",
                commissioner=commissioner, at=began,
            )  # fmt: skip
        admin = people.appoint_administrator(
            email=_email("admin"), password=PASSWORD, name="Operator's admin", at=began
        )
        self.open_ways_in(admin, at=began)
        for name, is_senior, covers in GUIDES:
            self.guides[name] = people.appoint_wall_guide(
                email=_email(name), password=PASSWORD, name=name, is_senior=is_senior, at=began,
                covers=[self.localities[slug] for slug in covers],
            )  # fmt: skip
        agree_protocols(_words("protocols.yaml"), at=began + timedelta(days=5))
        for alias, locality, days in sorted(MEMBERS, key=lambda one: -one[2]):
            self.members[alias] = people.enrol_member(
                email=_email(alias), password=PASSWORD, alias=alias,
                locality=self.localities[locality], at=self.built_at - timedelta(days=days),
                consented_to=consent.VERSION,
            )  # fmt: skip

    def open_ways_in(self, admin: Administrator, *, at: datetime) -> None:
        of = {each.slug: each for each in Commissioner.objects.all()}
        for slug, code in CODES.items():
            campaign = ways_in.begin_campaign(
                commissioner=of[slug], name="Posters", by=admin, at=at
            )
            ways_in.set_up(
                commissioner=of[slug], kind=WayInKind.ACCESS_CODE, by=admin, at=at,
                settings=Way(name="Posters everywhere", code=code, campaign=campaign),
            )  # fmt: skip
        for slug, kind, settings in OTHER_WAYS_IN:
            ways_in.set_up(commissioner=of[slug], kind=kind, settings=settings, by=admin, at=at)
        for slug, elsewhere in ELSEWHERE.items():
            ways_in.set_terms(
                commissioner=of[slug], elsewhere=elsewhere, by=admin, at=at,
                episode_retention_months=of[slug].episode_retention_months,
            )  # fmt: skip

    def welcome_visitors(self) -> None:
        """A guide asks some authors whether visitors may read their words, and they say yes."""
        for slug in FOR_VISITORS:
            calm = could_be_asked(Post.objects.on_the_wall().filter(topic__slug=slug))
            for post in calm.select_related("author").newest_first()[:1]:
                guide = self.guides[KEEPERS[post.author.locality.slug]]
                wall.offer_to_visitors(post=post, by=guide, at=self.built_at)
                wall.answer_about_visitors(
                    post=post, author=post.author, agrees=True, at=self.built_at
                )

    def write_letters(self) -> None:
        """The letters of the last two days; and what is older, people have looked at."""
        noon = self.built_at.replace(hour=12, minute=0, second=0, microsecond=0)
        last = noon if noon <= self.built_at else noon - timedelta(days=1)
        Notice.objects.filter(at__lt=last - timedelta(days=3)).update(
            seen_at=F("at") + timedelta(hours=9), push_at=None, letter_at=None
        )
        for day in (last - timedelta(days=1), last):
            letters.write_due(now=day)

    def live(self) -> None:
        """Let happen, in the order of time, all that was written and done."""
        cared_for = demo_care.words()
        threads = [*_words("wall_1.yaml"), *_words("wall_2.yaml"), *cared_for["threads"]]
        for words in [*threads, *cared_for["waiting"]]:
            _Thread(self, words).foretell()
        while self.to_come:
            self.to_come.sort(key=lambda event: event[:2], reverse=True)
            moment, _, happen = self.to_come.pop()
            happen(moment)

    def foretell(self, moment: datetime, happen: Callable[[datetime], None]) -> None:
        # What would happen after the town is built is left to those who visit it.
        if moment <= self.built_at:
            self.to_come.append((moment, -len(self.to_come), happen))

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)


class _Thread:
    """One post, its replies, and what the guides did about it."""

    def __init__(self, town: _Town, words: dict[str, Any]) -> None:
        self.town = town
        self.words = words
        self.replies: list[dict[str, Any]] = words.get("replies", [])
        self.care: Any = words.get("care")
        self.author = town.members[words["by"]]
        self.began = town.built_at - _span(words["ago"])
        self.post: Post
        self.case: Case | None = None

    @property
    def guide(self) -> WallGuide:
        """Who takes care of it: the guide who answers, or else the locality's own."""
        names = [reply["by"] for reply in self.replies if reply["by"] in self.town.guides]
        return self.town.guides[names[0] if names else KEEPERS[self.author.locality.slug]]

    def foretell(self) -> None:
        town = self.town
        town.foretell(self.began, self.publish)
        for reply in self.replies:
            happen = self.answer(reply)
            town.foretell(self.began + _span(reply["after"]), happen)
        talk_ends = max([timedelta(minutes=80), *(_span(r["after"]) for r in self.replies)])
        end = self.began + talk_ends + timedelta(minutes=10)
        match self.care:
            case "open":
                pass
            case "ask_senior":
                town.foretell(self.began + timedelta(minutes=8), self.ask_senior)
            case "running_case":
                town.foretell(self.began + timedelta(minutes=7), self.open_case)
                town.foretell(self.began + timedelta(minutes=9), self.record_next_step)
            case "case":
                town.foretell(self.began + timedelta(minutes=8), self.open_case)
                for minutes in (12, 30, 55):
                    town.foretell(self.began + timedelta(minutes=minutes), self.record_next_step)
                town.foretell(end, self.record_next_step)
                town.foretell(end + timedelta(minutes=5), self.close_case)
            case {"hide": str()}:
                town.foretell(self.began + timedelta(minutes=12), self.hide)
                town.foretell(end, self.close)
            case _:
                town.foretell(end, self.close)

    # -- what members do -------------------------------------------------------------------

    def publish(self, at: datetime) -> None:
        self.post = wall.publish_post(
            author=self.author, topic=self.town.topics[self.words["topic"]],
            body=self.words["body"], idempotency_key=self.town.key(), at=at,
        )  # fmt: skip
        _machine_reads(at)

    def answer(self, reply: dict[str, Any]) -> Callable[[datetime], None]:
        def happen(at: datetime) -> None:
            if guide := self.town.guides.get(reply["by"]):
                self.answer_as_guide(guide, reply["body"], at)
                return
            answered = self.newest_of(reply["to"]) if "to" in reply else None
            written = wall.publish_reply(
                post=self.post, author=self.town.members[reply["by"]], body=reply["body"],
                idempotency_key=self.town.key(), at=at, under=answered,
                quote=reply.get("quote", ""), quoted_reply=answered,
            )  # fmt: skip
            _machine_reads(at)
            if Alert.objects.open().filter(screening__in=written.screenings.all()).exists():
                self.town.foretell(at + timedelta(minutes=25), self.close)

        return happen

    def newest_of(self, alias: str) -> Reply:
        """The last answer in this thread by somebody, for another to stand under."""
        return self.post.replies.filter(author__alias=alias).latest("published_at")

    # -- what guides do --------------------------------------------------------------------

    def alerts(self) -> list[Alert]:
        """What of this thread is open on the desk."""
        asked: set[Screening] = set(self.post.screenings.all())
        for reply in self.post.replies.filter(author__isnull=False):
            asked.update(reply.screenings.all())
        return list(Alert.objects.open().filter(screening__in=asked).order_by("raised_at"))

    def answer_as_guide(self, guide: WallGuide, body: str, at: datetime) -> None:
        key = self.town.key()
        if self.care and (open_ones := self.alerts()):
            desk.reply_to_member(
                alert=open_ones[0], by=guide, body=body, idempotency_key=key, version=None, at=at
            )
        else:
            wall.reply_as_guide(post=self.post, guide=guide, body=body, idempotency_key=key, at=at)

    def ask_senior(self, at: datetime) -> None:
        for alert in self.alerts():
            desk.ask_senior(
                alert=alert, by=self.guide, question=self.words["question"], version=None, at=at
            )

    def hide(self, at: datetime) -> None:
        for alert in self.alerts():
            if alert.subject == self.post:
                desk.hide_writing(
                    alert=alert,
                    by=self.guide,
                    rule=HouseRule.NO_HARM,
                    reason=self.care["hide"],
                    version=None,
                    at=at,
                )

    def close(self, at: datetime) -> None:
        for alert in self.alerts():
            written = self.care if isinstance(self.care, dict) else {}
            about_post = alert.subject == self.post
            outcome = written.get("outcome") if about_post else None
            note = written.get("note") if about_post else None
            desk.close_alert(
                alert=alert,
                by=self.guide,
                outcome=AlertOutcome(outcome or AlertOutcome.NOT_A_WORRY),
                note=note or "Read in its thread. Nothing here asks for more than company.",
                # Demo guides agree with the machine, but where they find nothing to worry about.
                judgement=Judgement(Urgency(alert.urgency) if outcome else Urgency.GREEN),
                version=None,
                at=at,
            )

    def open_case(self, at: datetime) -> None:
        for alert in self.alerts():
            self.case = cases.open_case(
                alert=alert, by=self.guide, version=None, at=at,
                note="Says they want to die. Answered at once; following the protocol.",
            )  # fmt: skip

    def record_next_step(self, at: datetime) -> None:
        waiting = CaseStep.objects.filter(case=self.case, done_at=None).first()
        if self.case is not None and waiting is not None:
            first = not CaseStep.objects.filter(case=self.case, done_at__isnull=False).exists()
            cases.record_step(
                case_step=waiting,
                by=self.guide,
                outcome=StepOutcome.REACHED if first else StepOutcome.DONE,
                note="The member answered, and agrees to what comes next."
                if first
                else "Done as the protocol says. Told the member before and after.",
                at=at,
            )

    def close_case(self, at: datetime) -> None:
        if self.case is not None:
            ending = self.words["case"]
            cases.close_case(
                case=self.case, by=self.guide, outcome=CaseOutcome(ending["outcome"]),
                note=ending["note"], version=None, at=at,
            )  # fmt: skip
        self.close(at)


def _machine_reads(at: datetime) -> None:
    """The real classifier, two seconds after the words were written."""
    screening.drain(now=lambda: at + timedelta(seconds=2))


def _words(name: str) -> Any:
    """What the people of the town say. Lines broken for the file are whole again."""
    words = yaml.safe_load((WORDS / name).read_text())
    for each in words:
        if "body" in each:
            paragraphs = each["body"].strip().split("\n\n")
            each["body"] = "\n\n".join(" ".join(part.split()) for part in paragraphs)
    return words


def _span(text: str) -> timedelta:
    """A length of time as the words give it: ``2d 3h 15m``."""
    units = {"d": "days", "h": "hours", "m": "minutes"}
    return timedelta(**{units[part[-1]]: int(part[:-1]) for part in text.split()})


def _email(name: str) -> str:
    return f"{name.removeprefix('Guide ').lower()}@{DOMAIN}"
