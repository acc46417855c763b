"""Getting in by letter: the same for everybody who asks, and telling nobody else (S25, S26)."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as real_settings
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.utils import timezone

from accounts import brakes, letters
from accounts.consent import VERSION
from accounts.models import Member, Session, Tally, User
from accounts.operations import enrol_member
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.letterbox import SENDER, Letterbox
from vault import post
from vault.seals import seal_address

pytestmark = pytest.mark.django_db

ADDRESS = "somebody@example.invalid"
NOBODYS = "nobodyyy@example.invalid"
NEW_PASSWORD = "three kind words"
# What must not be read over somebody's shoulder, on a locked screen or in a router's log.
TELLING = re.compile(
    r"health|mental|nhs|therap|depress|anxi|suicid|crisis|support|peer|patient|clinic|counsel"
    r"|wellbeing|well-being|moderat|guide|self-harm|harm|\bcare\b|hospital|service|member|wall",
    re.IGNORECASE,
)


@pytest.fixture
def member(cast: Cast) -> Member:
    return enrol_member(
        email=ADDRESS,
        password=PASSWORD,
        alias="Juniper",
        locality=cast.leeds,
        at=timezone.now(),
        consented_to=VERSION,
    )


def ask(address: str, client: Client | None = None) -> object:
    return (client or Client()).post("/account/letter/", {"email": address})


def link_in(box: Letterbox) -> str:
    return next(w for w in box.letters[-1].get_content().split() if "/letter/" in w)


def test_s25_asking_is_answered_the_same_and_a_letter_goes_out_either_way(
    member: Member, letterbox: Letterbox
):
    known, unknown = ask(ADDRESS), ask(NOBODYS)

    assert known.status_code == unknown.status_code == 302
    assert known["Location"] == unknown["Location"] == "/account/letter/sent/"
    assert known.headers.keys() == unknown.headers.keys()
    assert known.cookies.keys() == unknown.cookies.keys()
    assert post.deliver_due() == 2
    assert sorted(letterbox.to) == [[NOBODYS], [ADDRESS]]
    # Also to somebody who sees no more than the list of letters.
    assert len({letter["Subject"] for letter in letterbox.letters}) == 1


def test_s25_asking_costs_the_same_queries(member: Member, django_assert_num_queries):
    counts = []
    for address in (ADDRESS, NOBODYS):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            ask(address)
        counts.append(len(queries))

    assert counts[0] == counts[1] > 0


def seconds_for(act: object, *, times: int) -> Iterator[float]:
    for _ in range(times):
        begun = time.perf_counter()
        act()  # type: ignore[operator]
        yield time.perf_counter() - begun


def medians_in_turn(one: object, other: object, *, times: int) -> tuple[float, float]:
    """Turn and turn about, so that a busy machine is busy for both."""
    first, second = [], []
    for _ in range(times):
        first += seconds_for(one, times=1)
        second += seconds_for(other, times=1)
    return statistics.median(first), statistics.median(second)


def test_s25_answering_takes_as_long_whether_or_not_there_is_a_sign_in(member: Member, rf):
    request = rf.get("/")

    def answering(address: str) -> object:
        def act() -> None:
            user = User.objects.filter(address_seal=seal_address(address)).first()
            letters.answer_asking(request, address=address, user=user)

        return act

    # Without the rest of the page around it, in which a difference would drown.
    known, unknown = medians_in_turn(answering(ADDRESS), answering(NOBODYS), times=60)

    # Not a clock's word on it, but a way that was skipped would show as a half or a third.
    assert 0.6 < known / unknown < 1.67, (known, unknown)


def test_s25_a_wrong_sign_in_takes_as_long_whether_or_not_there_is_one(settings, cast: Cast):
    # The real hash: the tests' own is so quick that nothing would show.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    enrol_member(
        email=ADDRESS,
        password=PASSWORD,
        alias="Juniper",
        locality=cast.leeds,
        at=timezone.now(),
        consented_to=VERSION,
    )

    def trying(address: str) -> object:
        def act() -> None:
            Tally.objects.all().delete()
            form = {"login": address, "password": "not this one at all"}
            assert Client().post("/account/login/", form).status_code == 422

        return act

    known, unknown = medians_in_turn(trying(ADDRESS), trying(NOBODYS), times=15)

    assert 0.6 < known / unknown < 1.67, (known, unknown)


def test_s25_a_wrong_sign_in_is_told_the_same_word_for_word(member: Member):
    pages = []
    for address in (ADDRESS, NOBODYS):
        client = Client()
        page = client.post("/account/login/", {"login": address, "password": "not this one"})
        pages.append(re.sub(r'value="[A-Za-z0-9]{64}"', "", page.text).replace(address, ""))

    assert pages[0] == pages[1]
    assert "not correct" in pages[0]


def test_s25_an_address_may_be_typed_in_any_way(member: Member, letterbox: Letterbox):
    ask(f"  {ADDRESS.upper()} ")
    post.deliver_due()

    assert "/account/letter/" in letterbox.letters[0].get_content()


@pytest.mark.parametrize("letter", ["way_in", "no_sign_in", "changed"])
def test_s26_sender_subject_words_and_links_tell_nothing(
    letter: str, member: Member, letterbox: Letterbox, rf
):
    request = rf.get("/", headers={"Host": "place.example.org"})
    real_settings.ALLOWED_HOSTS.append("place.example.org")
    try:
        if letter == "changed":
            letters.send_change_notice(request, member.user)
        else:
            user = member.user if letter == "way_in" else None
            letters.answer_asking(request, address=ADDRESS, user=user)
    finally:
        real_settings.ALLOWED_HOSTS.remove("place.example.org")
    post.deliver_due()

    [sent] = letterbox.letters
    assert sent["Subject"]
    body = sent.get_content()
    assert not TELLING.findall(f"{sent['Subject']}\n{body}")
    [link] = [word for word in body.split() if word.startswith("http")]
    assert urlsplit(link).netloc == "place.example.org"
    assert not TELLING.findall(urlsplit(link).path)
    for known in (member.alias, member.locality.name, member.locality.commissioner.name, ADDRESS):
        assert known not in body
        assert known not in sent["Subject"]
    # No picture to fetch, no second page for a reader of mail to render, no trace of the engine.
    assert sent.get_content_type() == "text/plain"
    assert not [name for name in sent.keys() if name.lower().startswith("x-")]  # noqa: SIM118


def test_s26_a_telling_word_would_be_found():
    assert TELLING.findall("Your wall: peer support for your mental health")


def test_s26_the_sender_is_no_name_but_an_address(member: Member, letterbox: Letterbox):
    ask(ADDRESS)
    post.deliver_due()

    assert letterbox.letters[0]["From"] == SENDER
    assert letterbox.letters[0]["Reply-To"] is None


def test_a_letters_link_sets_a_password_and_lets_in(member: Member, letterbox: Letterbox):
    ask(ADDRESS)
    post.deliver_due()
    client = Client()

    form = client.get(link_in(letterbox), follow=True)
    # The key is in the session now, and no more in the address that a browser keeps.
    assert form.redirect_chain == [(form.request["PATH_INFO"], 302)]
    assert form.request["PATH_INFO"].endswith("-set-password/")
    answer = client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/wall/").status_code == 200
    member.user.refresh_from_db()
    assert check_password(NEW_PASSWORD, member.user.password)


def test_s46_a_letters_link_ends_every_other_session_and_says_so_in_a_letter(
    member: Member, letterbox: Letterbox
):
    elsewhere = Client()
    elsewhere.force_login(member.user)
    assert elsewhere.get("/wall/").status_code == 200
    ask(ADDRESS)
    post.deliver_due()
    client = Client()

    form = client.get(link_in(letterbox), follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})

    assert elsewhere.get("/wall/").status_code == 302
    assert Session.objects.filter(user=member.user).count() == 1
    post.deliver_due()
    assert letterbox.letters[-1]["Subject"] == "Your sign-in has changed"
    assert letterbox.to[-1] == [ADDRESS]


def test_a_link_works_once(member: Member, letterbox: Letterbox):
    ask(ADDRESS)
    post.deliver_due()
    link = link_in(letterbox)
    first = Client()
    form = first.get(link, follow=True)
    first.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})

    again = Client().get(link, follow=True)

    assert again.status_code == 200
    assert "does not work any more" in again.text
    assert 'name="password1"' not in again.text
    replay = first.post(form.request["PATH_INFO"], {"password1": "another of three words"})
    assert "does not work any more" in replay.text
    member.user.refresh_from_db()
    assert check_password(NEW_PASSWORD, member.user.password)


def test_a_link_does_not_last(member: Member, letterbox: Letterbox, time_machine):
    asked_at = timezone.now()
    time_machine.move_to(asked_at, tick=False)
    ask(ADDRESS)
    post.deliver_due()
    time_machine.move_to(asked_at + timedelta(hours=4, minutes=1), tick=False)

    assert "does not work any more" in Client().get(link_in(letterbox), follow=True).text


def test_a_link_of_a_sign_in_that_was_closed_does_not_open_it(member: Member, letterbox: Letterbox):
    ask(ADDRESS)
    post.deliver_due()
    type(member.user).objects.filter(pk=member.user.pk).update(is_active=False)
    client = Client()
    form = client.get(link_in(letterbox), follow=True)

    client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})

    assert client.get("/wall/").status_code == 302


def test_nobodys_post_is_flooded_and_nobody_is_told(member: Member, letterbox: Letterbox):
    answers = [ask(ADDRESS, Client(REMOTE_ADDR=f"203.0.113.{n}")).status_code for n in range(9)]

    assert answers == [302] * 9
    assert post.deliver_due() == 3


def test_one_connection_cannot_write_to_everybody(member: Member, monkeypatch):
    monkeypatch.setattr(brakes, "LETTERS_FROM_ONE", brakes.Brake("letter", 10, brakes.MINUTE))
    answers = [ask(f"person{n}@example.invalid") for n in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert 'href="/help-now/"' in answers[-1].text


def test_an_address_that_is_none_is_said_so_and_comes_back(cast: Cast):
    answer = ask("somebody at example")

    assert answer.status_code == 422
    assert "whole e-mail address" in answer.text
    assert 'value="somebody at example"' in answer.text
