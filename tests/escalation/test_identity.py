"""S12, S13, S14: the one door to who a member is, and everything that keeps it shut."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from psycopg2.errors import InsufficientPrivilege

from accounts.models import User, WallGuide
from audit.models import Entry
from escalation import identity
from escalation.cases import close_case
from escalation.enums import CaseOutcome, Why
from escalation.identity import Refused
from escalation.models import Case, IdentityLook, IdentityRequest
from peersupport.database_roles import WEB
from tests.cast import Cast
from tests.database_roles import connected_as, pages_are
from tests.factories.accounts import SeniorGuideFactory, WallGuideFactory
from tests.factories.identity import PLANTED, REASON, a_case_with_details, time_passes
from vault.details import Details
from vault.operations import keep

# A look is committed before it is taken, so nothing here happens inside a test's transaction.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def an_empty_vault(transactional_db: None) -> None:
    """Its tables are not Django's, so flushing leaves them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault.identity; DELETE FROM vault.letter")


@pytest.fixture
def case(cast: Cast) -> Case:
    return a_case_with_details(cast)


@pytest.fixture
def second(cast: Cast) -> WallGuide:
    return WallGuideFactory(covers=[cast.leeds], name="Guide Second")


def ask(case: Case, by: WallGuide, reason: str = REASON) -> IdentityRequest:
    return identity.ask(case=case, by=by, why=Why.NO_ANSWER, reason=reason)


def release(case: Case, by: WallGuide, reason: str = REASON) -> IdentityRequest:
    return identity.release_at_once(case=case, by=by, why=Why.SAFE, reason=reason)


def approved(case: Case, by: WallGuide, second: WallGuide) -> IdentityRequest:
    asked = ask(case, by)
    identity.decide(asked=asked, by=second, approve=True, note="")
    return asked


def on_duty(guide: WallGuide) -> None:
    WallGuide.objects.filter(pk=guide.pk).update(last_seen_at=timezone.now())


def looks() -> int:
    """How many looks are on record: in both places, or the test has found a hole."""
    entries = Entry.objects.filter(verb="look at identity").count()
    assert IdentityLook.objects.count() == entries
    return entries


def stays_shut(asked: IdentityRequest, by: WallGuide, why: str) -> None:
    before = looks()
    with pytest.raises(Refused) as refused:
        identity.open_identity(asked=asked, by=by)
    assert refused.value.why == why
    assert looks() == before
    entry = Entry.objects.filter(verb="refused at the vault").last()
    assert entry.actor == f"guide:{by.pk}"
    assert entry.detail["why"] == why


# --- asking, and a second person ----------------------------------------------------------


def test_a_second_person_opens_it_to_the_one_who_asked(cast: Cast, case: Case, second: WallGuide):
    asked = approved(case, cast.guide, second)

    assert identity.open_identity(asked=asked, by=cast.guide) == PLANTED
    assert looks() == 1


def test_s14_every_look_is_in_the_log_with_who_and_about_whom(
    cast: Cast, case: Case, second: WallGuide
):
    asked = approved(case, cast.guide, second)
    identity.open_identity(asked=asked, by=cast.guide)
    identity.open_identity(asked=asked, by=cast.guide)

    assert looks() == 2
    entry = Entry.objects.filter(verb="look at identity").last()
    assert entry.actor == f"guide:{cast.guide.pk}"
    assert entry.subject == f"member:{case.member_id}"
    assert entry.detail == {"case": case.pk, "request": asked.pk, "life at risk": False}
    told = str(list(Entry.objects.values()))
    for value in (*PLANTED.given().values(), REASON, str(case.member.user.handle)):
        assert value not in told


def test_s14_where_the_entry_cannot_be_written_nothing_is_read(
    cast: Cast, case: Case, second: WallGuide
):
    asked = approved(case, cast.guide, second)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION nobody_may_write() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the log is full'; END $$;"
            "CREATE TRIGGER aaa_full BEFORE INSERT ON audit_entry "
            "FOR EACH ROW EXECUTE FUNCTION nobody_may_write()"
        )
    try:
        with pytest.raises(DatabaseError, match="the log is full"):
            identity.open_identity(asked=asked, by=cast.guide)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION nobody_may_write CASCADE")

    assert looks() == 0


