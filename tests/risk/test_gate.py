"""The gate: each question says yes, no or too few, and never yes where it should not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from risk import gate
from risk.enums import Urgency
from risk.gate import HeldOut, MustCatch, Shadow, Verdict

GREEN, AMBER, RED, CRISIS = Urgency
NOW = timezone.now()


def read(urgency: Urgency, probability: float | None = None) -> Verdict:
    return Verdict(urgency, {0: 0.02, 1: 0.06, 2: 0.97, 3: 0.99}[urgency]
                   if probability is None else probability)  # fmt: skip


def texts(count: int, level: Urgency, *, champion: Urgency, challenger: Urgency) -> list[HeldOut]:
    return [
        HeldOut(
            member=number % 20, level=level, champion=read(champion), challenger=read(challenger),
            subgroups={"language": "English", "place": "reply" if number % 2 else "opener"},
        )
        for number in range(count)
    ]  # fmt: skip


# A champion that is right about everything, and a challenger that is too.
GOOD = [
    *texts(60, GREEN, champion=GREEN, challenger=GREEN),
    *texts(40, AMBER, champion=AMBER, challenger=AMBER),
    *texts(40, RED, champion=RED, challenger=RED),
]
EVIDENCE = gate.Evidence(
    must_catch=[MustCatch("a", RED, RED, RED)],
    held_out=GOOD,
    shadow=[Shadow(GREEN, GREEN)] * 270 + [Shadow(RED, RED)] * 30,
    new_positives=50,
    shadow_since=NOW - timedelta(days=14),
    now=NOW,
)


def failed(evidence: gate.Evidence) -> list[str]:
    return [answer.name for answer in gate.report(evidence) if not answer.passed]


def test_a_challenger_that_is_as_good_passes_every_question():
    assert failed(EVIDENCE) == []


def test_the_same_readings_make_the_same_report():
    assert gate.as_json(gate.report(EVIDENCE)) == gate.as_json(gate.report(EVIDENCE))


@pytest.mark.parametrize(
    ("lowest", "champion", "challenger", "is_missed"),
    [
        (RED, RED, AMBER, True),
        (RED, CRISIS, RED, False),
        (CRISIS, CRISIS, RED, True),
        # Missed by both is not new; missed worse is.
        (RED, AMBER, AMBER, False),
        (RED, AMBER, GREEN, True),
        (RED, AMBER, RED, False),
    ],
)
def test_a_new_must_catch_miss_is_any_that_the_champion_read_sooner(
    lowest: Urgency, champion: Urgency, challenger: Urgency, is_missed: bool
):
    answer = gate.zero_new_misses([MustCatch("one", lowest, champion, challenger)])

    assert answer.passed is not is_missed
    assert answer.figures["new_misses"] == (["one"] if is_missed else [])


def test_without_anything_to_catch_nothing_is_passed():
    assert not gate.zero_new_misses([]).passed


def test_one_held_out_text_read_later_is_worse():
    worse = [*GOOD[:-1], replace(GOOD[-1], challenger=read(AMBER))]

    assert not gate.held_out_not_worse(worse).passed
    assert not gate.held_out_not_worse(worse).waits


def test_a_recall_loss_of_five_points_at_an_equal_alert_rate_is_refused():
    """The loss is planted in the order alone: it asks for as many texts, and other ones."""
    lost = [
        replace(text, challenger=read(GREEN, 0.01)) if number in (0, 11) else text
        for number, text in enumerate(GOOD[100:])
    ]
    asked_instead = [replace(text, challenger=read(RED)) for text in GOOD[:2]]

    answer = gate.recall_at_equal_alert_rate([*GOOD[2:100], *asked_instead, *lost])

    assert not answer.passed
    assert answer.figures["champion"] == 1.0
    assert answer.figures["challenger"] == 0.95
    assert answer.figures["lower_bound"] < -0.05


def test_equal_scores_at_the_end_of_the_budget_count_by_their_share():
    """A challenger that cannot tell texts apart has the recall of a lottery, not of luck."""
    blind = [replace(text, challenger=read(AMBER, 0.5)) for text in GOOD]

    answer = gate.recall_at_equal_alert_rate(blind)

    assert answer.figures["challenger"] == pytest.approx(40 / 140, abs=1e-3)
    assert not answer.passed


def test_too_few_urgent_texts_are_no_yes_and_no_refusal():
    few = GOOD[:119]

    for ask in (gate.recall_at_equal_alert_rate, gate.calibration, gate.held_out_not_worse):
        answer = ask(few)
        assert (answer.passed, answer.waits) == (False, True), answer.name
        assert "oo few" in answer.says


@pytest.mark.parametrize(("more", "passes"), [(3, True), (4, False)])
def test_a_tenth_more_alerts_may_be_asked_for_and_no_more(more: int, passes: bool):
    readings = [*EVIDENCE.shadow[more:], *[Shadow(GREEN, RED)] * more]

    assert gate.alert_rate(readings).passed is passes


def test_too_few_shadow_readings_wait():
    answer = gate.alert_rate(list(EVIDENCE.shadow)[:199])

    assert (answer.passed, answer.waits) == (False, True)


def test_the_calibration_error_is_what_it_is_by_hand():
    # Ten texts said 0.85 and half of them so: 0.35 off. Ten said 0.05 and none: 0.05 off.
    error = gate.expected_calibration_error(
        [0.85] * 10 + [0.05] * 10, [True] * 5 + [False] * 15, [1.0] * 20
    )
    assert error == pytest.approx(0.2)
    weighted = gate.expected_calibration_error(
        [0.85] * 10 + [0.05] * 10, [True] * 5 + [False] * 15, [1.0] * 10 + [9.0] * 10
    )
    assert weighted == pytest.approx(0.08)


def test_a_challenger_that_is_sure_and_wrong_is_refused():
    sure = [replace(text, challenger=read(text.challenger.urgency, 0.9)) for text in GOOD]

    assert not gate.calibration(sure).passed


def test_a_group_that_loses_more_than_three_points_is_refused_and_named():
    """One text of the replies: five points of theirs, two and a half of all."""
    worse = [*GOOD[:-1], replace(GOOD[-1], challenger=read(AMBER))]

    answer = gate.no_subgroup_loses(worse)

    assert not answer.passed
    assert answer.figures["losing"] == ["place reply"] or "place reply" in answer.figures["losing"]


def test_a_group_too_small_to_say_is_shown_and_decides_nothing():
    rare = replace(GOOD[-1], challenger=read(AMBER), subgroups={"language": "not English"})

    answer = gate.no_subgroup_loses([*GOOD, rare])

    assert answer.passed
    row = next(each for each in answer.figures["groups"] if each["name"] == "not English")
    assert row["too_few"]
    assert row["champion"] is None


@pytest.mark.parametrize(("days", "passes"), [(13.9, False), (14, True)])
def test_fourteen_days_in_the_shadow(days: float, passes: bool):
    answer = gate.time_in_the_shadow(NOW - timedelta(days=days), now=NOW)

    assert answer.passed is passes
    assert answer.waits


@pytest.mark.parametrize(("count", "passes"), [(49, False), (50, True)])
def test_fifty_new_positives_or_nothing(count: int, passes: bool):
    assert gate.enough_new_positives(count).passed is passes
