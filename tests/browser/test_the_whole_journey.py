"""
The one way through the house, by hand: a member's phone, a guide's desk, and a real worker.

Nothing is called behind the browser's back. The same steps are taken with JavaScript and
without (U07).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from community.models import Post
from escalation.enums import CaseOutcome, StepOutcome, When
from escalation.models import Case, Protocol
from risk.enums import AlertOutcome
from risk.models import Alert
from tests.browser.conftest import DESK, PHONE, Opens
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.factories.community import TopicFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.sign_ins import code_now, give_app

pytestmark = pytest.mark.usefixtures("worker")

WORDS = "I want to kill myself tonight. Nobody would notice."
BY_DAY, BY_NIGHT, ALWAYS = "Campus duty team", "Night crisis team", "Named clinician"


def a_protocol(cast: Cast, *, open_now: bool) -> Protocol:
    """
    Office hours around this moment on the locality's own clock, or around one six hours on.

    The clock stands twelve or thirteen hours from ours: reading the hours in the wrong zone
    would show the other contact.
    """
    cast.leeds.time_zone = "Pacific/Auckland"
    cast.leeds.save()
    middle = timezone.now().astimezone(cast.leeds.zone) + timedelta(hours=0 if open_now else 6)
    return AgreedProtocolFactory(
        locality=cast.leeds,
        office_hours=f"Mon-Sun {clock(middle, -2)}-{clock(middle, 2)}",
        steps=[
            {"contact": BY_DAY, "when": When.IN_HOURS, "contact_details": "01632 960111"},
            {"contact": BY_NIGHT, "when": When.OUT_OF_HOURS, "contact_details": "01632 960222"},
            {"contact": ALWAYS, "when": When.ANY_TIME, "contact_details": "01632 960333"},
        ],
    )


def clock(moment: datetime, hours: int) -> str:
    return f"{moment + timedelta(hours=hours):%H:%M}"


@pytest.mark.parametrize(("open_now", "contact"), [(True, BY_DAY), (False, BY_NIGHT)])
def test_a_post_from_a_phone_reaches_an_open_desk_and_is_followed_to_the_end(
    opens: Opens, cast: Cast, open_now: bool, contact: str
):
    TopicFactory(name="Loneliness")
    a_protocol(cast, open_now=open_now)
    desk = opens("guide", "/desk/", size=DESK)
    expect(desk.locator("[data-live-state]")).to_have_text("Live")
    expect(desk.locator("#queue")).to_contain_text("Nothing waits")
    journeys: list[str] = []
    desk.on("framenavigated", lambda frame: journeys.append(frame.url))

    phone = opens(size=PHONE)
    sign_in(phone, cast.member.user.address)
    post_from(phone, WORDS)

    row = desk.locator("#queue .queue-row").filter(has_text=cast.member.alias)
    expect(row).to_be_visible()
    assert journeys == [], "the desk must show it by itself"
    expect(desk.locator("[data-live-state]")).to_have_text("Live")

    follow(desk, row, phone, contact=contact)
    assert_followed(cast, contact=contact)


def test_u07_the_same_way_through_is_open_without_javascript(opens: Opens, cast: Cast):
    TopicFactory(name="Loneliness")
    a_protocol(cast, open_now=False)

    phone = opens(size=PHONE, java_script_enabled=False)
    sign_in(phone, cast.member.user.address)
    post_from(phone, WORDS)

    desk = opens(size=DESK, java_script_enabled=False)
    give_app(cast.guide.user)
    sign_in(desk, cast.guide.user.address)
    desk.get_by_label("Your code").fill(code_now())
    desk.get_by_role("button", name="Go on").click()
    expect(desk.locator("[data-live-state]")).to_contain_text("Not updating by itself")
    row = desk.locator("#queue .queue-row").filter(has_text=cast.member.alias)
    until = time.monotonic() + 20
    while not row.count() and time.monotonic() < until:
        desk.reload()

    follow(desk, row, phone, contact=BY_NIGHT)
    assert_followed(cast, contact=BY_NIGHT)

    phone.get_by_role("link", name="Sign out").click()
    phone.get_by_role("button", name="Sign out").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("nobody stands alone")


def sign_in(page: Page, email: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def post_from(phone: Page, words: str) -> None:
    expect(phone.get_by_role("heading", level=1)).to_have_text("The wall")
    phone.get_by_role("link", name="Write something").first.click()
    phone.get_by_label("Loneliness").check()
    phone.get_by_label("Your words").fill(words)
    phone.get_by_role("button", name="Put it on the wall").click()
    expect(phone.get_by_role("status").first).to_contain_text("Your words are on the wall")
    expect(phone.locator(".words")).to_have_text(words)


def follow(desk: Page, row: Locator, phone: Page, *, contact: str) -> None:
    """From the queue to a closed case, as a guide does it."""
    expect(row).to_contain_text("Crisis")
    row.click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Crisis")
    marked = desk.locator(".evidence-text mark").first
    expect(marked).to_contain_text("kill myself")
    expect(desk.get_by_role("list", name="Why these words")).to_contain_text("kill myself")
    desk.get_by_role("button", name="Take it").click()
    expect(desk.get_by_text("You have this alert.")).to_be_visible()

    desk.get_by_label("Your reply, on the wall").fill("Thank you for saying it. I am here.")
    desk.get_by_role("button", name="Reply", exact=True).click()
    expect(desk.get_by_role("status").filter(has_text="on the wall")).to_be_visible()
    phone.reload()
    answer = phone.locator(".reply-guide")
    expect(answer).to_contain_text("Guide Leeds")
    expect(answer).to_contain_text("Thank you for saying it. I am here.")

    desk.get_by_role("heading", name="Open a case").click()
    desk.get_by_label("What worries you?").fill("Says it plainly, and says tonight.")
    desk.get_by_role("button", name="Open a case").click()

    expect(desk.get_by_role("heading", level=1)).to_contain_text("Case")
    first = desk.locator(".step-next")
    expect(first).to_contain_text(contact)
    expect(desk.locator(".checklist")).not_to_contain_text(
        BY_NIGHT if contact == BY_DAY else BY_DAY
    )
    record(first, "Reached the contact", "They will ring within the hour.")
    second = desk.locator(".step-next")
    expect(second).to_contain_text(ALWAYS)
    record(second, "Done", "")

    expect(desk.get_by_text("Every step has been taken.")).to_be_visible()
    desk.get_by_label("Handed over to a local service").check()
    desk.get_by_role("textbox", name="Your note").fill("The team has them now.")
    desk.get_by_role("button", name="Close the case").click()
    expect(
        desk.get_by_text("Handed over to a local service. The team has them now.")
    ).to_be_visible()
    expect(desk.locator(".step-done")).to_have_count(2)


def record(step: Locator, outcome: str, note: str) -> None:
    step.get_by_label(outcome).check()
    step.get_by_role("textbox", name="Note").fill(note)
    step.get_by_role("button", name="Record this step").click()


def assert_followed(cast: Cast, *, contact: str) -> None:
    """What the browser showed is what was kept."""
    post = Post.objects.get()
    assert post.author == cast.member
    alert = Alert.objects.get()
    assert alert.subject == post
    assert alert.acknowledged_by == cast.guide
    assert alert.outcome == AlertOutcome.CASE_OPENED
    case = Case.objects.get()
    taken = [(step.step.contact, step.outcome, step.done_by) for step in case.steps.order_by("pk")]
    assert taken == [
        (contact, StepOutcome.REACHED, cast.guide),
        (ALWAYS, StepOutcome.DONE, cast.guide),
    ]
    assert case.outcome == CaseOutcome.HANDED_OVER
    assert case.closed_by == cast.guide
    assert post.replies.get().guide == cast.guide
