"""
Ten days of reading in the demo's town, so that the screening has something to learn from.

Made-up members post texts of our own corpus, the machine reads them, and the town's guides say
how soon a person should have read them: all through the operations that people use. Nobody in
it exists, its guides are no clinicians, and a model trained on it is for looking at.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import cycle

from django.db import transaction

from accounts import consent
from accounts import operations as people
from accounts.models import Member, WallGuide
from commissioning.models import Locality
from community import operations as wall
from community.models import Post, Topic
from escalation import desk
from peersupport.demo_town import DOMAIN, PASSWORD
from risk import sampling, screening
from risk.corpus import Example, corpus
from risk.enums import AlertOutcome, Urgency
from risk.models import Alert, AuditReading, Label
from risk.operations import Judgement, answer_reading

MEMBERS = 40
LASTS = timedelta(days=10)
# How often each level comes up: a worried town, so that a few hundred texts say something.
SHARES = {Urgency.GREEN: 50, Urgency.AMBER: 24, Urgency.RED: 18, Urgency.CRISIS: 8}
# Half of what was let lie is read blind; in life it is two in a hundred.
RATES = sampling.Rates(at_random=0.5, near=0.5)
# One member in so many does not lend their words.
KEEPS_THEIRS = 8


def build(
    *,
    count: int,
    at: datetime,
    say: Callable[[str], None] = lambda line: None,
    words: Iterable[Example] | None = None,
) -> int:
    """
    Let the town's guides give about ``count`` labels over the ten days before ``at``.

    Returns how many there are now. The same count makes the same labels.

    :param words: what the members write; the whole corpus, where nothing is given
    """
    dice = random.Random(count)  # noqa: S311 -- the same in every demo
    examples = _examples(corpus() if words is None else words, dice)
    with transaction.atomic():
        members = _members(at=at - LASTS)
    # In turn, level by level: everybody has good and bad days.
    authors = {level: cycle(members) for level in Urgency}
    topics = list(Topic.objects.order_by("position"))
    guide = WallGuide.objects.filter(is_senior=False).order_by("pk")[0]
    second = WallGuide.objects.filter(is_senior=True).order_by("pk")[0]
    began, hours = at - LASTS, int(LASTS / timedelta(hours=1))
    for hour in range(hours):
        now = began + timedelta(hours=hour + 1)
        with transaction.atomic():
            # As many as are still due by now, so that the number comes out right.
            while Label.objects.count() < count * (hour + 1) / hours:
                level, text = next(examples)
                moment = now - timedelta(minutes=dice.randint(5, 55))
                post = wall.publish_post(
                    author=next(authors[level]), topic=dice.choice(topics), body=text,
                    idempotency_key=uuid.UUID(int=dice.getrandbits(128), version=4), at=moment,
                )  # fmt: skip
                read_at = moment + timedelta(seconds=2)
                screening.drain(now=lambda read_at=read_at: read_at)  # type: ignore[misc]
                _close(post, guide, level, at=moment + timedelta(minutes=4))
                if (
                    level == Urgency.GREEN
                    and not Alert.objects.filter(
                        subject_id=post.pk, subject_type__model="post"
                    ).exists()
                ):
                    _read_blind(guide, second, now=read_at + timedelta(minutes=2))
        if hour % 24 == 23:
            say(f"Day {hour // 24 + 1}: {Label.objects.count()} labels")
    return Label.objects.count()


def _examples(words: Iterable[Example], dice: random.Random) -> Iterator[tuple[Urgency, str]]:
    by_level: dict[Urgency, list[str]] = {level: [] for level in Urgency}
    for example in words:
        if example.lowest == example.highest and not example.is_reply:
            by_level[example.lowest].append(example.text)
    for texts in by_level.values():
        dice.shuffle(texts)
    levels, shares = list(SHARES), list(SHARES.values())
    while True:
        level = dice.choices(levels, shares)[0]
        if by_level[level]:
            yield level, by_level[level].pop()


def _members(*, at: datetime) -> list[Member]:
    places = list(Locality.objects.filter(is_hidden=False).order_by("pk"))
    found = []
    for number in range(1, MEMBERS + 1):
        alias = f"Reedwarbler {number}"
        member = Member.objects.filter(alias=alias).first()
        if member is None:
            member = people.enrol_member(
                email=f"reedwarbler-{number}@{DOMAIN}", password=PASSWORD, alias=alias,
                locality=places[number % len(places)], at=at,
                consented_to=consent.VERSION,
            )  # fmt: skip
            people.lend_words(member=member, lends=number % KEEPS_THEIRS != 0, at=at)
        found.append(member)
    return found


def _close(post: Post, guide: WallGuide, level: Urgency, *, at: datetime) -> None:
    """The guide takes what the machine asked about, or says what it should have."""
    if level > Urgency.GREEN and not _open_alerts(post):
        desk.report_missed(writing=post, by=guide, judgement=Judgement(level), at=at)
    for alert in _open_alerts(post):
        desk.claim_alert(alert=alert, by=guide, at=at)
        desk.close_alert(
            alert=alert, by=guide, judgement=Judgement(level), version=None,
            outcome=AlertOutcome.WATCHING if level else AlertOutcome.NOT_A_WORRY,
            note="Read for the demo.", at=at + timedelta(seconds=40),
        )  # fmt: skip


def _open_alerts(post: Post) -> list[Alert]:
    return list(Alert.objects.open().filter(subject_id=post.pk, subject_type__model="post"))


def _read_blind(guide: WallGuide, second: WallGuide, *, now: datetime) -> None:
    sampling.draw(now=now, rates=RATES)
    for reading in AuditReading.objects.filter(done_at=None).order_by("pk"):
        for reader in (guide, second) if reading.wants_second else (guide,):
            answer_reading(
                reading=reading, by=reader, judgement=Judgement(Urgency.GREEN),
                shown_at=now - timedelta(seconds=30), at=now,
            )  # fmt: skip
