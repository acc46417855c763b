"""From a way in to an account: what is asked, what is kept, and what nobody learns."""

from __future__ import annotations

import re
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.eligibility import age_on
from accounts.models import Member, User
from commissioning.enums import WayInKind
from commissioning.models import Uptake, WayIn
from tests.cast import Cast
from tests.factories.commissioning import LocalityFactory
from tests.factories.ways_in import (
    TOKEN,
    AreaFactory,
    EmailDomainFactory,
    ReferralFactory,
    WayInFactory,
)
from tests.letterbox import Letterbox
from tests.platform.test_forgery import everything
from vault import operations as vault
from vault import post
from vault.seals import seal_address

pytestmark = pytest.mark.django_db

ADDRESS = "someone@post.example.org"
PASSWORD = "three quiet words"
ACCOUNT = {
    "alias": "Quiet Heron", "email": ADDRESS, "password": PASSWORD,
    "born_day": "27", "born_month": "3", "born_year": "1990",
}  # fmt: skip


@pytest.fixture
def code(cast: Cast) -> WayIn:
    return WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")


def comes_in(code: str = "garden 22", **client: Any) -> Client:
    """Somebody who has got as far as the account page."""
    visitor = Client(**client)
    answer = visitor.post("/join/code/", {"code": code})
    assert answer.status_code == 302, answer.text
    agrees(visitor)
    return visitor


def agrees(visitor: Client) -> None:
    """To who can learn who they are, having read it."""
    words = {"agree": "1", "explained": "1"}
    assert visitor.post("/join/who-can-know/", words)["Location"] == "/join/account/"


def digits_for(letterbox: Letterbox, address: str) -> list[str]:
    """The six digits of each letter that has come for an address; "" where one held none."""
    post.deliver_due()
    found = [
        re.search(r"\b\d{6}\b", letter.get_content())
        for letter, to in zip(letterbox.letters, letterbox.to, strict=True)
        if to == [address]
    ]
    return [match[0] if match else "" for match in found]


def joins(visitor: Client, letterbox: Letterbox, **other: str) -> HttpResponse:
    account = ACCOUNT | other
    assert visitor.post("/join/account/", account)["Location"] == "/join/letter/"
    digits = digits_for(letterbox, account["email"])[-1]
    return visitor.post("/join/letter/", {"digits": digits})


# -- coming in -------------------------------------------------------------------------------


def test_somebody_comes_in_with_a_code_and_is_signed_in(code, cast, letterbox):
    visitor = comes_in("  gar-den 22 ")

    answer = joins(visitor, letterbox)

    assert answer.status_code == 302
    assert visitor.get("/wall/", follow=True).status_code == 200
    member = Member.objects.get(alias="Quiet Heron")
    assert member.locality == cast.leeds
    assert member.user.check_password(PASSWORD)
    assert vault.held(handle=member.user.handle) == {"email", "born_on"}


def test_what_was_remembered_on_the_way_is_gone_once_they_are_in(code, letterbox):
    visitor = comes_in()
    joins(visitor, letterbox)

    assert not [key for key, _ in visitor.session.items() if key.startswith("joining")]


def test_on_the_way_the_session_says_neither_address_nor_birthday(code, letterbox):
    visitor = comes_in()
    visitor.post("/join/account/", ACCOUNT)

    kept = str(dict(visitor.session.items()))
    assert visitor.session["joining_waiting"]
    for planted in (ADDRESS, "1990", "Quiet Heron", PASSWORD, "someone"):
        assert planted not in kept


def test_uptake_is_counted_and_nobody_is_counted_by_name(code, letterbox):
    for number in range(3):
        joins(comes_in(), letterbox, email=f"p{number}@example.org", alias=f"Heron {number}")

    uptake = Uptake.objects.get()
    assert (uptake.way_in, uptake.joined) == (code, 3)
    assert uptake.month.day == 1
    # No table says by which way in a member came.
    assert not [
        field for field in Member._meta.get_fields() if field.related_model in (WayIn, Uptake)
    ]


