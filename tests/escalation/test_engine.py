"""What moves by itself when nobody does, and goes on until a person says they have it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from audit.models import Entry
from escalation import cases, desk, engine
from escalation.enums import CaseOutcome, StepOutcome, When
from escalation.models import Case, CaseStep
from risk.enums import Urgency
from risk.models import CLAIM_LASTS, PASS_UP_EVERY, Alert
from tests.factories.accounts import MemberFactory, SeniorGuideFactory, WallGuideFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.conversations import LineFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 13, 12, tzinfo=UTC)  # a Tuesday
MINUTE = timedelta(minutes=1)

STEPS = [
    {"contact": "The practice", "when": When.IN_HOURS, "minutes_to_next": 30},
    {"contact": "The night team", "when": When.OUT_OF_HOURS, "minutes_to_next": 10},
    {"contact": "The duty clinician", "minutes_to_next": 20},
]


@pytest.fixture
def leeds():
    return LocalityFactory(name="Leeds")


@pytest.fixture
def guide(leeds):
    return WallGuideFactory(covers=[leeds])


def opened(leeds, guide, *, at=NOON, steps=STEPS) -> Case:
    AgreedProtocolFactory(locality=leeds, steps=steps)
    alert = AlertFactory(author=MemberFactory(locality=leeds), at=at)
    return cases.open_case(alert=alert, by=guide, note="", version=None, at=at)


def contacts(case: Case) -> list[str]:
    return [taken.step.contact for taken in case.steps.select_related("step")]


# --- cases --------------------------------------------------------------------------------


def test_a_step_in_time_is_left_alone(leeds, guide):
    case = opened(leeds, guide)

    assert engine.pass_up_late_cases(now=NOON + 29 * MINUTE) == 0

    case.refresh_from_db()
    assert not case.is_passed_up


def test_a_late_step_moves_the_case_up_and_on_to_its_next_step(leeds, guide):
    case = opened(leeds, guide)

    assert engine.pass_up_late_cases(now=NOON + 30 * MINUTE) == 1

    case.refresh_from_db()
    late, running = CaseStep.objects.filter(case=case)
    assert case.is_passed_up
    assert case.passed_up_times == 1
    assert late.late_at == NOON + 30 * MINUTE
    assert late.done_at is None
    assert contacts(case) == ["The practice", "The duty clinician"]
    assert running.due_at == case.step_due_at == NOON + 50 * MINUTE
    assert Entry.objects.filter(actor="sentinel", verb="pass up", subject=f"case:{case.pk}")


def test_f36_after_the_last_step_it_keeps_asking_until_a_person_acknowledges(leeds, guide):
    case = opened(leeds, guide)
    now = NOON + 30 * MINUTE
    engine.pass_up_late_cases(now=now)
    now += 20 * MINUTE
    for times in range(2, 6):
        assert engine.pass_up_late_cases(now=now) == 1
        case.refresh_from_db()
        assert case.passed_up_times == times
        assert case.is_passed_up
        assert case.step_due_at == now + PASS_UP_EVERY
        assert engine.pass_up_late_cases(now=now) == 0  # once a time, not once a look
        now += PASS_UP_EVERY
    assert contacts(case) == ["The practice", "The duty clinician"]

    cases.acknowledge_case(case=case, by=guide, at=now)

    assert engine.pass_up_late_cases(now=now + MINUTE) == 0
    case.refresh_from_db()
    assert not case.is_passed_up


def test_an_acknowledged_case_that_goes_quiet_again_is_passed_up_again(leeds, guide):
    case = opened(leeds, guide)
    engine.pass_up_late_cases(now=NOON + 30 * MINUTE)
    case.refresh_from_db()
    cases.acknowledge_case(case=case, by=guide, at=NOON + 31 * MINUTE)

    assert engine.pass_up_late_cases(now=NOON + 51 * MINUTE) == 1

    case.refresh_from_db()
    assert case.is_passed_up
    assert case.acknowledged_by is None


def test_the_step_moved_on_to_is_the_one_for_the_hour_it_is(leeds, guide):
    case = opened(leeds, guide, at=NOON.replace(hour=16, minute=45))

    engine.pass_up_late_cases(now=NOON.replace(hour=17, minute=15))

    assert contacts(case) == ["The practice", "The night team"]


def test_every_step_taken_and_no_outcome_is_late_too(leeds, guide):
    case = opened(leeds, guide)
    for taken in (0, 1):
        latest = case.steps.latest("started_at", "pk")
        cases.record_step(
            case_step=latest, by=guide, outcome=StepOutcome.DONE, note="",
            at=NOON + taken * MINUTE,
        )  # fmt: skip

    assert engine.pass_up_late_cases(now=NOON + MINUTE + cases.CLOSING_DUE_WITHIN) == 1

    case.refresh_from_db()
    assert case.is_passed_up


def test_a_closed_case_is_never_late(leeds, guide):
    case = opened(leeds, guide)
    cases.close_case(
        case=case, by=guide, outcome=CaseOutcome.SAFE_NOW, note="", version=None, at=NOON
    )

    assert engine.pass_up_late_cases(now=NOON + timedelta(days=9)) == 0


# --- alerts -------------------------------------------------------------------------------


def test_f27_a_claim_whose_desk_fell_silent_goes_back_to_the_queue(leeds, guide):
    alert = AlertFactory(author=MemberFactory(locality=leeds), at=NOON)
    desk.claim_alert(alert=alert, by=guide, at=NOON)

    assert engine.return_lapsed_claims(now=NOON + CLAIM_LASTS - timedelta(seconds=1)) == 0
    assert engine.return_lapsed_claims(now=NOON + CLAIM_LASTS) == 1

    alert.refresh_from_db()
    assert alert.claimed_by is None
    assert alert.acknowledged_by == guide  # who looked first is not forgotten
    assert alert.next_action_at == alert.due_at


def test_an_alert_nobody_takes_in_time_is_passed_up_again_and_again(leeds):
    alert = AlertFactory(author=MemberFactory(locality=leeds), urgency=Urgency.CRISIS, at=NOON)
    now = NOON + Urgency.CRISIS.read_within
    assert engine.pass_up_late_alerts(now=now - timedelta(seconds=1)) == 0

    for times in (1, 2, 3):
        assert engine.pass_up_late_alerts(now=now) == 1
        alert.refresh_from_db()
        assert alert.passed_up_times == times
        assert alert.passed_up_at == NOON + Urgency.CRISIS.read_within
        now += PASS_UP_EVERY


def test_an_alert_in_a_guides_hands_is_not_passed_up(leeds, guide):
    alert = AlertFactory(author=MemberFactory(locality=leeds), at=NOON)
    desk.claim_alert(alert=alert, by=guide, at=alert.due_at - MINUTE)

    assert engine.pass_up_late_alerts(now=alert.due_at) == 0


def test_a_senior_who_does_not_answer_in_time_is_asked_again(leeds, guide):
    alert = AlertFactory(author=MemberFactory(locality=leeds), at=NOON)
    desk.ask_senior(alert=alert, by=guide, question="Is this one?", version=None, at=NOON)
    alert.refresh_from_db()

    assert engine.pass_up_late_alerts(now=alert.senior_due_at) == 1

    desk.answer_guide(
        alert=alert, by=SeniorGuideFactory(covers=[leeds]), answer="It is.", version=None,
        at=alert.senior_due_at + MINUTE,
    )  # fmt: skip
    alert.refresh_from_db()
    assert not alert.waits_for_a_senior


def test_the_canarys_alerts_disturb_nobody():
    hidden = LocalityFactory(is_hidden=True)
    AlertFactory(author=MemberFactory(locality=hidden), at=NOON)

    assert engine.tick(now=NOON + timedelta(days=1))["alerts_passed_up"] == 0


def test_one_tick_moves_everything_that_is_late_and_says_how_much(leeds, guide):
    opened(leeds, guide)
    AlertFactory(author=MemberFactory(locality=leeds), at=NOON)
    held = AlertFactory(author=MemberFactory(locality=leeds), at=NOON)
    desk.claim_alert(alert=held, by=guide, at=NOON)
    LineFactory(member=MemberFactory(locality=leeds), at=NOON)

    assert engine.tick(now=NOON + timedelta(hours=1)) == {
        "claims_returned": 1, "alerts_passed_up": 2, "cases_passed_up": 1,
        "conversations_passed_up": 1, "conversations_resting": 0,
    }  # fmt: skip
    assert Alert.objects.open().filter(passed_up_at__isnull=False).count() == 2
