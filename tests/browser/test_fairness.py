"""Reporting, being decided about, asking again: member and guide, by keys and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from community.models import Act, Appeal, Matter, Post, Report
from tests.browser import axe, reflow
from tests.browser.conftest import PHONE, Opens
from tests.browser.keys import Keys
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory
from tests.factories.fairness import a_report

# 1280 points at 400 %: as wide as a phone of 320, and as flat as a quarter of a laptop's screen.
ZOOMED = {"width": 320, "height": 256}
SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
def theirs(asgi_server: str, cast: Cast) -> Post:
    author = MemberFactory(alias="Bramble", locality=cast.leeds)
    return PostFactory(author=author, body="Nobody wants you here. Ring me on 0000.")


def faults_of(page: Page) -> list[str]:
    """What axe, 320 points and a reader's own spacing find, and 400 % after them."""
    found = axe.faults(page) + reflow.faults(page, least=44)
    page.set_viewport_size(ZOOMED)
    return found + [f"400 %: {one}" for one in page.evaluate(reflow.SIDEWAYS)]


@SCRIPTS
def test_a_member_reports_by_keys_alone_and_reads_what_came_of_it(
    opens: Opens, cast: Cast, theirs: Post, has_scripts: bool
):
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    page.get_by_role("link", name="Report the post by Bramble").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tell a wall guide about this")
    page.get_by_label("It is unkind, or picks on someone").focus()
    page.keyboard.press("Space")
    page.get_by_label("Do you want to say more?").focus()
    page.keyboard.type("It made me cry.")
    page.get_by_role("button", name="Tell a wall guide").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody learns that it was you.")).to_be_visible()
    expect(page.get_by_text("Nobody wants you here.").first).to_be_visible()

    guide = opens("guide", "/desk/", java_script_enabled=has_scripts)
    guide.get_by_role("link", name="Reports", exact=True).first.click()
    guide.get_by_role("link", name="Nobody wants you here.").click()
    expect(guide.get_by_text("It made me cry.")).to_be_visible()
    guide.get_by_role("button", name="Take it", exact=True).click()
    guide.locator("summary", has_text="Take it off the wall").click()
    guide.locator("#hide-rule").select_option("kind")
    guide.locator("#hide-body").fill("Words like these hurt people who came for support.")
    guide.get_by_role("button", name="Take it off the wall").click()
    expect(guide.get_by_text("It is off the wall. Its author reads your reason.")).to_be_visible()
    guide.locator("summary", has_text="Close").last.click()
    guide.get_by_label("We read it and took it off the wall.").check()
    guide.get_by_role("button", name="Close the report").click()
    expect(guide.get_by_text("Those who reported it are told.")).to_be_visible()

    page.goto("/me/decisions/")
    expect(page.get_by_text("We read it and took it off the wall.")).to_be_visible()
    expect(page.get_by_text("Bramble")).to_have_count(0)
    assert Matter.objects.get().closed_by == cast.guide
    assert Report.objects.get().body == "It made me cry."


@SCRIPTS
def test_a_member_asks_again_and_a_second_guide_undoes_it(
    opens: Opens, cast: Cast, has_scripts: bool
):
    mine = PostFactory(author=cast.member, body="I am in bed 0000 all day.")
    guide = opens("guide", f"/desk/posts/{mine.public_id}/acts/", java_script_enabled=has_scripts)
    guide.locator("summary", has_text="Take out a detail").click()
    guide.get_by_label("Which words? Copy them exactly.").fill("0000")
    guide.locator("#take_out-rule").select_option("unknown")
    guide.locator("#take_out-body").fill("It looks like a phone number.")
    guide.get_by_role("button", name="Take it out", exact=True).click()
    expect(guide.get_by_text("readers see that something was taken out")).to_be_visible()

    page = opens("member", "/me/", size=PHONE, java_script_enabled=has_scripts)
    page.get_by_role("link", name="What was decided").click()
    expect(page.get_by_text("It looks like a phone number.")).to_be_visible()
    page.get_by_role("link", name="Read more").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("I am in bed 0000 all day.")).to_be_visible()
    page.get_by_label("What should the second guide know?").focus()
    page.keyboard.type("It is no number. It is how I feel.")
    page.get_by_role("button", name="Ask a second guide to look").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("It takes three days at most. We tell you then.")).to_be_visible()

    senior = opens("senior", "/desk/appeals/", java_script_enabled=has_scripts)
    senior.get_by_role("link", name="It is no number.").click()
    senior.get_by_label("It is undone, at once").check()
    senior.get_by_label("Why? The member reads this.").fill("You are right. Sorry about that.")
    senior.get_by_role("button", name="Answer").click()
    expect(senior.get_by_text("They are told.")).to_be_visible()

    page.goto("/me/decisions/")
    page.get_by_role("link", name="A second guide has answered").click()
    expect(page.get_by_text("You are right. Sorry about that.")).to_be_visible()
    mine.refresh_from_db()
    assert mine.body == "I am in bed 0000 all day."
    assert not Appeal.objects.get().is_upheld


def test_the_focus_is_seen_at_each_step_of_reporting(opens: Opens, theirs: Post):
    page = opens("member", f"/wall/posts/{theirs.public_id}/report/", size=PHONE)
    keys = Keys(page)
    keys.choose(page.get_by_label("Something else"))
    keys.fill(page.get_by_label("Do you want to say more?"), "It is odd.")
    keys.push(page.get_by_role("button", name="Tell a wall guide"))
    expect(page.get_by_text("Thank you for telling us.")).to_be_visible()

    assert not keys.faults, keys.faults


def test_a_guide_does_it_all_by_keys_and_sees_where_they_are(opens: Opens, theirs: Post):
    matter = a_report(of=theirs).matter
    page = opens("guide", f"/desk/reports/{matter.pk}/")
    keys = Keys(page)
    keys.unfold(page.locator("summary", has_text="Give a strike"))
    keys.go_to(page.locator("#strike-rule"))
    page.keyboard.type("Be kind")
    keys.fill(page.locator("#strike-body"), "It hurt somebody.")
    keys.push(page.get_by_role("button", name="Give the strike"))
    expect(page.get_by_text("The strike is given.")).to_be_visible()

    assert Act.objects.get().kind == "strike"
    assert Act.objects.get().rule == "kind"
    assert not keys.faults, keys.faults


def test_u01_u04_u05_nothing_is_wrong_with_the_members_pages_at_320_and_400_percent(
    opens: Opens, cast: Cast, theirs: Post
):
    a_report(of=theirs, by=cast.member, body="It made me cry.")
    page = opens("member", size=PHONE)
    found = []
    for address in (f"/wall/posts/{theirs.public_id}/report/", "/me/decisions/", "/wall/rules/"):
        page.goto(address)
        found += [f"{address} {each}" for each in faults_of(page)]

    assert not found, "\n".join(found)