def test_s14_reading_and_then_rolling_back_reads_nothing(cast: Cast, case: Case, second: WallGuide):
    """As somebody would who holds the pages' connection and wants no trace."""
    asked = approved(case, cast.guide, second)
    for savepoint in ("", "SAVEPOINT inner_one;"):
        with connected_as(WEB) as cursor:
            cursor.execute(f"BEGIN; {savepoint} SELECT vault.note_look(%s, %s)",
                           [asked.pk, cast.guide.pk])  # fmt: skip
            [(look,)] = cursor.fetchall()
            with pytest.raises(psycopg2.Error, match="written down before it is taken"):
                cursor.execute("SELECT * FROM vault.open_identity(%s, %s)", [look, cast.guide.pk])
            cursor.execute("ROLLBACK")
    assert looks() == 0

    with pytest.raises(Refused, match="written down"), transaction.atomic():
        identity.open_identity(asked=asked, by=cast.guide)


def test_s14_a_look_that_is_written_down_is_taken_once_soon_and_by_nobody_else(
    cast: Cast, case: Case, second: WallGuide
):
    asked = approved(case, cast.guide, second)
    with connected_as(WEB) as cursor:

        def noted() -> int:
            cursor.execute("SELECT vault.note_look(%s, %s)", [asked.pk, cast.guide.pk])
            return int(cursor.fetchone()[0])

        def rows_for(look: int, guide: WallGuide) -> int:
            cursor.execute("SELECT * FROM vault.open_identity(%s, %s)", [look, guide.pk])
            return len(cursor.fetchall())

        look = noted()
        with pytest.raises(psycopg2.Error, match="not yours"):
            rows_for(look, second)
        assert rows_for(look, cast.guide) == len(PLANTED.given())
        with pytest.raises(psycopg2.Error, match="This look is over"):
            rows_for(look, cast.guide)

        late = noted()
        with connection.cursor() as owner:
            owner.execute("UPDATE escalation_identitylook SET looked_at = looked_at"
                          " - interval '61 seconds' WHERE id = %s", [late])  # fmt: skip
        with pytest.raises(psycopg2.Error, match="This look is over"):
            rows_for(late, cast.guide)
    assert looks() == 2


def test_s12_without_a_reason_it_stays_shut(cast: Cast, case: Case):
    for reason in ("", "   ", "\n\t ", "because"):
        with pytest.raises(Refused, match="Without a reason"):
            ask(case, cast.guide, reason)
        with pytest.raises(Refused, match="Without a reason"):
            release(case, cast.guide, reason)

    assert IdentityRequest.objects.count() == 0


def test_s12_nobody_approves_their_own(cast: Cast, case: Case):
    for guide in (cast.guide, cast.senior):
        asked = ask(case, guide)
        with pytest.raises(Refused, match="somebody else has to decide"):
            identity.decide(asked=asked, by=guide, approve=True, note="")
        stays_shut(asked, guide, "not approved")


def test_s12_not_even_the_database_takes_it(cast: Cast, case: Case):
    asked = ask(case, cast.guide)

    with pytest.raises(IntegrityError, match="nobody_approves"), transaction.atomic():
        IdentityRequest.objects.filter(pk=asked.pk).update(
            decided_by=cast.guide, decided_at=timezone.now(), approved=True
        )


def test_s12_before_a_yes_and_after_a_no_it_stays_shut(cast: Cast, case: Case, second: WallGuide):
    asked = ask(case, cast.guide)
    stays_shut(asked, cast.guide, "not approved")

    identity.decide(asked=asked, by=second, approve=False, note="Ask the duty line first.")

    stays_shut(asked, cast.guide, "not approved")
    with pytest.raises(Refused, match="decided already"):
        identity.decide(asked=asked, by=cast.senior, approve=True, note="")


def test_s12_a_yes_cannot_be_said_twice_to_win_time(cast: Cast, case: Case, second: WallGuide):
    asked = approved(case, cast.guide, second)
    until = asked.opens_until
    time_passes(asked, "20 minutes")

    for guide in (second, cast.senior):
        with pytest.raises(Refused, match="decided already"):
            identity.decide(asked=asked, by=guide, approve=True, note="")

    asked.refresh_from_db()
    assert asked.opens_until == until - timedelta(minutes=20)


def test_s12_after_thirty_minutes_it_is_shut_and_a_new_look_needs_a_new_ask(
    cast: Cast, case: Case, second: WallGuide
):
    asked = approved(case, cast.guide, second)
    assert asked.opens_until - asked.decided_at == timedelta(minutes=30)
    time_passes(asked, "29 minutes")
    identity.open_identity(asked=asked, by=cast.guide)

    time_passes(asked, "1 minute")

    stays_shut(asked, cast.guide, "expired")
    assert ask(case, cast.guide).pk != asked.pk


