"""Second factors as people meet them: an app, with and without JavaScript, and passkeys."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Opens
from tests.browser.test_every_page import faults
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.sign_ins import code_now, give_app

STEP = "Second step"


def sign_in(page: Page, email: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Your code").fill(code)
    page.get_by_role("button", name="Go on").click()


@pytest.mark.parametrize("scripted", [True, False], ids=["javascript", "no javascript"])
def test_s44_a_guide_enrols_an_app_and_signs_in_by_it(scripted: bool, opens: Opens, cast: Cast):
    address = cast.guide.user.address
    page = opens(size=PHONE, java_script_enabled=scripted)
    sign_in(page, address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second step")
    page.goto("/desk/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second step")

    page.get_by_role("link", name="Set up an app").click()
    picture = page.get_by_role("img", name="A picture that your app reads")
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.naturalWidth") > 0, "the policy let no picture through"
    drawn = picture.get_attribute("src") or ""
    ground = base64.b64decode(drawn.partition("base64,")[2]).decode()
    assert 'fill="white"' in ground, "a camera sees nothing in black on a dark page"
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.get_by_label("The code that the app shows").fill(code_now(secret))
    page.get_by_role("button", name="Turn it on").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Codes on paper")
    paper = page.locator(".codes code").all_inner_texts()
    assert len(paper) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(f"{opens.address}/desk/")

    # The code that proved the app was taken by it; a paper code opens once.
    sign_out(page)
    sign_in(page, address)
    expect(page.get_by_role("heading", level=1)).to_have_text(STEP)
    type_code(page, code_now(secret, steps=-2))
    expect(page.get_by_role("alert")).to_contain_text("That code is not right")
    type_code(page, paper[0])
    expect(page).to_have_url(f"{opens.address}/desk/")

    sign_out(page)
    sign_in(page, address)
    type_code(page, paper[0])
    expect(page.get_by_role("alert")).to_contain_text("works once")
    page.goto("/desk/")
    expect(page.get_by_role("heading", level=1)).to_have_text(STEP)


def test_s44_a_code_that_was_used_is_refused_in_another_browser(opens: Opens, cast: Cast):
    give_app(cast.guide.user)
    address = cast.guide.user.address
    one, other = opens(size=DESK), opens(size=DESK)
    sign_in(one, address)
    sign_in(other, address)
    code = code_now()

    type_code(one, code)
    expect(one).to_have_url(f"{opens.address}/desk/")
    type_code(other, code)

    expect(other.get_by_role("alert")).to_contain_text("works once")


def a_device(page: Page) -> Any:
    """A phone or computer that keeps passkeys, and whose holder is there and proves it."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    keeper = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": keeper})
    return cdp, made["authenticatorId"]


@pytest.fixture
def at_localhost(opens: Opens) -> Opens:
    """Browsers let passkeys work at a name, not at a number."""
    opens.address = opens.address.replace("127.0.0.1", "localhost")
    return opens


def test_s44_a_guide_enrols_a_passkey_and_signs_in_by_it_alone(at_localhost: Opens, cast: Cast):
    address = cast.guide.user.address
    page = at_localhost(size=DESK)
    cdp, device = a_device(page)
    sign_in(page, address)
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes on paper")
    kept = cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [(each["isResidentCredential"], each["rpId"]) for each in kept] == [(True, "localhost")]
    assert address not in str(kept)
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(f"{at_localhost.address}/desk/")

    sign_out(page)
    page.goto("/account/login/")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page).to_have_url(f"{at_localhost.address}/desk/")

    sign_out(page)
    sign_in(page, address)
    expect(page.get_by_role("heading", level=1)).to_have_text(STEP)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(f"{at_localhost.address}/desk/")


def test_a_passkey_whose_holder_was_not_checked_opens_nothing(at_localhost: Opens, cast: Cast):
    page = at_localhost(size=DESK)
    cdp, device = a_device(page)
    sign_in(page, cast.guide.user.address)
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes on paper")
    sign_out(page)
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})

    page.goto("/account/login/")
    page.get_by_role("button", name="Use a passkey instead").click()

    expect(page.get_by_text("That did not work")).to_be_visible()
    expect(page).to_have_url(f"{at_localhost.address}/account/login/")


def test_s45_what_was_typed_waits_for_a_passkey_and_then_goes_on(at_localhost: Opens, cast: Cast):
    from tests.sign_ins import grow_stale

    page = at_localhost(size=DESK)
    a_device(page)
    sign_in(page, cast.admin.user.address)
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("link", name="I have kept them").click()
    page.goto("/operator/protocols/new/")
    page.get_by_label("Where").select_option(index=1)
    everything_is_old(page, cast, grow_stale)

    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it still you?")
    page.get_by_role("button", name="Use your passkey").click()

    expect(page).to_have_url(re.compile(r"/operator/protocols/\d+/edit/$"))


def everything_is_old(page: Page, cast: Cast, grow_stale: Any) -> None:
    from django.conf import settings
    from django.test import Client

    client = Client()
    for cookie in page.context.cookies():
        if cookie["name"] == settings.SESSION_COOKIE_NAME:
            client.cookies[settings.SESSION_COOKIE_NAME] = cookie["value"]
    grow_stale(client, cast.admin.user)


def test_u01_nothing_is_wrong_with_the_pages_in_between(opens: Opens, cast: Cast):
    give_app(cast.guide.user)
    page = opens(size=DESK)
    found = []
    sign_in(page, cast.guide.user.address)
    found += faults(page, "the second step", role="guide")
    page.get_by_label("Your code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    found += faults(page, "the second step, wrong", role="guide")
    type_code(page, code_now())
    expect(page).to_have_url(f"{opens.address}/desk/")
    page.goto("/account/second-factor/")
    found += faults(page, "the second factors of who has one", role="guide")

    assert not found, "\n".join(found)
