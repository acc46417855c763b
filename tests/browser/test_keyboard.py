"""U02: the keyboard alone does everything; the focus is always seen and never covered (2.4.11)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from escalation.models import Case
from risk.enums import AlertOutcome, Urgency
from risk.models import Alert
from tests.browser.conftest import DESK, PHONE, Opens
from tests.browser.keys import Keys
from tests.browser.town import Town, town  # noqa: F401 -- a fixture
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.factories.community import PostFactory, TopicFactory
from tests.factories.escalation import operators_own
from tests.factories.risk import AlertFactory

SMALL_LAPTOP = {"width": 1280, "height": 660}


def test_u02_a_member_signs_in_reads_replies_posts_and_leaves(opens: Opens, cast: Cast):
    TopicFactory(name="Money")
    post = PostFactory(topic=TopicFactory(name="Loneliness"), body="A quiet day.")
    page = opens(path="/", size=PHONE)
    keys = Keys(page)

    keys.follow(page.get_by_role("link", name="Sign in"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    keys.fill(page.get_by_label("E-mail"), cast.member.user.address)
    keys.fill(page.get_by_label("Password"), PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("The wall")
    keys.follow(page.get_by_role("link", name="Be the first to reply"))
    expect(page.locator(".words")).to_have_text("A quiet day.")
    keys.fill(page.get_by_label("Write a reply"), "I hear you.")
    keys.push(page.get_by_role("button", name="Reply"))
    expect(page.locator(".reply")).to_contain_text("I hear you.")

    keys.follow(page.get_by_role("navigation", name="Main").get_by_role("link", name="Write"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Write something")
    keys.choose(page.get_by_label("Loneliness"))
    keys.fill(page.get_by_label("Your words"), "It was a long day.")
    keys.push(page.get_by_role("button", name="Put it on the wall"))
    expect(page.locator(".words")).to_have_text("It was a long day.")

    # Asked for, whether by the script or by the form itself; no test reaches the weather.
    with page.expect_request("https://www.bbc.co.uk/weather"):
        keys.push(page.get_by_role("button", name="Leave quickly"))
    assert not keys.faults, "\n".join(keys.faults)
    assert post.replies.get().author == cast.member


def test_u02_a_guide_takes_replies_asks_opens_a_case_records_and_closes(opens: Opens, cast: Cast):
    operators_own()
    unsure = AlertFactory(author=cast.member, urgency=Urgency.AMBER)
    page = opens("guide", "/desk/", size=DESK)
    keys = Keys(page)

    keys.follow(page.locator(f"#alert-{unsure.pk} a"))
    keys.push(page.get_by_role("button", name="Take it"))
    expect(page.get_by_text("You have this alert.")).to_be_visible()
    keys.fill(page.get_by_label("Your reply, on the wall"), "I am here.")
    keys.push(page.get_by_role("button", name="Reply", exact=True))
    expect(page.get_by_text("Your reply is on the wall.")).to_be_visible()
    keys.unfold(page.locator("summary").filter(has_text="I'm not sure"))
    keys.fill(page.get_by_label("What are you not sure of?"), "Is this a goodbye?")
    keys.push(page.get_by_role("button", name="Ask a senior"))
    expect(page.get_by_text("Waiting for a senior wall guide")).to_be_visible()

    plain = AlertFactory(author=cast.member, urgency=Urgency.CRISIS)
    expect(page.locator(f"#alert-{plain.pk}")).to_be_visible()
    keys.push(page.get_by_role("button", name="Take the most urgent"))
    expect(page).to_have_url(f"{opens.address}/desk/alerts/{plain.pk}/")
    keys.unfold(page.locator("summary").filter(has_text="Open a case"))
    keys.fill(page.get_by_label("What worries you?"), "Says tonight.")
    keys.push(page.get_by_role("button", name="Open a case"))

    expect(page.get_by_role("heading", level=1)).to_contain_text("Case")
    step = page.locator(".step-next")
    keys.choose(step.get_by_label("No answer"))
    keys.fill(step.get_by_role("textbox", name="Note"), "Rang twice.")
    keys.push(step.get_by_role("button", name="Record this step"))
    expect(page.get_by_text("Every step has been taken.")).to_be_visible()
    keys.choose(page.get_by_label("Contact lost; protocol exhausted"))
    keys.fill(page.get_by_role("textbox", name="Your note"), "Nobody answers.")
    keys.push(page.get_by_role("button", name="Close the case"))
    expect(page.get_by_text("Contact lost; protocol exhausted. Nobody answers.")).to_be_visible()

    last = AlertFactory(author=cast.member, urgency=Urgency.CRISIS)
    keys.follow(page.get_by_role("navigation", name="Desk").get_by_role("link", name="Queue"))
    keys.follow(page.locator(f"#alert-{last.pk} a"))
    keys.unfold(page.locator("summary").filter(has_text="Close"))
    keys.choose(page.get_by_label("Read; nothing to worry about"))
    closing = page.locator("form").filter(has=page.get_by_role("button", name="Close the alert"))
    keys.choose(closing.get_by_label("In its turn, like anything else"))
    keys.fill(page.get_by_role("textbox", name="Your note"), "A song.")
    keys.push(page.get_by_role("button", name="Close the alert"))
    expect(page.get_by_text("Closed. Take a breath")).to_be_visible()

    assert not keys.faults, "\n".join(keys.faults)
    assert Case.objects.get().closed_by == cast.guide
    assert Alert.objects.get(pk=unsure.pk).senior_question == "Is this a goodbye?"
    assert Alert.objects.get(pk=last.pk).outcome == AlertOutcome.NOT_A_WORRY


@pytest.mark.parametrize("size", [PHONE, SMALL_LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("role", ["member", "guide"])
def test_u02_there_and_back_the_focus_is_seen_at_every_stop(
    opens: Opens,
    town: Town,  # noqa: F811
    role: str,
    size: dict[str, int],
):
    page = opens(role, size=size)
    paths = {
        "member": [f"/wall/posts/{town.post.public_id}/", "/wall/new/"],
        "guide": [f"/desk/alerts/{town.mine.pk}/", f"/desk/cases/{town.case.pk}/"],
    }
    keys = Keys(page)
    for path in paths[role]:
        page.goto(path)
        there = keys.walk("Tab")
        back = keys.walk("Shift+Tab")
        assert set(there) == set(back), path

    assert not keys.faults, "\n".join(keys.faults)


def test_a_focus_that_cannot_be_seen_would_be_found(opens: Opens):
    page: Page = opens(path="/", size=PHONE)
    page.evaluate("document.querySelector('.help-link').style.outline = 'none'")
    page.evaluate(
        "document.querySelector('main .button').style.cssText = 'position: fixed; top: 0'"
    )
    buried = page.locator("main .button").first.inner_text()
    keys = Keys(page)
    keys.walk("Tab")

    kinds = " ".join(keys.faults)
    assert "Need help now”: no outline" in kinds
    assert f"{buried}”: covered by" in kinds
