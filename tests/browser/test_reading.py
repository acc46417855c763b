"""Reading the wall and a thread in a browser: by keyboard, with scripts and without."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from community.models import POSTS_PER_PAGE, REPLIES_PER_PAGE, Post, ReadingPlace, Reply, Topic
from community.operations import hide, mute_member, save_post
from community.topics import lay_topics
from tests.browser import axe, reflow
from tests.browser.conftest import PHONE, Opens
from tests.browser.keys import Keys
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory

SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
TARGET = 44


def faults(page: Page) -> list[str]:
    """At 320 px, which is 1280 px at 400 %, and what axe says."""
    found = reflow.faults(page, least=TARGET)
    return found + axe.faults(page, ways=axe.WAYS[:2])


def shown(page: Page) -> list[str]:
    """The addresses of the posts on a page, in order."""
    ids = page.locator("article[id^=post-]").evaluate_all("all => all.map((one) => one.id)")
    return [each.removeprefix("post-") for each in ids]


def furnish(cast: Cast) -> dict[str, list[Post]]:
    """Two pages of posts, a few of them about what the member came for."""
    lay_topics()
    topics = {topic.slug: topic for topic in Topic.objects.all()}
    cast.member.reasons = ["stress"]
    cast.member.save()
    author, now = MemberFactory(alias="Wombat"), timezone.now()
    ReadingPlace.objects.create(
        member=cast.member, here_at=now - timedelta(hours=5), before_at=now - timedelta(days=3)
    )
    old = [
        PostFactory(topic=topics["money"], author=author, at=now - timedelta(days=1, hours=number))
        for number in range(POSTS_PER_PAGE + 2)
    ]
    stress = PostFactory(topic=topics["stress"], author=author, at=now - timedelta(hours=1))
    mine = PostFactory(topic=topics["money"], author=cast.member, at=now - timedelta(days=2))
    Post.objects.filter(pk__in=[post.pk for post in old]).update(answered_at=now)
    save_post(post=old[3], member=cast.member, at=now)
    return {"old": old, "stress": [stress], "mine": [mine]}


@SCRIPTS
def test_the_wall_is_read_in_every_way_by_keyboard(opens: Opens, has_scripts: bool):
    posts = furnish(opens.cast)
    stress, mine = posts["stress"][0], posts["mine"][0]
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    keys = Keys(page)
    ways = page.get_by_role("navigation", name="Ways to read")
    assert len(shown(page)) == POSTS_PER_PAGE
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)
        page.goto("/wall/")

    keys.follow(page.get_by_role("link", name="Show more"))
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    on = shown(page)
    assert on[-1] == mine.public_id
    page.goto("/wall/")
    keys.follow(page.get_by_role("link", name="Go on where you were"))
    expect(page).to_have_url(re.compile(r"\?after="))
    assert shown(page) == on

    keys.follow(ways.get_by_role("link", name="For you"))
    expect(page.get_by_text("because of your reasons and goals: Stress.")).to_be_visible()
    assert shown(page) == [stress.public_id]
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)
        page.goto("/wall/for-you/")

    for name, expected in (
        ("Waiting for a reply", [stress.public_id]),
        ("New since your last visit", [stress.public_id]),
        ("My threads", [mine.public_id]),
        ("Stress", [stress.public_id]),
    ):
        keys.unfold(ways.get_by_text("More ways to read"))
        keys.follow(ways.get_by_role("link", name=name))
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert shown(page) == expected, name
        # Folded or not, the page says which of the ways it is.
        expect(ways.locator("[aria-current=page]")).to_have_text(name)
    keys.unfold(ways.get_by_text("More ways to read"))
    keys.follow(ways.get_by_role("link", name="What I saved"))
    expect(page.get_by_role("article")).to_have_count(1)

    page.goto("/wall/for-you/")
    keys.push(page.get_by_role("button", name="Turn “For you” off"))
    expect(page.get_by_role("heading", level=1)).to_have_text("The wall")
    expect(ways.get_by_role("link", name="For you", exact=True)).to_have_count(0)
    page.goto("/wall/for-you/")
    keys.push(page.get_by_role("button", name="Turn “For you” on"))
    expect(page.get_by_role("link", name="For you", exact=True)).to_be_visible()
    assert keys.faults == []


def answered(cast: Cast) -> tuple[Post, list[Reply]]:
    """A thread of two pages: answers to answers, a quote, and the place of one that is gone."""
    author = MemberFactory(alias="Numbat")
    post, now = PostFactory(author=author, body="One day at a time."), timezone.now()
    replies = [
        ReplyFactory(post=post, author=author, body=f"Answer {number}.",
                     at=now + timedelta(minutes=number))
        for number in range(REPLIES_PER_PAGE + 3)
    ]  # fmt: skip
    other, before = MemberFactory(alias="Quokka"), now - timedelta(hours=1)
    by_other = ReplyFactory(post=post, author=other, body="I hear you.", at=before)
    under = ReplyFactory(post=post, author=author, body="That helps.", at=before)
    Reply.objects.filter(pk=under.pk).update(
        under=by_other, quoted_reply=by_other, quote="I hear you."
    )
    gone = replies[1]
    below = ReplyFactory(post=post, author=author, body="Still here.", at=now + timedelta(days=1))
    Reply.objects.filter(pk=below.pk).update(under=gone)
    hide(writing=gone, by=cast.guide, reason="A name.", at=now)
    return post, replies


@SCRIPTS
def test_a_thread_is_read_and_answered_by_keyboard(opens: Opens, has_scripts: bool):
    post, replies = answered(opens.cast)
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    keys = Keys(page)
    keys.follow(page.get_by_role("link", name=re.compile(r"^Read \d+ replies")))

    first = page.locator(".replies > li")
    expect(first).to_have_count(REPLIES_PER_PAGE)
    expect(first.nth(0)).to_contain_text("I hear you.")
    expect(first.nth(1)).to_contain_text("to Quokka")
    expect(first.nth(1).locator("blockquote")).to_contain_text("I hear you.")
    expect(page.get_by_text("A reply that is no longer here.")).to_be_visible()
    assert "Answer 1." not in page.content()
    if has_scripts:
        assert faults(page) == []
        page.set_viewport_size(PHONE)
        page.goto(f"/wall/posts/{post.public_id}/")

    # Past fifty answers in two steps, and one back from there.
    keys.follow(page.get_by_role("link", name="Go to where you can reply"))
    more = page.get_by_role("link", name="Show more replies")
    assert keys.press("Shift+Tab", more.element_handle())["isThere"]
    page.keyboard.press("Enter")
    expect(page.locator(f"#reply-{replies[-1].public_id}")).to_be_visible()
    keys.follow(page.get_by_role("link", name="Show the first replies"))
    expect(first.nth(0)).to_contain_text("I hear you.")

    # A link to one answer leads to it, also where it lies on a later page.
    page.goto(f"/wall/replies/{replies[-1].public_id}/")
    expect(page.locator(f"#reply-{replies[-1].public_id}")).to_be_in_viewport()

    page.goto(f"/wall/posts/{post.public_id}/")
    keys.follow(page.get_by_role("link", name="Reply to Quokka"))
    expect(page.get_by_text("You are answering Quokka.")).to_be_visible()
    keys.fill(page.get_by_label("Write a reply"), "Thank you both.")
    keys.push(page.get_by_role("button", name="Reply", exact=True))
    expect(page.get_by_role("status").first).to_be_visible()
    mine = Reply.objects.get(body="Thank you both.")
    assert mine.under is not None
    page.goto(f"/wall/posts/{post.public_id}/")
    expect(first.nth(2)).to_contain_text("Thank you both.")
    expect(first.nth(2)).to_have_class("reply-under")
    assert keys.faults == []


@SCRIPTS
def test_what_a_reader_muted_is_folded_and_opened_by_keyboard(opens: Opens, has_scripts: bool):
    author = MemberFactory(alias="Wombat")
    PostFactory(author=author, body="Marmosets everywhere.")
    mute_member(muted=author, by=opens.cast.member, at=timezone.now())
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    keys = Keys(page)
    words = page.get_by_text("Marmosets everywhere.")
    expect(words).not_to_be_visible()

    keys.unfold(page.get_by_text("From someone you muted"))

    expect(words).to_be_visible()
    assert keys.faults == []
