"""From five hundred answers of guides to another model, and back: in the demo's own town."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Administrator, Member, WallGuide
from peersupport import demo_labels, demo_town
from risk import champion, classifier, model, releases, shadow, training
from risk.corpus import corpus
from risk.enums import LabelSource, ReleaseState, Urgency
from risk.models import Label, ModelRelease, Screening
from tests.factories.releases import a_challenger, passed

pytestmark = pytest.mark.django_db


# The draws of the audit sample hang on the moment, and whether a challenger passes on the draws.
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> Iterator[datetime]:
    with time_machine.travel(MOMENT):
        yield MOMENT


@pytest.fixture
def town(now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch) -> ModelRelease:
    """
    The demo's town with ten days of reading in it, and the first model that was trained there.

    It knows a small part of our corpus: training on all of it takes minutes. The members write
    that and a few worries that it does not know, or a guide would have nothing to find.
    """
    settings.SHADOW_SHARE = 1.0
    with connection.cursor() as cursor:
        # Training takes seconds, and a test is one long transaction.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    monkeypatch.setattr(shadow, "SECONDS_AT_MOST", 60)
    monkeypatch.setattr(shadow, "_loaded", shadow._Loaded())
    # The eldest files: what is written later moves none of these into another group.
    eldest_lines = [example for example in corpus() if example.file.startswith("a")]
    known = [example for example in eldest_lines if example.group % 24 == 0]
    new = [
        example
        for example in eldest_lines
        if example.group % 192 == 1 and example.highest == Urgency.AMBER
    ]
    monkeypatch.setattr(releases, "corpus", lambda: known)
    demo_town.build(at=now - demo_labels.LASTS)
    # By their order and not by their numbers, which hang on the tests that ran before.
    eldest = Member.objects.order_by("pk")[0].pk
    monkeypatch.setattr(releases, "fold_of", lambda pk: (pk - eldest) % releases.FOLDS)
    trained = training.train(known, lexicon=releases.lexicon_in_use())
    first = releases.register_challenger(
        content=trained.content, manifest=trained.manifest, label_counts={}, at=now
    )
    promoted(passed(first, at=now), at=now)
    reads = classifier.Reader(releases.lexicon_in_use(), champion.champion())
    monkeypatch.setattr(classifier, "shipped", lambda: reads)
    assert demo_labels.build(count=500, at=now, words=[*known, *new]) >= 500
    return first


def promoted(release: ModelRelease, *, at: datetime) -> ModelRelease:
    """Signed by two people, one of them a senior wall guide, and put before the desk."""
    for person in (WallGuide.objects.get(is_senior=True), Administrator.objects.get()):
        releases.sign(release=release, by=person.user, at=at)
    call_command("promote_screening", release.pk)
    release.refresh_from_db()
    return release


def reads_in_the_shadow(*, at: datetime) -> None:
    read = Screening.objects.filter(urgency__isnull=False).values_list("pk", flat=True)
    assert shadow.read(list(read), at=at) >= 200


def said(release: ModelRelease) -> str:
    assert release.gate_report
    return "\n".join(
        f"{answer['passed']} {answer['name']}: {answer['says']} {answer['figures']}"
        for answer in release.gate_report["answers"]
    )


def test_promotion_refusal_and_the_way_back(town: ModelRelease, now: datetime):
    sources = set(Label.objects.values_list("source", flat=True))
    assert {LabelSource.CLOSED_ALERT, LabelSource.GUIDE_MISS, LabelSource.AUDIT_RANDOM} <= sources
    # No answer was guessed from what came of an alert.
    assert not Label.objects.filter(level=None, is_unsure=False).exists()
    assert Label.objects.filter(source=LabelSource.CLOSED_ALERT, level=Urgency.GREEN).exists()

    # A challenger, trained as it is in life, with the clock set back fifteen days.
    call_command("train_screening", challenger=True)
    challenger = ModelRelease.objects.challengers()[0]
    ModelRelease.objects.filter(pk=challenger.pk).update(shadow_since=now - timedelta(days=15))
    challenger.refresh_from_db()
    assert challenger.label_counts["new_positive"] >= 50
    assert model.load_bytes(bytes(challenger.content), challenger.manifest)

    # Without a look at the wall it has not passed; read for a fortnight, it has.
    challenger = releases.assess(challenger, at=now - timedelta(days=10))
    assert not challenger.gate_passed
    assert challenger.state == ReleaseState.CHALLENGER, said(challenger)
    reads_in_the_shadow(at=now)
    challenger.refresh_from_db()
    challenger = releases.assess(challenger, at=now)
    assert challenger.gate_passed, said(challenger)

    # Nobody has signed; two people do; then it reads for the desk.
    with pytest.raises(CommandError, match="0 of 2"):
        call_command("promote_screening")
    promoted(challenger, at=now)
    assert champion.champion().version == challenger.version != town.version

    # A challenger with a planted loss: what only the model caught, it no longer catches.
    worse = a_challenger(weights=0.0, at=now - timedelta(days=15))
    reads_in_the_shadow(at=now)
    worse = releases.assess(worse, at=now)
    assert worse.state == ReleaseState.REFUSED, said(worse)
    assert worse.gate_report
    failed = {each["name"] for each in worse.gate_report["answers"] if not each["passed"]}
    assert {"No new must-catch miss", "RED recall at an equal alert rate"} <= failed, said(worse)
    with pytest.raises(CommandError, match="no challenger"):
        call_command("promote_screening", worse.pk)
    assert champion.champion_id() == challenger.pk

    # And back, a command each: to the first model, and to the one that came with the software.
    call_command("roll_back_screening")
    assert champion.champion().version == town.version
    call_command("roll_back_screening")
    assert champion.champion_id() is None
    assert champion.champion().version == model.load().version
