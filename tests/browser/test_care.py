"""
Being asked, having had enough, and slowing a thread: by keyboard alone, with scripts and without.

On each page nothing for axe to say, and no sideways scroll at 320 px or at 400 % zoom.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from community import clock
from community.models import HandOver, HelpInvitation, HelpOffer, LoadCheck, Post
from escalation import themes
from tests.browser import axe, reflow
from tests.browser.conftest import DESK, PHONE, Opens
from tests.browser.keys import Keys
from tests.cast import Cast
from tests.escalation.test_themes import met
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory

SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
# 1280 by 900 at 400 %.
ZOOMED = {"width": 320, "height": 225}
NARROW = (axe.WAYS[0], axe.WAYS[3])


class Looks:
    """Remembers whatever is wrong with a page, and goes on."""

    def __init__(self, page: Page, *, least: int, has_scripts: bool) -> None:
        self.page, self.least, self.has_scripts = page, least, has_scripts
        self.size = page.viewport_size
        self.faults: list[str] = []

    def look(self) -> None:
        self.page.set_viewport_size(ZOOMED)
        found = [f"zoomed, sideways: {one}" for one in self.page.evaluate(reflow.SIDEWAYS)]
        if self.has_scripts:
            # axe is a script too; the page without scripts is the same page.
            found += axe.faults(self.page, ways=NARROW)
            found += reflow.faults(self.page, least=self.least)
            self.page.reload()
        self.faults += [f"{self.page.url}: {one}" for one in found]
        assert self.size is not None
        self.page.set_viewport_size(self.size)


@SCRIPTS
def test_a_member_is_asked_says_not_now_and_hands_over(opens: Opens, cast: Cast, has_scripts: bool):
    thread = PostFactory(author=MemberFactory(alias="Cowslip", locality=cast.leeds))
    ReplyFactory(post=thread, author=cast.member)
    waiting = PostFactory(author=MemberFactory(alias="Lapwing", locality=cast.leeds))
    HelpInvitation.objects.create(post=waiting, member=cast.member, invited_at=timezone.now())
    LoadCheck.objects.create(member=cast.member, signs=["many"], asked_at=timezone.now())
    page = opens("member", "/me/", size=PHONE, java_script_enabled=has_scripts)
    keys, looks = Keys(page), Looks(page, least=44, has_scripts=has_scripts)

    # I would like to be asked.
    keys.follow(page.get_by_role("link", name="Being asked to help"))
    page.wait_for_url("**/me/helping/")
    looks.look()
    keys.push(page.get_by_label("I would like to be asked when somebody waits"))
    keys.push(page.get_by_role("button", name="Keep this"))
    expect(page.get_by_text("Thank you. We ask you now and then, never often.")).to_be_visible()
    assert HelpOffer.objects.get().member == cast.member

    # Somebody waits, and I have no room for it.
    keys.follow(page.get_by_role("link", name="Lapwing"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody waits for a first reply")
    looks.look()
    keys.push(page.get_by_role("button", name="Not now"))
    expect(page.get_by_text("That is fine. Somebody else looks after it.")).to_be_visible()
    assert HelpInvitation.objects.get().declined_at is not None

    # How is it for me? One thread is too much.
    page.goto("/me/load/")
    looks.look()
    keys.push(page.get_by_role("button", name="Hand over Cowslip’s thread"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. A guide has it now")
    looks.look()
    keys.fill(page.get_by_label("What was too much?"), "It is like my own story.")
    keys.push(page.get_by_role("button", name="Tell the guides"))
    expect(page.get_by_text("Thank you. The guides read your words.")).to_be_visible()
    assert HandOver.objects.get().words == "It is like my own story."

    # The same from the thread itself.
    page.goto(reverse("community:thread", args=[thread.public_id]))
    keys.push(page.get_by_role("button", name="I can’t carry this"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. A guide has it now")
    assert not keys.faults + looks.faults, "\n".join(keys.faults + looks.faults)


@SCRIPTS
def test_a_guide_answers_who_waits_and_slows_a_thread(opens: Opens, cast: Cast, has_scripts: bool):
    now = timezone.now()
    waiting = PostFactory(
        author=MemberFactory(alias="Lapwing", locality=cast.leeds), body="Is anybody there?",
        at=now - timedelta(minutes=25),
    )  # fmt: skip
    clock.apply_due(now=now)
    carrier = MemberFactory(alias="Bracken", locality=cast.leeds)
    LoadCheck.objects.create(member=carrier, signs=["at_night"], asked_at=now)
    spreading = [met(cast, now - timedelta(minutes=each)) for each in (50, 40, 30, 20)]
    themes.watch(now=now)
    page = opens("guide", "/desk/", size=DESK, java_script_enabled=has_scripts)
    keys, looks = Keys(page), Looks(page, least=32, has_scripts=has_scripts)

    # Somebody waits.
    keys.follow(page.get_by_role("link", name="Waiting for a first answer"))
    expect(page.get_by_role("heading", level=1)).to_have_text("First answers")
    looks.look()
    keys.push(page.get_by_role("button", name="I see to it for Lapwing"))
    expect(page.get_by_text("You see to this one.")).to_be_visible()
    keys.fill(page.locator("textarea"), "I am here. Tell me more.")
    keys.push(page.get_by_role("button", name="Answer Lapwing"))
    expect(page.get_by_text("Nobody waits. Everybody who wrote has an answer.")).to_be_visible()
    assert waiting.replies.get().body == "I am here. Tell me more."

    # Somebody carries a lot.
    keys.follow(page.get_by_role("link", name="Peers", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Peers who carry a lot")
    looks.look()
    keys.choose(page.get_by_label("Watching"))
    keys.push(page.get_by_role("button", name="Write it down about Bracken"))
    expect(page.get_by_text("It is written down.")).to_be_visible()
    assert LoadCheck.objects.get().act == "watching"

    # A theme rises; the guide looks, and slows one of its threads.
    keys.follow(page.get_by_role("link", name="Themes", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Themes")
    looks.look()
    keys.follow(page.get_by_role("link", name="Suicide", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Suicide")
    looks.look()
    first: Post = spreading[0]
    assert first.author is not None
    keys.follow(page.get_by_role("link", name=f"The thread of {first.author.alias}"))
    expect(page.get_by_role("heading", name="Slow it")).to_be_visible()
    looks.look()
    slow = page.locator("section", has=page.get_by_role("heading", name="Slow it"))
    keys.fill(slow.get_by_label("Why?"), "Many at once.")
    keys.push(slow.get_by_role("button", name="Slow it"))
    expect(page.get_by_text("The thread is slow now. Its readers are told.")).to_be_visible()

    member = opens(
        "member", reverse("community:thread", args=[first.public_id]), size=PHONE,
        java_script_enabled=has_scripts,
    )  # fmt: skip
    line = "A guide has slowed this thread so that everybody can breathe."
    expect(member.get_by_text(line)).to_be_visible()
    assert not keys.faults + looks.faults, "\n".join(keys.faults + looks.faults)
