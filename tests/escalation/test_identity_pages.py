"""The pages of the door, as each person meets them; and S30: no other page shows who it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Member, WallGuide
from audit.models import Entry
from escalation import identity
from escalation.enums import Why
from escalation.models import Case, IdentityLook, IdentityRequest
from tests.architecture.test_every_route_has_an_audience import MATRIX
from tests.cast import ROLES, Cast
from tests.factories.accounts import SeniorGuideFactory, WallGuideFactory
from tests.factories.identity import PLANTED, REASON, a_case_with_details, time_passes
from vault.operations import keep

opens = pytest.mark.django_db(transaction=True)
ASKED = {"why": "no_answer", "body": REASON}


@pytest.fixture
def case(cast: Cast) -> Case:
    return a_case_with_details(cast)


def path(name: str, case: Case, asked: IdentityRequest | None = None) -> str:
    more = {"request_pk": asked.pk} if asked else {}
    return reverse(f"escalation:{name}", kwargs={"pk": case.pk, **more})


def ask(case: Case, by: WallGuide) -> IdentityRequest:
    return identity.ask(case=case, by=by, why=Why.NO_ANSWER, reason=REASON)


def second_guide(cast: Cast) -> Client:
    cast.second = WallGuideFactory(covers=[cast.leeds], name="Guide Second")  # type: ignore[attr-defined]
    return cast.client("second")


def shows_who_it_is(page: str) -> bool:
    """All of what is held; and it must never be some of it."""
    found = {escape(value) in page for value in PLANTED.given().values()}
    assert len(found) == 1, "some of it is shown and some is not"
    return found.pop()


# --- the ordinary way ---------------------------------------------------------------------


@opens
def test_asked_by_one_approved_by_another_seen_and_told(cast: Cast, case: Case):
    guide, second = cast.client("guide"), second_guide(cast)

    at = guide.post(path("identity", case), ASKED)["Location"]
    asked = IdentityRequest.objects.get()
    assert "waits for a second person" in guide.get(at).text
    assert "1 to decide" in second.get("/desk/strip/").text
    assert "to decide" not in guide.get("/desk/strip/").text
    page = second.get(at).text
    assert REASON in page
    assert "Look now" not in page

    second.post(path("identity-decision", case, asked), {"outcome": "yes"})
    assert "Look now" in guide.get(at).text
    assert "Look now" not in second.get(at).text
    opened = guide.post(path("identity-look", case, asked))

    assert opened.status_code == 200
    assert shows_who_it_is(opened.text)
    assert opened["Cache-Control"] == "no-store"
    told = cast.client("member").get(reverse("escalation:looks")).text
    assert "A wall guide looked." in told
    assert "To reach you, when you did not answer, to keep you safe." in told
    assert cast.guide.name not in told
    assert REASON not in told


@pytest.mark.django_db
def test_s12_a_form_without_its_reason_comes_back_with_what_was_typed(cast: Cast, case: Case):
    for name in ("identity", "identity-now"):
        response = cast.client("guide").post(path(name, case), {"why": "nearby", "body": "Short"})

        assert response.status_code == 422
        assert "Write why, in a sentence." in response.text
        assert 'value="nearby" required checked' in response.text
        assert ">Short</textarea>" in response.text
    assert IdentityRequest.objects.count() == 0


@pytest.mark.django_db
def test_s12_the_one_who_asked_is_offered_no_decision_and_refused_one(cast: Cast, case: Case):
    asked = ask(case, cast.guide)
    guide = cast.client("guide")

    assert "You decide" not in guide.get(path("identity-request", case, asked)).text
    refused = guide.post(path("identity-decision", case, asked), {"outcome": "yes", "body": "Me."})

    assert refused.status_code == 409
    assert "somebody else has to decide" in refused.text
    assert "Me." in refused.text
    asked.refresh_from_db()
    assert asked.decided_at is None


@opens
def test_s12_after_its_time_the_button_is_gone_and_a_sent_form_is_refused(cast: Cast, case: Case):
    asked, guide = ask(case, cast.guide), cast.client("guide")
    identity.decide(asked=asked, by=cast.senior, approve=True, note="")
    time_passes(asked, "31 minutes")

    assert "Look now" not in guide.get(path("identity-request", case, asked)).text
    refused = guide.post(path("identity-look", case, asked))

    assert refused.status_code == 409
    assert "The thirty minutes are over." in refused.text
    assert not shows_who_it_is(refused.text)
    assert IdentityLook.objects.count() == 0


@opens
def test_a_no_says_what_to_do_instead(cast: Cast, case: Case):
    asked, senior = ask(case, cast.guide), cast.client("senior")
    url = path("identity-decision", case, asked)

    assert "what the guide should do instead" in senior.post(url, {"outcome": "no"}).text
    senior.post(url, {"outcome": "no", "body": "Call the duty line first."})

    page = cast.client("guide").get(path("identity-request", case, asked)).text
    assert "Call the duty line first." in page
    assert "Look now" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["identity", "identity-decision", "identity-look"])
def test_s45_without_a_fresh_proof_nothing_of_it_is_done(cast: Cast, case: Case, name: str):
    asked = ask(case, cast.guide)
    if name == "identity-look":
        identity.decide(asked=asked, by=cast.senior, approve=True, note="")
    role = "senior" if name == "identity-decision" else "guide"
    before = IdentityRequest.objects.values().get()
    entries = Entry.objects.count()
    client = cast.client(role)
    session = client.session
    for proof in session["account_authentication_methods"]:
        proof["at"] -= 301
    session.save()

    given = {**ASKED, "outcome": "yes"}
    response = client.post(path(name, case, None if name == "identity" else asked), given)

    assert response.status_code in (302, 403)
    assert not shows_who_it_is(response.text)
    assert IdentityRequest.objects.values().get() == before
    assert Entry.objects.count() == entries


@opens
def test_fetching_a_page_is_never_a_look(cast: Cast, case: Case):
    asked = identity.release_at_once(case=case, by=cast.guide, why=Why.SAFE, reason=REASON)
    guide = cast.client("guide")

    for name in ("identity-request", "identity-look", "identity", "identity-now"):
        page = guide.get(path(name, case, asked if name.startswith("identity-") and
                              name != "identity-now" else None))  # fmt: skip
        assert page.status_code in (200, 405)
        assert not shows_who_it_is(page.text)
    assert IdentityLook.objects.count() == 0


@opens
def test_the_open_page_fetches_where_it_stands_by_itself(cast: Cast, case: Case):
    asked, guide = ask(case, cast.guide), cast.client("guide")
    url = path("identity-request", case, asked)
    identity.decide(asked=asked, by=cast.senior, approve=True, note="")

    fragment = guide.get(url, headers={"X-Fragment": "1"}).text

    assert "<html" not in fragment
    assert "Look now" in fragment


# --- a life at risk -----------------------------------------------------------------------


@opens
def test_s13_one_form_opens_it_within_five_seconds(cast: Cast, case: Case):
    guide, url = cast.client("guide"), path("identity-now", case)
    form = {"why": "safe", "body": REASON}
    assert guide.post(url, form).status_code == 422  # not without saying so

    began = timezone.now()
    opened = guide.post(url, {**form, "sure": "on"})

    assert timezone.now() - began < timedelta(seconds=5)
    assert opened.status_code == 200
    assert shows_who_it_is(opened.text)
    assert IdentityLook.objects.get().looked_by == cast.guide


@opens
def test_s13_with_a_senior_on_duty_it_is_theirs_and_the_guide_is_told_until_when(
    cast: Cast, case: Case
):
    senior, guide = cast.client("senior"), cast.client("guide")
    senior.get("/desk/")

    answer = guide.post(path("identity-now", case), {**ASKED, "sure": "on"})

    assert answer.status_code == 302
    page = guide.get(answer["Location"]).text
    assert "A senior wall guide is on duty" in page
    assert "Look now" not in page
    assert "1 to review" in senior.get("/desk/strip/").text
    asked = IdentityRequest.objects.get()
    assert shows_who_it_is(senior.post(path("identity-look", case, asked)).text)


@pytest.mark.django_db
def test_s13_the_page_says_exactly_to_whom_it_opens(cast: Cast, case: Case):
    page = cast.client("guide").get(path("identity-now", case)).text
    for told in (
        "their desk is open now", "it opens to the seniors there at once",
        "within 2 minutes, it opens to you as well", "If no senior is on duty, it opens to you",
        "open for 30 minutes", "review it within 24 hours",
    ):  # fmt: skip
        assert told in page

    assert "it opens to you at once" in cast.client("senior").get(path("identity-now", case)).text


@opens
def test_s13_the_review_stands_on_the_desks_until_another_senior_signs(cast: Cast, case: Case):
    asked = identity.release_at_once(case=case, by=cast.senior, why=Why.SAFE, reason=REASON)
    cast.other = SeniorGuideFactory(covers=[cast.leeds], name="Senior Two")  # type: ignore[attr-defined]
    other, guide, admin = cast.client("other"), cast.client("guide"), cast.client("admin")
    assert "1 to review" in guide.get("/desk/").text
    assert "(1 to review)" in admin.get(reverse("escalation:identity-releases")).text
    assert (
        "Sign the review"
        not in cast.client("senior").get(path("identity-request", case, asked)).text
    )

    time_passes(asked, "24 hours")
    assert "1 review overdue" in guide.get("/desk/strip/").text
    assert "Overdue" in admin.get(reverse("escalation:identity-releases")).text

    url = path("identity-review", case, asked)
    assert other.post(url, {"body": "ok"}).status_code == 422
    assert other.post(url, {"body": "It was right to open it."}).status_code == 302
    assert "review" not in guide.get("/desk/strip/").text
    assert "to review)" not in admin.get(reverse("escalation:identity-releases")).text


@pytest.mark.django_db
def test_who_runs_the_house_is_told_of_a_release_and_of_no_member(cast: Cast, case: Case):
    identity.release_at_once(case=case, by=cast.guide, why=Why.SAFE, reason=REASON)

    page = cast.client("admin").get(reverse("escalation:identity-releases")).text

    assert cast.guide.name in page
    assert "Leeds" in page
    assert not shows_who_it_is(page)
    for hidden in (cast.member.alias, REASON, cast.member.public_id):
        assert hidden not in page


# --- the member ---------------------------------------------------------------------------


@opens
def test_the_member_reads_the_hour_on_their_own_clock(cast: Cast, case: Case):
    cast.leeds.time_zone = "Pacific/Auckland"
    cast.leeds.save()
    asked = identity.release_at_once(case=case, by=cast.senior, why=Why.SAFE, reason=REASON)
    identity.open_identity(asked=asked, by=cast.senior)
    # 14:47 UTC on the 3rd is 03:47 on the 4th there.
    IdentityLook.objects.update(looked_at=datetime.fromisoformat("2026-03-03T14:47:12Z"))

    page = cast.client("member").get(reverse("escalation:looks")).text

    assert "Wednesday 4 March 2026, at about 03:00." in page
    assert "A senior wall guide looked." in page
    assert "They thought your life was at risk, so it was done at once." in page
    assert "47" not in page.split("<main", 1)[1].split("</main>")[0]


@opens
def test_what_is_shown_later_is_not_denied_meanwhile(cast: Cast, case: Case):
    asked = identity.release_at_once(case=case, by=cast.senior, why=Why.SAFE, reason=REASON)
    identity.open_identity(asked=asked, by=cast.senior)
    member, senior = cast.client("member"), cast.client("senior")
    url, looks = path("identity-delay", case, asked), reverse("escalation:looks")
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    why = "Somebody at home reads their telephone."

    assert senior.post(url, {"until": "2020-01-01", "body": why}).status_code == 422
    assert senior.post(url, {"until": day, "body": why}).status_code == 302

    hidden = member.get(looks).text
    assert "wall guide looked." not in hidden
    assert "Nobody has looked" not in hidden
    assert "There is no look to show here." in hidden
    # What it says of delays it says to everybody, with a look to hide or without.
    assert "can have it shown later" in hidden

    assert senior.post(url, {"do": "show-now"}).status_code == 302
    assert "A senior wall guide looked." in member.get(looks).text


# --- S30 ----------------------------------------------------------------------------------

SHOWN_TO = [
    (name, role)
    for name, (_, _, expected) in sorted(MATRIX.items())
    for role in ("guide", "senior", "admin", "commissioner")
    if expected[ROLES.index(role)] not in (302, 303, 404)
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "role"), SHOWN_TO)
def test_s30_no_page_of_anybody_who_works_here_shows_who_a_member_is(
    name: str, role: str, cast: Cast
):
    method, arguments, _ = MATRIX[name]
    given = arguments(cast)
    for member in Member.objects.select_related("user"):
        keep(handle=member.user.handle, details=PLANTED, at=timezone.now())

    page = cast.client(role).generic(method, reverse(name, kwargs=given)).text

    assert not shows_who_it_is(page)


@opens
def test_s30_the_one_page_that_may_would_be_found(cast: Cast, case: Case):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault.identity WHERE handle = %s",
                       [cast.member.user.handle])  # fmt: skip
        assert cursor.fetchone() == (len(PLANTED.given()),)
    asked: Any = identity.release_at_once(case=case, by=cast.guide, why=Why.SAFE, reason=REASON)

    assert shows_who_it_is(cast.client("guide").post(path("identity-look", case, asked)).text)