def test_a_way_in_for_one_locality_asks_for_none(cast, letterbox):
    LocalityFactory(commissioner=cast.leeds.commissioner, name="Headingley")
    WayInFactory(commissioner=cast.leeds.commissioner, locality=cast.leeds, code="GARDEN22")

    joins(comes_in(), letterbox)

    assert Member.objects.get(alias="Quiet Heron").locality == cast.leeds


def test_where_there_are_several_localities_people_choose_theirs(code, cast, letterbox):
    other = LocalityFactory(commissioner=cast.leeds.commissioner, name="Headingley")
    elsewhere = LocalityFactory()
    visitor = Client()
    assert visitor.post("/join/code/", {"code": "GARDEN22"})["Location"] == "/join/place/"
    assert visitor.get("/join/account/")["Location"] == "/join/place/"
    for wrong in ("", str(elsewhere.pk), "x"):
        assert visitor.post("/join/place/", {"locality": wrong}).status_code == 422

    assert visitor.post("/join/place/", {"locality": other.pk}).status_code == 302
    agrees(visitor)
    joins(visitor, letterbox)

    assert Member.objects.get(alias="Quiet Heron").locality == other


def test_an_address_of_the_organisations_is_proved_and_then_forgotten(cast, letterbox):
    way_in = EmailDomainFactory(commissioner=cast.leeds.commissioner)
    theirs = "b0123@Students.Example.org"
    visitor = Client()
    path = f"/join/e-mail/{way_in.pk}/"
    for wrong in ("b0123@elsewhere.org", "b0123@x.students.example.org", "nothing", ""):
        refused = visitor.post(path, {"email": wrong})
        assert refused.status_code == 422
        assert wrong in refused.text

    visitor.post(path, {"email": theirs})
    [digits] = digits_for(letterbox, theirs)
    assert visitor.post("/join/letter/", {"digits": "000000"}).status_code == 422
    assert (
        visitor.post("/join/letter/", {"digits": f" {digits[:3]} {digits[3:]}"}).status_code == 302
    )
    agrees(visitor)
    joins(visitor, letterbox)

    member = Member.objects.get(alias="Quiet Heron")
    assert member.user.address_seal == seal_address(ADDRESS)
    assert seal_address(theirs) not in str(everything())


def test_who_signs_in_with_the_address_they_proved_needs_no_second_letter(cast, letterbox):
    way_in = EmailDomainFactory(commissioner=cast.leeds.commissioner)
    theirs = "b0123@students.example.org"
    visitor = Client()
    visitor.post(f"/join/e-mail/{way_in.pk}/", {"email": theirs})
    visitor.post("/join/letter/", {"digits": digits_for(letterbox, theirs)[0]})
    agrees(visitor)

    answer = visitor.post("/join/account/", ACCOUNT | {"email": theirs})

    assert answer.status_code == 302
    assert answer["Location"] != "/join/letter/"
    assert Member.objects.filter(alias="Quiet Heron").exists()
    assert len(digits_for(letterbox, theirs)) == 1


@pytest.mark.parametrize(
    ("typed", "country", "is_within"),
    [
        ("LS6", "", True), ("ls6 2ab", "", True), ("LS62AB", "", True), ("YO1 7HH", "", True),
        ("LS7", "", False), ("LS61 1AA", "", False), ("EH1", "", False), ("Y1", "", False),
        ("", "IE", True), ("", "CA", False), ("", "elsewhere", False),
    ],
)  # fmt: skip
def test_an_area_looks_at_the_outward_code_and_keeps_nothing(typed, country, is_within, cast):
    way_in = AreaFactory(commissioner=cast.leeds.commissioner)
    visitor = Client()
    before = everything()

    answer = visitor.post(f"/join/area/{way_in.pk}/", {"postcode": typed, "country": country})

    assert answer.status_code == (302 if is_within else 200)
    assert ("joining" in visitor.session) == is_within
    assert everything() == before
    assert "2AB" not in str(dict(visitor.session.items())).upper()


