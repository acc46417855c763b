"""No address, however it is crafted, is answered with an error of ours (S36, S60)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.cast import Cast
from tests.factories.community import PostFactory
from tests.factories.risk import AlertFactory
from tests.platform.test_forgery import addresses

pytestmark = pytest.mark.django_db

CRAFTED = [
    "\x00",
    "a\x00b",
    "²",
    "١٢",
    "9" * 30,
    "9" * 5000,
    "-1",
    "1.5",
    "' OR 1=1 --",
    "%s%n{0}{{ 7 }}",
    "../../etc",
    "\u202e\u200b",
    "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "x" * 3000,
]

PAGES = (
    "/", "/wall/", "/wall/new/", "/desk/", "/desk/queue/", "/desk/strip/", "/desk/cases/",
    "/operator/protocols/", "/commissioner/", "/account/login/",
)  # fmt: skip
WORDS = ("after", "show", "topic", "next", "version", "sent", "revision", "key", "outcome")


@pytest.mark.parametrize("role", ["anonymous", "member", "senior", "commissioner", "admin"])
def test_s36_no_crafted_query_is_an_error_of_ours(role: str, cast: Cast):
    client = cast.client(role)
    PostFactory(author=cast.member)
    AlertFactory(author=cast.member)
    for path in PAGES:
        for value in CRAFTED:
            query = "&".join(f"{word}={quote(value)}" for word in WORDS)
            assert client.get(f"{path}?{query}").status_code < 500, (path, value)


@pytest.mark.parametrize("value", [each for each in CRAFTED if len(each) < 4000])
def test_s36_no_crafted_place_is_an_error_of_ours(value: str, cast: Cast):
    clients = [cast.client(role) for role in ("member", "senior", "admin")]
    crafted = quote(value, safe="")
    for pattern in (
        "/wall/posts/{}/", "/wall/posts/{}/edit/", "/wall/posts/{}/replies/",
        "/wall/replies/{}/edit/", "/wall/topics/{}/", "/desk/alerts/{}/", "/desk/alerts/{}/claim/",
        "/desk/cases/{}/", "/desk/cases/{}/steps/{}/", "/operator/protocols/{}/",
        "/account/confirm-email/{}/", "/account/password/reset/key/{}-{}/",
    ):  # fmt: skip
        for client in clients:
            path = pattern.replace("{}", crafted)
            assert client.get(path).status_code < 500, path
            assert client.post(path, {"body": "Words."}).status_code < 500, path


FIELDS = (
    *WORDS, "body", "restore", "login", "password", "email", "public_id", "hours", "when",
    "minutes_to_next", "position", "office_hours", "steps-TOTAL_FORMS", "form-TOTAL_FORMS",
)  # fmt: skip


def test_s36_no_crafted_form_is_an_error_of_ours(cast: Cast):
    """Each route is sent each crafted value in every field that some form of ours has."""
    clients = [cast.client(role) for role in ("member", "senior", "commissioner", "admin")]
    for address in addresses(cast, without={"exit", "account_logout"}):
        for value in ("\x00", "²", "9" * 30, "-1", "x" * 3000):
            for client in clients:
                answer = client.post(address, dict.fromkeys(FIELDS, value))
                assert answer.status_code < 500, (address, value)
