"""What matters most is asked for again, and nothing is typed twice (S45)."""

from __future__ import annotations

import html
import re
import time
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver, path, reverse

from accounts.audience import admins_only, members_only
from accounts.freshness import fresh
from tests.architecture.test_every_route_has_an_audience import MATRIX, all_routes
from tests.cast import ROLES, Cast
from tests.factories.accounts import PASSWORD
from tests.sign_ins import code_now, give_app, grow_stale, note

pytestmark = pytest.mark.django_db


def said(request: HttpRequest) -> HttpResponse:
    """Says what reached it."""
    given = [f"{name}={'|'.join(values)}" for name, values in request.POST.lists()]
    return HttpResponse(f"entered by {request.method}: {'; '.join(given)}")


urlpatterns = [
    path("weighty/", admins_only(fresh(said)), name="weighty"),
    path("members-weighty/", members_only(fresh(said)), name="members-weighty"),
    *get_resolver("peersupport.urls").url_patterns,
]

# Roles, second factors, protocols, and what two people sign; the vault's are in its own tests.
WANT_FRESHNESS = {
    "account_reauthenticate", "mfa_activate_totp", "mfa_add_webauthn", "mfa_deactivate_totp",
    "mfa_remove_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "escalation:protocol-new", "escalation:protocol-edit", "escalation:protocol-offer",
    "escalation:protocol-withdraw", "reporting:protocol-agreement",
    "risk:term-sign", "risk:release-sign", "risk:release-promote",
}  # fmt: skip


def stale(cast: Cast, role: str, *, seconds: float = 301) -> Client:
    client = cast.client(role)
    grow_stale(client, cast.user(role), seconds=seconds)  # type: ignore[arg-type]
    return client


def carried(answer: Any) -> dict[str, list[str]]:
    """The fields that the asking page carries for what was typed."""
    fields: dict[str, list[str]] = {}
    form = answer.text.rsplit("<form", 1)[1]
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        if name != "csrfmiddlewaretoken":
            fields.setdefault(name, []).append(html.unescape(value))
    return fields


def test_s45_these_views_want_a_proof_from_the_last_five_minutes():
    wanting = {name for name, each in all_routes() if getattr(each.callback, "is_fresh", False)}

    assert wanting >= WANT_FRESHNESS


@pytest.mark.parametrize("name", sorted(WANT_FRESHNESS))
def test_s45_a_proof_of_five_minutes_ago_opens_none_of_them(name: str, cast: Cast):
    method, arguments, expected = MATRIX[name]
    let_in = [role for role, status in zip(ROLES, expected, strict=True) if status != 404][1:]
    address = reverse(name, kwargs=arguments(cast))
    for role in let_in or ["admin"]:
        answer = stale(cast, role).generic(method, address)

        assert answer.status_code == 403, role
        assert "Is it still you?" in answer.text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (301, 403)])
def test_s45_five_minutes_is_five_minutes(seconds: int, status: int, cast: Cast):
    assert stale(cast, "admin", seconds=seconds).get("/weighty/").status_code == status


@pytest.mark.urls(__name__)
def test_s45_strangers_are_told_nothing_by_the_asking(cast: Cast):
    assert stale(cast, "guide").get("/weighty/").status_code == 404
    assert Client().get("/weighty/").status_code == 302


@pytest.mark.urls(__name__)
def test_what_was_typed_goes_on_with_the_proof(cast: Cast):
    give_app(cast.admin.user)
    client = stale(cast, "admin")
    typed = {"words": ["“Ring <b>us</b>”\nat once", "again"], "do": ["save"]}

    asked = client.post("/weighty/?from=here", typed)
    kept = carried(asked)
    entered = client.post("/weighty/?from=here", {**kept, "confirm_code": code_now()})

    assert asked.status_code == 403
    assert "entered" not in asked.text
    assert kept == {**typed, "confirm_for": ["POST"]}
    assert entered.text == "entered by POST: words=“Ring <b>us</b>”\nat once|again; do=save"


@pytest.mark.urls(__name__)
def test_a_wrong_proof_enters_nothing_and_keeps_the_words(cast: Cast):
    give_app(cast.admin.user)
    client = stale(cast, "admin")

    refused = client.post(
        "/weighty/", {"words": "Mine.", "confirm_for": "POST", "confirm_code": "000000"}
    )

    assert refused.status_code == 422
    assert carried(refused) == {"words": ["Mine."], "confirm_for": ["POST"]}
    assert "That code is not right" in refused.text


@pytest.mark.urls(__name__)
def test_a_page_that_was_only_to_be_read_is_read_afterwards(cast: Cast):
    give_app(cast.admin.user)
    client = stale(cast, "admin")
    assert client.get("/weighty/?page=2").status_code == 403

    shown = client.post("/weighty/?page=2", {"confirm_for": "GET", "confirm_code": code_now()})

    assert (shown.status_code, shown["Location"]) == (303, "/weighty/?page=2")
    assert client.get(shown["Location"]).text.startswith("entered by GET")


@pytest.mark.urls(__name__)
def test_s45_a_form_cannot_claim_to_have_been_asked(cast: Cast):
    client = stale(cast, "admin")

    for claim in ({"confirm_for": "POST"}, {"confirm_for": "GET"}, {"confirm_for": "x"}):
        assert client.post("/weighty/", {**claim, "words": "x"}).status_code == 422


@pytest.mark.urls(__name__)
def test_s45_a_password_is_not_enough_for_who_has_a_second_factor(cast: Cast):
    give_app(cast.admin.user)
    client = stale(cast, "admin")

    answer = client.post("/weighty/", {"confirm_for": "POST", "confirm_password": PASSWORD})

    assert answer.status_code == 422
    assert 'name="confirm_password"' not in answer.text


@pytest.mark.urls(__name__)
def test_s45_nor_is_a_password_typed_a_minute_ago(cast: Cast):
    client = cast.client("admin")
    now = time.time()
    proofs = [{"method": "mfa", "type": "totp", "at": now - 301}, {"method": "password", "at": now}]
    note(client, cast.admin.user, proofs)

    assert client.get("/weighty/").status_code == 403


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 200), ("not this one", 422)])
def test_a_member_without_one_shows_their_password(password: str, status: int, cast: Cast):
    client = stale(cast, "member")

    answer = client.post(
        "/members-weighty/", {"confirm_for": "POST", "confirm_password": password, "body": "x"}
    )

    assert answer.status_code == status
    assert ("entered by POST: body=x" in answer.text) is (status == 200)


@pytest.mark.urls(__name__)
def test_guessing_passwords_there_is_stopped(cast: Cast):
    client = stale(cast, "member")
    wrong = {"confirm_for": "POST", "confirm_password": "not this one"}

    for _ in range(12):
        client.post("/members-weighty/", wrong)
    answer = client.post("/members-weighty/", wrong | {"confirm_password": PASSWORD})

    assert answer.status_code == 429


@pytest.mark.parametrize("address", ["https://elsewhere.invalid/", "//elsewhere.invalid/", ""])
def test_nobody_is_sent_elsewhere_by_it(address: str, cast: Cast):
    answer = cast.client("admin").get("/account/confirm/", {"next": address})

    assert answer["Location"] == "/"