@pytest.mark.parametrize("typed", ["", "leeds", "LS6 2A", "12345", "x" * 13, "LS6; DROP"])
def test_what_is_no_postcode_is_asked_for_again(typed, cast):
    way_in = AreaFactory(commissioner=cast.leeds.commissioner)

    answer = Client().post(f"/join/area/{way_in.pk}/", {"postcode": typed, "country": ""})

    assert answer.status_code == 422
    assert typed[:12] in answer.text


def test_a_link_is_used_by_coming_in_and_not_by_opening_it(cast, letterbox):
    link = ReferralFactory(commissioner=cast.leeds.commissioner, use_limit=1)
    visitor = Client()
    for _ in range(3):
        assert visitor.get(f"/join/r/{TOKEN}/").status_code == 200
    assert visitor.post(f"/join/r/{TOKEN}/").status_code == 302
    agrees(visitor)
    late = Client()
    late.post(f"/join/r/{TOKEN}/")
    agrees(late)
    late.post("/join/account/", ACCOUNT | {"email": "another@example.org", "alias": "Late Heron"})
    joins(visitor, letterbox)

    link.refresh_from_db()
    assert (link.used, link.use_limit) == (1, 1)
    assert Client().get(f"/join/r/{TOKEN}/").status_code == 404
    # Who was under way when it was used up is told so, and is no member.
    digits = digits_for(letterbox, "another@example.org")[0]
    assert late.post("/join/letter/", {"digits": digits})["Location"] == "/join/"
    assert not Member.objects.filter(alias="Second Heron").exists()


@pytest.mark.parametrize(
    "state",
    [
        {"closes_at": timezone.now() - timedelta(days=1)},
        {"opens_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["closed", "not open yet"],
)
def test_a_way_in_outside_its_time_is_like_none(state, cast):
    commissioner = cast.leeds.commissioner
    WayInFactory(commissioner=commissioner, code="GARDEN22", **state)
    ReferralFactory(commissioner=commissioner, **state)
    domain = EmailDomainFactory(commissioner=commissioner, **state)
    area = AreaFactory(commissioner=commissioner, **state)

    assert Client().post("/join/code/", {"code": "GARDEN22"}).status_code == 422
    for path in (
        f"/join/r/{TOKEN}/", f"/join/e-mail/{domain.pk}/", f"/join/area/{area.pk}/",
        f"/join/at/{commissioner.slug}/",
    ):  # fmt: skip
        assert Client().get(path).status_code == 404


def test_a_way_in_that_closes_meanwhile_leads_back_to_the_start(code):
    visitor = comes_in()
    code.closes_at = timezone.now()
    code.save()

    assert visitor.get("/join/account/")["Location"] == "/join/"


def test_a_code_is_not_taken_for_another_kind_of_way_in(cast):
    EmailDomainFactory(commissioner=cast.leeds.commissioner)
    for empty in ("", "   ", "--", "- -"):
        assert Client().post("/join/code/", {"code": empty}).status_code == 422


def test_the_canarys_commissioner_is_nobodys_way_in(cast):
    commissioner = cast.leeds.commissioner
    WayInFactory(commissioner=commissioner, code="GARDEN22")
    commissioner.is_hidden = True
    commissioner.save()

    assert Client().post("/join/code/", {"code": "GARDEN22"}).status_code == 422
    assert Client().get(f"/join/at/{commissioner.slug}/").status_code == 404
    assert commissioner.name not in Client().get("/join/").text


# -- who may ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(2010, 5, 4), date(2026, 5, 3), 15), (date(2010, 5, 4), date(2026, 5, 4), 16),
        (date(2008, 2, 29), date(2024, 2, 28), 15), (date(2008, 2, 29), date(2025, 2, 28), 16),
        (date(2009, 2, 28), date(2025, 2, 28), 16), (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(2008, 2, 29), date(2025, 3, 1), 17),
    ],
)  # fmt: skip
def test_age_is_counted_in_whole_years(born, today, age):
    assert age_on(today, born_on=born) == age


