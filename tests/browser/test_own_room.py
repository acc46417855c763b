"""The member's own room in a real browser, with scripts and without: choosing, muting, going."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Member
from community.models import Post
from tests.browser import axe, reflow
from tests.browser.conftest import PHONE, Opens
from tests.factories.accounts import PASSWORD, MemberFactory, UserFactory
from tests.factories.community import PostFactory, ReplyFactory

SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
def leaver(asgi_server: str) -> Member:
    return MemberFactory(user=UserFactory(), alias="Tansy Lamp")


def sign_in(page: Page, member: Member) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(member.user.address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@SCRIPTS
def test_leaving_and_undoing_it(opens: Opens, leaver: Member, has_scripts: bool):
    mine = PostFactory(author=leaver, body="Soup again today.")
    ReplyFactory(post=mine, body="I like soup.")
    page = opens(size=PHONE, java_script_enabled=has_scripts)
    sign_in(page, leaver)
    page.goto("/me/")
    page.get_by_role("link", name="Leave the wall").click()
    expect(page.get_by_role("heading", name="What is kept")).to_be_visible()
    page.get_by_label("I feel better now").check()
    page.get_by_label("I have read this, and I want to leave").check()
    page.get_by_role("button", name="Leave the wall").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You have left the wall")
    other = opens("member", f"/wall/posts/{mine.public_id}/", java_script_enabled=has_scripts)
    expect(other.get_by_text("A post its writer took away")).to_be_visible()
    expect(other.get_by_text("I like soup.")).to_be_visible()
    expect(other.get_by_text("Soup again today.")).to_have_count(0)

    sign_in(page, leaver)
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left the wall")
    expect(page.get_by_role("link", name="Call 116 123")).to_be_visible()
    page.goto("/wall/")
    page.get_by_role("button", name="Stay").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("The wall")
    expect(page.get_by_text("Soup again today.")).to_be_visible()
    assert Post.objects.get(pk=mine.pk).is_visible


@SCRIPTS
def test_choosing_colours_and_size(opens: Opens, has_scripts: bool):
    page = opens("member", "/me/", size=PHONE, java_script_enabled=has_scripts)
    before, size = background(page), page.evaluate("getComputedStyle(document.body).fontSize")
    page.get_by_role("link", name="Colours and size").click()
    page.get_by_label("Dark").check()
    page.get_by_label("Largest").check()
    page.get_by_role("button", name="Use this").click()

    expect(page.get_by_text("This is how it looks now.")).to_be_visible()
    expect(page.get_by_label("Dark")).to_be_checked()
    page.goto("/wall/")
    assert background(page) != before
    assert page.evaluate("getComputedStyle(document.body).fontSize") != size


@pytest.mark.parametrize("theme", ["light", "dark", "calm"])
def test_u04_u27_every_choice_can_be_read_and_needs_no_sideways_scroll(opens: Opens, theme: str):
    PostFactory(body="A quiet day, and nothing else to tell of it.")
    page = opens("member", "/me/appearance/", size=PHONE)
    page.locator(f'[name=theme][value="{theme}"]').check()
    page.get_by_label("Largest").check()
    page.get_by_role("button", name="Use this").click()
    found = []
    for address in ("/wall/", "/me/", "/me/appearance/"):
        page.goto(address)
        found += [f"{address} {each}" for each in axe.faults(page) + reflow.faults(page, least=44)]

    assert not found, "\n".join(found)


def test_calm_has_one_tone_and_nothing_moves(opens: Opens):
    PostFactory()
    page = opens("member", "/me/appearance/", size=PHONE)
    page.get_by_label("Calm").check()
    page.get_by_role("button", name="Use this").click()
    page.goto("/wall/")

    brick, surface = page.evaluate(
        """() => [
            getComputedStyle(document.querySelector(".brick")).backgroundColor,
            getComputedStyle(document.documentElement).getPropertyValue("--surface").trim(),
        ]"""
    )
    assert brick == "rgb(255, 255, 255)"
    assert surface == "#ffffff"


@SCRIPTS
def test_muting_a_person_from_their_brick_and_undoing_it(opens: Opens, has_scripts: bool):
    post = PostFactory(body="Words I would rather not meet.")
    page = opens(
        "member", f"/wall/posts/{post.public_id}/", size=PHONE, java_script_enabled=has_scripts
    )
    page.get_by_role("link", name=f"Mute {post.author.alias}").click()
    page.get_by_role("button", name="Mute").click()

    words = page.get_by_text("Words I would rather not meet.")
    expect(words).to_be_hidden()
    page.get_by_text("From someone you muted").click()
    expect(words).to_be_visible()

    page.goto("/me/muted/")
    page.get_by_role("button", name=f"Unmute {post.author.alias}").click()
    page.goto("/wall/")
    expect(words).to_be_visible()


@SCRIPTS
def test_taking_a_copy_of_everything(
    opens: Opens, leaver: Member, has_scripts: bool, tmp_path: Path
):
    PostFactory(author=leaver, body="Soup again today.")
    page = opens(size=PHONE, java_script_enabled=has_scripts, accept_downloads=True)
    sign_in(page, leaver)
    page.goto("/me/download/")
    with page.expect_download() as given:
        page.get_by_role("button", name="Download my copy").click()

    assert given.value.suggested_filename == "my-copy.zip"
    given.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "copy.zip").read_bytes())) as zipped:
        assert "Soup again today." in zipped.read("about-me.html").decode()
        assert json.loads(zipped.read("about-me.json"))["sections"]


@SCRIPTS
def test_a_break_is_taken_and_ended_with_one_tap(opens: Opens, has_scripts: bool):
    PostFactory(body="Something to read.")
    page = opens("member", "/me/break/", size=PHONE, java_script_enabled=has_scripts)
    page.get_by_label("Two weeks").check()
    page.get_by_role("button", name="Begin my break").click()
    page.goto("/wall/")

    expect(page.get_by_text("You are on a break until")).to_be_visible()
    expect(page.get_by_text("Something to read.")).to_be_visible()
    page.get_by_role("button", name="Come back now").click()
    expect(page.get_by_text("Welcome back. Take your time.")).to_be_visible()
    expect(page.get_by_text("You are on a break until")).to_have_count(0)
