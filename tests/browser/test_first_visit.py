"""Understood consent and the first visit: with and without JavaScript, by keyboard, on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.enums import Reason
from accounts.models import Member, TeachBackCount
from community.models import Post, Topic
from community.topics import lay_topics
from measures.models import Goal
from tests.browser import axe, reflow
from tests.browser.conftest import PHONE, Opens
from tests.browser.keys import Keys
from tests.cast import Cast
from tests.factories.community import PostFactory
from tests.factories.risk import screened
from tests.factories.ways_in import WayInFactory

# In pixels: what a thumb finds (U05).
OF_MEMBERS = 44
SMALL = {"width": 320, "height": 640}
both_ways = pytest.mark.parametrize("scripts", [True, False], ids=["js", "no js"])


@pytest.fixture
def rent(cast: Cast) -> Post:
    """Something about money that a newcomer could answer."""
    lay_topics()
    post = PostFactory(topic=Topic.objects.get(slug="money"), body="The rent went up.")
    screened(post=post, at=timezone.now())
    return post


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def member(cast: Cast) -> Member:
    return Member.objects.get(pk=cast.member.pk)


def behind(cast: Cast) -> None:
    Member.objects.filter(pk=cast.member.pk).update(consented_version=0)


@both_ways
def test_a_first_visit_ends_at_a_reply_box(opens: Opens, cast: Cast, rent: Post, scripts: bool):
    page = opens("member", "/arriving/", size=PHONE, java_script_enabled=scripts)
    heading(page, "You are in")
    page.get_by_role("link", name="Tell us a little").click()

    page.get_by_label("Money").check()
    page.get_by_label("I feel alone").check()
    page.get_by_role("button", name="Save").click()

    heading(page, "What do you want for yourself?")
    first = page.get_by_role("group", name="Number 1")
    first.get_by_label("In your own words").fill("Sleep through")
    first.get_by_label("How near are you to it?").select_option("3")
    page.get_by_role("button", name="Save").click()

    heading(page, "Are you on a waiting list?")
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Save").click()

    heading(page, "Here is the wall")
    expect(page.get_by_text("You can just read.")).to_be_visible()
    expect(page.get_by_text(cast.guide.name)).to_be_visible()
    expect(page.locator(".brick .words")).to_have_text("The rent went up.")
    page.get_by_role("link", name="Be the first to reply").click()
    page.get_by_label("Write a reply").fill("Ours too. It is hard.")
    page.get_by_role("button", name="Reply").click()
    expect(page.locator(".reply")).to_contain_text("Ours too.")

    came = member(cast)
    assert came.reasons == [Reason.LONELY, Reason.MONEY]
    assert came.on_waiting_list is True
    goal = Goal.objects.get()
    assert (goal.words, goal.score, goal.author) == ("Sleep through", 3, cast.member)


@both_ways
def test_every_step_can_be_skipped_and_found_again(opens: Opens, cast: Cast, scripts: bool):
    page = opens("member", "/arriving/reasons/", size=PHONE, java_script_enabled=scripts)
    for words in (
        "What brings you here?", "What do you want for yourself?", "Are you on a waiting list?",
    ):  # fmt: skip
        heading(page, words)
        page.get_by_role("link", name="Skip this").click()
    heading(page, "Here is the wall")
    page.get_by_role("link", name="Write something").click()
    heading(page, "Write something")

    for name in ("My goals", "What brings me here", "Waiting list"):
        page.goto("/me/")
        page.get_by_role("link", name=name).click()
        page.get_by_role("button", name="Save").click()
        expect(page).to_have_url(f"{opens.address}/me/")


@both_ways
def test_consent_explains_what_was_missed_and_goes_on_to_where_they_were(
    opens: Opens, cast: Cast, rent: Post, scripts: bool
):
    behind(cast)
    page = opens(
        "member", f"/wall/posts/{rent.public_id}/", size=PHONE, java_script_enabled=scripts
    )
    heading(page, "Who can know it is you")
    page.get_by_label("Other members", exact=True).check()
    page.get_by_label("When they fear that a life is at risk").check()
    page.get_by_role("button", name="I have read this").click()

    expect(page.get_by_text("Some of this is easy to miss.")).to_be_visible()
    expect(page.get_by_role("heading", name="who here can see your real name")).to_be_visible()
    expect(page.get_by_role("heading", name="When can someone look up")).to_have_count(0)
    page.get_by_role("button", name="I see. Go on").click()

    expect(page.locator(".words")).to_have_text("The rent went up.")
    assert TeachBackCount.objects.count() == 3


@both_ways
def test_what_was_being_written_when_the_words_changed_goes_on_its_way(
    opens: Opens, cast: Cast, rent: Post, scripts: bool
):
    page = opens("member", "/wall/new/", size=PHONE, java_script_enabled=scripts)
    page.get_by_label("Your words").fill("It was a long night.\n\nI am tired.")
    page.get_by_label("Money").check()
    behind(cast)
    page.get_by_role("button", name="Put it on the wall").click()

    heading(page, "Your words are safe")
    page.get_by_role("button", name="Read what has changed").click()
    expect(page.get_by_label("Your words are safe.")).to_have_value(
        "It was a long night.\n\nI am tired."
    )
    page.get_by_role("button", name="I have read this").click()
    page.get_by_role("button", name="I see. Go on").click()
    heading(page, "Thank you")
    page.get_by_role("button", name="Send").click()

    expect(page.locator(".words")).to_contain_text("It was a long night.")
    assert Post.objects.get(author=cast.member).topic.slug == "money"


@both_ways
def test_another_name_and_other_pictures_leave_the_rest_as_it_was(
    opens: Opens, cast: Cast, scripts: bool
):
    page = at_the_account(opens, cast, java_script_enabled=scripts)
    page.get_by_label("E-mail").fill("wren@post.example.org")
    box = page.get_by_label("The name you go by here")
    before = box.input_value()
    assert len(before.split()) == 2

    page.get_by_role("button", name="Show me another name").click()
    expect(box).not_to_have_value(before)
    expect(page.get_by_label("E-mail")).to_have_value("wren@post.example.org")

    name, face = box.input_value(), page.locator("input[name=avatar]").first.get_attribute("value")
    page.get_by_role("button", name="Show me twelve others").click()
    expect(page.locator("input[name=avatar]").first).not_to_have_value(face or "")
    expect(page.locator("input[name=avatar]")).to_have_count(12)
    expect(box).to_have_value(name)
    expect(page.get_by_label("E-mail")).to_have_value("wren@post.example.org")


def test_enter_in_a_box_sends_the_form_and_asks_for_no_other_name(opens: Opens, cast: Cast):
    page = at_the_account(opens, cast, java_script_enabled=False)
    box = page.get_by_label("The name you go by here")
    box.fill("wren@home")
    box.press("Enter")

    expect(page.locator("#alias-error")).to_be_visible()
    expect(box).to_have_value("wren@home")


def at_the_account(opens: Opens, cast: Cast, **more: Any) -> Page:
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    page = opens(path="/join/", size=PHONE, **more)
    page.get_by_label("Your access code").fill("GARDEN22")
    page.get_by_role("button", name="Use this code").click()
    heading(page, "Who can know it is you")
    page.get_by_role("button", name="I have read this").click()
    page.get_by_role("button", name="I see. Go on").click()
    return page


def test_u02_the_keyboard_alone_goes_all_the_way(opens: Opens, cast: Cast, rent: Post):
    behind(cast)
    page = opens("member", "/arriving/", size=SMALL)
    keys = Keys(page)
    keys.choose(page.get_by_label("Nobody", exact=True))
    keys.push(page.get_by_role("button", name="I have read this"))
    keys.push(page.get_by_role("button", name="I see. Go on"))
    heading(page, "You are in")
    keys.follow(page.get_by_role("link", name="Tell us a little"))
    keys.push(page.get_by_label("Money"))
    keys.push(page.get_by_role("button", name="Save"))
    keys.fill(page.get_by_label("In your own words").first, "Walk each day")
    keys.push(page.get_by_role("button", name="Save"))
    keys.follow(page.get_by_role("link", name="Skip this"))
    heading(page, "Here is the wall")
    keys.follow(page.get_by_role("link", name="Be the first to reply"))
    expect(page.get_by_label("Write a reply")).to_be_visible()

    assert not keys.faults, "\n".join(keys.faults)
    assert member(cast).reasons == [Reason.MONEY]
    assert Goal.objects.get().words == "Walk each day"


def test_u01_u04_u05_nothing_is_wrong_with_the_words_before_an_account(opens: Opens, cast: Cast):
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    page = opens(path="/join/")
    page.get_by_label("Your access code").fill("GARDEN22")
    page.get_by_role("button", name="Use this code").click()
    heading(page, "Who can know it is you")
    found = axe.faults(page) + reflow.faults(page, least=OF_MEMBERS)
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_text("Some of this is easy to miss.")).to_be_visible()
    page.get_by_text("Read all of it again").click()
    found += axe.faults(page) + reflow.faults(page, least=OF_MEMBERS)

    assert not found, "\n".join(found)
