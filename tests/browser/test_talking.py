"""
A member and a guide talk: two browsers, live both ways; and by keys alone, and without scripts.

Nothing is called behind the browsers' backs but what only time does.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from conversations import clock, operations
from conversations.enums import Outcome, State
from conversations.models import PASS_UP_AFTER, Conversation, Line
from risk import screening
from risk.models import Alert, Screening
from tests.browser import axe, reflow
from tests.browser.conftest import DESK, PHONE, Opens
from tests.browser.keys import Keys
from tests.cast import Cast
from tests.factories.conversations import LineFactory, TemplateFactory
from tests.live_server import Server

ASKED = "I do not know where to begin. It has been a long week."
ANSWERED = "Thank you for writing. Begin anywhere you like."
# 1280 pixels wide at 400 %: what a reader with weak sight has of a page.
ZOOMED = {"width": 320, "height": 225}


def journeys_of(page: Page) -> list[str]:
    """Wherever the page goes from now on."""
    gone: list[str] = []
    page.on("framenavigated", lambda frame: gone.append(frame.url))
    return gone


def say(page: Page, words: str) -> None:
    page.get_by_label("Your words to the guides").fill(words)
    page.get_by_role("button", name="Send").click()


def test_both_sides_are_live_from_the_first_line_to_the_goodbye(opens: Opens, cast: Cast):
    desk = opens("guide", "/desk/conversations/", size=DESK)
    expect(desk.locator("[data-live-state]")).to_have_text("Live")
    expect(desk.get_by_text("Nobody waits.")).to_be_visible()
    stayed = journeys_of(desk)
    phone = opens("member", size=PHONE)
    # No time passes there, so that what comes has come by a poke.
    phone.clock.install()
    phone.goto("/wall/")
    phone.get_by_role("link", name="Ask a guide").click()
    expect(phone.get_by_text("A talk lasts about 45 minutes")).to_be_visible()

    say(phone, ASKED)

    expect(phone.get_by_role("log")).to_contain_text(ASKED)
    row = desk.locator("#talks-waiting .queue-row").filter(has_text=cast.member.alias)
    expect(row).to_be_visible()
    assert stayed == [], "the list must show it by itself"

    row.click()
    desk.get_by_role("button", name="Take it").click()
    expect(desk.get_by_text("You have this conversation.")).to_be_visible()
    phone.get_by_label("Your words to the guides").fill("Half a senten")
    moved = journeys_of(phone)
    desk.get_by_label("Your words").fill(ANSWERED)
    desk.get_by_role("button", name="Send").click()

    expect(phone.get_by_role("log")).to_contain_text(ANSWERED)
    expect(phone.get_by_label("Your words to the guides")).to_have_value("Half a senten")
    assert moved == [], "the answer must come by itself"

    expect(desk.get_by_role("log")).to_contain_text(ANSWERED)
    desk.get_by_label("Your words").fill("What was the hard")
    stayed = journeys_of(desk)
    say(phone, "My work, mostly.")
    expect(desk.get_by_role("log")).to_contain_text("My work, mostly.")
    expect(desk.get_by_label("Your words")).to_have_value("What was the hard")
    assert stayed == []

    desk.get_by_label("Your words").fill("That is a lot. Goodbye for today.")
    desk.get_by_role("button", name="Send").click()
    expect(desk.get_by_role("log")).to_contain_text("Goodbye for today.")
    desk.get_by_role("heading", name="Close").click()
    desk.get_by_label("They said that it helped").check()
    desk.get_by_label("I have said goodbye").check()
    desk.get_by_label("Your note for the next guide").fill("Tired. Work.")
    desk.get_by_role("button", name="Close the conversation").click()

    expect(phone.get_by_role("log")).to_contain_text("This conversation has ended for today.")
    assert "Tired. Work." not in phone.content()
    say(phone, "One more thing.")
    expect(phone.get_by_role("log")).to_contain_text("One more thing.")
    assert Conversation.objects.get().state == State.OPEN
    assert Screening.objects.count() == Line.objects.of_members().count() == 3


def test_u07_all_of_it_works_without_scripts_on_either_side(opens: Opens, cast: Cast):
    template = TemplateFactory(name="Listening", words="I am listening.")
    phone = opens("member", "/talk/", size=PHONE, java_script_enabled=False)
    say(phone, ASKED)
    expect(phone.get_by_role("log")).to_contain_text(ASKED)

    desk = opens("guide", "/desk/", size=DESK, java_script_enabled=False)
    desk.locator(".work").get_by_role("link", name="Conversations").click()
    desk.locator("#talks-waiting .queue-row").click()
    desk.get_by_role("button", name="Take it").click()
    desk.get_by_label("Your words").fill("Thank you.")
    desk.get_by_label("Words to begin with").select_option(label="Listening")
    desk.get_by_role("button", name="Put it in").click()
    expect(desk.get_by_label("Your words")).to_have_value(f"Thank you.\n\n{template.words}")
    assert Line.objects.count() == 1, "putting words in sends nothing"
    desk.get_by_role("button", name="Send").click()
    expect(desk.get_by_role("log")).to_contain_text("I am listening.")
    desk.get_by_role("button", name="15 minutes more").click()
    expect(desk.get_by_role("log")).to_contain_text("15 more minutes")

    phone.get_by_role("link", name="Look for an answer").click()
    expect(phone.get_by_role("log")).to_contain_text("I am listening.")
    desk.get_by_role("heading", name="Hand over").click()
    desk.get_by_label("What must the next guide know?").fill("They like plain questions.")
    desk.get_by_role("button", name="Hand over").click()
    phone.get_by_role("link", name="Look for an answer").click()
    expect(phone.get_by_role("log")).to_contain_text("You need not say it all again.")

    senior = opens("senior", "/desk/conversations/", java_script_enabled=False)
    senior.locator("#talks-waiting .queue-row").click()
    expect(senior.get_by_text("They like plain questions.")).to_be_visible()


def test_u02_both_sides_by_keys_alone(opens: Opens, cast: Cast):
    TemplateFactory(name="Listening", words="I am listening.")
    phone = opens("member", "/wall/", size=PHONE)
    keys = Keys(phone)
    keys.follow(phone.get_by_role("link", name="Ask a guide"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ask a wall guide")
    keys.fill(phone.get_by_label("Your words to the guides"), ASKED)
    keys.push(phone.get_by_role("button", name="Send"))
    expect(phone.get_by_role("log")).to_contain_text(ASKED)

    desk = opens("guide", "/desk/conversations/", size=DESK)
    hands = Keys(desk)
    hands.follow(desk.locator("#talks-waiting .queue-row"))
    hands.push(desk.get_by_role("button", name="Take it"))
    expect(desk.get_by_text("You have this conversation.")).to_be_visible()
    hands.go_to(desk.get_by_label("Words to begin with"))
    desk.keyboard.type("List")
    hands.push(desk.get_by_role("button", name="Put it in"))
    expect(desk.get_by_label("Your words")).to_be_focused()
    expect(desk.get_by_label("Your words")).to_have_value("I am listening.")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(phone.get_by_role("log")).to_contain_text("I am listening.")

    hands.unfold(desk.locator("summary").filter(has_text="Close"))
    hands.choose(desk.get_by_label("A next step was agreed"))
    hands.push(desk.get_by_label("I have said goodbye"))
    hands.fill(desk.get_by_label("Your note for the next guide"), "Well.")
    hands.push(desk.get_by_role("button", name="Close the conversation"))
    expect(phone.get_by_role("log")).to_contain_text("has ended for today")
    assert Conversation.objects.get().outcome == Outcome.NEXT_STEP
    assert not keys.faults + hands.faults, "\n".join(keys.faults + hands.faults)


def test_u04_u05_nothing_is_wrong_with_the_pages_narrow_or_much_enlarged(opens: Opens, cast: Cast):
    TemplateFactory(name="Listening")
    asked = LineFactory(member=cast.member, body=f"{ASKED} {'long' * 40}")
    LineFactory(member=cast.member, body="I want to kill myself tonight.")
    screening.drain(now=timezone.now)
    cast.client("guide").post(
        f"/desk/conversations/{asked.conversation_id}/answer/", {"body": ANSWERED}
    )
    operations.hand_over(
        conversation=asked.conversation, by=cast.guide, note="Plain questions.",
        version=None, at=timezone.now(),
    )  # fmt: skip
    clock.move(now=timezone.now() + PASS_UP_AFTER)
    found = []
    for role, address, least in (
        ("member", "/talk/", 44),
        ("guide", "/desk/conversations/", 32),
        ("guide", f"/desk/conversations/{asked.conversation_id}/", 32),
        ("guide", f"/desk/alerts/{Alert.objects.last().pk}/", 32),
        ("guide", "/desk/templates/new/", 32),
        ("senior", "/desk/templates/", 32),
        ("senior", "/desk/senior/", 32),
    ):
        page = opens(role, address)
        found += [f"{address} {each}" for each in axe.faults(page)]
        found += [f"{address} {each}" for each in reflow.faults(page, least=least)]
        page.set_viewport_size(ZOOMED)
        found += [f"{address} zoomed {each}" for each in page.evaluate(reflow.SIDEWAYS)]

    assert not found, "\n".join(found)


def test_f14_words_sent_to_a_house_that_is_down_come_back_and_are_one_line(
    opens: Opens, asgi_house: Server
):
    phone = opens("member", "/talk/", size=PHONE)
    box = phone.get_by_label("Your words to the guides")
    box.fill(ASKED)
    asgi_house.stop()
    with phone.expect_event("requestfailed", lambda request: request.method == "POST"):
        phone.get_by_role("button", name="Send").click(no_wait_after=True)
    # What says so is a page itself, and whoever goes on before it has come is called back.
    phone.wait_for_url("chrome-error://**")
    asgi_house.start()
    phone.goto("/talk/")

    expect(phone.get_by_text("We kept what you wrote.")).to_be_visible()
    expect(box).to_have_value(ASKED)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("log")).to_contain_text(ASKED)
    expect(box).to_have_value("")
    assert Line.objects.count() == 1


def test_f32_a_double_click_is_one_line(opens: Opens):
    phone = opens("member", "/talk/", size=PHONE)
    phone.get_by_label("Your words to the guides").fill(ASKED)
    phone.get_by_role("button", name="Send").dblclick()
    expect(phone.get_by_role("log")).to_contain_text(ASKED)

    assert Line.objects.count() == 1


def test_the_words_of_the_clock_come_by_themselves(opens: Opens, cast: Cast):
    asked = LineFactory(member=cast.member, at=timezone.now() - timedelta(minutes=40))
    operations.answer(
        conversation=asked.conversation, by=cast.guide, body=ANSWERED, version=None,
        idempotency_key=asked.idempotency_key, at=timezone.now() - timedelta(minutes=37),
    )  # fmt: skip
    phone = opens("member", "/talk/", size=PHONE)
    expect(phone.get_by_text("Less than 10 minutes are left for today.")).to_be_visible()
    # One more look than anybody's page could be late by.
    clock.move(now=timezone.now())

    expect(phone.get_by_role("log")).to_contain_text("We are still here, and nothing is lost.")
