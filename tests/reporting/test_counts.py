"""A commissioner reads how many, and never who."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.protocols import offer_protocol
from reporting import counts
from reporting.counts import ALERTED, FEW_BELOW, Count
from risk.enums import Urgency
from risk.models import Alert, Screening
from tests.factories.accounts import (
    AdministratorFactory,
    CommissioningLeadFactory,
    MemberFactory,
    WallGuideFactory,
)
from tests.factories.commissioning import CommissionerFactory, LocalityFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.escalation import AgreedProtocolFactory, ProtocolFactory, operators_own
from tests.factories.risk import AlertFactory
from tests.sign_ins import SignedIn

NOW = datetime(2026, 3, 20, 15, tzinfo=UTC)
IN_MARCH = datetime(2026, 3, 5, 12, tzinfo=UTC)

few = st.integers(1, FEW_BELOW - 1)
cohorts = st.lists(st.integers(0, 60), min_size=1, max_size=12)


def published(cohort: list[int]) -> list[str]:
    """Everything that is shown of one column: each locality, and all of them."""
    cells = [Count.of(number) for number in cohort]
    return [str(cell) for cell in [*cells, Count.in_all(cells)]]


# --- what may be shown --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"), (1, "fewer than 8"), (7, "fewer than 8"), (8, "10"), (12, "10"), (13, "15"),
        (17, "15"), (18, "20"), (1002, "1000"),
    ],
)  # fmt: skip
def test_counts_are_masked_below_eight_and_rounded_to_five_above(number: int, shown: str):
    assert str(Count.of(number)) == shown


@settings(max_examples=2000, deadline=None)
@given(cohorts, st.data())
def test_s23_whatever_a_masked_figure_is_nothing_shown_changes(cohort: list[int], data):
    """So no total, no other row and no subtraction can give it back."""
    masked = [place for place, number in enumerate(cohort) if 0 < number < FEW_BELOW]
    other = list(cohort)
    for place in masked:
        other[place] = data.draw(few)

    assert published(other) == published(cohort)


@settings(max_examples=2000, deadline=None)
@given(cohorts, st.data())
def test_s23_one_person_more_or_less_seldom_shows_and_then_only_as_five(cohort: list[int], data):
    place = data.draw(st.integers(0, len(cohort) - 1))
    before, after = Count.of(cohort[place]), Count.of(cohort[place] + 1)

    if before != after:
        # What changes says "around five more", or "somebody, where nobody was".
        assert cohort[place] in (0, FEW_BELOW - 1) or after.about - before.about == 5


@settings(max_examples=500, deadline=None)
@given(cohorts)
def test_a_total_is_not_far_from_the_truth(cohort: list[int]):
    total = Count.in_all([Count.of(number) for number in cohort])

    assert abs(total.about - sum(cohort)) <= 3 * len(cohort) + 3


@settings(deadline=None)
@given(st.lists(st.integers(0, 600), max_size=30))
def test_a_median_is_told_only_of_ten_or_more(seconds: list[int]):
    told = counts.median_minutes([timedelta(seconds=each) for each in seconds])

    assert (told is None) == (len(seconds) < 10)


# --- the period ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        (datetime(2026, 3, 20, 15, tzinfo=UTC), date(2026, 3, 1), date(2026, 3, 19)),
        (datetime(2026, 3, 2, 0, tzinfo=UTC), date(2026, 3, 1), date(2026, 3, 1)),
        # On the first there is nothing of this month yet: the whole of the last is shown.
        (datetime(2026, 3, 1, 9, tzinfo=UTC), date(2026, 2, 1), date(2026, 2, 28)),
        (datetime(2026, 1, 1, 9, tzinfo=UTC), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_the_figures_stop_at_the_last_midnight(now, first, last):
    period = counts.Period.latest([LocalityFactory.build()], now=now)

    assert (period.first_day, period.last_day) == (first, last)


def test_a_month_begins_and_ends_on_the_localitys_own_clock():
    auckland = LocalityFactory.build(time_zone="Pacific/Auckland")

    begin, end = counts.Period.latest([auckland], now=NOW).on_clock_of(auckland)

    # UTC+13 there in March; 15:00 UTC on the 20th is 04:00 on the 21st.
    assert begin.astimezone(UTC) == datetime(2026, 2, 28, 11, tzinfo=UTC)
    assert end.astimezone(UTC) == datetime(2026, 3, 20, 11, tzinfo=UTC)


def test_a_day_is_counted_once_it_has_ended_everywhere():
    places = [LocalityFactory.build(time_zone=zone) for zone in ("Pacific/Auckland", "UTC")]

    assert counts.Period.latest(places, now=NOW).last_day == date(2026, 3, 19)


# --- counting -----------------------------------------------------------------------------


def month(commissioner, now=NOW) -> counts.Month:
    return counts.month_of(commissioner, now=now)


@pytest.fixture
def leeds(db):
    return LocalityFactory(name="Leeds")


def test_members_who_joined_are_counted_in_their_month_and_locality(leeds):
    derby = LocalityFactory(name="Derby", commissioner=leeds.commissioner)
    MemberFactory.create_batch(13, locality=leeds, joined_at=IN_MARCH)
    MemberFactory.create_batch(9, locality=derby, joined_at=IN_MARCH)
    MemberFactory.create_batch(9, locality=leeds, joined_at=datetime(2026, 2, 27, tzinfo=UTC))
    MemberFactory.create_batch(9, locality=leeds, joined_at=NOW)  # today is not over
    MemberFactory.create_batch(9, joined_at=IN_MARCH)  # another commissioner's

    shown = month(leeds.commissioner)

    assert [(row.place, str(row.joined)) for row in shown.rows] == [
        ("Derby", "10"),
        ("Leeds", "15"),
    ]
    assert str(shown.in_all.joined) == "25"


def test_s23_a_known_person_who_signs_up_today_changes_nothing_shown_today(leeds):
    MemberFactory.create_batch(7, locality=leeds, joined_at=IN_MARCH)
    before = month(leeds.commissioner)

    MemberFactory(locality=leeds, joined_at=NOW - timedelta(minutes=1))

    assert month(leeds.commissioner) == before


def test_a_member_is_active_who_wrote_and_is_counted_once(leeds):
    members = MemberFactory.create_batch(8, locality=leeds, joined_at=IN_MARCH)
    MemberFactory.create_batch(8, locality=leeds, joined_at=IN_MARCH)  # who only read
    for member in members[:4]:
        PostFactory.create_batch(3, author=member, at=IN_MARCH)
    for member in members[4:]:
        ReplyFactory(author=member, post=PostFactory(at=IN_MARCH), at=IN_MARCH)

    assert str(month(leeds.commissioner).in_all.active) == "10"


def test_alerts_are_counted_by_urgency(leeds):
    member = MemberFactory(locality=leeds)
    for urgency, number in ((Urgency.CRISIS, 3), (Urgency.RED, 9), (Urgency.AMBER, 0)):
        for _ in range(number):
            AlertFactory(author=member, urgency=urgency, at=IN_MARCH)

    [row] = month(leeds.commissioner).rows

    assert ALERTED == (Urgency.CRISIS, Urgency.RED, Urgency.AMBER)
    assert [str(count) for count in row.alerts] == ["fewer than 8", "10", "0"]


def taken_up(leeds, minutes: list[int | None]) -> None:
    guide, member = WallGuideFactory(covers=[leeds]), MemberFactory(locality=leeds)
    for wait in minutes:
        alert = AlertFactory(author=member, at=IN_MARCH)
        if wait is not None:
            Alert.objects.filter(pk=alert.pk).update(
                acknowledged_at=IN_MARCH + timedelta(minutes=wait), acknowledged_by=guide
            )


def test_the_median_time_to_a_person_is_told_in_minutes(leeds):
    taken_up(leeds, [1, 2, 3, 4, 5, 7, 8, 9, 10, 60])

    assert month(leeds.commissioner).in_all.minutes_to_a_person == 6


def test_alerts_that_still_wait_are_not_left_out_to_flatter(leeds):
    taken_up(leeds, [1] * 5 + [None] * 6)

    minutes = month(leeds.commissioner).in_all.minutes_to_a_person

    assert minutes == (NOW - IN_MARCH) / timedelta(minutes=1)


def test_of_nine_alerts_no_median_is_told(leeds):
    taken_up(leeds, [1] * 9)

    assert month(leeds.commissioner).in_all.minutes_to_a_person is None


def test_the_canarys_hidden_locality_is_counted_nowhere(leeds):
    hidden = LocalityFactory(commissioner=leeds.commissioner, name="Canary", is_hidden=True)
    for member in MemberFactory.create_batch(9, locality=hidden, joined_at=IN_MARCH):
        AlertFactory(author=member, at=IN_MARCH)
    nowhere = CommissionerFactory(is_hidden=True)
    MemberFactory.create_batch(
        9, locality=LocalityFactory(commissioner=nowhere), joined_at=IN_MARCH
    )

    shown = month(leeds.commissioner)

    assert [row.place for row in shown.rows] == ["Leeds"]
    assert [str(shown.in_all.joined), str(shown.in_all.active)] == ["0", "0"]
    assert month(nowhere).rows == ()


@pytest.mark.parametrize("number", [1, 3])
def test_the_figures_cost_the_same_few_queries_for_any_number_of_localities(
    number, django_assert_num_queries, db
):
    commissioner = CommissionerFactory()
    LocalityFactory.create_batch(number, commissioner=commissioner)

    # localities; into the role, members, writers, alerts, and out of it
    with django_assert_num_queries(6):
        month(commissioner)


# --- the page -----------------------------------------------------------------------------


def as_lead(commissioner) -> Client:
    client = SignedIn()
    client.force_login(CommissioningLeadFactory(commissioner=commissioner).user)
    return client


def test_the_page_shows_masked_figures_and_nobody(leeds, time_machine):
    time_machine.move_to(NOW, tick=False)
    members = []
    for number in range(3):
        member = MemberFactory(locality=leeds, joined_at=IN_MARCH, alias=f"Heron {number}")
        PostFactory(author=member, at=IN_MARCH, body="A telling sentence.")
        AlertFactory(author=member, at=IN_MARCH, body="Another telling sentence.")
        members.append(member)

    page = as_lead(leeds.commissioner).get(reverse("reporting:commissioner-home")).text

    assert "March 2026, up to the end of 19 March" in page
    assert "fewer than 8" in page
    assert "too few to say" in page
    for member in members:
        for told in (member.alias, member.user.address, member.public_id):
            assert told not in page
    assert "telling" not in page
    assert not re.search(r"<dd>\s*[1-7]\s*</dd>|number\">\s*[1-7]\s*<", page)


def test_a_lead_reads_the_figures_of_their_own_commissioner_only(leeds, time_machine):
    time_machine.move_to(NOW, tick=False)
    MemberFactory.create_batch(40, locality=LocalityFactory(name="Derby"), joined_at=IN_MARCH)

    page = as_lead(leeds.commissioner).get(reverse("reporting:commissioner-home")).text

    assert "Leeds" in page
    assert "Derby" not in page
    assert "40" not in re.findall(r"<dd>([^<]*)</dd>", page)


def test_s05_nothing_else_is_counted_whatever_the_address_asks_for(leeds, time_machine):
    time_machine.move_to(NOW, tick=False)
    client, path = as_lead(leeds.commissioner), reverse("reporting:commissioner-home")

    asked = client.get(path, {"commissioner": "1", "from": "2026-03-05", "locality": leeds.pk})

    assert asked.status_code == 400
    assert client.get(path).context["month"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_same_few_questions_for_any_number_of_localities(
    number, django_assert_num_queries, db
):
    commissioner = CommissionerFactory()
    for locality in LocalityFactory.create_batch(number, commissioner=commissioner):
        AgreedProtocolFactory(locality=locality)
    client = as_lead(commissioner)

    # session, the lead, their commissioner, offered, localities, in force; six to count,
    # four for first answers
    with django_assert_num_queries(16):
        client.get(reverse("reporting:commissioner-home"))


def test_the_page_says_what_is_followed_where_and_what_awaits_agreement(leeds):
    york = LocalityFactory(name="York", commissioner=leeds.commissioner)
    AgreedProtocolFactory(locality=leeds, version=3)
    operators_own()
    offered = offer_protocol(
        protocol=ProtocolFactory(locality=york, version=2), by=AdministratorFactory(), at=NOW
    )

    response = as_lead(leeds.commissioner).get(reverse("reporting:commissioner-home"))

    assert list(response.context["offered"]) == [offered]
    assert "Its own, version 3" in response.text
    assert "The operator’s own, until you agree one" in response.text


def test_u26_a_commissioner_without_a_locality_is_told_what_to_do(db):
    page = as_lead(CommissionerFactory()).get(reverse("reporting:commissioner-home")).text

    assert "Ask the operator to add one." in page


def test_nothing_is_written_by_reading(leeds, time_machine):
    time_machine.move_to(NOW, tick=False)
    AlertFactory(author=MemberFactory(locality=leeds), at=IN_MARCH)
    before = list(Alert.objects.values()), list(Screening.objects.values())

    as_lead(leeds.commissioner).get(reverse("reporting:commissioner-home"))

    assert (list(Alert.objects.values()), list(Screening.objects.values())) == before