def test_s12_another_does_not_use_what_was_opened_to_one(cast: Cast, case: Case, second: WallGuide):
    asked = approved(case, cast.guide, second)

    stays_shut(asked, second, "another's")
    stays_shut(asked, cast.senior, "another's")
    stays_shut(asked, cast.guide_elsewhere, "not yours")


def test_s12_an_ask_that_nobody_answered_for_an_hour_is_asked_anew(
    cast: Cast, case: Case, second: WallGuide
):
    asked = ask(case, cast.guide)
    time_passes(asked, "1 hour")

    with pytest.raises(Refused, match="more than an hour ago"):
        identity.decide(asked=asked, by=second, approve=True, note="")


def test_s12_a_closed_case_opens_nothing(cast: Cast, case: Case, second: WallGuide):
    asked, waiting = approved(case, cast.guide, second), ask(case, cast.senior)
    close_case(
        case=case, by=cast.guide, outcome=CaseOutcome.SAFE_NOW, note="Safe.", version=None,
        at=timezone.now(),
    )  # fmt: skip

    stays_shut(asked, cast.guide, "no case")
    with pytest.raises(Refused, match="closed"):
        identity.decide(asked=waiting, by=second, approve=True, note="")
    with pytest.raises(Refused, match="open case"):
        ask(case, cast.guide)
    with pytest.raises(Refused, match="open case"):
        release(case, cast.guide)


def test_s12_a_guide_from_elsewhere_can_do_none_of_it(cast: Cast, case: Case):
    with pytest.raises(Refused, match="a locality that you cover"):
        ask(case, cast.guide_elsewhere)
    with pytest.raises(Refused, match="a locality that you cover"):
        release(case, cast.guide_elsewhere)
    asked = ask(case, cast.guide)
    with pytest.raises(Refused, match="a locality that you cover"):
        identity.decide(asked=asked, by=cast.guide_elsewhere, approve=True, note="")


def test_s12_nor_can_one_whose_sign_in_has_ended(cast: Cast, case: Case, second: WallGuide):
    asked = approved(case, cast.guide, second)
    User.objects.filter(pk__in=[cast.guide.user_id, second.user_id]).update(is_active=False)

    stays_shut(asked, cast.guide, "not yours")
    with pytest.raises(Refused):
        identity.decide(asked=ask(case, cast.senior), by=second, approve=True, note="")


def test_pressing_twice_asks_once(cast: Cast, case: Case):
    assert ask(case, cast.guide).pk == ask(case, cast.guide).pk
    assert release(case, cast.senior).pk == release(case, cast.senior).pk
    assert IdentityRequest.objects.count() == 2


def test_nothing_held_opens_to_nothing_and_is_still_a_look(
    cast: Cast, case: Case, second: WallGuide
):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault.identity")
    asked = approved(case, cast.guide, second)

    assert identity.open_identity(asked=asked, by=cast.guide) == Details()
    assert looks() == 1


# --- by connecting as the role that serves pages ------------------------------------------


def test_s14_the_whole_way_works_as_the_role_that_serves_pages(
    cast: Cast, case: Case, second: WallGuide
):
    with pages_are(WEB):
        asked = approved(case, cast.guide, second)
        assert identity.open_identity(asked=asked, by=cast.guide) == PLANTED
        at_once = release(case, cast.senior)
        assert identity.open_identity(asked=at_once, by=cast.senior) == PLANTED
    assert looks() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE escalation_identityrequest SET approved = true, decided_at = now()",
        "INSERT INTO escalation_identityrequest (life_at_risk) VALUES (true)",
        "DELETE FROM escalation_identityrequest",
        "DELETE FROM escalation_identitylook",
        "UPDATE escalation_identitylook SET looked_by_id = 1",
        "SELECT vault.note(1, 'look at identity', 1, '{}')",
        "SELECT vault.watches(1, 1)",
    ],
)
def test_s14_pages_cannot_write_an_approval_or_lose_a_look(statement: str):
    with connected_as(WEB) as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute(statement)


