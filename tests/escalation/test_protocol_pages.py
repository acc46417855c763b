"""Protocols on pages: written by administrators, agreed by leads, read by members."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.template.defaultfilters import striptags
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from escalation import protocols
from escalation.enums import When
from escalation.models import Protocol
from tests.factories.accounts import (
    AdministratorFactory,
    CommissioningLeadFactory,
    MemberFactory,
    WallGuideFactory,
)
from tests.factories.commissioning import CommissionerFactory, LocalityFactory
from tests.factories.escalation import AgreedProtocolFactory, ProtocolFactory, operators_own
from tests.sign_ins import SignedIn

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert('protocol')</script>"


def signed_in(person) -> Client:
    client = SignedIn()
    client.force_login(person.user)
    return client


@pytest.fixture
def admin():
    return AdministratorFactory(name="Admin Ada")


@pytest.fixture
def as_admin(admin):
    return signed_in(admin)


def address(name: str, protocol: Protocol | None = None) -> str:
    return reverse(f"escalation:{name}", args=[protocol.pk] if protocol else [])


def written(*steps: dict[str, str], do: str = "save", **words: str) -> dict[str, str]:
    """The form as a browser sends it."""
    data = {
        "introduction": "What we do for you.",
        "office_hours": "Mon-Fri 09:00-17:00",
        "seen": "",
        "do": do,
        "steps-TOTAL_FORMS": str(len(steps)),
        "steps-INITIAL_FORMS": str(len(steps)),
    } | words
    for number, step in enumerate(steps):
        fields = {
            "contact": "Duty line", "contact_details": "01632 960000", "when": When.ANY_TIME,
            "hours": "", "action": "Call.", "plain_words": "We call.", "minutes_to_next": "10",
            **step,
        }  # fmt: skip
        data |= {f"steps-{number}-{name}": value for name, value in fields.items()}
    return data


def shown_contacts(page: str) -> list[str]:
    return re.findall(r'name="steps-\d+-contact" value="([^"]*)"', page)


# --- administrators -----------------------------------------------------------------------


def test_a_protocol_is_written_offered_and_agreed_on_ordinary_pages(as_admin):
    leeds = LocalityFactory(name="Leeds")
    lead = CommissioningLeadFactory(commissioner=leeds.commissioner)

    begun = as_admin.post(address("protocol-new"), {"place": f"l{leeds.pk}"})
    draft = Protocol.objects.get()
    assert begun.url == address("protocol-edit", draft)
    seen = re.search(r'name="seen" value="(\w+)"', as_admin.get(begun.url).text).group(1)
    saved = as_admin.post(begun.url, written({"contact": "The practice"}, seen=seen))
    assert saved.url == address("protocol-detail", draft)
    as_admin.post(address("protocol-offer", draft))

    as_lead = signed_in(lead)
    page = as_lead.get(reverse("reporting:protocol", args=[draft.pk])).text
    seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
    as_lead.post(
        reverse("reporting:protocol-agreement", args=[draft.pk]), {"agrees": "on", "seen": seen}
    )

    assert Protocol.objects.in_force_for(leeds) == draft
    assert "The practice" in signed_in(MemberFactory(locality=leeds)).get("/what-happens/").text


def test_the_list_says_what_is_in_force_what_is_under_way_and_where_there_is_nothing(as_admin):
    covered, bare = LocalityFactory(name="Leeds"), LocalityFactory(name="Derby")
    LocalityFactory(name="Canary", is_hidden=True)
    old = AgreedProtocolFactory(locality=covered, version=1)
    AgreedProtocolFactory(locality=covered, version=2)
    ProtocolFactory(locality=covered, version=3)

    context = as_admin.get(address("protocol-list")).context

    assert [protocol.version for protocol in context["in_force"]] == [2]
    assert [protocol.version for protocol in context["under_way"]] == [3]
    assert context["earlier"] == [old]
    assert context["uncovered"] == [bare]


def test_with_the_operators_own_in_force_no_place_is_without(as_admin):
    LocalityFactory()
    operators_own()

    assert as_admin.get(address("protocol-list")).context["uncovered"] == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_same_few_questions_however_long_it_is(
    as_admin, number, django_assert_num_queries
):
    for _ in range(number):
        AgreedProtocolFactory()
        ProtocolFactory()

    # session, the user with who they are, protocols, localities, what was opened at once
    with django_assert_num_queries(5):
        as_admin.get(address("protocol-list"))


def test_a_hidden_locality_is_not_offered_as_a_place(as_admin):
    LocalityFactory(name="Canary", is_hidden=True, commissioner=CommissionerFactory(is_hidden=True))

    assert "Canary" not in as_admin.get(address("protocol-new")).text


@pytest.mark.parametrize("place", ["", "l999999", "nowhere", "c-1"])
def test_a_place_that_is_none_comes_back_with_a_sentence(as_admin, place):
    response = as_admin.post(address("protocol-new"), {"place": place})

    assert response.status_code == 422
    assert "Choose" in response.text
    assert not Protocol.objects.exists()


def test_starting_what_is_under_way_leads_to_it(as_admin):
    draft = ProtocolFactory()

    response = as_admin.post(address("protocol-new"), {"place": f"l{draft.locality_id}"})

    assert response.url == address("protocol-detail", draft)


def test_wrong_input_comes_back_with_every_word_and_says_what_is_wrong(as_admin):
    draft = ProtocolFactory()
    before = protocols.mark_of(draft)

    response = as_admin.post(
        address("protocol-edit", draft),
        written(
            {"contact": "", "action": "Typed and kept.", "minutes_to_next": "soon"},
            {"when": When.AT_THESE_HOURS, "hours": "Son 10-12"},
            {"when": When.AT_THESE_HOURS},
            {"minutes_to_next": "0", "when": "never"},
            office_hours="nine to five",
        ),
    )

    assert response.status_code == 422
    page = response.text.replace("&#x27;", "'")
    for sentence in (
        "“nine to five” is not hours of the week. Write them like",
        "Step 1: Say who is turned to, such as Duty line.",
        "Step 1: Write the minutes as a whole number, such as 15.",
        "Step 2: “Son 10-12” is not hours of the week.",
        "Step 3: Say at which hours, such as Sat-Sun 09:00-12:00.",
        "Step 4: There is at least one minute until the next step.",
        "Step 4: Choose when this step is taken from the list.",
    ):
        assert sentence in page
    for typed in ("Typed and kept.", 'value="soon"', 'value="Son 10-12"', 'value="nine to five"'):
        assert typed in page
    draft.refresh_from_db()
    assert protocols.mark_of(draft) == before


@pytest.mark.parametrize(
    ("do", "order"),
    [
        ("add", ["A", "B", "C", ""]),
        ("up:2", ["A", "C", "B"]),
        ("up:0", ["A", "B", "C"]),
        ("down:0", ["B", "A", "C"]),
        ("down:2", ["A", "B", "C"]),
        ("remove:1", ["A", "C"]),
    ],
)
def test_u07_adding_moving_and_removing_without_javascript_lose_no_typed_text(as_admin, do, order):
    draft = ProtocolFactory()
    before = protocols.mark_of(draft)

    response = as_admin.post(
        address("protocol-edit", draft),
        written(
            {"contact": "A", "minutes_to_next": "not a number yet"},
            {"contact": "B", "hours": "half typed"},
            {"contact": "C", "plain_words": "Dear <you>"},
            do=do, introduction="Half an introduc", office_hours="Mon-", seen="abc",
        ),
    )  # fmt: skip

    page = response.text
    assert response.status_code == 200
    assert [contact or "" for contact in shown_contacts(page)] == [c for c in order if c]
    assert f'name="steps-TOTAL_FORMS" value="{len(order)}"' in page
    for typed in ("not a number yet", "Half an introduc", 'value="Mon-"', 'value="abc"'):
        assert typed in page
    assert ("half typed" in page) == ("B" in order)
    assert "Dear &lt;you&gt;" in page
    assert "errorlist" not in page  # nothing is checked until it is saved
    assert protocols.mark_of(draft) == before


@pytest.mark.parametrize("do", ["up:99", "remove:-1", "up:x", "nonsense", "down:²"])
def test_a_button_that_does_not_exist_saves_or_says_what_is_wrong_and_breaks_nothing(as_admin, do):
    response = as_admin.post(
        address("protocol-edit", ProtocolFactory()), written({"contact": ""}, do=do)
    )

    assert response.status_code == 422


def test_a_form_with_its_bookkeeping_torn_off_is_answered_and_saves_nothing(as_admin):
    draft = ProtocolFactory()
    before = protocols.mark_of(draft)

    response = as_admin.post(
        address("protocol-edit", draft),
        {"introduction": "Kept.", "office_hours": "Mon-Fri 09:00-17:00"},
    )

    assert response.status_code == 422
    assert "Kept." in response.text
    assert protocols.mark_of(draft) == before


def test_more_steps_than_there_can_be_are_refused_in_a_sentence(as_admin):
    response = as_admin.post(
        address("protocol-edit", ProtocolFactory()), written(*[{} for _ in range(31)])
    )

    assert response.status_code == 422
    assert "at most 30 steps" in response.text


def test_saving_over_somebody_elses_words_asks_first_and_then_may(as_admin):
    draft = ProtocolFactory()
    seen = protocols.mark_of(draft)
    protocols.save_draft(
        protocol=draft, introduction="Theirs", office_hours="", steps=[],
        by=AdministratorFactory(), at=timezone.now(),
    )  # fmt: skip
    mine = written({"contact": "Mine"}, seen=seen)

    refused = as_admin.post(address("protocol-edit", draft), mine)
    assert refused.status_code == 409
    assert shown_contacts(refused.text) == ["Mine"]
    draft.refresh_from_db()
    assert draft.introduction == "Theirs"

    now_seen = re.search(r'name="seen" value="(\w+)"', refused.text).group(1)
    assert (
        as_admin.post(address("protocol-edit", draft), mine | {"seen": now_seen}).status_code == 302
    )
    assert draft.steps.get().contact == "Mine"


def test_what_is_offered_or_agreed_has_no_form_and_takes_no_words(as_admin, admin):
    agreed = AgreedProtocolFactory()
    offered = protocols.offer_protocol(protocol=ProtocolFactory(), by=admin, at=timezone.now())
    for protocol in (agreed, offered):
        seen = protocols.mark_of(protocol)
        form = as_admin.get(address("protocol-edit", protocol))
        sent = as_admin.post(
            address("protocol-edit", protocol), written({"contact": "Changed"}, seen=seen)
        )

        assert form.url == address("protocol-detail", protocol)
        assert sent.status_code == 409
        assert "Changed" in sent.text  # what was typed is not lost
        assert protocols.mark_of(Protocol.objects.get(pk=protocol.pk)) == seen


def test_offering_what_leaves_an_hour_uncovered_names_the_hour(as_admin):
    draft = ProtocolFactory(
        steps=[
            {"when": When.IN_HOURS},
            {"when": When.AT_THESE_HOURS, "hours": "Mon-Fri 17:00-09:00; Sat 00:00-17:00; "
                                                   "Mon 00:00-09:00"},
        ]
    )  # fmt: skip

    page = as_admin.get(address("protocol-detail", draft))
    refused = as_admin.post(address("protocol-offer", draft))

    assert "Nobody is named from Saturday 17:00 on." in page.text
    assert "Agree and offer it" not in page.text
    assert refused.status_code == 422
    assert "Saturday 17:00" in refused.text


def test_the_detail_page_reads_in_hours_beside_out_of_hours(as_admin):
    agreed = AgreedProtocolFactory(
        steps=[
            {"contact": "The practice", "when": When.IN_HOURS},
            {"contact": "The night team", "when": When.OUT_OF_HOURS},
        ]
    )

    response = as_admin.get(address("protocol-detail", agreed))

    assert [step.contact for step in response.context["in_hours"]] == ["The practice"]
    assert [step.contact for step in response.context["out_of_hours"]] == ["The night team"]
    assert "01632 960000" in response.text
    assert "Monday to Friday, 09:00 to 17:00" in response.text


def test_taking_an_offer_back_makes_it_a_draft_again(as_admin, admin):
    offered = protocols.offer_protocol(protocol=ProtocolFactory(), by=admin, at=timezone.now())

    assert as_admin.post(address("protocol-withdraw", offered)).status_code == 302

    offered.refresh_from_db()
    assert not offered.is_offered
    assert as_admin.post(address("protocol-withdraw", offered)).status_code == 409


@pytest.mark.parametrize("name", ["protocol-offer", "protocol-withdraw"])
def test_looking_at_an_act_does_nothing(as_admin, name):
    assert as_admin.get(address(name, ProtocolFactory())).status_code == 405


# --- commissioners' leads -----------------------------------------------------------------


def offered_for(lead, admin) -> Protocol:
    draft = ProtocolFactory(locality=LocalityFactory(commissioner=lead.commissioner))
    return protocols.offer_protocol(protocol=draft, by=admin, at=timezone.now())


def agreement(protocol: Protocol) -> str:
    return reverse("reporting:protocol-agreement", args=[protocol.pk])


def test_a_lead_agrees_by_an_explicit_statement_that_names_them(admin):
    lead = CommissioningLeadFactory(name="Lead Lena")
    offered = offered_for(lead, admin)
    client = signed_in(lead)

    page = client.get(reverse("reporting:protocol", args=[offered.pk])).text
    assert "I, Lead Lena, agree to version 1" in page
    without_a_tick = client.post(agreement(offered), {"seen": protocols.mark_of(offered)})
    assert without_a_tick.status_code == 422
    assert "Tick the box if you agree." in without_a_tick.text
    offered.refresh_from_db()
    assert not offered.is_agreed

    client.post(agreement(offered), {"seen": protocols.mark_of(offered), "agrees": "on"})

    offered.refresh_from_db()
    assert offered.is_agreed
    assert offered.commissioner_agreed_by == lead.user
    page = client.get(reverse("reporting:protocol", args=[offered.pk])).text
    assert "is in force" in page
    assert "Lead Lena" in page
    assert "I, Lead Lena" not in page


def test_a_lead_who_read_other_words_is_shown_the_new_ones_and_agrees_to_nothing(admin):
    lead = CommissioningLeadFactory()
    offered = offered_for(lead, admin)

    response = signed_in(lead).post(agreement(offered), {"agrees": "on", "seen": "an older mark"})

    assert response.status_code == 409
    assert "Read it again first" in response.text
    offered.refresh_from_db()
    assert not offered.is_agreed


def test_s03_a_lead_of_another_commissioner_finds_no_such_protocol(admin):
    lead, other = CommissioningLeadFactory(), CommissioningLeadFactory()
    offered = offered_for(lead, admin)
    agreed = AgreedProtocolFactory(locality=LocalityFactory(commissioner=lead.commissioner))
    client = signed_in(other)

    for protocol in (offered, agreed):
        assert client.get(reverse("reporting:protocol", args=[protocol.pk])).status_code == 404
    sent = client.post(agreement(offered), {"agrees": "on", "seen": protocols.mark_of(offered)})
    assert sent.status_code == 404
    offered.refresh_from_db()
    assert not offered.is_agreed


def test_a_lead_does_not_see_a_draft_nor_the_operators_own():
    lead = CommissioningLeadFactory()
    draft = ProtocolFactory(locality=LocalityFactory(commissioner=lead.commissioner))
    client = signed_in(lead)

    for protocol in (draft, operators_own()):
        assert client.get(reverse("reporting:protocol", args=[protocol.pk])).status_code == 404


@pytest.mark.parametrize("factory", [MemberFactory, WallGuideFactory, CommissioningLeadFactory])
def test_s02_nobody_but_an_administrator_finds_the_operators_pages(factory):
    client = signed_in(factory())
    draft, agreed = ProtocolFactory(), AgreedProtocolFactory()

    for path in (
        address("protocol-list"), address("protocol-new"), address("protocol-detail", agreed),
        address("protocol-edit", draft),
    ):  # fmt: skip
        assert client.get(path).status_code == 404
    for path in (address("protocol-offer", draft), address("protocol-withdraw", draft)):
        assert client.post(path).status_code == 404
    assert client.post(address("protocol-edit", draft), written({})).status_code == 404


@pytest.mark.parametrize("factory", [MemberFactory, WallGuideFactory, AdministratorFactory])
def test_s02_nobody_but_a_lead_finds_the_commissioners_pages(factory):
    client = signed_in(factory())
    agreed = AgreedProtocolFactory()

    assert client.get(reverse("reporting:commissioner-home")).status_code == 404
    assert client.get(reverse("reporting:protocol", args=[agreed.pk])).status_code == 404
    assert client.post(agreement(agreed), {"agrees": "on"}).status_code == 404


def test_s31_what_is_written_into_a_protocol_is_shown_and_never_run(as_admin):
    agreed = AgreedProtocolFactory(
        introduction=SCRIPT,
        steps=[
            {"contact": SCRIPT, "contact_details": SCRIPT, "action": SCRIPT, "plain_words": SCRIPT}
        ],
    )
    lead = CommissioningLeadFactory(commissioner=agreed.commissioner)
    member = MemberFactory(locality=agreed.locality)

    for page in (
        as_admin.get(address("protocol-detail", agreed)).text,
        as_admin.get(address("protocol-list")).text,
        signed_in(lead).get(reverse("reporting:protocol", args=[agreed.pk])).text,
        signed_in(member).get("/what-happens/").text,
    ):
        assert "alert(" not in page or "&lt;script&gt;alert(" in page
        assert SCRIPT not in page


# --- members ------------------------------------------------------------------------------


@pytest.fixture
def member():
    return MemberFactory(locality=LocalityFactory(name="Leeds"), alias="Wren")


def what_happens(member) -> str:
    return signed_in(member).get("/what-happens/").text


def words_of(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(striptags(main.replace("<", " <")).split())


def test_u21_a_member_reads_who_does_what_and_when_and_never_a_number(member):
    AgreedProtocolFactory(
        locality=member.locality,
        steps=[
            {"contact": "Your practice", "when": When.IN_HOURS, "plain_words": "We ring them.",
             "contact_details": "01632 960111", "action": "Use the back door number."},
            {"contact": "The night team", "when": When.OUT_OF_HOURS, "minutes_to_next": 90},
        ],
    )  # fmt: skip
    page = what_happens(member)

    for told in ("Your practice", "We ring them.", "The night team", "1 hour and 30 minutes"):
        assert told in page
    assert "01632" not in page
    assert "back door" not in page
    assert "Monday to Friday, 09:00 to 17:00" in page
    assert f"We agreed them with {member.locality.commissioner.name}." in page


@pytest.mark.parametrize(
    ("zone", "now", "hour", "how"),
    [
        ("Europe/London", datetime(2026, 1, 13, 9, 30, tzinfo=UTC), "09:30", "in hours"),
        ("Europe/London", datetime(2026, 7, 14, 16, 30, tzinfo=UTC), "17:30", "out of hours"),
        ("Pacific/Auckland", datetime(2026, 1, 13, 9, 30, tzinfo=UTC), "22:30", "out of hours"),
    ],
)
def test_it_says_how_late_it_is_there_and_whether_that_is_in_hours(
    zone, now, hour, how, time_machine
):
    member = MemberFactory(locality=LocalityFactory(name="Leeds", time_zone=zone))
    AgreedProtocolFactory(
        locality=member.locality, steps=[{"when": When.IN_HOURS}, {"when": When.OUT_OF_HOURS}]
    )
    time_machine.move_to(now, tick=False)

    words = words_of(what_happens(member))

    assert f"Right now it is {hour} on Tuesday in Leeds" in words
    assert f"Right now it is {how}." in words


def test_steps_that_do_not_change_with_the_hour_are_told_once(member):
    AgreedProtocolFactory(locality=member.locality, steps=[{"contact": "The duty clinician"}])

    page = what_happens(member)

    assert page.count("The duty clinician") == 1
    assert "same at every hour" in page


def test_a_member_reads_the_protocol_of_their_own_place_and_no_other(member):
    AgreedProtocolFactory(steps=[{"contact": "Somebody else's practice"}])
    ProtocolFactory(locality=member.locality, steps=[{"contact": "Only a draft"}])
    operators_own(steps=[{"contact": "Our own duty line"}])

    page = what_happens(member)

    assert "Our own duty line" in page
    assert "They are our own steps" in page
    assert "Somebody else" not in page
    assert "Only a draft" not in page


def test_u26_without_an_agreed_protocol_it_says_what_happens_then(member):
    page = what_happens(member)

    assert "No steps are agreed for Leeds yet." in page
    assert "A wall guide still reads what worries us." in page


def test_it_says_what_is_true_about_who_can_learn_who_they_are(member):
    page = words_of(what_happens(member))

    for told in (
        "is locked away",
        "Then a second wall guide must say yes. It opens for 30 minutes.",
        "If your life is at risk, nobody waits.",
        "a different senior checks it within a day",
        "You can see each look",
        "They must write down why, and a day when you will see it.",
    ):
        assert told in page
    assert reverse("escalation:looks") in what_happens(member)
    assert member.user.address not in page


def test_u17_every_sentence_of_ours_is_short(member):
    AgreedProtocolFactory(
        locality=member.locality, steps=[{"when": When.IN_HOURS}, {"when": When.OUT_OF_HOURS}]
    )

    words = words_of(what_happens(member))

    sentences = re.split(r"(?<=[.:?!])\s", words)
    too_long = [sentence for sentence in sentences if len(sentence.split()) > 20]
    assert too_long == []


def test_a_paused_member_reads_it_too(member):
    from accounts.operations import suspend_member

    suspend_member(member=member, by=WallGuideFactory(), reason="A pause.", at=timezone.now())

    assert "What happens if we worry about you" in what_happens(member)
