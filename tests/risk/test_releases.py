"""Releases: two people, one champion, nothing damaged, and a way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Member
from audit.models import Entry
from risk import champion, model, releases, shadow
from risk.corpus import Example, corpus
from risk.enums import ReleaseState, Urgency
from risk.models import Label, ModelRelease, ShadowReading
from risk.releases import Refused
from tests.cast import Cast
from tests.factories.accounts import AdministratorFactory, MemberFactory, SeniorGuideFactory
from tests.factories.releases import a_challenger, altered_model, passed
from tests.factories.risk import screened
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of thousands of texts, enough to ask every question.
    monkeypatch.setattr(releases, "corpus", lambda: corpus()[:300])
    shadow._loaded.release_id = shadow._loaded.reader = None


def sign_twice(release: ModelRelease) -> None:
    for person in (SeniorGuideFactory(), AdministratorFactory()):
        releases.sign(release=release, by=person.user, at=timezone.now())


def promoted(number: float = 1.0) -> ModelRelease:
    release = passed(a_challenger(number))
    sign_twice(release)
    return releases.promote(release=release, by=None, at=timezone.now())


def damage(release: ModelRelease) -> None:
    """What no code of ours can do, as a disk would."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE risk_modelrelease SET content = substring(content from 1 for 1000) "
            "WHERE id = %s",
            [release.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


# --- S56: nothing is loaded that is not what it should be -------------------------------


def test_s56_a_champion_whose_bytes_are_damaged_is_not_loaded_and_the_shipped_model_reads(caplog):
    release = promoted()
    damage(release)

    assert champion.champion().version == model.load().version
    assert "cannot be used" in caplog.text
    assert ModelRelease.objects.damaged_in_use().get() == release


def test_s56_a_model_with_an_unknown_hash_is_not_kept():
    content, manifest = altered_model()

    with pytest.raises(model.ModelUnusable):
        releases.register_challenger(
            content=content + b"x", manifest=manifest, label_counts={}, at=timezone.now()
        )
    assert not ModelRelease.objects.exists()


def test_s56_a_pickle_is_never_unpickled():
    import hashlib
    import pickle

    content = pickle.dumps({"weights": 1})
    manifest = {**model.read()[0], "sha256": hashlib.sha256(content).hexdigest()}

    with pytest.raises(model.ModelUnusable):
        model.load_bytes(content, manifest)


def test_the_database_refuses_to_change_the_bytes_of_a_release():
    a_challenger()

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        ModelRelease.objects.update(content=b"other")


def test_a_champion_that_can_be_loaded_again_is_no_longer_called_damaged():
    release = promoted()
    ModelRelease.objects.filter(pk=release.pk).update(unusable_since=timezone.now())

    assert champion.champion().version == release.version
    assert not ModelRelease.objects.damaged_in_use().exists()


# --- signatures -------------------------------------------------------------------------


def test_two_people_sign_and_one_of_them_is_a_senior_wall_guide(cast: Cast):
    release = passed(a_challenger())
    now = timezone.now()
    for person in (cast.admin, AdministratorFactory()):
        releases.sign(release=release, by=person.user, at=now)

    with pytest.raises(Refused, match="senior wall guide"):
        releases.promote(release=release, by=None, at=now)

    releases.sign(release=release, by=cast.senior.user, at=now)
    assert releases.promote(release=release, by=None, at=now).state == ReleaseState.CHAMPION


def test_nobody_signs_twice_and_nobody_else_signs(cast: Cast):
    release = passed(a_challenger())
    now = timezone.now()
    releases.sign(release=release, by=cast.senior.user, at=now)

    for person, why in (
        (cast.senior, "already"),
        (cast.guide, "Only"),
        (cast.commissioner, "Only"),
    ):
        with pytest.raises(Refused, match=why):
            releases.sign(release=release, by=person.user, at=now)
    with pytest.raises(Refused, match="1 of 2"):
        releases.promote(release=release, by=None, at=now)


def test_signatures_under_an_older_report_no_longer_count():
    release = passed(a_challenger())
    sign_twice(release)
    passed(release, at=timezone.now() + timedelta(minutes=1))

    with pytest.raises(Refused, match="0 of 2"):
        releases.promote(release=release, by=None, at=timezone.now())


def test_a_report_is_good_for_a_week():
    release = passed(a_challenger())
    sign_twice(release)

    with pytest.raises(Refused, match="week"):
        releases.promote(release=release, by=None, at=timezone.now() + timedelta(days=8))


def test_a_report_against_another_champion_does_not_count():
    waiting = passed(a_challenger(2))
    sign_twice(waiting)
    promoted(1)

    with pytest.raises(Refused, match="Another model"):
        releases.promote(release=waiting, by=None, at=timezone.now())


def test_what_has_not_passed_is_neither_signed_nor_promoted(cast: Cast):
    release = a_challenger()

    with pytest.raises(Refused, match="gate"):
        releases.sign(release=release, by=cast.senior.user, at=timezone.now())
    with pytest.raises(Refused, match="gate"):
        releases.promote(release=release, by=None, at=timezone.now())


# --- one champion, and a way back -------------------------------------------------------


def test_promotion_retires_the_champion_and_going_back_returns_it():
    first = promoted(1)
    second = promoted(2)
    assert champion.champion_id() == second.pk
    assert champion.champion().version == second.version
    first.refresh_from_db()
    assert first.state == ReleaseState.RETIRED

    assert releases.roll_back(by=None, at=timezone.now()) == first
    assert champion.champion_id() == first.pk

    assert releases.roll_back(by=None, at=timezone.now()) is None
    assert champion.champion_id() is None
    assert champion.champion().version == model.load().version
    with pytest.raises(Refused, match="shipped"):
        releases.roll_back(by=None, at=timezone.now())


def test_every_act_is_in_the_audit_log(cast: Cast):
    promoted()
    releases.roll_back(by=cast.admin.user, at=timezone.now())

    assert list(Entry.objects.order_by("seq").values_list("verb", flat=True))[-5:] == [
        "train challenger", "sign challenger", "sign challenger", "promote", "roll back",
    ]  # fmt: skip
    assert Entry.objects.last().actor == f"admin:{cast.admin.pk}"


def test_the_database_knows_one_champion():
    promoted(1)
    other = passed(a_challenger(2))

    with pytest.raises(IntegrityError, match="one_champion"), transaction.atomic():
        ModelRelease.objects.filter(pk=other.pk).update(
            state=ReleaseState.CHAMPION, promoted_at=timezone.now()
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_promote_at_once_make_one_champion():
    both = [passed(a_challenger(number)) for number in (1, 2)]
    for release in both:
        sign_twice(release)

    came_of_it = at_once(
        [lambda r=r: releases.promote(release=r, by=None, at=timezone.now()) for r in both]
    )

    assert ModelRelease.objects.champion().count() == 1
    assert sum(isinstance(each, ModelRelease) for each in came_of_it) == 1, came_of_it


def test_the_commands_say_in_words_what_is_missing(capsys):
    for command in ("assess_screening", "promote_screening", "roll_back_screening"):
        with pytest.raises(CommandError, match=r"no such|shipped"):
            call_command(command)
    release = a_challenger()
    call_command("assess_screening")
    assert "not yet" in capsys.readouterr().out
    release.refresh_from_db()
    assert release.state == ReleaseState.CHALLENGER
    with pytest.raises(CommandError, match="not passed"):
        call_command("promote_screening")


# --- what is learnt from ----------------------------------------------------------------


def lender(*, held_out: bool = False, **fields: Any) -> Member:
    while True:
        member = MemberFactory(lends_words=True, **fields)
        if (releases.fold_of(member.pk) in (0, 1)) is held_out:
            return member


def label(screening: Any, cast: Cast, level: Urgency | None = Urgency.RED) -> Label:
    return Label.objects.create(
        screening=screening, source="closed_alert", level=level, is_unsure=level is None,
        judged_by=cast.guide, judged_at=timezone.now(), categories=["suicide"],
    )  # fmt: skip


def lent() -> list[Example]:
    return releases.lent_examples(everyday=frozenset())[0]


def test_nothing_is_learnt_from_words_that_were_not_lent_or_are_kept_for_judging(cast: Cast):
    label(screened(author=MemberFactory(), body="Not lent."), cast)
    label(screened(author=lender(held_out=True), body="Held out."), cast)
    label(screened(author=lender(), body="Not sure."), cast, None)
    label(screened(author=lender(), body="Learnt from."), cast)

    assert [example.text for example in lent()] == ["Learnt from."]


def test_words_taken_back_are_not_in_the_next_model(cast: Cast):
    member = lender()
    label(screened(author=member, body="Mine."), cast)
    assert lent()

    Member.objects.filter(pk=member.pk).update(lends_words=False)
    assert not lent()


def test_what_would_tell_who_somebody_is_is_taken_out_first(cast: Cast):
    label(
        screened(
            author=lender(),
            body="My name is Tamsin Okafor, ring 07700 900123 or mail tam@example.org, please.",
        ),
        cast,
    )

    text = lent()[0].text
    for planted in ("Tamsin", "Okafor", "07700", "900123", "tam@example.org"):
        assert planted not in text
    assert text.startswith("My name is someone")
    assert text.endswith("please.")


def test_two_answers_about_one_text_are_one_example_with_both_ends(cast: Cast):
    screening = screened(author=lender(), body="Twice.")
    label(screening, cast, Urgency.GREEN)
    label(screening, cast, Urgency.RED)

    example = lent()[0]
    assert (example.lowest, example.highest) == (Urgency.GREEN, Urgency.RED)


def test_fewer_than_fifty_new_positives_train_nothing(cast: Cast):
    author = lender()
    for number in range(49):
        label(screened(author=author, body=f"Text {number}."), cast)
    label(screened(author=author, body="A quiet one."), cast, Urgency.GREEN)

    with pytest.raises(Refused, match="49 new labels"):
        releases.train_challenger(at=timezone.now())
    with pytest.raises(CommandError, match="49 new labels"):
        call_command("train_screening", challenger=True)
    assert not ModelRelease.objects.exists()


# --- the shadow -------------------------------------------------------------------------


def test_the_challenger_reads_in_the_shadow_and_raises_nothing(settings):
    settings.SHADOW_SHARE = 1.0
    release = a_challenger()
    one = screened(body="I want to kill myself tonight.")

    assert shadow.read([one.pk], at=timezone.now()) == 1

    reading = ShadowReading.objects.get()
    assert (reading.release, reading.screening) == (release, one)
    assert reading.urgency >= Urgency.RED
    assert not one.alerts.exists()


def test_only_a_share_is_read_and_each_once(settings):
    settings.SHADOW_SHARE = 0.25
    a_challenger()
    pks = [screened().pk for _ in range(40)]

    read = shadow.read(pks, at=timezone.now())
    shadow.read(pks, at=timezone.now())

    assert 0 < read < 30
    assert ShadowReading.objects.count() == read


def test_without_a_challenger_the_shadow_costs_one_query(settings, django_assert_num_queries):
    settings.SHADOW_SHARE = 1.0

    with django_assert_num_queries(1):
        assert shadow.read([1, 2], at=timezone.now()) == 0


def test_a_damaged_challenger_reads_nothing_and_stops_nobody(settings, caplog):
    settings.SHADOW_SHARE = 1.0
    release = a_challenger()
    damage(release)

    assert shadow.read([screened().pk], at=timezone.now()) == 0
    assert f"Challenger {release.pk} cannot be used" in caplog.text


def test_the_worker_reads_for_the_desk_first_and_in_the_shadow_after(settings, monkeypatch):
    from risk import screening
    from risk.models import Alert
    from tests.factories.community import PostFactory

    settings.SHADOW_SHARE = 1.0
    a_challenger()
    PostFactory(body="I want to kill myself tonight.")
    seen: list[int] = []
    read = shadow.read
    monkeypatch.setattr(
        shadow, "read", lambda *a, **k: (seen.append(Alert.objects.count()), read(*a, **k))
    )

    screening.drain(now=timezone.now)

    assert seen == [1]
    assert ShadowReading.objects.count() == 1


def test_a_shadow_that_breaks_does_not_break_the_worker(settings, monkeypatch, caplog):
    settings.SHADOW_SHARE = 1.0
    monkeypatch.setattr(shadow, "_read", lambda *a, **k: 1 / 0)

    assert shadow.read([1], at=timezone.now()) == 0
    assert "ZeroDivisionError" in caplog.text
