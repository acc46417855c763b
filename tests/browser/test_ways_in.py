"""
Each way in, from the landing page to the first box to reply in, with and without JavaScript.

Letters go over real SMTP, and the organisation's sign-on is a real OpenID provider.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Member
from accounts.single_sign_on import lock_secret
from commissioning.models import SignOnProvider
from risk import screening
from tests.browser.conftest import PHONE, Opens
from tests.cast import Cast
from tests.factories.community import PostFactory
from tests.factories.ways_in import (
    TOKEN,
    AreaFactory,
    EmailDomainFactory,
    ReferralFactory,
    SignOnFactory,
    WayInFactory,
)
from tests.letterbox import Letterbox
from tests.sign_on import CLIENT_ID, CLIENT_SECRET, PASSWORD, a_sign_on
from vault import post

ADDRESS = "someone@post.example.org"
both_ways = pytest.mark.parametrize("scripts", [True, False], ids=["js", "no js"])


@pytest.fixture
def wall(cast: Cast) -> None:
    """Something to reply to."""
    PostFactory(body="Is anyone else awake?")
    screening.drain(now=timezone.now)


@both_ways
def test_with_a_code(opens: Opens, cast: Cast, wall: None, letterbox: Letterbox, scripts: bool):
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    page = land(opens, scripts)
    page.get_by_label("Your access code").fill("garden 22")
    page.get_by_role("button", name="Use this code").click()

    make_an_account(page, letterbox)
    reach_the_first_reply_box(page)
    assert Member.objects.exclude(pk__in=[cast.member.pk]).filter(locality=cast.leeds).exists()


@both_ways
def test_with_an_e_mail_of_the_organisations(
    opens: Opens, cast: Cast, wall: None, letterbox: Letterbox, scripts: bool
):
    EmailDomainFactory(commissioner=cast.leeds.commissioner)
    page = land(opens, scripts)
    find(page, cast)
    page.get_by_role("link", name="Use the e-mail they gave me").click()
    page.get_by_label("Your e-mail there").fill("b0123@students.example.org")
    page.get_by_role("button", name="Send me the digits").click()
    type_the_digits(page, letterbox, "b0123@students.example.org")

    make_an_account(page, letterbox)
    reach_the_first_reply_box(page)


@both_ways
def test_from_an_area(opens: Opens, cast: Cast, wall: None, letterbox: Letterbox, scripts: bool):
    AreaFactory(commissioner=cast.leeds.commissioner)
    page = land(opens, scripts)
    find(page, cast)
    page.get_by_role("link", name="I live in their area").click()
    page.get_by_label("The first half of your postcode").fill("ls6 2ab")
    page.get_by_role("button", name="Go on").click()

    make_an_account(page, letterbox)
    reach_the_first_reply_box(page)


@both_ways
def test_with_a_link_that_somebody_was_given(
    opens: Opens, cast: Cast, wall: None, letterbox: Letterbox, scripts: bool
):
    way_in = ReferralFactory(commissioner=cast.leeds.commissioner)
    page = opens(path=f"/join/r/{TOKEN}/", size=PHONE, java_script_enabled=scripts)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are welcome here")
    page.get_by_role("button", name="Come in").click()

    make_an_account(page, letterbox)
    reach_the_first_reply_box(page)
    way_in.refresh_from_db()
    assert way_in.used == 1


@both_ways
def test_through_the_organisations_own_sign_on_and_back_again_another_day(
    opens: Opens, cast: Cast, wall: None, asgi_server: str, scripts: bool
):
    provider = SignOnFactory(
        commissioner=cast.leeds.commissioner, client_id=CLIENT_ID,
        locked_secret=lock_secret(CLIENT_SECRET),
    )  # fmt: skip
    with a_sign_on(back_to=f"{asgi_server}/join/sign-on/{provider.way_in.pk}/back/") as server:
        SignOnProvider.objects.update(server_url=server)
        page = land(opens, scripts)
        find(page, cast)
        page.get_by_role("link", name="Sign in at").click()
        sign_on(page, "agnes.planted")
        make_an_account(page, None)
        reach_the_first_reply_box(page)
        joined = Member.objects.latest("pk")

        another_day = land(opens, scripts)
        find(another_day, cast)
        another_day.get_by_role("link", name="Sign in at").click()
        sign_on(another_day, "agnes.planted")
        expect(another_day.get_by_role("heading", level=1)).to_have_text("The wall")

    assert Member.objects.latest("pk") == joined
    assert not SocialAccount.objects.exists()


@both_ways
def test_who_is_too_young_is_shown_who_listens_to_them(
    opens: Opens, cast: Cast, letterbox: Letterbox, scripts: bool
):
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    page = land(opens, scripts)
    page.get_by_label("Your access code").fill("garden 22")
    page.get_by_role("button", name="Use this code").click()
    fill_in_an_account(
        page, born=timezone.now().date().replace(month=1, day=1) - timedelta(days=15 * 365)
    )
    page.get_by_role("button", name="Come in").last.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("We cannot take you in yet")
    expect(page.get_by_role("link", name="Call 116 123")).to_be_visible()
    expect(page.get_by_text("We have kept nothing that you typed.")).to_be_visible()
    post.deliver_due()
    assert [ADDRESS] not in letterbox.to
    page.get_by_role("link", name="Look for another way in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who gave you your way in?")


@both_ways
def test_who_lives_elsewhere_is_told_where_they_can_go(
    opens: Opens, cast: Cast, letterbox: Letterbox, scripts: bool
):
    commissioner = cast.leeds.commissioner
    commissioner.elsewhere = "Your own council has a listening line."
    commissioner.save()
    AreaFactory(commissioner=commissioner)
    page = land(opens, scripts)
    find(page, cast)
    page.get_by_role("link", name="I live in their area").click()
    page.get_by_label("The first half of your postcode").fill("EH1")
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("not for where you live")
    expect(page.get_by_text("Your own council has a listening line.")).to_be_visible()
    expect(page.get_by_role("link", name="Call 116 123")).to_be_visible()


# -- steps -----------------------------------------------------------------------------------


def land(opens: Opens, scripts: bool) -> Page:
    page = opens(path="/", size=PHONE, java_script_enabled=scripts)
    page.get_by_role("main").get_by_role("link", name="Look at the wall").click()
    page.get_by_role("link", name="Come in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who gave you your way in?")
    return page


def find(page: Page, cast: Cast) -> None:
    page.get_by_label("Find who gave it to you").fill(cast.leeds.commissioner.name)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=cast.leeds.commissioner.name).click()


def sign_on(page: Page, name: str) -> None:
    """On the organisation's own pages."""
    page.locator("#login").fill(name)
    page.locator("button[type=submit]").first.click()
    page.locator("#password").fill(PASSWORD)
    page.locator("button[type=submit]").first.click()


def make_an_account(page: Page, letterbox: Letterbox | None) -> None:
    fill_in_an_account(page, born=date(1990, 3, 27), by_letter=letterbox is not None)
    page.get_by_role("button", name="Come in").last.click()
    if letterbox is not None:
        type_the_digits(page, letterbox, ADDRESS)


def fill_in_an_account(page: Page, *, born: date, by_letter: bool = True) -> None:
    agree(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place on the wall")
    page.get_by_role("radio").nth(4).check()
    if by_letter:
        page.get_by_label("E-mail").fill(ADDRESS)
        page.locator("input[name=password]").fill("three quiet words")
    for part in ("Day", "Month", "Year"):
        page.get_by_label(part, exact=True).fill(str(getattr(born, part.lower())))


def agree(page: Page) -> None:
    """Who can learn who I am: read, and go on. Nothing that is answered, or not, is in the way."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Who can know it is you")
    page.get_by_role("button", name="I have read this. Go on").click()
    page.get_by_role("button", name="I see. Go on").click()


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
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in")
    page.get_by_role("link", name="Take me to the wall").click()
    page.get_by_role("link", name="Be the first to reply").first.click()
    expect(page.get_by_label("Write a reply")).to_be_visible()