def test_the_day_of_a_birthday_is_the_localitys_own(code, cast, letterbox):
    """At eleven in the evening in London they turn sixteen in Auckland, where they are."""
    cast.leeds.time_zone = "Pacific/Auckland"
    cast.leeds.save()
    born = {"born_day": "2", "born_month": "6", "born_year": "2010"}
    with time_machine.travel(datetime(2026, 6, 1, 22, tzinfo=UTC), tick=False):
        assert comes_in().post("/join/account/", ACCOUNT | born).status_code == 302
    cast.leeds.time_zone = "America/Vancouver"
    cast.leeds.save()
    with time_machine.travel(datetime(2026, 6, 1, 22, tzinfo=UTC), tick=False):
        assert comes_in().post("/join/account/", ACCOUNT | born).status_code == 200


@pytest.mark.parametrize(
    ("year", "says"), [("2012", "aged 16 and over"), ("1930", "people up to 25")]
)
def test_who_may_not_come_in_is_shown_who_listens_and_nothing_is_kept(year, says, cast, letterbox):
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22", max_age=25)
    visitor = comes_in()
    before = everything()

    answer = visitor.post("/join/account/", ACCOUNT | {"born_year": year})

    assert answer.status_code == 200
    assert says in answer.text
    assert "tel:116123" in answer.text
    assert everything() == before
    assert digits_for(letterbox, ADDRESS) == []
    assert not [key for key, _ in visitor.session.items() if key.startswith("joining")]


def test_a_country_is_asked_only_where_it_matters(cast, letterbox):
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22", countries=["GB", "IE"])
    visitor = Client()
    assert visitor.post("/join/code/", {"code": "GARDEN22"})["Location"] == "/join/place/"
    assert visitor.post("/join/place/", {"country": ""}).status_code == 422

    refused = visitor.post("/join/place/", {"country": "US"})
    assert (refused.status_code, "joining" in visitor.session) == (200, False)
    assert "tel:988" in refused.text, "the lines of where they live"
    anywhere_else = comes_to_place().post("/join/place/", {"country": "elsewhere"})
    assert "/help-now/" in anywhere_else.text

    welcome = comes_to_place()
    assert welcome.post("/join/place/", {"country": "IE"}).status_code == 302
    agrees(welcome)
    joins(welcome, letterbox)


def comes_to_place() -> Client:
    visitor = Client()
    visitor.post("/join/code/", {"code": "GARDEN22"})
    return visitor


@pytest.mark.parametrize(
    "born",
    [
        {"born_day": ""}, {"born_day": "31", "born_month": "2"}, {"born_year": "90"},
        {"born_year": "9999"}, {"born_year": "1850"}, {"born_month": "March"},
        {"born_day": "9" * 30}, {"born_day": "-1"}, {"born_day": "²"},
    ],
)  # fmt: skip
def test_what_is_no_birthday_is_asked_for_again_with_the_rest_still_there(born, code):
    answer = comes_in().post("/join/account/", ACCOUNT | born)

    assert answer.status_code == 422
    assert answer.text.count("Type the day, month and year") == 2, "above, and beside the boxes"
    assert "Quiet Heron" in answer.text
    assert ADDRESS in answer.text
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    "wrong",
    [{"password": "short"}, {"password": "password123"}, {"email": "nobody"}, {"alias": ""}],
)
def test_what_is_wrong_on_the_account_page_comes_back_with_a_sentence(wrong, code):
    answer = comes_in().post("/join/account/", ACCOUNT | wrong)

    assert answer.status_code == 422
    assert "errorlist" in answer.text
    assert not Member.objects.filter(alias="Quiet Heron").exists()


