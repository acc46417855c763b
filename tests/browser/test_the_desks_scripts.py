from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Stage

BODY = """
<p data-claim-lost role="alert"></p>
<form method="post" action="/beat" data-heartbeat hidden>
  <input type="hidden" name="csrfmiddlewaretoken" value="token"></form>
<form action="/desk/next/"><button type="button">Take the most urgent</button></form>
<details><summary>Reply</summary><textarea id="reply-body"></textarea></details>
<time data-since="2026-11-22T03:00:00Z">x</time>
<p hidden><label><input type="checkbox" data-shortcuts>Shortcuts</label></p>
"""


@pytest.fixture
def stage(page: Page) -> Stage:
    stage = Stage(page)
    page.clock.install(time="2026-11-22T09:30:00Z")
    # The guide's own clock is six hours fast; the server's is the one that counts.
    stage.page_at("/", BODY, "desk", attrs='data-now="2026-11-22T03:12:00Z"')
    stage.answers["/beat"] = {"json": {"yours": True}}
    stage.go()
    return stage


def beat(stage: Stage) -> None:
    with stage.page.expect_response("**/beat"):
        stage.page.clock.run_for(30_000)


def test_the_claim_is_kept_alive_with_the_forms_token(stage: Stage) -> None:
    with stage.page.expect_request("**/beat") as sent:
        stage.page.clock.run_for(30_000)
    assert "token" in (sent.value.post_data or "")
    expect(stage.page.locator("[data-claim-lost]")).to_have_text("")


def test_u32_losing_the_claim_says_who_and_leaves_the_words(stage: Stage) -> None:
    stage.page.locator("summary").click()
    stage.page.locator("textarea").fill("I am here with you.")
    told = {"yours": False, "sentence": "Rowan has this alert now."}
    stage.answers["/beat"] = {"status": 409, "body": json.dumps(told)}
    beat(stage)
    lost = stage.page.locator("[data-claim-lost]")
    expect(lost).to_contain_text("Rowan has this alert now. What you typed is still here")
    expect(stage.page.locator("textarea")).to_have_value("I am here with you.")
    sent = len(stage.posts)
    stage.page.clock.run_for(120_000)
    assert len(stage.posts) == sent


def test_a_heartbeat_that_cannot_get_through_is_said_and_taken_back(stage: Stage) -> None:
    stage.answers["/beat"] = {"status": 503}
    beat(stage)
    beat(stage)
    expect(stage.page.locator("[data-claim-lost]")).to_contain_text("cannot reach the house")
    stage.answers["/beat"] = {"json": {"yours": True}}
    beat(stage)
    expect(stage.page.locator("[data-claim-lost]")).to_have_text("")


def test_u31_ages_are_counted_by_the_servers_clock(stage: Stage) -> None:
    expect(stage.page.locator("[data-since]")).to_have_text("12 min")
    stage.page.clock.run_for(3 * 60_000)
    expect(stage.page.locator("[data-since]")).to_have_text("15 min")


def test_single_letters_do_nothing_until_they_are_asked_for(stage: Stage) -> None:
    stage.page.keyboard.press("r")
    expect(stage.page.locator("textarea")).not_to_be_focused()
    stage.page.get_by_label("Shortcuts").check()
    stage.page.keyboard.press("r")
    expect(stage.page.locator("textarea")).to_be_focused()
    stage.page.keyboard.type("rnt")
    expect(stage.page.locator("textarea")).to_have_value("rnt")
