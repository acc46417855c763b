"""
S31, S36: whatever people type stays words, on every page and in whatever else leaves the house.

The town of the browser tests is furnished, then every word in it is written over with payloads,
past all forms; so what is tried is what the pages do, not what the forms let through.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, models, transaction
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse

from accounts.models import Member
from belonging.download import as_zip, everything_about
from live import hub
from notifications import letters, pushes
from notifications.stopping import Letter
from tests.browser.town import Town
from tests.browser.visits import VISITS
from tests.cast import Cast
from tests.platform.forms_on_pages import every_form
from tests.platform.test_extra_fields import NOW, TownWithoutReleases, is_tried, route_of
from tests.security import payloads
from tests.security.payloads import ALL, MARK, NO_WORDS, WHOLE, WORDS

ROOMS = {
    "accounts", "audit", "belonging", "commissioning", "community", "conversations", "escalation",
    "measures", "notifications", "reporting", "risk", "vault",
}  # fmt: skip
# What people type begins at about this many characters; anything shorter with such a name, too.
LONG_ENOUGH = 60
NAMES_OF_WORDS = {"name", "alias", "words", "note", "body", "reason", "hours", "phone", "answer"}


@pytest.fixture
def town(cast: Cast) -> Iterator[Town]:
    with time_machine.travel(NOW, tick=False):
        yield TownWithoutReleases(cast, now=NOW)


def test_s31_the_corpus_is_three_hundred_and_each_is_another():
    assert len(ALL) >= 300
    assert len(set(ALL)) == len(ALL)
    assert all(MARK in payload for payload in ALL)


def test_s31_every_place_for_words_is_planted():
    missing = set()
    for model in apps.get_models():
        if model.__module__.split(".")[0] not in ROOMS:
            continue
        label = model._meta.label
        known = {*WORDS.get(label, ()), *NO_WORDS.get(label, ())}
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField | models.TextField) or field.choices:
                continue
            is_long = field.max_length is None or field.max_length >= LONG_ENOUGH
            if (is_long or field.name in NAMES_OF_WORDS) and field.name not in known:
                missing.add(f"{label}.{field.name}")
    assert not missing


def pages_of(town: Town) -> Iterator[tuple[str, HttpResponse]]:
    """Every page of the visits, once, as whoever visits it."""
    clients = {role: town.cast.client(role) for role in {visit.role for visit in VISITS}}
    seen = set()
    for visit in VISITS:
        # A town may lack what few pages need.
        with suppress(AttributeError, NoReverseMatch):
            address = reverse(visit.at or visit.route, kwargs=visit.arguments(town)) + visit.query
            if (visit.role, address) not in seen:
                seen.add((visit.role, address))
                with transaction.atomic():
                    yield f"{visit.role} {address}", clients[visit.role].get(address)
                    transaction.set_rollback(True)


def is_html(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


# A town is committed: a look at an identity has to be, before it is taken.
@pytest.mark.django_db(transaction=True)
def test_s31_what_is_planted_everywhere_stays_words_on_every_page(
    town: Town, caplog: pytest.LogCaptureFixture
):
    known: set[tuple[str, str]] = set()
    for _, page in pages_of(town):
        if is_html(page):
            known |= payloads.parts_of(page.text)
    payloads.plant()
    caplog.set_level(logging.INFO)

    found, marked = [], []
    for where, page in pages_of(town):
        if page.status_code >= 500:
            found.append(f"{where}: {page.status_code}")
        if not is_html(page):
            continue
        if MARK in page.text:
            marked.append(where)
        found += [f"{where}: {fault}" for fault in payloads.faults(page.text, known=known)]

    assert not found, "\n".join(found[:40])
    # What could have broken out was there to see, on most pages that show what people write.
    assert len(marked) >= 60, marked
    for path in ("/wall/", "/look/", "/desk/", "/me/written/", "/me/", "/talk/"):
        assert any(where.endswith(f" {path}") for where in marked), path
    assert not [record for record in caplog.records if MARK in record.getMessage()]


# A town is committed: a look at an identity has to be, before it is taken.
@pytest.mark.django_db(transaction=True)
def test_s31_a_payload_that_got_through_would_be_found(town: Town):
    page = town.cast.client("member").get("/wall/").text
    known = payloads.parts_of(page)

    assert not list(payloads.faults(page, known=known))
    missed = [
        payload
        for payload in ALL
        if payload.startswith(("<img", "<svg", "<script", "<iframe", "<a href"))
        and not list(payloads.faults(page.replace("</main>", f"{payload}</main>"), known=known))
    ]
    assert not missed


# A town is committed: a look at an identity has to be, before it is taken.
@pytest.mark.django_db(transaction=True)
def test_s31_s36_what_is_typed_into_any_form_comes_back_as_words(
    town: Town, caplog: pytest.LogCaptureFixture
):
    """Every form on every page, each box for words holding payloads; nothing of it is kept."""
    known: set[tuple[str, str]] = set()
    for _, page in pages_of(town):
        if is_html(page):
            known |= payloads.parts_of(page.text)
    forms = [(role, form) for role, form in every_form(town) if is_tried(route_of(form))]
    clients = {role: town.cast.client(role) for role in {role for role, _ in forms}}
    caplog.set_level(logging.INFO)
    found, answered = [], 0
    for number, (role, form) in enumerate(forms):
        typed = {name: words_for(value, number) for name, value in form.fields.items()}
        if typed == form.fields:
            continue
        with transaction.atomic():
            client = clients[role]
            session = client.cookies.copy()
            client.raise_request_exception = False
            page = client.post(form.action, typed)
            client.cookies = session
            transaction.set_rollback(True)
        where = f"{role} to {form.action}"
        if page.status_code >= 500:
            found.append(f"{where}: {page.status_code}")
        if any("\n" in value or "\r" in value for value in page.headers.values()):
            found.append(f"{where}: a header of two lines")
        if is_html(page):
            found += [f"{where}: {fault}" for fault in payloads.faults(page.text, known=known)]
            answered += MARK in page.text

    assert not found, "\n".join(found[:40])
    assert answered >= 15
    assert not [record for record in caplog.records if MARK in record.getMessage()]


def words_for(value: Any, number: int) -> Any:
    if value == "Some words of mine.":
        return f"{WHOLE[:4000]}"
    if value == "Some words":
        return ALL[number % len(ALL)]
    return value


QUERIES = ("q", "after", "topic", "code", "sent", "seen", "under", "quote", "page", "next", "kind")


# A town is committed: a look at an identity has to be, before it is taken.
@pytest.mark.django_db(transaction=True)
def test_s36_what_is_put_into_an_address_asks_and_does_nothing(
    town: Town, caplog: pytest.LogCaptureFixture
):
    hostile = [each for each in ALL if "UNION" in each or "DROP" in each or "sleep" in each]
    hostile += ["' OR 1=1--", "%s%s%n", "{{7*31337}}", "x\r\nSet-Cookie: a=b", "\x00", "😀" * 400]
    member, guide = town.cast.client("member"), town.cast.client("guide")
    paths = [
        (member, "/wall/"), (member, "/wall/search/"), (member, "/wall/new/"), (guide, "/desk/"),
        (member, f"/wall/posts/{town.quiet_post.public_id}/"), (member, "/me/news/"),
        (town.cast.client("anonymous"), "/join/"), (town.cast.client("senior"), "/desk/terms/"),
    ]  # fmt: skip
    caplog.set_level(logging.INFO)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM community_post")
        before = cursor.fetchone()
    for client, path in paths:
        for value in hostile:
            answer = client.get(path, dict.fromkeys(QUERIES, value))
            assert answer.status_code in (200, 302, 400, 404, 422), (path, value)
            assert payloads.WORKED_OUT not in answer.text
            assert "a" not in answer.cookies
            assert not any("\n" in header for header in answer.headers.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM community_post")
        assert cursor.fetchone() == before
    said = [record.getMessage() for record in caplog.records if record.name != "django.request"]
    assert not [line for line in said if MARK in line or "UNION" in line]


# A town is committed: a look at an identity has to be, before it is taken.
@pytest.mark.django_db(transaction=True)
def test_s31_what_leaves_the_house_holds_words_and_nothing_that_runs(town: Town):
    """A member's copy of everything, their letters, and what is shown on a locked phone."""
    member = town.cast.member
    before = what_leaves(member)
    known = {part for name in PAGES for part in payloads.parts_of(before[name])}
    payloads.plant()
    member = type(member).objects.get(pk=member.pk)

    after = what_leaves(member)

    found = [
        f"{name}: {fault}" for name in PAGES for fault in payloads.faults(after[name], known=known)
    ]
    assert not found, found[:20]
    assert MARK in after["about-me.html"]
    assert MARK in json.dumps(json.loads(after["about-me.json"]))
    assert after["subject"] == before["subject"]
    assert after["payload"] == before["payload"]
    assert not [line for line in after["headers"].splitlines() if MARK in line]


PAGES = ("about-me.html", "letter.html")


def what_leaves(member: Member) -> dict[str, str]:
    packed = as_zip(everything_about(member, at=NOW), commissioner="Leeds")
    with zipfile.ZipFile(io.BytesIO(packed)) as unpacked:
        files = {name: unpacked.read(name).decode() for name in unpacked.namelist()}
    offered = letters.of_the_week(member, since=NOW - timedelta(days=7), now=NOW)
    subject, plain, looks, headers = letters.compose(member, Letter.WEEK, found=offered)
    assert offered, "an empty letter could hold nothing"
    return {
        **files, "letter.html": looks, "letter.txt": plain, "subject": subject,
        "headers": "\n".join(map(str, headers.items())), "payload": pushes.payload(member),
    }  # fmt: skip


@pytest.mark.parametrize("payload", ["alerts", *[each for each in ALL if '"' in each]])
def test_s31_a_socket_frame_is_one_word_in_json(payload: str):
    assert json.loads(hub._message(payload)) == {"changed": payload}
    hub._message.cache_clear()
