"""Over real sockets: whose word on where a request comes from is taken (S52)."""

from __future__ import annotations

import re

import httpx
import pytest
import uvicorn

from accounts.models import Tally
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def wrong_sign_ins(server: str, *, number: int, say: str) -> list[int]:
    """How each of them is answered, with X-Forwarded-For as said."""
    with httpx.Client(base_url=server) as client:
        page = client.get("/account/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        return [
            client.post(
                "/account/login/",
                data={
                    "csrfmiddlewaretoken": token[1],
                    "login": f"person{n}@example.invalid",
                    "password": "not this one",
                },
                headers={"X-Forwarded-For": say.format(n)},
            ).status_code
            for n in range(number)
        ]


def test_s52_the_proxy_that_uvicorn_trusts_is_believed(asgi_server: str, cast: Cast):
    """By default that is one on this machine, which this test is."""
    assert wrong_sign_ins(asgi_server, number=21, say="203.0.113.{}") == [422] * 21
    Tally.objects.all().delete()
    assert wrong_sign_ins(asgi_server, number=21, say="203.0.113.7") == [422] * 20 + [429]


def test_s52_nobody_else_is(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "192.0.2.1")
    assert uvicorn.Config("nowhere:at_all").forwarded_allow_ips == "192.0.2.1"
    server = request.getfixturevalue("asgi_server")

    assert wrong_sign_ins(server, number=21, say="203.0.113.{}") == [422] * 20 + [429]
