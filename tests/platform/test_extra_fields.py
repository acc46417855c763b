"""
S06: fields that no form has change nothing, whoever sends them.

Every form on every page is sent twice as it stands and once with fields added that would make
somebody senior, move a post to another author or an alert to another place. What the database
then holds must be the same: the first two sendings say what differs by itself (keys, salts).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

from tests.architecture.test_every_page_is_served_without_owning_the_database import (
    whom_it_answers,
)
from tests.architecture.test_every_route_has_an_audience import MATRIX, all_routes
from tests.browser.town import Town
from tests.cast import Cast
from tests.factories.community import TopicFactory
from tests.platform.forms_on_pages import FormOnPage, address_of, every_form

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


# Rows under random names that hold ciphertext or a sealed session: how many there are is all that
# can be compared.
CIPHERTEXT = {"accounts_session", "vault.letter"}


@dataclass
class Sent:
    status: int
    location: str
    tables: dict[str, list[dict[str, Any]]]


class TownWithoutReleases(Town):
    """Without the two models that it trains, which take a minute and stand on two pages."""

    def screening(self) -> None:
        pass


@pytest.fixture
def town(cast: Cast) -> Iterator[Town]:
    with time_machine.travel(NOW, tick=False):
        yield TownWithoutReleases(cast, now=NOW)


def planted(cast: Cast) -> dict[str, Any]:
    """What an attacker adds: everything that decides who somebody is and what is whose."""
    other, elsewhere = cast.guide_elsewhere, cast.derby
    return {
        "role": "administrator", "is_senior": "on", "senior": "1", "is_staff": "1",
        "is_superuser": "1", "is_active": "0", "administrator": "1", "wall_guide": other.pk,
        "guide": other.pk, "guide_id": other.pk, "user": cast.admin.user.pk,
        "user_id": cast.admin.user.pk, "member": cast.suspended.pk,
        "member_id": cast.suspended.pk, "author": cast.suspended.pk,
        "author_id": cast.suspended.pk, "by": other.pk, "claimed_by": other.pk,
        "acknowledged_by": other.pk, "opened_by": other.pk, "closed_by": other.pk,
        "locality": elsewhere.pk, "locality_id": elsewhere.pk, "covers": elsewhere.pk,
        "commissioner": elsewhere.commissioner.pk, "commissioner_id": elsewhere.commissioner.pk,
        "severity": "4", "urgency": "4", "state": "in_force", "is_hidden": "1",
        "is_visible": "1", "hidden_at": "2020-01-01", "hidden_by": other.pk,
        "suspended_at": "", "suspended_by": "", "suspended_reason": "", "handle": "1",
        "address_seal": "0" * 64, "public_id": "mine", "id": "1", "pk": "1",
        "published_at": "2020-01-01T00:00", "joined_at": "2020-01-01T00:00",
        "agreed_at": "2020-01-01", "signed_by": other.pk, "due_at": "2030-01-01",
        "idempotency_key": "00000000-0000-0000-0000-000000000000", "approved": "1",
        "approved_by": other.pk, "released_at": "2020-01-01", "expires_at": "2099-01-01",
        "uses_left": "999", "is_demo": "1", "bypass": "1",
    }  # fmt: skip


# A town is committed: a look at an identity has to be, before it is taken.
@pytest.mark.django_db(transaction=True)
def test_s06_fields_that_no_form_has_change_nothing(town: Town):
    cast = town.cast
    forms = [(role, form) for role, form in every_form(town) if is_tried(route_of(form))]
    forms += bare_forms(town, takers_of_posts() - {route_of(form) for _, form in forms})
    before = digests()
    differing = []
    tried: dict[str, set[int]] = {}
    for role, form in forms:
        added = {name: value for name, value in planted(cast).items() if name not in form.fields}
        plain, again = (send(cast, role, form, {}, before) for _ in range(2))
        crafted = send(cast, role, form, added, before)
        tried.setdefault(route_of(form), set()).add(plain.status)
        if differs := differences(plain, again, crafted):
            differing.append(f"{role} to {form.action}: {differs}")

    assert not differing, "\n".join(differing)
    assert takers_of_posts() - set(tried) == set()
    # Most forms must get through as they stand, or nothing could have been assigned.
    through = {route for route, answers in tried.items() if answers & {200, 302, 303}}
    assert len(through) >= 0.7 * len(tried), sorted(set(tried) - through)


@pytest.mark.django_db
def test_s06_a_field_that_was_taken_over_would_be_found(cast: Cast):
    first, second = TopicFactory(), TopicFactory()
    form = FormOnPage("/wall/new/", "post", {"body": "Mine.", "topic": first.slug})
    before = digests()

    plain, again = (send(cast, "member", form, {}, before) for _ in range(2))
    other = send(cast, "suspended", form, {}, before)
    taken = send(cast, "member", form, {"topic": second.slug}, before)
    crafted = send(cast, "member", form, planted(cast), before)

    assert plain.status == 302
    assert set(plain.tables) >= {"community_post", "risk_screening"}
    assert not differences(plain, again, again)
    assert not differences(plain, again, crafted)
    assert differences(plain, again, other)
    assert "community_post" in differences(plain, again, taken)


def bare_forms(town: Town, names: set[str]) -> list[tuple[str, FormOnPage]]:
    """For routes whose form stands on no page as things are: what is added, and nothing else."""
    return [
        (whom_it_answers(name), FormOnPage(address, "post"))
        for name in sorted(names)
        if (address := address_of(name, town))
    ]


def takers_of_posts() -> set[str]:
    """Every route that may be sent a form: those of ours say which methods they take."""
    return {
        name
        for name, pattern in all_routes()
        if not pattern.callback.__module__.startswith("allauth.")
        # One without a row fails S02, which says so better.
        and name in MATRIX
        and is_tried(name)
        and takes_a_post(name, pattern.callback)
    }


def is_tried(name: str) -> bool:
    """
    All but the pages of terms and releases: each sending reads every text of the gate.

    Their forms name no person, place or post; two people sign for what they do.
    """
    return not name.startswith("risk:")


def takes_a_post(name: str, view: Any) -> bool:
    if name in MATRIX and MATRIX[name][0] == "POST":
        return True
    while view is not None:
        names = view.__code__.co_freevars if hasattr(view, "__code__") else ()
        cells = dict(zip(names, view.__closure__ or (), strict=True))
        methods = cells.get("request_method_list")
        if methods is not None:
            return "POST" in methods.cell_contents
        view = getattr(view, "__wrapped__", None)
    return False


def route_of(form: FormOnPage) -> str:
    try:
        match = resolve(form.action.split("?")[0])
    except Resolver404:
        return form.action
    return match.view_name


# --- sending, and what it leaves behind --------------------------------------------------


def send(
    cast: Cast, role: str, form: FormOnPage, added: dict[str, Any], before: dict[str, str]
) -> Sent:
    """Send a form and take it back, keeping what it had changed meanwhile."""
    with taken_back():
        client: Client = cast.client(role)
        client.raise_request_exception = False
        response: HttpResponse = client.post(form.action, {**form.fields, **added})
        now = digests()
        changed = {table: rows_of(table) for table in now if now[table] != before.get(table)}
        return Sent(response.status_code, response.headers.get("Location", ""), changed)


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo what was written, and the numbers that were drawn for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname, sequencename, last_value FROM pg_sequences")
        numbers = cursor.fetchall()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # What a page computes may take long on a busy machine.
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            try:
                yield
            finally:
                transaction.set_rollback(True)
    finally:
        with connection.cursor() as cursor:
            for schema, sequence, last in numbers:
                cursor.execute(
                    "SELECT setval(%s::regclass, %s, %s)",
                    [f'"{schema}"."{sequence}"', last or 1, last is not None],
                )


def digests() -> dict[str, str]:
    """Each table of the house, as one number that changes with any of its rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname IN ('public', 'vault') AND tablename <> 'django_session'"
        )
        tables = sorted(table for (table,) in cursor.fetchall())
        each = (
            f"SELECT '{table}', md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) "
            f"FROM {table} t"
            for table in tables
        )
        cursor.execute(" UNION ALL ".join(each))
        return {table.removeprefix("public."): digest or "" for table, digest in cursor.fetchall()}


