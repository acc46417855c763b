"""A copy of everything about a member, and nothing of anybody else's (S63)."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from belonging.download import as_zip, everything_about
from belonging.holdings import HOLDINGS
from tests.belonging import house
from tests.belonging.house import furnish
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def fresh(client: Client, user: User) -> Client:
    """As after typing the password a moment ago."""
    session = client.session
    proof = {"method": "password", "at": time.time()}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(user)
    session.save()
    return client


def unpacked(response: HttpResponse) -> tuple[dict[str, Any], str]:
    with zipfile.ZipFile(io.BytesIO(response.content)) as zipped:
        assert zipped.namelist() == ["about-me.html", "about-me.json"]
        return json.loads(zipped.read("about-me.json")), zipped.read("about-me.html").decode()


@pytest.fixture
def household(cast: Cast) -> house.Household:
    return furnish(cast)


def client_of(household: house.Household) -> Client:
    client = Client()
    client.force_login(household.member.user)
    return fresh(client, household.member.user)


def test_s63_everything_of_theirs_is_in_it_for_people_and_programs(household):
    about, page = unpacked(client_of(household).post("/me/download/"))

    said = json.dumps(about, ensure_ascii=False)
    for words in (
        house.ALIAS, house.QUIET, house.WORRYING, house.REPLIED, house.EDITED, house.MUTED,
        "A place was named.", "We call the duty line.",
    ):  # fmt: skip
        assert words in said, words
        assert words in page, words
    titles = [section["title"] for section in about["sections"]]
    assert titles == [str(each.title) for each in reversed(HOLDINGS) if not each.left_out]
    empty = [section["title"] for section in about["sections"] if not section["rows"]]
    assert empty == [], "furnish() has put something into every room"


def test_s63_no_word_of_anybody_elses_is_in_it(household):
    response = client_of(household).post("/me/download/")

    for said in map(str, unpacked(response)):
        for words in (house.OTHERS, "Thank you for that.", "Fennel", "Warmly.", "Guide Leeds"):
            assert words not in said, words
        assert "A reply by someone else was here." in said
        assert household.friend.public_id not in said


def test_s63_what_is_not_in_it_is_said_with_the_reason(household):
    response = client_of(household).post("/me/download/")

    about, page = unpacked(response)
    for said in (json.dumps(about), page):
        assert house.NOTED not in said, "guides' notes are asked for, not handed out at night"
        assert household.seal not in said
        assert household.handle.hex not in said.replace("-", "")
        assert "Perpetua" not in said, "no page can read the vault"
    kept_back = {each["what"]: each["why"] for each in about["not_in_this_file"]}
    assert any(
        "note" in what and "Wall guides write notes" in why for what, why in kept_back.items()
    )
    held = {each["what"]: each["held"] for each in about["in_the_vault"]}
    assert held["Your name"] is True
    assert held["Your phone number"] is False
    assert household.member.locality.commissioner.name in page


def test_the_file_is_not_stored_and_its_name_says_nothing(household):
    response = client_of(household).post("/me/download/")

    assert response["Cache-Control"] == "no-store"
    assert response["Content-Disposition"] == 'attachment; filename="my-copy.zip"'
    assert response["Content-Type"] == "application/zip"
    entry = Entry.objects.get(verb="download")
    assert entry.actor == entry.subject == f"member:{household.member.pk}"


def test_who_signed_in_a_while_ago_says_again_who_they_are(household):
    client = Client()
    client.force_login(household.member.user)

    response = client.post("/me/download/")

    assert response.status_code == 403
    assert "about-me" not in response.text
    assert not Entry.objects.filter(verb="download").exists()
    assert fresh(client, household.member.user).post("/me/download/").status_code == 200


def test_somebody_paused_still_gets_their_copy(cast):
    client = fresh(cast.client("suspended"), cast.suspended.user)

    assert client.get("/me/download/").status_code == 200
    assert client.post("/me/download/")["Content-Type"] == "application/zip"


def test_a_file_about_somebody_who_has_written_nothing_is_a_file_too(cast):
    about = everything_about(cast.member, at=timezone.now())

    assert as_zip(about, commissioner="Leeds")
    assert "<script" not in as_zip(about, commissioner="<script>").decode("latin-1")


def test_what_a_member_types_is_no_markup_in_the_page(household):
    household.alone.body = "<script>alert(1)</script>"
    household.alone.save(update_fields=["body"])

    _about, page = unpacked(client_of(household).post("/me/download/"))

    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
