"""What answers when nothing else does, and what is said about the rest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from risk import classifier
from tests.cast import Cast

NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}

# Answers each address in a process of its own, in which nothing was ever connected to.
ASK = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
client = Client(raise_request_exception=False)
client.cookies["sessionid"] = "somebody-who-was-signed-in"
said = {}
for method, path, form in json.loads(sys.argv[1]):
    answer = client.generic(method, path) if method == "GET" else client.post(path, form)
    said[path] = [answer.status_code, answer.content.decode(), dict(answer.items())]
print(json.dumps(said))
"""


def ask(*addresses: tuple[str, str, dict[str, str]], **env: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(addresses)],
        env={**os.environ, **env, "DJANGO_SETTINGS_MODULE": "peersupport.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_i6_with_postgres_and_redis_gone_help_is_there_and_the_rest_is_honest():
    said = ask(
        ("GET", "/help-now/", {}),
        ("GET", "/livez", {}),
        ("GET", "/readyz", {}),
        ("GET", "/wall/", {}),
        ("POST", "/wall/posts/whichever/replies/", {"body": "Words of mine."}),
        **NOWHERE,
    )

    status, page, _ = said["/help-now/"]
    assert status == 200
    assert "999" in page
    assert said["/livez"][:2] == [200, "ok"]
    status, ready, _ = said["/readyz"]
    assert status == 503
    assert json.loads(ready)["postgres"] == json.loads(ready)["redis"] == "does not answer"
    for path in ("/wall/", "/wall/posts/whichever/replies/"):
        status, page, headers = said[path]
        assert status == 503
        assert "/help-now/" in page
        assert headers["Content-Security-Policy"]
    assert "Words of mine." in said["/wall/posts/whichever/replies/"][1]


def test_i6_help_is_small_enough_for_a_bad_connection_with_all_that_it_loads():
    page = Client().get("/help-now/")
    loads = re.findall(r'(?:href|src)="/static/([^"]+)"', page.text)
    files = [(settings.BASE_DIR / "static" / name).read_bytes() for name in loads]

    assert "css/help.css" in loads
    assert len(page.content) + sum(map(len, files)) <= 8 * 1024
    assert "<img" not in page.text
    assert b"@import" not in b"".join(files)
    assert b"url(" not in b"".join(files)


@pytest.mark.django_db
def test_i6_help_is_the_same_for_everybody_and_may_be_kept(cast: Cast, django_assert_num_queries):
    clients = [cast.client(role) for role in ("anonymous", "member", "guide")]

    with django_assert_num_queries(0):
        answers = [client.get("/help-now/") for client in clients]

    assert len({answer.content for answer in answers}) == 1
    assert all("public" in answer["Cache-Control"] for answer in answers)
    assert not any(answer.cookies for answer in answers)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["anonymous", "member", "guide", "commissioner"])
def test_i6_help_and_the_way_out_are_one_step_away_from_every_kind_of_page(role: str, cast: Cast):
    client = cast.client(role)
    for path in ("/", "/not/here/", "/account/login/"):
        page = client.get(path, follow=True).text
        assert 'href="/help-now/"' in page, path


@pytest.mark.django_db
def test_readyz_is_content_while_redis_is_away_and_says_so(redis_refused):
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["redis"] == "does not answer"
    assert answer.json()["ready"] is True


@pytest.mark.django_db
def test_f23_readyz_is_red_while_the_model_cannot_be_used(monkeypatch):
    def unusable() -> None:
        raise classifier.ModelUnusable("The model's file is cut short.")

    monkeypatch.setattr(classifier, "check_files", unusable)

    answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["model"] == "The model's file is cut short."


@pytest.mark.django_db
def test_readyz_is_green_with_everything_there():
    assert Client().get("/readyz").json() == {
        "ready": True,
        "postgres": "ok",
        "model": "ok",
        "redis": "ok",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("member", "community:feed"),
        ("suspended", "community:feed"),
        ("guide", "escalation:desk"),
        ("senior", "escalation:desk"),
        ("commissioner", "reporting:commissioner-home"),
        ("admin", "escalation:protocol-list"),
    ],
)
def test_the_door_takes_everybody_to_their_own_place(role: str, place: str, cast: Cast):
    answer = cast.client(role).get("/")

    assert (answer.status_code, answer["Location"]) == (302, reverse(place))


@pytest.mark.django_db
def test_the_door_greets_a_stranger():
    answer = Client().get("/")

    assert answer.status_code == 200
    assert reverse("account_login") in answer.text


# --- S42, S59, S61: as it runs for real -----------------------------------------------------

SHOW = """
import json
from django.conf import settings
names = [name for name in dir(settings) if name.startswith(("SESSION_", "CSRF_", "SECURE_"))]
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""
FOR_REAL = {"HTTPS": "true", "PEERSUPPORT_TESTING": "false", "SECRET_KEY": "x1Y" * 20,
            "DJANGO_SETTINGS_MODULE": "peersupport.settings"}  # fmt: skip


@pytest.fixture(scope="module")
def for_real() -> dict[str, Any]:
    """The settings that a house on the open internet has."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW], env={**os.environ, **FOR_REAL}, cwd=settings.BASE_DIR,
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.django_db
def test_s42_cookies_are_for_this_host_over_https_and_no_scripts(cast: Cast, for_real, settings):
    from tests.factories.accounts import PASSWORD

    for name, value in for_real.items():
        setattr(settings, name, value)
    client = Client()

    client.get("/account/login/", secure=True)
    client.post(
        "/account/login/",
        {"login": cast.member.user.address, "password": PASSWORD},
        secure=True,
    )

    assert set(client.cookies) >= {"__Host-session", "__Host-csrf"}
    for cookie in client.cookies.values():
        assert cookie.key.startswith("__Host-")
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


@pytest.mark.django_db
def test_s61_a_browser_is_told_to_come_by_https_only(for_real, settings):
    for name, value in for_real.items():
        setattr(settings, name, value)

    plain = Client().get("/")
    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/")
    assert Client().get("/livez").status_code == 200

    seconds = int(Client().get("/", secure=True)["Strict-Transport-Security"].split(";")[0][8:])
    assert seconds >= 31_536_000


def without_the_tests_own(env: dict[str, str]) -> dict[str, str]:
    mine = {**os.environ, **env}
    mine.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # see tests/servers.py
    return mine


def test_s59_djangos_own_check_for_deployment_finds_nothing():
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=without_the_tests_own({**FOR_REAL, "SECRET_KEY": os.urandom(40).hex()}),
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "VAULT_SEAL_KEY", "VAULT_KEYS", "DATABASE_URL", "REDIS_URL"]
)
def test_what_is_not_set_is_said_in_a_sentence_that_names_the_way_out(missing: str):
    done = subprocess.run(
        [sys.executable, "-c", "import peersupport.settings"],
        env={**os.environ, missing: ""},
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    assert f"{missing} is not set" in done.stderr
    assert "make demo" in done.stderr
