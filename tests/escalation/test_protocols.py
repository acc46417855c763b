"""A protocol is drafted, offered, agreed, and from then on never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Entry
from escalation import protocols
from escalation.enums import When
from escalation.models import AgreedNeverChanges, Protocol
from tests.factories.accounts import AdministratorFactory, CommissioningLeadFactory
from tests.factories.commissioning import CommissionerFactory, LocalityFactory
from tests.factories.escalation import AgreedProtocolFactory, ProtocolFactory, operators_own

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_step(**fields) -> protocols.StepFields:
    return {
        "when": When.ANY_TIME, "hours": "", "contact": "Duty line",
        "contact_details": "01632 960000", "action": "Call.", "plain_words": "We call.",
        "minutes_to_next": 10, **fields,
    }  # fmt: skip


@pytest.fixture
def admin():
    return AdministratorFactory()


def saved(protocol: Protocol, *steps: protocols.StepFields, admin, **words: str) -> Protocol:
    return protocols.save_draft(
        protocol=protocol, steps=steps, by=admin, at=AT,
        **{"introduction": "For you.", "office_hours": "Mon-Fri 09:00-17:00", **words},
    )  # fmt: skip


# --- drafts -------------------------------------------------------------------------------


def test_a_first_draft_is_empty_and_version_one(admin):
    leeds = LocalityFactory()

    draft = protocols.start_draft(commissioner=leeds.commissioner, locality=leeds, by=admin, at=AT)

    assert (draft.version, draft.introduction, draft.steps.count()) == (1, "", 0)
    assert not draft.is_agreed
    assert not draft.is_offered


def test_the_next_draft_is_a_copy_of_what_is_in_force(admin):
    agreed = AgreedProtocolFactory(
        steps=[{"contact": "The duty line"}, {"contact": "The crisis team"}], version=4
    )

    draft = protocols.start_draft(
        commissioner=agreed.commissioner, locality=agreed.locality, by=admin, at=AT
    )

    assert draft.version == 5
    assert [step.contact for step in draft.steps.all()] == ["The duty line", "The crisis team"]
    assert protocols.mark_of(draft) == protocols.mark_of(agreed)
    assert Protocol.objects.in_force_for(agreed.locality) == agreed


def test_a_places_first_draft_copies_what_holds_there_meanwhile(admin):
    operators_own(steps=[{"contact": "The operator's own line"}])
    leeds = LocalityFactory()

    draft = protocols.start_draft(commissioner=leeds.commissioner, locality=leeds, by=admin, at=AT)

    assert [step.contact for step in draft.steps.all()] == ["The operator's own line"]
    assert draft.version == 1


def test_a_second_draft_beside_one_under_way_is_refused_and_the_first_is_shown(admin):
    draft = ProtocolFactory()

    with pytest.raises(protocols.UnderWay) as refusal:
        protocols.start_draft(
            commissioner=draft.commissioner, locality=draft.locality, by=admin, at=AT
        )

    assert refusal.value.protocol == draft


def test_a_draft_for_somebody_elses_locality_is_refused(admin):
    with pytest.raises(ValidationError):
        protocols.start_draft(
            commissioner=CommissionerFactory(), locality=LocalityFactory(), by=admin, at=AT
        )


def test_saving_puts_the_steps_in_the_order_given(admin):
    draft = ProtocolFactory()

    saved(draft, a_step(contact="First"), a_step(contact="Second"), admin=admin)

    steps = draft.steps.all()
    assert [(step.position, step.contact) for step in steps] == [(1, "First"), (2, "Second")]


def test_saving_over_what_somebody_else_saved_meanwhile_is_refused(admin):
    draft = ProtocolFactory()
    seen = protocols.mark_of(draft)
    saved(draft, a_step(contact="Theirs"), admin=AdministratorFactory())

    with pytest.raises(protocols.ChangedMeanwhile):
        protocols.save_draft(
            protocol=draft, introduction="Mine", office_hours="", steps=[], seen=seen, by=admin,
            at=AT,
        )  # fmt: skip

    assert [step.contact for step in draft.steps.all()] == ["Theirs"]


def test_an_offered_version_is_not_edited(admin):
    offered = protocols.offer_protocol(protocol=ProtocolFactory(), by=admin, at=AT)

    with pytest.raises(protocols.NotADraft):
        saved(offered, a_step(), admin=admin)


# --- every hour of the week ---------------------------------------------------------------


def first_gap(draft: Protocol, admin) -> str:
    with pytest.raises(ValidationError) as refusal:
        protocols.offer_protocol(protocol=draft, by=admin, at=AT)
    draft.refresh_from_db()
    assert not draft.is_offered
    return refusal.value.messages[0]


def test_a_protocol_without_steps_is_not_offered(admin):
    assert "at least one" in first_gap(saved(ProtocolFactory(), admin=admin), admin)


def test_a_protocol_in_which_nobody_is_named_out_of_hours_is_not_offered(admin):
    draft = saved(ProtocolFactory(), a_step(when=When.IN_HOURS), admin=admin)

    assert "Monday 00:00" in first_gap(draft, admin)


def test_the_first_hour_that_nobody_covers_is_named(admin):
    draft = saved(
        ProtocolFactory(),
        a_step(when=When.IN_HOURS),
        a_step(when=When.AT_THESE_HOURS, hours="Mon-Fri 17:00-09:00; Sat 09:00-17:00"),
        a_step(when=When.AT_THESE_HOURS, hours="Sun 00:00-24:00; Mon 00:00-09:00"),
        admin=admin,
    )

    assert "Saturday 17:00" in first_gap(draft, admin)


def test_a_gap_of_one_minute_is_a_gap(admin):
    draft = saved(
        ProtocolFactory(),
        a_step(when=When.AT_THESE_HOURS, hours="Mon-Sun 00:00-13:29; Mon-Sun 13:30-24:00"),
        admin=admin,
    )

    assert "Monday 13:29" in first_gap(draft, admin)


def test_steps_that_together_cover_the_week_are_enough(admin):
    draft = saved(
        ProtocolFactory(),
        a_step(when=When.IN_HOURS),
        a_step(when=When.AT_THESE_HOURS, hours="Mon-Thu 17:00-09:00; Fri 17:00-24:00"),
        a_step(when=When.AT_THESE_HOURS, hours="Sat-Sun 00:00-24:00; Mon 00:00-09:00"),
        admin=admin,
    )

    assert protocols.offer_protocol(protocol=draft, by=admin, at=AT).is_offered


# --- agreeing -----------------------------------------------------------------------------


def test_it_is_in_force_once_both_have_agreed_and_not_before(admin):
    draft = ProtocolFactory()
    lead = CommissioningLeadFactory(commissioner=draft.commissioner)

    offered = protocols.offer_protocol(protocol=draft, by=admin, at=AT)
    assert Protocol.objects.in_force_for(draft.locality) is None

    agreed = protocols.agree_protocol(
        protocol=offered, by=lead, seen=protocols.mark_of(offered), at=AT + timedelta(hours=1)
    )
    assert Protocol.objects.in_force_for(draft.locality) == agreed
    assert (agreed.operator_agreed_by, agreed.operator_agreed_at) == (admin.user, AT)
    assert agreed.commissioner_agreed_by == lead.user
    assert agreed.agreed_at == agreed.commissioner_agreed_at == AT + timedelta(hours=1)


def test_the_operators_own_is_in_force_on_the_operators_word_alone(admin):
    own = ProtocolFactory(commissioner=None, locality=None)

    protocols.offer_protocol(protocol=own, by=admin, at=AT)

    assert Protocol.objects.in_force_for(LocalityFactory()) == own


def test_a_lead_agrees_to_nothing_of_another_commissioner(admin):
    offered = protocols.offer_protocol(protocol=ProtocolFactory(), by=admin, at=AT)

    with pytest.raises(Protocol.DoesNotExist):
        protocols.agree_protocol(protocol=offered, by=CommissioningLeadFactory(), at=AT)

    offered.refresh_from_db()
    assert not offered.is_agreed


def test_a_lead_reads_their_own_offered_and_agreed_versions_and_nothing_else(admin):
    lead = CommissioningLeadFactory()
    leeds = LocalityFactory(commissioner=lead.commissioner)
    agreed = AgreedProtocolFactory(locality=leeds, version=1)
    offered = protocols.offer_protocol(
        protocol=ProtocolFactory(locality=leeds, version=2), by=admin, at=AT
    )
    ProtocolFactory(locality=leeds, version=3)  # a draft
    AgreedProtocolFactory()  # another commissioner's
    operators_own()

    assert set(Protocol.objects.for_lead(lead)) == {agreed, offered}


def test_a_draft_cannot_be_agreed():
    draft = ProtocolFactory()
    lead = CommissioningLeadFactory(commissioner=draft.commissioner)

    with pytest.raises(protocols.NotOffered):
        protocols.agree_protocol(protocol=draft, by=lead, at=AT)


def test_nobody_agrees_to_other_words_than_they_have_read(admin):
    draft = ProtocolFactory()
    lead = CommissioningLeadFactory(commissioner=draft.commissioner)
    read = protocols.mark_of(protocols.offer_protocol(protocol=draft, by=admin, at=AT))
    protocols.withdraw_offer(protocol=draft, by=admin, at=AT)
    saved(draft, a_step(contact="Somebody else"), admin=admin)
    protocols.offer_protocol(protocol=draft, by=admin, at=AT)

    with pytest.raises(protocols.ChangedMeanwhile):
        protocols.agree_protocol(protocol=draft, by=lead, seen=read, at=AT)


def test_a_withdrawn_offer_is_a_draft_again(admin):
    offered = protocols.offer_protocol(protocol=ProtocolFactory(), by=admin, at=AT)

    draft = protocols.withdraw_offer(protocol=offered, by=admin, at=AT)

    assert not draft.is_offered
    assert saved(draft, a_step(contact="New"), admin=admin).steps.get().contact == "New"


def test_what_is_agreed_cannot_be_withdrawn_offered_or_agreed_again(admin):
    agreed = AgreedProtocolFactory()
    lead = CommissioningLeadFactory(commissioner=agreed.commissioner)

    with pytest.raises(protocols.NotOffered):
        protocols.withdraw_offer(protocol=agreed, by=admin, at=AT)
    with pytest.raises(protocols.NotADraft):
        protocols.offer_protocol(protocol=agreed, by=admin, at=AT)
    with pytest.raises(protocols.NotOffered):
        protocols.agree_protocol(protocol=agreed, by=lead, at=AT)


# --- agreed versions never change ---------------------------------------------------------


def test_an_agreed_version_never_changes():
    agreed = AgreedProtocolFactory()
    before = protocols.mark_of(agreed)
    step = agreed.steps.get()

    step.contact = "Somebody else"
    with pytest.raises(AgreedNeverChanges):
        step.save()
    with pytest.raises(AgreedNeverChanges):
        agreed.steps.get().delete()
    with pytest.raises(AgreedNeverChanges):
        agreed.steps.create(position=9, **a_step())
    agreed.introduction = "Something else"
    with pytest.raises(AgreedNeverChanges):
        agreed.save()
    with pytest.raises(AgreedNeverChanges):
        agreed.delete()
    with pytest.raises(protocols.NotADraft):
        saved(agreed, a_step(contact="Somebody else"), admin=AdministratorFactory())

    assert protocols.mark_of(Protocol.objects.get(pk=agreed.pk)) == before


def test_an_agreed_version_cannot_be_made_a_draft_first():
    agreed = AgreedProtocolFactory()
    agreed.agreed_at = agreed.commissioner_agreed_at = agreed.commissioner_agreed_by = None

    with pytest.raises(AgreedNeverChanges):
        agreed.save()


# --- what is in force where ---------------------------------------------------------------


def test_the_nearest_agreement_counts_and_then_the_newest():
    leeds = LocalityFactory()
    york = LocalityFactory(commissioner=leeds.commissioner)
    operators = operators_own(version=7)
    assert Protocol.objects.in_force_for(leeds) == operators

    everywhere = AgreedProtocolFactory(commissioner=leeds.commissioner, locality=None, version=3)
    assert Protocol.objects.in_force_for(leeds) == everywhere

    AgreedProtocolFactory(locality=leeds, version=1)
    second = AgreedProtocolFactory(locality=leeds, version=2)
    ProtocolFactory(locality=leeds, version=3)
    assert Protocol.objects.in_force_for(leeds) == second
    assert Protocol.objects.in_force_for(york) == everywhere
    assert Protocol.objects.in_force_for(LocalityFactory()) == operators


def test_many_localities_read_at_once_are_answered_as_one_by_one():
    leeds, derby = LocalityFactory(), LocalityFactory()
    york = LocalityFactory(commissioner=leeds.commissioner)
    operators_own(version=7)
    AgreedProtocolFactory(commissioner=leeds.commissioner, locality=None, version=3)
    AgreedProtocolFactory(locality=leeds, version=1)
    AgreedProtocolFactory(locality=leeds, version=2)
    ProtocolFactory(locality=leeds, version=3)

    in_force = protocols.newest_agreed(Protocol.objects.all())

    for locality in (leeds, york, derby):
        alone = Protocol.objects.in_force_for(locality)
        assert alone is not None
        assert protocols.nearest(in_force, locality) == alone


def test_the_two_readings_hold_what_is_ever_taken_in_each():
    protocol = ProtocolFactory(
        steps=[
            {"contact": "always"},
            {"contact": "by day", "when": When.IN_HOURS},
            {"contact": "by night", "when": When.OUT_OF_HOURS},
            {"contact": "evenings", "when": When.AT_THESE_HOURS, "hours": "Mon-Fri 16:00-20:00"},
            {"contact": "Sundays", "when": When.AT_THESE_HOURS, "hours": "Sun 10:00-12:00"},
        ]
    )

    in_hours, out_of_hours = protocols.steps_by_hours(protocol)

    assert [step.contact for step in in_hours] == ["always", "by day", "evenings"]
    assert [step.contact for step in out_of_hours] == [
        "always", "by night", "evenings", "Sundays",
    ]  # fmt: skip


# --- the record ---------------------------------------------------------------------------


def test_every_act_is_in_the_audit_log_by_pseudonym_and_without_a_word_of_text(admin):
    draft = protocols.start_draft(commissioner=None, locality=None, by=admin, at=AT)
    assert draft.commissioner is None
    leeds = LocalityFactory()
    lead = CommissioningLeadFactory(commissioner=leeds.commissioner, name="Nobody Shown")
    draft = protocols.start_draft(commissioner=leeds.commissioner, locality=leeds, by=admin, at=AT)
    saved(draft, a_step(contact="A telling contact"), admin=admin)
    protocols.offer_protocol(protocol=draft, by=admin, at=AT)
    protocols.withdraw_offer(protocol=draft, by=admin, at=AT)
    protocols.offer_protocol(protocol=draft, by=admin, at=AT)
    protocols.agree_protocol(protocol=draft, by=lead, at=AT)

    entries = Entry.objects.filter(subject=f"protocol:{draft.pk}").order_by("seq")
    assert [(entry.actor, entry.verb) for entry in entries] == [
        (f"admin:{admin.pk}", "start protocol"),
        (f"admin:{admin.pk}", "save protocol"),
        (f"admin:{admin.pk}", "offer protocol"),
        (f"admin:{admin.pk}", "withdraw protocol"),
        (f"admin:{admin.pk}", "offer protocol"),
        (f"lead:{lead.pk}", "agree protocol"),
    ]
    for entry in entries:
        assert "telling" not in str(entry.detail)
        assert "Nobody" not in str(entry.detail)
        assert set(entry.detail) == {"version", "mark"}


@pytest.mark.django_db(transaction=True)
def test_two_who_start_the_same_version_at_once_end_with_one_draft():
    """The second is told of the first, whichever way the race goes."""
    from concurrent.futures import ThreadPoolExecutor

    leeds, admin = LocalityFactory(), AdministratorFactory()

    def start(_: int) -> str:
        try:
            protocols.start_draft(
                commissioner=leeds.commissioner, locality=leeds, by=admin, at=timezone.now()
            )
        except protocols.UnderWay:
            return "told"
        finally:
            connection.close()
        return "started"

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(start, range(4)))

    assert told == ["started", "told", "told", "told"]
    assert Protocol.objects.of_place(leeds.commissioner, leeds).count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE escalation_protocol SET introduction = 'Other words.' WHERE id = %s",
        "DELETE FROM escalation_protocol WHERE id = %s",
        "UPDATE escalation_protocolstep SET action = 'Nothing.' WHERE protocol_id = %s",
        "DELETE FROM escalation_protocolstep WHERE protocol_id = %s",
    ],
)
def test_not_even_the_database_lets_an_agreed_version_be_changed(statement: str):
    protocol = AgreedProtocolFactory()

    with (
        pytest.raises(IntegrityError, match="never change"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [protocol.pk])
