"""
Each way in, from the landing page to the first box to reply in, with and without JavaScript.

Letters go over real SMTP, and the organisation's sign-on is a real OpenID provider.
"""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Member
from tests.browser.conftest import PHONE, Opens
from tests.cast import Cast
from tests.factories.community import PostFactory
from tests.factories.ways_in import (
    WayInFactory,
)
from tests.letterbox import Letterbox
from vault import post

ADDRESS = "someone@post.example.org"
both_ways = pytest.mark.parametrize("scripts", [True, False], ids=["js", "no js"])


@pytest.fixture
def wall(cast: Cast) -> None:
    """Something to reply to."""
    PostFactory(body="Is anyone else awake?")


@both_ways
def test_with_a_code(opens: Opens, cast: Cast, wall: None, letterbox: Letterbox, scripts: bool):
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    page = land(opens, scripts)
    page.get_by_label("Your access code").fill("garden 22")
    page.get_by_role("button", name="Use this code").click()

    make_an_account(page, letterbox)
    reach_the_first_reply_box(page)
    assert Member.objects.exclude(pk__in=[cast.member.pk]).filter(locality=cast.leeds).exists()


# -- steps -----------------------------------------------------------------------------------


def land(opens: Opens, scripts: bool) -> Page:
    page = opens(path="/", size=PHONE, java_script_enabled=scripts)
    page.get_by_role("main").get_by_role("link", name="Look at the wall").click()
    page.get_by_role("link", name="Come in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who gave you your way in?")
    return page


def make_an_account(
    page: Page, letterbox: Letterbox | None, *, born: date = date(1990, 3, 27)
) -> None:
    agree(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place on the wall")
    page.get_by_role("radio").nth(4).check(force=True)
    if letterbox is not None:
        page.get_by_label("E-mail").fill(ADDRESS)
        page.get_by_label("Password").fill("three quiet words")
    for part in ("Day", "Month", "Year"):
        page.get_by_label(part, exact=True).fill(str(getattr(born, part.lower())))
    page.get_by_role("button", name="Come in").last.click()
    if letterbox is not None:
        type_the_digits(page, letterbox, ADDRESS)


def agree(page: Page) -> None:
    """Who can know who I am: read, and go on."""


def type_the_digits(page: Page, letterbox: Letterbox, address: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("A letter is on its way")
    page.get_by_label("The six digits").fill(digits_sent(letterbox, address))
    page.get_by_role("button", name="Go on").click()


def digits_sent(letterbox: Letterbox, address: str) -> str:
    post.deliver_due()
    mine = [
        letter
        for letter, to in zip(letterbox.letters, letterbox.to, strict=True)
        if to == [address]
    ]
    found = re.search(r"\b\d{6}\b", mine[-1].get_content())
    assert found
    return found[0]


def reach_the_first_reply_box(page: Page) -> None:
    if not page.url.endswith("/wall/"):
        page.goto("/wall/")
    page.get_by_role("link", name="Be the first to reply").first.click()
    expect(page.get_by_label("Write a reply")).to_be_visible()
