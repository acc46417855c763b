"""Finding words, groups and content notes in a browser: by keyboard, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from community import search_words
from community.models import POSTS_PER_PAGE, Group, GroupMember, Post
from community.topics import lay_topics
from tests.browser import axe, reflow
from tests.browser.conftest import DESK, PHONE, Opens
from tests.browser.keys import Keys
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.groups import GroupFactory, ask_in, let_in, written_in

SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
TARGET = 44


def faults(page: Page) -> list[str]:
    """At 320 px, which is 1280 px at 400 %, and what axe says."""
    found = reflow.faults(page, least=TARGET)
    return found + axe.faults(page, ways=axe.WAYS[:2])


@SCRIPTS
def test_words_are_looked_for_and_found_by_keyboard(opens: Opens, has_scripts: bool):
    topic, author = TopicFactory(), MemberFactory()
    for number in range(POSTS_PER_PAGE):
        PostFactory(body=f"A lighthouse, number {number}.", topic=topic, author=author)
    reply = ReplyFactory(post=PostFactory(topic=topic), body="I would like to see that lighthouse.")
    for _ in range(search_words.WRITERS_AT_LEAST):
        PostFactory(body="So lonely here.", topic=topic)
    search_words.gather()
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    keys = Keys(page)

    keys.follow(page.get_by_role("link", name="Search"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    keys.fill(page.get_by_label("Words to look for"), "lighthouses")
    page.keyboard.press("Enter")

    found = page.get_by_role("article")
    expect(found).to_have_count(POSTS_PER_PAGE)
    assert "lighthouse" not in page.url, "no address tells what was looked for"
    expect(page).to_have_title("Search – The Wall")
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)
    keys.follow(page.get_by_role("link", name="Show more"))
    expect(page.get_by_role("heading", name="More of what we found")).to_be_visible()
    expect(found).to_have_count(1)
    page.go_back()
    expect(found).to_have_count(POSTS_PER_PAGE)
    keys.follow(page.get_by_role("link", name="Read it in its thread"))
    expect(page.locator(f"#reply-{reply.public_id}")).to_be_in_viewport()
    page.go_back()
    expect(found).to_have_count(POSTS_PER_PAGE)

    box = page.get_by_label("Words to look for")
    keys.go_to(box)
    page.keyboard.press("Control+A")
    page.keyboard.type("lonley")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing for “lonley”.")).to_be_visible()
    keys.push(page.get_by_role("button", name="Did you mean “lonely”?"))
    expect(found).to_have_count(search_words.WRITERS_AT_LEAST)

    keys.go_to(box)
    page.keyboard.press("Control+A")
    page.keyboard.type("-rain")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").or_(page.locator(".errorlist")).first).to_contain_text(
        "Write one word at least"
    )
    expect(box).to_have_value("-rain")
    if has_scripts:
        assert faults(page) == []
    assert keys.faults == []


@SCRIPTS
def test_a_group_is_opened_entered_written_in_and_left_by_keyboard(opens: Opens, has_scripts: bool):
    lay_topics()
    cast = opens.cast
    guide = opens("guide", "/desk/groups/", size=DESK, java_script_enabled=has_scripts)
    keys = Keys(guide)
    keys.fill(guide.get_by_label("Name of the group"), "Night owls")
    keys.fill(guide.get_by_label("What it is for, in a sentence"), "When you are awake.")
    keys.go_to(guide.get_by_label("Topic"))
    guide.keyboard.type("Lone")
    keys.push(guide.get_by_role("button", name="Open the group"))
    expect(guide.get_by_role("heading", level=1)).to_have_text("Night owls")
    keys.fill(guide.get_by_label("Alias of a member"), cast.member.alias)
    guide.keyboard.press("Enter")
    expect(guide.get_by_text("They say yes or no themselves")).to_be_visible()

    page = opens("member", "/me/", size=PHONE, java_script_enabled=has_scripts)
    keys = Keys(page)
    keys.follow(page.get_by_role("link", name="My groups"))
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)
    keys.push(page.get_by_role("button", name="Yes"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Night owls")
    keys.follow(page.get_by_role("main").get_by_role("link", name="Write something"))
    keys.fill(page.get_by_label("Your words"), "Awake again, with tea.")
    keys.push(page.get_by_role("button", name="Put it"))
    page.wait_for_url("**/wall/posts/**")
    assert Post.objects.get().group == Group.objects.get()

    page.goto("/wall/")
    expect(page.get_by_text("Awake again")).to_have_count(0)
    page.goto(f"/wall/groups/{Group.objects.get().public_id}/")
    expect(page.get_by_text("Awake again")).to_be_visible()
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)
        page.reload()
    keys.unfold(page.locator("summary", has_text="Leave this group"))
    keys.push(page.get_by_role("button", name="Leave the group"))
    expect(page.get_by_text("You are in no group.")).to_be_visible()
    assert GroupMember.objects.get().left_at
    assert keys.faults == []


@SCRIPTS
def test_a_note_is_put_on_and_words_wait_to_be_opened_by_keyboard(opens: Opens, has_scripts: bool):
    cast = opens.cast
    author = MemberFactory(locality=cast.leeds, alias="Fennel")
    post = PostFactory(author=author, body="The harbour was empty.")
    guide = opens(
        "guide", f"/desk/posts/{post.public_id}/acts/", size=DESK, java_script_enabled=has_scripts
    )
    keys = Keys(guide)
    fold = guide.locator("details", has_text="Put a note on it")
    keys.unfold(fold.locator("summary"))
    for field, choice in (
        ("What does the note say?", "Death and loss"),
        ("Which rule?", "Be kind"),
    ):
        box = fold.get_by_label(field)
        keys.go_to(box)
        guide.keyboard.type(choice)
    keys.go_to(fold.get_by_label("Why? The member reads this."))
    guide.keyboard.type("So that readers know.")
    keys.push(fold.get_by_role("button", name="Put the note on"))
    expect(guide.get_by_text("There is a note on it now.")).to_be_visible()

    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    keys, words = Keys(page), page.get_by_text("The harbour was empty.")
    fold = page.locator("summary", has_text="This is about: Death and loss")
    expect(words).to_be_hidden()
    keys.unfold(fold)
    expect(words).to_be_visible()
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)

    page.goto("/me/muted/")
    keys.go_to(page.get_by_label("Death and loss"))
    page.keyboard.press("Space")
    keys.push(page.get_by_role("button", name="Keep my choice"))
    expect(page.get_by_text("Your choice is kept.")).to_be_visible()
    expect(page.get_by_label("Death and loss")).to_be_checked()
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)
    page.goto("/wall/")
    expect(page.locator("summary", has_text="You muted this: Death and loss")).to_be_visible()
    expect(words).to_be_hidden()
    assert keys.faults == []


def test_the_desks_pages_on_groups_have_no_faults(opens: Opens):
    cast = opens.cast
    group = GroupFactory(name="Night owls and other late ones", by=cast.guide)
    friend = MemberFactory(locality=cast.leeds, alias="Bartholomew-the-Long-Winded-99")
    let_in(group, friend, cast.guide)
    ask_in(group, cast.member, cast.guide)
    ReplyFactory(post=written_in(group, friend, "Awake."), author=friend)
    page = opens("guide", f"/desk/groups/{group.public_id}/", size=DESK)

    assert faults(page) == []
    page.set_viewport_size(DESK)
    page.goto(f"/desk/groups/?member={cast.member.public_id}")
    assert faults(page) == []
