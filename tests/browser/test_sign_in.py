"""
Getting in, with and without scripts, and what a browser still holds when somebody has gone.
"""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.consent import VERSION
from accounts.models import Session
from accounts.operations import enrol_member
from tests.browser.conftest import PHONE, Opens
from tests.browser.test_writing import eventually
from tests.factories.accounts import PASSWORD
from tests.factories.community import PostFactory, TopicFactory
from tests.letterbox import Letterbox
from tests.sign_ins import code_now, give_app
from vault import post

pytestmark = pytest.mark.browser

ADDRESS = "somebody@example.invalid"
NEW_PASSWORD = "three kind words"
WORDS = "It has been a long week, and I have told nobody."
EVERYTHING_KEPT = """async () => JSON.stringify({
    session: {...sessionStorage},
    local: {...localStorage},
    caches: await caches.keys(),
    databases: (await indexedDB.databases()).map((each) => each.name),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_somebody_who_forgot_their_password_gets_in_by_letter(
    scripts: bool, opens: Opens, letterbox: Letterbox
):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault.letter")  # of tests before: it is no table of Django's
    enrol_member(
        email=ADDRESS, password=PASSWORD, alias="Juniper", locality=opens.cast.leeds,
        at=timezone.now(), consented_to=VERSION,
    )  # fmt: skip
    page = opens(path="/account/login/", size=PHONE, java_script_enabled=scripts)
    page.get_by_role("link", name="I forgot my password").click()
    page.get_by_label("E-mail").fill(ADDRESS)
    page.get_by_role("button", name="Send me the e-mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at your e-mail")

    post.deliver_due()
    page.goto(next(w for w in letterbox.letters[0].get_content().split() if "/letter/" in w))
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("alert").first).to_contain_text("at least 10 characters")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()

    page.wait_for_url("**/wall/")
    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/wall/")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_password_is_changed_and_the_other_browser_is_out(scripts: bool, opens: Opens):
    page = opens("member", "/account/places/", size=PHONE, java_script_enabled=scripts)
    other = opens("member", "/wall/", size=PHONE)
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Your password now").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save the new password").click()

    expect(page.get_by_role("status").first).to_contain_text("signed in only here")
    expect(page.get_by_text("You are signed in nowhere else.")).to_be_visible()
    other.goto("/wall/")
    expect(other).to_have_url(re.compile("/account/login/"))


def test_a_password_can_be_looked_at_pasted_and_is_sent_as_a_password(opens: Opens):
    page = opens(path="/account/login/", size=PHONE)
    box = page.get_by_label("Password", exact=True)
    box.focus()
    page.evaluate("(text) => document.execCommand('insertText', false, text)", PASSWORD)
    show = page.get_by_role("button", name="Show password")
    expect(box).to_have_attribute("type", "password")

    show.click()

    expect(box).to_have_attribute("type", "text")
    expect(box).to_have_value(PASSWORD)
    page.get_by_role("button", name="Hide password").press("Enter")
    expect(box).to_have_attribute("type", "password")
    show.click()
    page.get_by_label("E-mail").fill(opens.cast.member.user.address)
    box.press("Enter")
    page.wait_for_url("**/wall/")


def write_a_draft(page: Page) -> None:
    page.goto("/wall/new/")
    page.get_by_label("Your words").fill(WORDS)
    assert WORDS in page.evaluate(EVERYTHING_KEPT)


def assert_nothing_is_kept(page: Page) -> None:
    kept = page.evaluate(EVERYTHING_KEPT)
    assert kept == ('{"session":{},"local":{},"caches":[],"databases":[],"workers":0}'), kept


def test_s48_after_signing_out_the_browser_holds_nothing_in_any_tab(opens: Opens):
    TopicFactory()
    page = opens("member", size=PHONE)
    tab = page.context.new_page()
    write_a_draft(tab)
    write_a_draft(page)

    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert_nothing_is_kept(page)
    # The other tab has been emptied and taken to the door.
    tab.wait_for_url(f"{opens.address}/")
    expect(tab.get_by_text(WORDS)).to_have_count(0)
    assert_nothing_is_kept(tab)


def test_s48_without_scripts_signing_out_empties_the_browser_by_its_header(opens: Opens):
    """Storage that scripts have filled, and a sign-out that no script of ours helps."""
    page = opens("member", "/wall/", size=PHONE)
    page.evaluate("localStorage.setItem('words', 'told nobody')")
    page.route("**/*.js", lambda route: route.abort())

    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert "told nobody" not in page.evaluate(EVERYTHING_KEPT)


def test_s48_somebody_elses_signing_in_finds_no_draft(opens: Opens):
    TopicFactory()
    give_app(opens.cast.guide.user)
    page = opens("member", size=PHONE)
    write_a_draft(page)
    # The session ran out: nobody has signed out, and nothing was cleared.
    page.context.clear_cookies()

    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(opens.cast.guide.user.address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Your code").fill(code_now())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/desk/**")

    assert WORDS not in page.evaluate(EVERYTHING_KEPT)


def test_s48_ones_own_signing_in_again_does(opens: Opens):
    TopicFactory()
    page = opens("member", size=PHONE)
    write_a_draft(page)
    page.context.clear_cookies()

    page.goto("/wall/new/")
    page.get_by_label("E-mail").fill(opens.cast.member.user.address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/wall/new/")

    expect(page.get_by_label("Your words")).to_have_value(WORDS)


@pytest.mark.parametrize("way", ["sign out", "leave quickly"])
def test_s43_the_back_button_shows_nothing_afterwards(way: str, opens: Opens):
    PostFactory(body=WORDS, author=opens.cast.member)
    page = opens("member", "/wall/", size=PHONE)
    page.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="<p>Rain.</p>"))
    expect(page.get_by_text(WORDS)).to_be_visible()
    if way == "sign out":
        page.goto("/account/logout/")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
    else:
        page.goto("/wall/new/")
        page.get_by_role("button", name="Leave quickly").click()
        page.wait_for_url("https://www.bbc.co.uk/**")
        eventually(lambda: not Session.objects.filter(user=opens.cast.member.user).exists())

    for _ in range(2):
        page.go_back()
        page.wait_for_load_state()
        assert WORDS not in page.content()


def test_s48_leaving_quickly_takes_the_other_tabs_along(opens: Opens):
    TopicFactory()
    page = opens("member", size=PHONE)
    tab = page.context.new_page()
    page.context.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="<p>Rain.</p>"))
    write_a_draft(tab)
    page.goto("/wall/")

    page.get_by_role("button", name="Leave quickly").click()

    tab.wait_for_url("https://www.bbc.co.uk/**")
    tab.goto("/")
    assert_nothing_is_kept(tab)


def test_s47_leaving_quickly_without_scripts_ends_the_session_before_the_page_is_another(
    opens: Opens,
):
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=False)
    left_at_the_end = []

    def away(route: object) -> None:
        left_at_the_end.append(Session.objects.filter(user=opens.cast.member.user).count())
        route.fulfill(body="<p>Rain.</p>")  # type: ignore[attr-defined]

    page.route("https://www.bbc.co.uk/**", away)
    page.get_by_role("button", name="Leave quickly").click()
    page.wait_for_url("https://www.bbc.co.uk/**")

    assert left_at_the_end == [0]
