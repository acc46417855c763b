"""Writing, and leaving: nothing typed is lost, nothing is sent twice, nothing is left behind."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Session
from community.models import BODY_MAX_LENGTH, Post
from tests.browser.conftest import PHONE, Opens
from tests.factories.community import PostFactory, TopicFactory
from tests.live_server import Server

WORDS = "It was a long day. I made soup, and that was something."
WEATHER = "https://www.bbc.co.uk/weather"


@pytest.fixture
def phone(opens: Opens) -> Page:
    TopicFactory(name="Loneliness")
    page = opens("member", size=PHONE)
    page.route(
        "https://www.bbc.co.uk/**",
        lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html"),
    )
    return page


def write(page: Page, words: str = WORDS) -> None:
    page.get_by_label("Loneliness").check()
    page.get_by_label("Your words").fill(words)


def send(page: Page) -> None:
    page.get_by_role("button", name="Put it on the wall").click()


def key_of(page: Page) -> str:
    return page.locator("[name=key]").input_value()


def is_sent(page: Page) -> None:
    expect(page.get_by_role("status").first).to_contain_text("Your words are on the wall")
    # The draft is forgotten by the page's script, which may come after its words.
    page.wait_for_load_state("load")


def test_the_count_is_seen_and_a_long_paste_is_not_cut(phone: Page):
    phone.goto("/wall/new/")
    count = phone.locator("[data-count-for]")
    expect(count).to_have_text(f"0 of {BODY_MAX_LENGTH:,} characters")

    write(phone, "Soup 🍲")
    expect(count).to_have_text(f"6 of {BODY_MAX_LENGTH:,} characters")

    write(phone, "a" * (BODY_MAX_LENGTH + 7))
    expect(count).to_contain_text("7 too many. Your words are safe")
    send(phone)
    expect(phone.get_by_label("Your words")).to_have_value("a" * (BODY_MAX_LENGTH + 7))
    assert not Post.objects.exists()


def test_u13_words_survive_a_house_that_is_gone_and_are_sent_once(phone: Page, asgi_house: Server):
    phone.goto("/wall/new/")
    write(phone)
    key = key_of(phone)

    asgi_house.stop()
    send(phone)
    phone.wait_for_url("chrome-error://**")
    asgi_house.start()
    phone.goto("/wall/new/")

    expect(phone.get_by_label("Your words")).to_have_value(WORDS)
    expect(phone.get_by_label("Loneliness")).to_be_checked()
    assert key_of(phone) == key
    send(phone)
    is_sent(phone)
    assert str(Post.objects.get().idempotency_key) == key

    phone.goto("/wall/new/")
    expect(phone.get_by_label("Your words")).to_have_value("")
    assert (
        phone.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft:'))")
        == []
    )


def test_u13_a_draft_survives_a_reload(phone: Page):
    phone.goto("/wall/new/")
    write(phone)
    phone.reload()

    expect(phone.get_by_label("Your words")).to_have_value(WORDS)
    expect(phone.locator(".draft-state")).to_contain_text("We kept what you wrote")


def test_u13_an_answer_that_got_lost_makes_no_second_post(phone: Page):
    phone.goto("/wall/new/")
    write(phone)

    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    phone.route("**/wall/new/", lose_the_answer, times=1)
    send(phone)
    phone.wait_for_url("chrome-error://**")
    assert Post.objects.count() == 1, "it arrived, and the member cannot know"

    phone.goto("/wall/new/")
    send(phone)
    is_sent(phone)
    assert Post.objects.count() == 1


def test_u13_offline_keeps_the_words_and_the_key(phone: Page):
    phone.goto("/wall/new/")
    write(phone)
    key = key_of(phone)

    phone.context.set_offline(True)
    send(phone)
    expect(phone.locator(".draft-state")).to_contain_text("You are not connected right now")
    expect(phone.get_by_label("Your words")).to_have_value(WORDS)

    phone.context.set_offline(False)
    expect(phone.locator(".draft-state")).to_contain_text("You are connected again")
    send(phone)
    is_sent(phone)
    assert str(Post.objects.get().idempotency_key) == key


@pytest.mark.parametrize("has_scripts", [True, False])
def test_two_presses_make_one_post(opens: Opens, has_scripts: bool):
    TopicFactory(name="Loneliness")
    phone = opens("member", "/wall/new/", size=PHONE, java_script_enabled=has_scripts)
    write(phone)

    phone.get_by_role("button", name="Put it on the wall").dblclick()

    is_sent(phone)
    assert Post.objects.count() == 1


@pytest.mark.parametrize("way", ["the button", "Shift three times"])
def test_u20_leaving_ends_the_session_and_shows_nothing_behind(phone: Page, way: str):
    post = PostFactory(body="Words that nobody else should see.")
    phone.goto("/wall/")
    phone.goto(f"/wall/posts/{post.public_id}/")
    phone.get_by_label("Write a reply").fill("Not yet sent.")
    assert Session.objects.exists()

    # The script is what is tried here, so it must have come: until then the form sends itself.
    phone.wait_for_load_state("load")
    if way == "the button":
        phone.get_by_role("button", name="Leave quickly").click()
    else:
        for _ in range(3):
            phone.keyboard.press("Shift")

    phone.wait_for_url(WEATHER)
    eventually(lambda: not Session.objects.exists())
    phone.go_back()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "/wall/posts/" not in phone.url, "the page that was left is not in the history"
    assert phone.evaluate("sessionStorage.length") == 0


def test_u20_the_page_is_blank_before_anything_answers(phone: Page):
    post = PostFactory(body="Words that nobody else should see.")
    phone.goto(f"/wall/posts/{post.public_id}/")

    seen, took = phone.evaluate(
        """() => {
            const begun = performance.now();
            document.querySelector("[data-quick-exit] button").click();
            return [document.body.innerText.trim() + document.title, performance.now() - begun];
        }"""
    )

    assert seen == ""
    assert took < 200


def test_u20_u07_leaving_needs_no_javascript(opens: Opens):
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=False)

    # A redirect cannot be answered in the weather's place; that it is asked for is enough.
    with page.expect_request(WEATHER), page.expect_response("**/exit/") as answer:
        page.get_by_role("button", name="Leave quickly").click()

    assert answer.value.status == 303
    assert not Session.objects.exists()
    another = page.context.new_page()
    another.goto("/wall/")
    expect(another.get_by_role("heading", level=1)).to_have_text("Sign in")


def eventually(holds: Callable[[], bool], within: float = 10) -> None:
    """For what the browser does after its page is gone, which no event of the page tells."""
    until = time.monotonic() + within
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
