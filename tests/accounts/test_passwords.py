"""Passwords: long, not well known, typed once, and nothing else is asked of them."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from accounts.passwords import LONGEST
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.sign_ins import grow_stale

pytestmark = pytest.mark.django_db


def change(cast: Cast, new: str) -> object:
    return cast.client("member").post(
        "/account/password/", {"oldpassword": PASSWORD, "password1": new}
    )


@pytest.mark.parametrize(
    "new",
    [
        *("only small letters", "0987612345 1", "  spaces count too ", "пароль из слов"),
        *("🐦 🐦 🐦 🐦 🐦 🐦", "x" * LONGEST),
    ],
)
def test_no_rule_says_what_a_password_is_made_of(new: str, cast: Cast):
    assert change(cast, new).status_code == 302
    cast.member.user.refresh_from_db()
    assert check_password(new, cast.member.user.password)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("too short", "Use at least 10 characters."),
        ("1234567890", "Many people use this password"),
        ("Password123", "Many people use this password"),
        ("x" * (LONGEST + 1), "Use at most 200 characters."),
        ("", "Please choose a password."),
    ],
)
def test_what_is_wrong_with_a_password_is_a_clear_sentence(new: str, sentence: str, cast: Cast):
    answer = change(cast, new)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert PASSWORD not in answer.text
    assert new not in answer.text or len(new) < 2
    cast.member.user.refresh_from_db()
    assert check_password(PASSWORD, cast.member.user.password)


def test_the_old_one_must_be_right(cast: Cast):
    answer = cast.client("member").post(
        "/account/password/", {"oldpassword": "wrong", "password1": "three kind words"}
    )

    assert answer.status_code == 422
    assert "This is not your password." in answer.text


def test_a_very_long_wrong_password_is_not_hashed(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("hashed")

    for name in ("check_password", "set_password"):
        monkeypatch.setattr(type(cast.member.user), name, refuse)
    client = cast.client("member")
    long = "x" * 100_000
    form = {"login": cast.member.user.address, "password": long}

    assert Client().post("/account/login/", form).status_code == 422
    grow_stale(client, cast.member.user)
    asked = {"confirm_for": "GET", "confirm_password": long}
    assert client.post("/account/confirm/", asked).status_code == 422


@pytest.mark.parametrize(
    ("role", "path"),
    [("anonymous", "/account/login/"), ("member", "/account/password/"),
     ("member", "/account/confirm/")],
)  # fmt: skip
def test_a_password_may_be_pasted_and_filled_in_by_a_manager(role: str, path: str, cast: Cast):
    client = cast.client(role)
    if role == "member":
        grow_stale(client, cast.member.user)
    page = client.get(path).text

    assert "onpaste" not in page
    # A browser cuts what is pasted at maxlength without a word.
    inputs = re.findall(r'<input type="password"[^>]*>', page)
    assert inputs
    assert not [each for each in inputs if "maxlength" in each]
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="off"' not in page
    assert "js/show-password.js" in page
