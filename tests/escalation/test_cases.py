"""A case is followed as its protocol says, by the hours of its locality's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from audit.models import Entry
from escalation import cases, engine
from escalation.desk import ChangedMeanwhile, ClaimedByAnother
from escalation.enums import CaseOutcome, StepOutcome, When
from escalation.models import Case, CaseStep, Protocol
from risk.enums import AlertOutcome
from risk.models import Alert
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.escalation import AgreedProtocolFactory, ProtocolFactory, operators_own
from tests.factories.risk import AlertFactory
from tests.sign_ins import SignedIn

pytestmark = pytest.mark.django_db

# A Tuesday. In Leeds (UTC in winter) noon is in hours and 22:00 is not.
NOON = datetime(2026, 1, 13, 12, tzinfo=UTC)
NIGHT = datetime(2026, 1, 13, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

DAY_AND_NIGHT = [
    {"contact": "The practice", "when": When.IN_HOURS, "minutes_to_next": 30},
    {"contact": "The night team", "when": When.OUT_OF_HOURS, "minutes_to_next": 10},
    {"contact": "The duty clinician", "minutes_to_next": 20},
]


@pytest.fixture
def leeds():
    return LocalityFactory(name="Leeds")


@pytest.fixture
def guide(leeds):
    return WallGuideFactory(covers=[leeds], name="Guide Leeds")


def opened(leeds, guide, *, at=NOON, steps=DAY_AND_NIGHT, author=None) -> Case:
    if not Protocol.objects.of_place(leeds.commissioner, leeds).agreed():
        AgreedProtocolFactory(locality=leeds, steps=steps)
    alert = AlertFactory(author=author or MemberFactory(locality=leeds), at=at)
    return cases.open_case(alert=alert, by=guide, note="I worry.", version=None, at=at)


def current(case: Case) -> CaseStep:
    return case.steps.select_related("step").latest("started_at", "pk")


def done(case: Case, guide, *, at, outcome=StepOutcome.DONE) -> Case:
    return cases.record_step(
        case_step=current(case), by=guide, outcome=outcome, note="Spoke to them.", at=at
    )


# --- opening ------------------------------------------------------------------------------


def test_in_hours_a_case_begins_with_the_step_for_in_hours(leeds, guide):
    case = opened(leeds, guide, at=NOON)

    assert current(case).step.contact == "The practice"
    assert case.step_due_at == current(case).due_at == NOON + 30 * MINUTE


def test_out_of_hours_it_begins_with_the_step_for_out_of_hours(leeds, guide):
    case = opened(leeds, guide, at=NIGHT)

    assert current(case).step.contact == "The night team"
    assert case.step_due_at == NIGHT + 10 * MINUTE


def test_the_hours_are_those_of_the_locality_and_not_of_the_server():
    auckland = LocalityFactory(time_zone="Pacific/Auckland")
    guide = WallGuideFactory(covers=[auckland])

    # 22:00 UTC on Tuesday is 11:00 on Wednesday there.
    assert current(opened(auckland, guide, at=NIGHT)).step.contact == "The practice"


def test_opening_closes_the_alert_into_the_case(leeds, guide):
    case = opened(leeds, guide)

    alert = case.alerts.get()
    assert (alert.outcome, alert.closed_by, alert.closing_note) == (
        AlertOutcome.CASE_OPENED, guide, "I worry.",
    )  # fmt: skip
    assert Entry.objects.filter(verb="open case", actor=f"guide:{guide.pk}").exists()


def test_f37_a_case_keeps_the_version_it_began_with(leeds, guide):
    case = opened(leeds, guide)
    first = case.protocol

    newer = AgreedProtocolFactory(locality=leeds, version=2, steps=[{"contact": "Somebody new"}])
    done(case, guide, at=NOON + MINUTE)

    case.refresh_from_db()
    assert Protocol.objects.in_force_for(leeds) == newer
    assert case.protocol == first
    assert current(case).step.contact == "The duty clinician"


def test_without_any_protocol_the_guide_is_told_and_the_alert_stays_as_it_was(leeds, guide):
    ProtocolFactory(locality=leeds)  # a draft is not enough
    alert = AlertFactory(author=MemberFactory(locality=leeds))

    with pytest.raises(cases.NoProtocolAgreed) as refusal:
        cases.open_case(alert=alert, by=guide, note="I worry.", version=None, at=NOON)

    alert.refresh_from_db()
    assert "senior wall guide" in refusal.value.sentence
    assert alert.is_open
    assert alert.claimed_by is None
    assert not Case.objects.exists()


def test_where_nothing_of_its_own_is_agreed_the_operators_protocol_is_followed(leeds, guide):
    own = operators_own(steps=DAY_AND_NIGHT)
    alert = AlertFactory(author=MemberFactory(locality=leeds), at=NOON)

    case = cases.open_case(alert=alert, by=guide, note="", version=None, at=NOON)

    assert case.protocol == own
    assert current(case).step.contact == "The practice"


def test_a_second_worry_about_the_same_member_joins_the_case_that_runs(leeds, guide):
    member = MemberFactory(locality=leeds)
    first = opened(leeds, guide, author=member)

    second = opened(leeds, guide, author=member, at=NOON + 5 * MINUTE)

    assert second == first
    assert first.alerts.count() == 2
    assert first.steps.count() == 1
    second.refresh_from_db()
    assert second.step_due_at == NOON + 30 * MINUTE  # not late, so its clock runs on


def test_a_second_worry_put_into_a_late_case_is_a_person_taking_it_in_hand(leeds, guide):
    member = MemberFactory(locality=leeds)
    case = opened(leeds, guide, author=member)
    late = NOON + 31 * MINUTE
    engine.pass_up_late_cases(now=late)

    joined = opened(leeds, guide, author=member, at=late + MINUTE)

    assert joined == case
    assert not joined.is_passed_up
    assert joined.acknowledged_by == guide
    assert joined.step_due_at == late + 21 * MINUTE


def test_the_database_itself_allows_one_open_case_a_member(leeds, guide):
    case = opened(leeds, guide)

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(
            member=case.member, locality=leeds, protocol=case.protocol, opened_by=guide,
            opened_at=NOON, step_due_at=NOON,
        )  # fmt: skip


def test_a_new_case_is_opened_once_the_last_is_closed(leeds, guide):
    member = MemberFactory(locality=leeds)
    first = opened(leeds, guide, author=member)
    cases.close_case(
        case=first, by=guide, outcome=CaseOutcome.SAFE_NOW, note="", version=None, at=NOON
    )

    assert opened(leeds, guide, author=member, at=NOON + MINUTE) != first


def test_another_guides_alert_is_not_put_into_a_case(leeds, guide):
    AgreedProtocolFactory(locality=leeds)
    alert = AlertFactory(author=MemberFactory(locality=leeds), at=NOON)
    other = WallGuideFactory(covers=[leeds])
    from escalation.desk import claim_alert

    claim_alert(alert=alert, by=other, at=NOON)

    with pytest.raises(ClaimedByAnother):
        cases.open_case(alert=alert, by=guide, note="", version=None, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_guides_who_open_a_case_about_one_member_at_once_share_one(leeds):
    from concurrent.futures import ThreadPoolExecutor

    member = MemberFactory(locality=leeds)
    AgreedProtocolFactory(locality=leeds)
    alerts = [AlertFactory(author=member, at=NOON) for _ in range(4)]
    guides = [WallGuideFactory(covers=[leeds]) for _ in range(4)]

    def open_one(number: int) -> int:
        try:
            return cases.open_case(
                alert=alerts[number], by=guides[number], note="", version=None, at=NOON
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        opened_pks = set(pool.map(open_one, range(4)))

    assert len(opened_pks) == 1
    assert Case.objects.get().alerts.count() == 4
    assert not Alert.objects.open().exists()


# --- steps --------------------------------------------------------------------------------


def test_a_step_written_down_says_who_when_and_what_and_starts_the_next(leeds, guide):
    case = opened(leeds, guide)
    first = current(case)

    done(case, guide, at=NOON + 7 * MINUTE, outcome=StepOutcome.NO_ANSWER)

    first.refresh_from_db()
    assert (first.done_by, first.done_at, first.outcome, first.note) == (
        guide, NOON + 7 * MINUTE, StepOutcome.NO_ANSWER, "Spoke to them.",
    )  # fmt: skip
    assert current(case).step.contact == "The duty clinician"
    assert current(case).due_at == NOON + 27 * MINUTE
    case.refresh_from_db()
    assert case.step_due_at == NOON + 27 * MINUTE


def test_a_step_is_written_down_once_and_the_second_is_told_by_whom(leeds, guide):
    case = opened(leeds, guide)
    first = current(case)
    done(case, guide, at=NOON + MINUTE)

    with pytest.raises(cases.AlreadyDone) as refusal:
        cases.record_step(
            case_step=first, by=WallGuideFactory(), outcome=StepOutcome.REACHED, note="Me too.",
            at=NOON + 2 * MINUTE,
        )  # fmt: skip

    first.refresh_from_db()
    assert refusal.value.winner == guide
    assert "Guide Leeds" in refusal.value.sentence
    assert (first.outcome, first.note) == (StepOutcome.DONE, "Spoke to them.")
    assert case.steps.count() == 2


def test_after_the_last_step_there_is_a_clock_for_saying_what_came_of_it(leeds, guide):
    case = opened(leeds, guide)
    done(case, guide, at=NOON)
    case = done(case, guide, at=NOON + MINUTE)

    assert case.steps.count() == 2
    assert not case.steps.filter(done_at=None).exists()
    assert case.step_due_at == NOON + MINUTE + cases.CLOSING_DUE_WITHIN


def test_the_next_step_is_chosen_by_the_hour_at_which_it_begins(leeds, guide):
    protocol_steps = [
        {"contact": "First, always", "minutes_to_next": 30},
        {"contact": "By day", "when": When.IN_HOURS},
        {"contact": "By night", "when": When.OUT_OF_HOURS},
    ]
    case = opened(leeds, guide, at=NOON.replace(hour=16, minute=55), steps=protocol_steps)

    done(case, guide, at=NOON.replace(hour=17))

    assert current(case).step.contact == "By night"


def test_when_the_office_opens_the_steps_for_in_hours_are_taken_though_they_stand_above(
    leeds, guide
):
    blocks = [
        {"contact": "The practice", "when": When.IN_HOURS},
        {"contact": "The clinic", "when": When.IN_HOURS},
        {"contact": "The night team", "when": When.OUT_OF_HOURS},
    ]
    case = opened(leeds, guide, at=NOON.replace(hour=8, minute=55), steps=blocks)
    assert current(case).step.contact == "The night team"

    done(case, guide, at=NOON.replace(hour=9))
    assert current(case).step.contact == "The practice"
    done(case, guide, at=NOON.replace(hour=9, minute=5))
    assert current(case).step.contact == "The clinic"
    case = done(case, guide, at=NOON.replace(hour=9, minute=9))
    assert case.steps.count() == 3  # and none of them twice


def test_a_late_step_can_still_be_written_down_and_the_running_one_keeps_its_clock(leeds, guide):
    case = opened(leeds, guide)
    late = current(case)
    engine.pass_up_late_cases(now=NOON + 31 * MINUTE)
    running = current(case)
    assert running != late

    cases.record_step(
        case_step=late, by=guide, outcome=StepOutcome.REACHED, note="", at=NOON + 33 * MINUTE
    )

    assert current(case) == running
    case.refresh_from_db()
    assert case.step_due_at == running.due_at
    assert case.acknowledged_by == guide


# --- taking a late case in hand -----------------------------------------------------------


def test_acknowledging_a_late_case_says_who_has_it_and_starts_its_clock_anew(leeds, guide):
    case = opened(leeds, guide)
    engine.pass_up_late_cases(now=NOON + 30 * MINUTE)
    case.refresh_from_db()
    assert case.is_passed_up

    case = cases.acknowledge_case(case=case, by=guide, at=NOON + 40 * MINUTE)

    assert not case.is_passed_up
    assert (case.acknowledged_by, case.acknowledged_at) == (guide, NOON + 40 * MINUTE)
    assert case.step_due_at == NOON + 60 * MINUTE


def test_a_case_that_is_not_late_cannot_be_put_off_by_acknowledging_it(leeds, guide):
    case = opened(leeds, guide)

    case = cases.acknowledge_case(case=case, by=guide, at=NOON + 29 * MINUTE)

    assert case.step_due_at == NOON + 30 * MINUTE
    assert case.acknowledged_by is None


# --- closing ------------------------------------------------------------------------------


def test_closing_says_who_and_what_came_of_it(leeds, guide):
    case = opened(leeds, guide)

    case = cases.close_case(
        case=case, by=guide, outcome=CaseOutcome.HANDED_OVER, note="Seen today.",
        version=case.version, at=NOON + MINUTE,
    )  # fmt: skip

    assert (case.closed_by, case.closed_at, case.outcome, case.closing_note) == (
        guide, NOON + MINUTE, CaseOutcome.HANDED_OVER, "Seen today.",
    )  # fmt: skip
    assert case.step_due_at is None


def test_a_case_that_changed_meanwhile_is_not_closed(leeds, guide):
    case = opened(leeds, guide)
    seen = case.version
    done(case, guide, at=NOON)

    with pytest.raises(cases.CaseChanged):
        cases.close_case(
            case=case, by=guide, outcome=CaseOutcome.SAFE_NOW, note="", version=seen, at=NOON
        )


def test_on_a_closed_case_nothing_more_is_done_and_the_words_say_case(leeds, guide):
    case = opened(leeds, guide)
    step = current(case)
    cases.close_case(
        case=case, by=guide, outcome=CaseOutcome.SAFE_NOW, note="", version=None, at=NOON
    )

    for act in (
        lambda: cases.acknowledge_case(case=case, by=guide, at=NOON),
        lambda: cases.record_step(
            case_step=step, by=guide, outcome=StepOutcome.DONE, note="", at=NOON
        ),
        lambda: cases.close_case(
            case=case, by=guide, outcome=CaseOutcome.SAFE_NOW, note="", version=None, at=NOON
        ),
    ):
        with pytest.raises(cases.CaseClosed) as refusal:
            act()
        assert refusal.value.sentence == "Guide Leeds has closed this case."


def test_an_alert_that_changed_meanwhile_opens_no_case(leeds, guide):
    AgreedProtocolFactory(locality=leeds)
    alert = AlertFactory(author=MemberFactory(locality=leeds), at=NOON)

    with pytest.raises(ChangedMeanwhile):
        cases.open_case(alert=alert, by=guide, note="", version=alert.version + 1, at=NOON)


def test_the_cases_page_tells_the_hour_of_its_locality_and_not_of_the_server(time_machine):
    auckland = LocalityFactory(name="Auckland", time_zone="Pacific/Auckland")
    guide = WallGuideFactory(covers=[auckland])
    case = opened(auckland, guide, at=NIGHT)
    time_machine.move_to(NIGHT, tick=False)
    client = SignedIn()
    client.force_login(guide.user)

    page = client.get(reverse("escalation:case", args=[case.pk])).text

    assert "It is Wednesday 11:00 in Auckland" in page