def test_an_account_for_one_way_in_opens_no_other(code, cast, letterbox):
    """Else an age that one allows would be let in by another that does not."""
    WayInFactory(commissioner=cast.derby.commissioner, code="ADULTS30", min_age=40)
    visitor = comes_in()
    visitor.post("/join/account/", ACCOUNT)
    [digits] = digits_for(letterbox, ADDRESS)
    kept = visitor.session["joining_waiting"]
    visitor.post("/join/code/", {"code": "ADULTS30"})
    agrees(visitor)
    assert visitor.post("/join/letter/", {"digits": digits})["Location"] == "/join/"

    # Nor where the session still held it.
    session = visitor.session
    session["joining_waiting"] = kept
    session.save()
    assert visitor.post("/join/letter/", {"digits": digits})["Location"] == "/join/"
    assert not Member.objects.filter(alias="Quiet Heron").exists()


# -- S24 -------------------------------------------------------------------------------------


def without_noise(answer: HttpResponse, address: str) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.text.replace(address, "ADDRESS"))


def test_s24_signing_up_with_an_address_that_is_here_looks_like_any_other(code, cast, letterbox):
    theirs, new = cast.member.user.address, "new@post.example.org"
    seen = {}
    for address in (theirs, new):
        visitor = comes_in()
        sent = visitor.post("/join/account/", ACCOUNT | {"email": address})
        page = visitor.get("/join/letter/")
        wrong = visitor.post("/join/letter/", {"digits": "12345"})
        again = visitor.post("/join/letter/again/", follow=True)
        seen[address] = [
            (sent.status_code, sent["Location"]),
            (page.status_code, without_noise(page, address)),
            (wrong.status_code, without_noise(wrong, address)),
            (again.status_code, without_noise(again, address)),
            sorted(visitor.session.keys()),
        ]

    assert seen[theirs] == seen[new]


def test_s24_only_the_letter_tells_the_owner_of_an_address_that_it_is_here(code, cast, letterbox):
    theirs = cast.member.user.address
    visitor = comes_in()
    visitor.post("/join/account/", ACCOUNT | {"email": theirs})

    assert digits_for(letterbox, theirs) == [""], "a letter came, and there are no digits in it"
    letter = letterbox.letters[-1]
    assert "You have a sign-in with it already" in letter.get_content()
    assert "/account/login/" in letter.get_content()
    joins(comes_in(), letterbox)
    assert letter["Subject"] == letterbox.letters[-1]["Subject"]
    assert letter["From"] == letterbox.letters[-1]["From"]
    assert User.objects.filter(address_seal=seal_address(theirs)).count() == 1


def test_s24_the_clock_does_not_tell_either(code, cast, letterbox, settings):
    # The slow hasher of a real house: skipping it for who is here would be seen at once.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    theirs = cast.member.user.address
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(24):
        is_here = bool(number % 2)
        visitor = comes_in(REMOTE_ADDR=f"198.51.100.{number}")
        address = theirs if is_here else f"new{number}@post.example.org"
        begun = time.perf_counter()
        visitor.post("/join/account/", ACCOUNT | {"email": address})
        took[is_here].append(time.perf_counter() - begun)

    ratio = statistics.median(took[True]) / statistics.median(took[False])
    assert 0.6 < ratio < 1.67, took


def test_s24_a_wrong_code_and_one_that_has_ended_are_told_the_same(cast):
    WayInFactory(commissioner=cast.leeds.commissioner, code="ENDED2026", closes_at=timezone.now())
    told = [
        without_noise(Client(REMOTE_ADDR=ip).post("/join/code/", {"code": typed}), typed)
        for ip, typed in (("198.51.100.1", "ENDED2026"), ("198.51.100.2", "NEVER2026"))
    ]

    assert told[0] == told[1]
    assert "We do not know this code" in told[0]


