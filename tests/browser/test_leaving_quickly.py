from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from tests.browser.stage import AWAY, HOME, Stage

pytestmark = pytest.mark.browser


@pytest.fixture
def stage(page: Page) -> Stage:
    stage = Stage(page)
    leave = render_to_string("_components/leave.html")
    stage.page_at("/before", "<p>Before</p>")
    stage.page_at("/", f"{leave}<p id=words>Private words</p><textarea></textarea>", "quick-exit")
    stage.answers["/exit/"] = {"status": 303, "headers": {"Location": AWAY}}
    stage.go("/before")
    stage.go("/")
    return stage


def test_u20_leaving_ends_the_session_and_replaces_the_page(stage: Stage) -> None:
    stage.page.evaluate("sessionStorage.setItem('draft:post', 'private')")
    stage.page.get_by_role("button", name="Leave quickly").click()
    stage.page.wait_for_url(AWAY)
    assert stage.posts == ["/exit/"]
    # Replaced: what lies behind is the page before the one that was left.
    stage.page.go_back()
    expect(stage.page).to_have_url(f"{HOME}/before")
    assert stage.page.evaluate("sessionStorage.length") == 0


def test_u20_the_page_is_blank_within_200_ms_even_if_the_weather_is_slow(stage: Stage) -> None:
    blank_after = stage.page.evaluate(
        """() => {
            const begun = performance.now();
            document.querySelector('[data-quick-exit] button').click();
            return document.body.textContent.trim() === '' ? performance.now() - begun : -1;
        }"""
    )
    assert 0 <= blank_after < 200


def test_u20_shift_three_times_leaves(stage: Stage) -> None:
    for _ in range(3):
        stage.page.keyboard.press("Shift")
    stage.page.wait_for_url(AWAY)
    assert stage.posts == ["/exit/"]


def test_u20_capital_letters_and_slow_presses_do_not(stage: Stage) -> None:
    stage.page.clock.install()
    stage.go("/")
    stage.page.locator("textarea").focus()
    for letter in "ABCD":
        stage.page.keyboard.press(f"Shift+{letter}")
    for _ in range(4):
        stage.page.keyboard.press("Shift")
        stage.page.clock.run_for(3000)
    expect(stage.page.locator("#words")).to_be_visible()
    assert stage.posts == []


def test_u20_and_u07_the_button_is_a_form_without_javascript() -> None:
    html = render_to_string("_components/leave.html")
    assert 'method="post" action="/exit/"' in html