def test_s14_no_other_function_answers_pages_with_what_the_vault_holds():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'vault'::regnamespace "
            "AND has_function_privilege(%s, oid, 'EXECUTE') "
            "AND (prorettype = 'bytea'::regtype OR 'bytea'::regtype = ANY (proallargtypes) "
            "     OR prorettype = 'record'::regtype)",
            [WEB],
        )
        assert cursor.fetchall() == [("open_identity",)]


def test_s14_a_hand_made_call_is_refused_like_any_other():
    with connected_as(WEB) as cursor, pytest.raises(psycopg2.Error, match="locality that you"):
        cursor.execute("SELECT vault.note_look(999999999, 1)")


# --- a life at risk -----------------------------------------------------------------------


def test_s13_a_senior_opens_it_at_once_with_nobody_else_there(cast: Cast, case: Case):
    began = timezone.now()
    asked = release(case, cast.senior)

    assert identity.open_identity(asked=asked, by=cast.senior) == PLANTED
    assert timezone.now() - began < timedelta(seconds=5)
    assert asked.review_due_at - asked.asked_at == timedelta(hours=24)


def test_s13_a_guide_alone_at_three_in_the_morning_opens_it_at_once(cast: Cast, case: Case):
    asked = release(case, cast.guide)

    assert not asked.senior_was_there
    assert identity.open_identity(asked=asked, by=cast.guide) == PLANTED


def test_s13_where_a_senior_is_on_duty_it_opens_to_the_senior(cast: Cast, case: Case):
    on_duty(cast.senior)

    asked = release(case, cast.guide)

    assert asked.senior_was_there
    stays_shut(asked, cast.guide, "a senior has it")
    assert identity.open_identity(asked=asked, by=cast.senior) == PLANTED
    time_passes(asked, "2 minutes")
    stays_shut(asked, cast.guide, "a senior has it")


def test_s13_a_senior_who_does_not_come_keeps_nobody_from_acting(cast: Cast, case: Case):
    on_duty(cast.senior)
    asked = release(case, cast.guide)
    time_passes(asked, "119 seconds")
    stays_shut(asked, cast.guide, "a senior has it")

    time_passes(asked, "1 second")

    assert identity.open_identity(asked=asked, by=cast.guide) == PLANTED


def test_s13_a_senior_on_duty_elsewhere_or_gone_home_is_not_waited_for(cast: Cast, case: Case):
    on_duty(SeniorGuideFactory(covers=[cast.derby]))
    WallGuide.objects.filter(pk=cast.senior.pk).update(
        last_seen_at=timezone.now() - timedelta(minutes=2)
    )

    asked = release(case, cast.guide)

    assert identity.open_identity(asked=asked, by=cast.guide) == PLANTED


def test_s13_it_opens_to_no_other_guide_and_shuts_after_thirty_minutes(
    cast: Cast, case: Case, second: WallGuide
):
    asked = release(case, cast.guide)

    stays_shut(asked, second, "a senior has it")
    stays_shut(asked, cast.guide_elsewhere, "not yours")
    time_passes(asked, "30 minutes")
    stays_shut(asked, cast.guide, "expired")
    stays_shut(asked, cast.senior, "expired")


def test_s13_the_others_are_told_by_letter_and_on_their_desks(
    cast: Cast, case: Case, second: WallGuide, letterbox: Any
):
    from vault import post

    gone = WallGuideFactory(covers=[cast.leeds])
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    people = {cast.guide, second, cast.senior, cast.guide_elsewhere, gone, cast.admin}
    for person in people:
        address = f"p{person.user_id}@example.invalid"
        keep(handle=person.user.handle, details=Details(email=address), at=timezone.now())

    asked = release(case, cast.guide)
    post.deliver_due()

    told = {second, cast.senior, cast.admin}
    assert sorted(letterbox.to) == sorted([f"p{one.user_id}@example.invalid"] for one in told)
    words = " ".join(f"{letter['Subject']} {letter.get_content()}" for letter in letterbox.letters)
    for tells in ("risk", "Leeds", cast.member.alias, cast.guide.name, "identity", "member"):
        assert tells not in words
    now = timezone.now()
    for guide in (cast.guide, second, cast.senior):
        assert identity.standing_for(guide, now=now).to_review == 1
    assert not identity.standing_for(cast.guide_elsewhere, now=now)

    # A second press tells nobody twice.
    assert release(case, cast.guide) == asked
    assert post.deliver_due() == 0