def test_s24_past_a_few_letters_to_one_address_nothing_changes_but_the_post(code, letterbox):
    """A refusal would tell a stranger that somebody is signing up with it."""
    visitor = comes_in()
    for _ in range(5):
        assert visitor.post("/join/account/", ACCOUNT).status_code == 302
    stranger = comes_in()
    assert stranger.post("/join/account/", ACCOUNT).status_code == 302
    page = stranger.get("/join/letter/")
    assert "A letter is on its way" in page.text

    sent = digits_for(letterbox, ADDRESS)
    assert 0 < len(sent) < 5
    # The newest that came still brings its reader in.
    assert visitor.post("/join/letter/", {"digits": sent[-1]})["Location"] != "/join/letter/"
    assert Member.objects.filter(alias="Quiet Heron").exists()


# -- guesses ---------------------------------------------------------------------------------


def guess(visitor: Client, number: int) -> HttpResponse:
    return visitor.post("/join/code/", {"code": f"WRONG{number:04}"})


def test_s49_five_wrong_codes_a_minute_from_one_connection_and_help_always_stands(code):
    visitor = Client(REMOTE_ADDR="198.51.100.7")
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC), tick=False) as clock:
        answers = [guess(visitor, number) for number in range(7)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
        assert "Please try again in 1 minute" in answers[-1].text
        assert "WRONG0006" in answers[-1].text, "what was typed comes back"
        # The right one waits too: a brake that opens for it would tell which it is.
        assert visitor.post("/join/code/", {"code": "GARDEN22"}).status_code == 429
        assert visitor.get("/join/r/another-guess/").status_code == 429
        for answer in answers:
            assert 'href="/help-now/"' in answer.text
        # A new session is the same connection.
        assert guess(Client(REMOTE_ADDR="198.51.100.7"), 8).status_code == 429
        assert guess(Client(REMOTE_ADDR="198.51.100.8"), 8).status_code == 422

        clock.shift(61)
        assert visitor.post("/join/code/", {"code": "GARDEN22"}).status_code == 302


def test_s49_links_are_guessed_no_faster_than_codes(cast):
    ReferralFactory(commissioner=cast.leeds.commissioner)
    visitor = Client()
    seen = [visitor.get(f"/join/r/guess-{number}/").status_code for number in range(7)]

    assert seen == [404] * 5 + [429] * 2
    assert visitor.get(f"/join/r/{TOKEN}/").status_code == 429


def test_s49_a_lecture_hall_that_types_one_right_code_is_not_braked(code):
    for _ in range(20):
        visitor = Client(REMOTE_ADDR="198.51.100.7")
        assert visitor.post("/join/code/", {"code": "GARDEN22"}).status_code == 302


def test_s49_everybody_together_has_a_brake_too(code):
    for number in range(100):
        visitor = Client(REMOTE_ADDR=f"198.51.{number // 5}.1")
        assert guess(visitor, number).status_code == 422

    assert guess(Client(REMOTE_ADDR="203.0.113.1"), 101).status_code == 429


def test_s49_six_digits_are_guessed_five_times_and_then_no_more(code, letterbox):
    visitor = comes_in()
    visitor.post("/join/account/", ACCOUNT)
    [digits] = digits_for(letterbox, ADDRESS)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert visitor.post("/join/letter/", {"digits": wrong}).status_code == 422

    assert visitor.post("/join/letter/", {"digits": digits}).status_code == 422
    # Another letter has other digits, and they are good.
    visitor.post("/join/letter/again/")
    newer = digits_for(letterbox, ADDRESS)[-1]
    assert visitor.post("/join/letter/", {"digits": newer}).status_code == 302
    assert Member.objects.filter(alias="Quiet Heron").exists()


def test_digits_are_good_for_half_an_hour(code, letterbox):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        visitor = comes_in()
        visitor.post("/join/account/", ACCOUNT)
        [digits] = digits_for(letterbox, ADDRESS)
        clock.shift(timedelta(minutes=31))

        answer = visitor.post("/join/letter/", {"digits": digits})

    assert answer["Location"] == "/join/"
    assert not Member.objects.filter(alias="Quiet Heron").exists()


# -- S52 -------------------------------------------------------------------------------------


def test_s52_what_a_request_claims_about_where_it_came_from_is_not_looked_at(code):
    for number in range(5):
        claims = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-Ip": f"203.0.113.{number}",
                  "Forwarded": f"for=203.0.113.{number}"}  # fmt: skip
        answer = Client(headers=claims).post("/join/code/", {"code": "WRONG"})
        assert answer.status_code == 422

    claims = {"X-Forwarded-For": "203.0.113.99"}
    assert Client(headers=claims).post("/join/code/", {"code": "WRONG"}).status_code == 429


