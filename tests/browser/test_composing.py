"""Writing, with scripts and without, and by the keyboard alone: from the first word to the last."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from community.models import Draft, Post, Reply, Support
from tests.browser import axe, reflow
from tests.browser.conftest import PHONE, Opens
from tests.browser.keys import Keys
from tests.browser.test_writing import eventually
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory

SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
NAMED = "so tired. My friend Anna says the same."


@pytest.fixture(autouse=True)
def topic(asgi_server: str) -> None:
    TopicFactory(name="Loneliness")


def faults(page: Page) -> list[str]:
    """By axe, and at 320 px: a screen of 1280 at 400 % has no more room than that."""
    found = axe.faults(page, ways=axe.WAYS[::3]) + reflow.faults(page, least=44)
    page.set_viewport_size(PHONE)
    return [f"{page.url}: {each}" for each in found]


@SCRIPTS
def test_u15_from_the_wall_to_the_wall_with_a_starter_and_a_second_thought(
    opens: Opens, has_scripts: bool
):
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Write").click()
    page.get_by_role("link", name="Right now I feel").click()
    box = page.get_by_label("Your words")
    expect(box).to_have_value("Right now I feel ")
    box.fill("Right now I feel " + NAMED)
    page.get_by_role("button", name="Put it on the wall").click()

    expect(page.get_by_role("heading", name="Before this goes up")).to_be_visible()
    expect(page.locator("mark")).to_have_text("Anna")
    expect(box).to_have_value("Right now I feel " + NAMED)
    page.get_by_role("link", name="Change it").click()
    box.fill("Right now I feel so tired. A friend says the same.")
    page.get_by_role("button", name="Put it on the wall").click()

    expect(page.get_by_role("status").first).to_contain_text("Your words are on the wall")
    assert Post.objects.get().body == "Right now I feel so tired. A friend says the same."
    assert not Draft.objects.exists()


@SCRIPTS
def test_s57_contact_details_go_to_a_guide_first_and_the_writer_is_told(
    opens: Opens, has_scripts: bool
):
    page = opens("member", "/wall/new/", size=PHONE, java_script_enabled=has_scripts)
    page.get_by_label("Your words").fill("Ring me on 07911 123456.")
    page.get_by_role("button", name="Put it on the wall").click()
    found = faults(page) if has_scripts else []
    page.get_by_role("button", name="Send it to a guide first").click()

    expect(page.get_by_role("status").first).to_contain_text("a wall guide, who reads them first")
    assert not Post.objects.get().is_visible
    assert not found, "\n".join(found)


@SCRIPTS
def test_what_is_saved_for_later_is_found_and_sent(opens: Opens, has_scripts: bool):
    page = opens("member", "/wall/new/", size=PHONE, java_script_enabled=has_scripts)
    page.get_by_label("Your words").fill("It was a long day.")
    page.get_by_role("button", name="Save for later").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What I have begun")

    page.goto("/me/")
    page.get_by_role("link", name="What I have begun").click()
    found = faults(page) if has_scripts else []
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_label("Your words")).to_have_value("It was a long day.")
    page.get_by_role("button", name="Put it on the wall").click()

    expect(page.get_by_role("status").first).to_contain_text("Your words are on the wall")
    assert not Draft.objects.exists()
    assert not found, "\n".join(found)


def test_u13_what_was_begun_on_one_phone_is_found_on_another(opens: Opens, cast: Cast):
    first = opens("member", "/wall/new/", size=PHONE)
    first.get_by_label("Your words").fill("I began this on the bus.")
    first.goto("/wall/")
    eventually(lambda: Draft.objects.filter(body="I began this on the bus.").exists())

    second = opens("member", "/wall/new/", size=PHONE)
    expect(second.get_by_label("Your words")).to_have_value("")
    second.get_by_role("link", name="Go on?").click()
    expect(second.get_by_label("Your words")).to_have_value("I began this on the bus.")
    assert not Post.objects.exists()


def test_what_is_thrown_away_does_not_come_back_in_the_same_tab(opens: Opens):
    page = opens("member", "/wall/new/", size=PHONE)
    page.get_by_label("Your words").fill("Better not.")
    page.get_by_role("button", name="Save for later").click()
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("It is gone.")).to_be_visible()

    page.goto("/wall/new/")
    expect(page.get_by_label("Your words")).to_have_value("")


@SCRIPTS
def test_a_thread_is_answered_quoted_changed_and_taken_back(
    opens: Opens, cast: Cast, has_scripts: bool
):
    post = PostFactory(author=MemberFactory(alias="Fennel"), body="It was a long day. I made soup.")
    page = opens(
        "member", f"/wall/posts/{post.public_id}/", size=PHONE, java_script_enabled=has_scripts
    )
    page.get_by_role("button", name="I hear you").first.click()
    expect(page.get_by_text("You said: I hear you")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("You said:")).to_have_count(0)

    page.get_by_role("link", name="Quote Fennel").click()
    page.get_by_label("What you quote").fill("I made soup.")
    page.get_by_label("Write a reply").fill("Soup helps.")
    found = faults(page) if has_scripts else []
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".reply blockquote")).to_contain_text("I made soup.")

    page.get_by_role("link", name="Change my words").click()
    page.get_by_label("Your words").fill("Soup helps me too.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".reply .words")).to_have_text("Soup helps me too.")
    page.get_by_role("link", name="Change my words").click()
    page.get_by_role("link", name="Take it off the wall").click()
    page.get_by_role("button", name="Take it off the wall").click()

    expect(page.get_by_text("It is off the wall.")).to_be_visible()
    expect(page.get_by_text("Soup helps me too.")).to_have_count(0)
    assert Reply.objects.get().deleted_at is not None
    assert not Support.objects.exists()
    assert not found, "\n".join(found)


def test_u02_writing_by_the_keyboard_alone(opens: Opens, cast: Cast):
    post = PostFactory(author=MemberFactory(alias="Fennel"), body="It was a long day.")
    page = opens("member", "/wall/new/", size=PHONE)
    keys = Keys(page)
    keys.follow(page.get_by_role("link", name="I keep thinking about"))
    page.keyboard.type("going. I want to kill myself tonight. I am Anna.")
    keys.push(page.get_by_role("button", name="Put it on the wall"))
    expect(page.get_by_role("heading", name="Before this goes up")).to_be_visible()
    keys.push(page.get_by_role("button", name="Post anyway"))
    expect(page.get_by_role("link", name="Call 116 123")).to_be_visible()
    found = faults(page)

    page.goto(f"/wall/posts/{post.public_id}/")
    keys.push(page.get_by_role("button", name="Sending strength").first)
    expect(page.get_by_text("You said: Sending strength")).to_be_visible()
    keys.follow(page.get_by_role("link", name="Quote Fennel"))
    keys.fill(page.get_by_label("Write a reply"), "Mine too.")
    keys.push(page.get_by_role("button", name="Reply", exact=True))
    expect(page.locator(".reply .words")).to_have_text("Mine too.")

    assert not keys.faults, "\n".join(keys.faults)
    assert not found, "\n".join(found)


def test_s39_an_outside_link_leads_to_a_warning_that_leads_back(opens: Opens):
    reply = ReplyFactory(body="Look: https://example.org/calm?a=1&b=2.")
    page = opens("member", f"/wall/posts/{reply.post.public_id}/", size=PHONE)
    page.get_by_role("link", name="https://example.org/calm").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You are leaving the wall")
    there = page.get_by_role("link", name="Go there")
    expect(there).to_have_attribute("href", "https://example.org/calm?a=1&b=2")
    expect(there).to_have_attribute("rel", "noreferrer noopener nofollow")
    found = faults(page)
    page.get_by_role("link", name="Stay on the wall").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The wall")
    assert not found, "\n".join(found)