def rows_of(table: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) - 'content' FROM {table} t ORDER BY 1")
        return [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]


def differences(plain: Sent, again: Sent, crafted: Sent) -> str:
    """What the added fields changed, beyond what differs each time; nothing if nothing."""
    if (plain.status, _where(plain)) != (crafted.status, _where(crafted)):
        return f"answered {crafted.status} {crafted.location}, not {plain.status} {plain.location}"
    if set(plain.tables) != set(crafted.tables):
        return f"changed {sorted(set(plain.tables) ^ set(crafted.tables))} as well, or not"
    for table, rows in plain.tables.items():
        others, noisy = crafted.tables[table], again.tables[table]
        if len(rows) != len(others):
            return f"{table} has {len(others)} rows, not {len(rows)}"
        if table in CIPHERTEXT:
            continue
        for row, same, other in zip(rows, noisy, others, strict=True):
            by_itself = {key for key in row if row[key] != same.get(key)}
            changed = {key for key in row if row[key] != other.get(key)} - by_itself
            if changed:
                return f"{table}: " + ", ".join(f"{key} became {other[key]!r}" for key in changed)
    return ""


def _where(sent: Sent) -> str:
    """An address without the part that is drawn anew each time."""
    try:
        return resolve(sent.location.split("?")[0]).view_name
    except Resolver404:
        return sent.location