def test_s13_a_review_waits_until_another_senior_signs_it(
    cast: Cast, case: Case, second: WallGuide
):
    asked = release(case, cast.senior)
    identity.open_identity(asked=asked, by=cast.senior)
    other = SeniorGuideFactory(covers=[cast.leeds])

    for guide, words in ((second, "Only a senior"), (cast.senior, "another senior")):
        with pytest.raises(Refused, match=words):
            identity.review(asked=asked, by=guide, note="It was right to open it.")
    with pytest.raises(Refused, match="Write what you found"):
        identity.review(asked=asked, by=other, note=" ok ")
    assert identity.standing_for(other, now=timezone.now()).to_review == 1

    identity.review(asked=asked, by=other, note="It was right to open it.")

    assert not identity.standing_for(other, now=timezone.now())
    assert asked.reviewed_by == other
    with pytest.raises(Refused, match="nothing to sign"):
        identity.review(asked=asked, by=other, note="It was right to open it.")


def test_s13_a_senior_who_looked_does_not_review_it(cast: Cast, case: Case):
    asked = release(case, cast.guide)
    identity.open_identity(asked=asked, by=cast.senior)

    with pytest.raises(Refused, match="asked or looked"):
        identity.review(asked=asked, by=cast.senior, note="It was right to open it.")


def test_s13_after_a_day_the_review_is_overdue(cast: Cast, case: Case):
    asked = release(case, cast.guide)
    time_passes(asked, "24 hours")

    standing = identity.standing_for(cast.senior, now=timezone.now())

    assert (standing.to_review, standing.overdue) == (1, 1)


# --- what the member is told --------------------------------------------------------------


def test_the_member_is_told_of_each_look_by_role_and_in_plain_words(
    cast: Cast, case: Case, second: WallGuide
):
    assert identity.looks_for(cast.member) == []
    asked = approved(case, cast.guide, second)
    assert identity.looks_for(cast.member) == []  # asked and approved, and nobody looked
    identity.open_identity(asked=asked, by=cast.guide)
    identity.open_identity(asked=release(case, cast.senior), by=cast.senior)

    by_senior, by_guide = identity.looks_for(cast.member)

    assert (by_senior.who_was_senior, by_senior.life_at_risk) == (True, True)
    assert (by_guide.who_was_senior, by_guide.why) == (False, Why.NO_ANSWER)
    assert identity.looks_for(cast.suspended) == []


def test_a_look_is_shown_later_only_with_a_seniors_reason_and_an_end(
    cast: Cast, case: Case, second: WallGuide
):
    asked = approved(case, cast.guide, second)
    identity.open_identity(asked=asked, by=cast.guide)
    now = timezone.now()
    why = "Somebody at home reads their telephone."

    for by, reason, until, words in (
        (cast.guide, why, now + timedelta(days=2), "Only a senior"),
        (cast.senior, " ", now + timedelta(days=2), "in a sentence"),
        (cast.senior, why, now - timedelta(days=2), "until when"),
        (cast.senior, why, now + timedelta(days=31), "until when"),
    ):
        with pytest.raises(Refused, match=words):
            identity.delay(asked=asked, by=by, reason=reason, until=until)
    assert len(identity.looks_for(cast.member)) == 1

    identity.delay(asked=asked, by=cast.senior, reason=why, until=now + timedelta(days=2))
    assert identity.looks_for(cast.member) == []
    assert len(identity.looks_for(cast.member, now=now + timedelta(days=2, seconds=1))) == 1

    identity.delay(asked=asked, by=cast.senior, reason="", until=None)
    assert len(identity.looks_for(cast.member)) == 1
    assert Entry.objects.filter(verb__in=["delay looks", "show looks now"]).count() == 2


def test_what_was_asked_is_let_go_with_the_episode_and_the_log_keeps_it(
    cast: Cast, case: Case, second: WallGuide
):
    asked = release(case, cast.guide)
    identity.open_identity(asked=asked, by=cast.guide)
    with pytest.raises(Refused, match="open"):
        identity.forget_requests(case=case)
    close_case(
        case=case, by=cast.guide, outcome=CaseOutcome.SAFE_NOW, note="Safe.", version=None,
        at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(Refused, match="reviewed"):
        identity.forget_requests(case=case)
    identity.review(asked=asked, by=cast.senior, note="It was right to open it.")

    identity.forget_requests(case=case)

    assert IdentityRequest.objects.count() == IdentityLook.objects.count() == 0
    assert Entry.objects.filter(verb="look at identity").count() == 1