@pytest.fixture
def trusts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The proxy that uvicorn is told to trust, before it starts."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", request.param)
    return request.param


@pytest.mark.parametrize(
    ("trusts", "sixth"),
    [("192.0.2.1", 429), ("127.0.0.1", 422)],
    ids=["a stranger's word", "the proxy's word"],
    indirect=["trusts"],
)
@pytest.mark.django_db(transaction=True)
def test_s52_uvicorn_believes_only_the_proxy_it_was_told_to_trust(
    trusts: str, sixth: int, asgi_server: str
):
    with httpx.Client(base_url=asgi_server) as browser:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get("/join/").text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "code": "WRONG"}
        answers = [
            browser.post(
                "/join/code/", data=form, headers={"X-Forwarded-For": f"203.0.113.{number}"}
            ).status_code
            for number in range(6)
        ]

    assert answers == [422] * 5 + [sixth]


def test_s52_our_proxy_passes_on_nobodys_claim():
    """Caddy replaces X-Forwarded-For unless it is told of proxies before it to trust."""
    caddy = Path(settings.BASE_DIR, "deploy/Caddyfile").read_text()

    assert "reverse_proxy" in caddy
    assert "trusted_proxies" not in caddy


# -- the pages -------------------------------------------------------------------------------


def test_organisations_are_found_by_part_of_their_name(code, cast):
    name = cast.leeds.commissioner.name
    assert name in Client().get("/join/", {"q": name[3:9].lower()}).text
    nothing = Client().get("/join/", {"q": "no such place"})
    assert name not in nothing.text
    assert "Show them all" in nothing.text


def test_an_organisation_without_a_way_in_is_not_shown(cast):
    assert cast.leeds.commissioner.name not in Client().get("/join/").text


def test_an_organisations_page_offers_what_is_open_and_no_link(cast):
    commissioner = cast.leeds.commissioner
    link = ReferralFactory(commissioner=commissioner)
    only_links = Client().get(f"/join/at/{commissioner.slug}/")
    assert "a link of their own" in only_links.text
    assert link.token_hash not in only_links.text
    EmailDomainFactory(commissioner=commissioner)

    page = Client().get(f"/join/at/{commissioner.slug}/").text

    assert "@students.example.org" in page
    assert "I have a code" not in page


@pytest.mark.parametrize("path", ["/join/place/", "/join/account/", "/join/letter/"])
def test_without_a_way_in_there_is_only_the_start(path):
    assert Client().get(path)["Location"] == "/join/"
    again = Client().post(path, {"alias": "x"}, follow=True)
    assert "Please start here again" in again.text


def test_the_account_page_asks_five_things_and_offers_an_alias(code):
    page = comes_in().get("/join/account/").text

    asked = set(re.findall(r'<(?:input|select)[^>]*name="(\w+)"', page))
    asked -= {"csrfmiddlewaretoken", "avatar_offer"}
    assert asked == {
        "alias",
        "avatar",
        "email",
        "password",
        "born_day",
        "born_month",
        "born_year",
    }  # fmt: skip  -- a birthday is one thing
    assert re.search(r'name="alias"[^>]*value="[^"]+"|value="[^"]+"[^>]*name="alias"', page)
    assert page.count('name="avatar"') == 12


def test_every_kind_has_a_way_through(cast):
    """Each kind is either offered on an organisation's page, typed as a code, or a link."""
    from accounts.views.joining import OFFERED

    assert {*OFFERED, WayInKind.ACCESS_CODE, WayInKind.REFERRAL} == set(WayInKind)
