"""
Signing in by an address that nobody keeps: whatever happens, no table, cache or log holds it.

Nor does anything but the sign-in itself hold its seal.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from allauth.account.forms import LoginForm
from django.contrib.auth import get_user
from django.db import connection
from django.test import Client

from accounts.consent import VERSION
from accounts.forms import SignInForm
from accounts.models import Session
from accounts.operations import enrol_member
from accounts.session_store import SessionStore
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.letterbox import Letterbox
from tests.sign_ins import grow_stale
from vault import post
from vault.seals import seal_address

pytestmark = pytest.mark.django_db

LOCAL_PART = "quillfeather.bramblewick"
ADDRESS = f"{LOCAL_PART}@Example.invalid"
STRANGER = f"{LOCAL_PART}.too@example.invalid"
CONNECTION = "203.0.113.77"
NEW_PASSWORD = "three kind words more"


@pytest.fixture
def client(cast: Cast) -> Client:
    from django.utils import timezone

    enrol_member(
        email=ADDRESS,
        password=PASSWORD,
        alias="Bramble",
        locality=cast.leeds,
        at=timezone.now(),
        consented_to=VERSION,
    )
    return Client(REMOTE_ADDR=CONNECTION, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/140.0")


def everything_kept() -> Iterator[tuple[str, str]]:
    """Each table's rows as text, with what is packed in them unpacked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" AS t')
            for (row,) in cursor.fetchall():
                yield f"{schema}.{table}", row
        cursor.execute("SELECT value FROM peersupport_cache")
        for (value,) in cursor.fetchall():
            yield "peersupport_cache", base64.b64decode(value).decode("latin1")
    for session in Session.objects.all():
        yield "accounts.Session", repr(SessionStore().decode(session.session_data))


def those_holding(*needles: str) -> set[str]:
    return {
        place
        for place, text in everything_kept()
        if any(needle.lower() in text.lower() for needle in needles)
    }


def sign_in(client: Client, address: str = ADDRESS, password: str = PASSWORD) -> object:
    return client.post("/account/login/", {"login": address, "password": password})


def ask_for_letter(client: Client, address: str) -> None:
    assert client.post("/account/letter/", {"email": address}).status_code == 302


def follow_the_letter(client: Client, letterbox: Letterbox) -> None:
    ask_for_letter(client, ADDRESS)
    post.deliver_due()
    [link] = [w for w in letterbox.letters[-1].get_content().split() if w.startswith("http")]
    form = client.get(urlsplit(link).path, follow=True)
    answer = client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def too_many_wrong(client: Client) -> None:
    answers = [sign_in(client, password="not this one") for _ in range(7)]
    assert answers[-1].status_code == 429


def change_password(client: Client) -> None:
    sign_in(client)
    answer = client.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD})
    assert answer.status_code == 302


def confirm(client: Client) -> None:
    sign_in(client)
    grow_stale(client, get_user(client))
    asked = {"confirm_for": "GET"}
    client.post("/account/confirm/", {**asked, "confirm_password": "wrong"})
    right = client.post("/account/confirm/", {**asked, "confirm_password": PASSWORD})
    assert right.status_code == 303


HAPPENINGS: dict[str, Callable[[Client, Letterbox], object]] = {
    "signs in": lambda client, box: sign_in(client),
    "a wrong password": lambda client, box: sign_in(client, password="not this one"),
    "a stranger's address": lambda client, box: sign_in(client, STRANGER),
    "too many wrong passwords": lambda client, box: too_many_wrong(client),
    "asks for a letter": lambda client, box: ask_for_letter(client, ADDRESS),
    "a stranger asks for one": lambda client, box: ask_for_letter(client, STRANGER),
    "follows the letter": follow_the_letter,
    "changes the password": lambda client, box: change_password(client),
    "confirms": lambda client, box: confirm(client),
    "signs out": lambda client, box: (sign_in(client), client.post("/account/logout/")),
}


@pytest.mark.parametrize("happens", HAPPENINGS)
def test_s15_s16_no_table_cache_session_or_log_holds_an_address_its_seal_or_where_it_came_from(
    happens: str, client: Client, letterbox: Letterbox, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    seals = [seal_address(ADDRESS), seal_address(STRANGER)]

    HAPPENINGS[happens](client, letterbox)

    assert those_holding(LOCAL_PART, CONNECTION) == set()
    assert those_holding(*seals) == {"public.accounts_user"}
    said = "\n".join(record.getMessage() for record in caplog.records)
    for secret in (LOCAL_PART, CONNECTION, PASSWORD, NEW_PASSWORD, *seals):
        assert secret not in said
    assert len(list(everything_kept())) > 20


def test_s15_allauths_own_note_in_the_session_would_be_found(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(SignInForm, "_login_with_password", LoginForm._login_with_password)

    sign_in(client)

    assert "accounts.Session" in those_holding(seal_address(ADDRESS))


def test_s15_an_address_in_any_table_would_be_found(client: Client, cast: Cast):
    cast.guide.name = ADDRESS
    cast.guide.save()

    assert those_holding(LOCAL_PART) == {"public.accounts_wallguide"}


def test_s15_allauths_tables_of_addresses_stay_empty(client: Client, letterbox: Letterbox):
    from allauth.account.models import EmailAddress, EmailConfirmation

    follow_the_letter(client, letterbox)

    assert not EmailAddress.objects.exists()
    assert not EmailConfirmation.objects.exists()


def test_s16_no_page_after_signing_in_shows_the_address_or_its_seal(client: Client):
    sign_in(client)
    seal = seal_address(ADDRESS)

    for path in ("/wall/", "/me/", "/account/places/", "/account/password/"):
        page = client.get(path)
        assert page.status_code == 200
        assert LOCAL_PART not in page.text.lower()
        assert seal not in page.text


def test_s16_the_worker_is_told_a_number_and_nothing_more(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr("vault.tasks.send_letter.apply_async", lambda **how: told.append(how))

    with django_capture_on_commit_callbacks(execute=True):
        ask_for_letter(client, ADDRESS)

    assert len(told) == 1
    assert set(told[0]["kwargs"]) == {"letter_id"}
    assert LOCAL_PART not in repr(told)
