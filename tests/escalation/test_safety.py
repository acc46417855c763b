"""What the house says about itself, to a monitor and to its own audit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from community.operations import edit_writing
from escalation import cases, safety
from escalation.models import Heartbeat
from risk import screening
from risk.enums import AlertOutcome, ReleaseState, Urgency
from risk.models import Alert, ModelRelease, Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.releases import a_challenger, passed
from tests.factories.risk import AlertFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def all_is_well(now: datetime) -> None:
    for name in ("sentinel", "canary", "beat"):
        safety.beat(name, at=now)


# --- /safety --------------------------------------------------------------------------------


def test_it_gives_every_age_in_seconds(cast, now, all_is_well):
    PostFactory(at=now - timedelta(seconds=5))
    AlertFactory(author=cast.member, at=now - timedelta(seconds=100))
    Heartbeat.objects.filter(name="beat").update(at=now - timedelta(seconds=7))

    assert safety.safety_figures(now=now).as_dict() == {
        "all_well": True,
        "problems": [],
        "oldest_unscreened_seconds": 5.0,
        "oldest_unacknowledged_seconds": 100.0,
        "canary_age_seconds": 0.0,
        "sentinel_age_seconds": 0.0,
        "beat_age_seconds": 7.0,
        "terms_in_use": True,
    }


def test_an_empty_house_that_is_looked_after_is_well(now, all_is_well):
    figures = safety.safety_figures(now=now)

    assert figures.all_well
    assert (figures.oldest_unscreened, figures.oldest_unacknowledged) == (None, None)


def test_a_house_nobody_looks_after_is_not_well(now):
    assert len(safety.safety_figures(now=now).problems) == 2


@pytest.mark.parametrize(
    ("name", "limit", "said"),
    [
        ("sentinel", safety.SENTINEL_LIMIT, "The sentinel is silent"),
        ("canary", safety.CANARY_LIMIT, "The test post has not come through"),
    ],
)
def test_whoever_falls_silent_is_named(name, limit, said, now, all_is_well):
    safety.beat(name, at=now - limit)
    assert safety.safety_figures(now=now).all_well

    safety.beat(name, at=now - limit - timedelta(seconds=1))
    assert [said in each for each in safety.safety_figures(now=now).problems] == [True]


def test_f18_beat_may_be_dead_for_an_hour_and_no_promise_is_broken(cast, now, all_is_well):
    for gone in (timedelta(hours=1), timedelta(days=30)):
        safety.beat("beat", at=now - gone)
        assert safety.safety_figures(now=now).all_well
    Heartbeat.objects.filter(name="beat").delete()

    assert safety.safety_figures(now=now).all_well
    assert safety.safety_figures(now=now).beat is None
    assert not cast.client("guide").get("/desk/strip/").has_header("X-Safety")


def test_writing_that_waits_too_long_is_a_problem(now, all_is_well):
    PostFactory(at=now - safety.UNSCREENED_LIMIT - timedelta(seconds=1))

    assert ["Screening is behind" in each for each in safety.safety_figures(now=now).problems]


def test_an_alert_past_its_time_that_nobody_has_is_a_problem(cast, now, all_is_well):
    alert = AlertFactory(author=cast.member, urgency=Urgency.CRISIS, at=now)
    late = alert.due_at

    def problems() -> list[str]:
        for name in ("sentinel", "canary"):
            safety.beat(name, at=late)
        return safety.safety_figures(now=late).problems

    Screening.objects.all().update(state="screened", urgency=3, screened_at=now)
    assert problems() == ["An alert is past its time and nobody has taken it up."]

    alert.change(acknowledged_at=now, acknowledged_by=cast.guide)
    assert problems() == []


def test_the_canarys_own_alerts_are_nobodys_problem(now, all_is_well):
    hidden = MemberFactory(locality=LocalityFactory(is_hidden=True))
    AlertFactory(author=hidden, at=now - timedelta(days=1))

    assert safety.safety_figures(now=now).oldest_unacknowledged is None
    assert safety.unaudited(now=now) == []


@pytest.mark.parametrize(("well", "status"), [(True, 200), (False, 503)])
def test_a_monitor_with_its_token_is_told(well, status, settings, now):
    settings.MONITOR_TOKEN = "a monitor's own"
    if well:
        safety.beat("sentinel", at=now)
        safety.beat("canary", at=now)

    answer = Client().get("/safety", headers={"Authorization": "Bearer a monitor's own"})

    assert answer.status_code == status
    assert answer.json()["all_well"] is well


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer guessed", "Basic a monitor's own", "Bearer é"]
)
@pytest.mark.parametrize("token", ["", "a monitor's own token"])
def test_without_the_right_token_nobody_is_told(header, token, settings):
    settings.MONITOR_TOKEN = token
    headers = {} if header is None else {"Authorization": header}

    answer = Client().get("/safety", headers=headers)

    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_the_staff_are_told_without_a_token_and_members_are_not(cast: Cast):
    assert cast.client("guide").get("/safety").status_code == 503
    assert cast.client("admin").get("/safety").status_code == 503
    assert cast.client("member").get("/safety").status_code == 404
    assert cast.client("commissioner").get("/safety").status_code == 404


# --- the audit ------------------------------------------------------------------------------


def test_a_house_in_order_has_nothing_to_report(cast, now):
    post = PostFactory(author=cast.member, body="I want to kill myself tonight.")
    ReplyFactory(post=post)
    screening.drain(now=timezone.now)
    edit_writing(writing=post, body="A quiet day.", expected_revision=1, at=now)

    assert safety.unaudited(now=now) == []


@pytest.mark.parametrize("factory", [PostFactory, ReplyFactory])
def test_writing_whose_screening_is_gone_is_found_however_old_it_is(factory, now):
    writing = factory(at=now - timedelta(days=400))
    assert not [each for each in safety.unaudited(now=now) if "without a screening" in each]

    writing.screenings.all().delete()

    (found,) = [each for each in safety.unaudited(now=now) if "without a screening" in each]
    assert found.startswith(f"1 {writing._meta.verbose_name_plural}")


def test_an_edit_whose_screening_is_gone_is_found(now):
    post = PostFactory(at=now)
    edit_writing(writing=post, body="Other words.", expected_revision=1, at=now)
    post.screenings.filter(revision=2).delete()

    assert safety.unaudited(now=now) == ["1 posts without a screening."]


def test_a_guides_own_reply_needs_none(cast, now):
    import uuid

    from community.operations import reply_as_guide

    post = PostFactory(at=now)
    reply_as_guide(post=post, guide=cast.guide, body="Hello.", idempotency_key=uuid.uuid4(), at=now)

    assert safety.unaudited(now=now) == []


def test_an_alert_whose_next_action_did_not_happen_is_found(cast, now):
    alert = AlertFactory(author=cast.member, at=now)

    assert safety.unaudited(now=alert.next_action_at + safety.ACTION_GRACE / 2) == []
    after = alert.next_action_at + safety.ACTION_GRACE + timedelta(seconds=1)
    assert safety.unaudited(now=after) == ["1 alerts whose next action did not happen."]

    alert.change(closed_at=now, closed_by=cast.guide, outcome=AlertOutcome.REPLIED,
                 next_action_at=None)  # fmt: skip
    assert safety.unaudited(now=after) == []


def test_a_case_whose_late_step_did_not_move_up_is_found(cast, now):
    AgreedProtocolFactory(locality=cast.leeds)
    alert = AlertFactory(author=cast.member, at=now)
    case = cases.open_case(alert=alert, by=cast.guide, note="Worried.", version=None, at=now)

    after = case.step_due_at + safety.ACTION_GRACE + timedelta(seconds=1)

    assert safety.unaudited(now=now) == []
    assert safety.unaudited(now=after) == ["1 cases whose late step did not move up."]


def test_a_screening_that_neither_machine_nor_person_got_is_found(now):
    PostFactory(at=now)

    assert safety.unaudited(now=now + 2 * safety.UNSCREENED_LIMIT - timedelta(seconds=1)) == []
    after = now + 2 * safety.UNSCREENED_LIMIT + timedelta(seconds=1)
    assert len(safety.unaudited(now=after)) == 1

    screening.leave_to_a_person(now=after, after=timedelta(0))
    assert safety.unaudited(now=after) == []


def test_everything_wrong_is_said_at_once(cast, now):
    AlertFactory(author=cast.member, at=now - timedelta(days=1))
    Screening.objects.all()
    lost = PostFactory(at=now)
    lost.screenings.all().delete()
    PostFactory(at=now - timedelta(hours=1))

    assert len(safety.unaudited(now=now)) == 3


def test_heartbeats_are_one_row_each(now):
    for seconds in range(3):
        safety.beat("sentinel", at=now + timedelta(seconds=seconds))

    assert Heartbeat.objects.get().at == now + timedelta(seconds=2)


def test_the_audit_finds_a_worrying_reading_that_nobody_was_asked_about(now: datetime):
    alert = AlertFactory(at=now)
    assert safety.unaudited(now=now) == []

    Alert.objects.filter(pk=alert.pk).delete()

    assert safety.unaudited(now=now) == ["1 worrying screenings that never became an alert."]


def test_a_damaged_champion_is_said_on_safety_and_on_the_desk(cast):
    release = passed(a_challenger())
    ModelRelease.objects.filter(pk=release.pk).update(
        state=ReleaseState.CHAMPION, promoted_at=timezone.now(), unusable_since=timezone.now()
    )

    assert safety.MODEL_IS_DAMAGED in safety.safety_figures(now=timezone.now()).problems
    assert safety.MODEL_IS_DAMAGED in cast.client("guide").get("/desk/queue/")["X-Safety"]
