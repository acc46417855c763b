from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

KEY = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


def form(key: str, text: str = "") -> str:
    return f"""<form method="post" action="/send" data-once>
      <label><input type="radio" name="topic" value="money">Money</label>
      <input type="hidden" name="key" value="{key}" data-draft-key>
      <textarea id="body" name="body" data-draft="post" data-count maxlength="20">{text}</textarea>
      <p data-count-for="body"></p>
      <div class="actions"><button type="submit">Send</button></div></form>"""


@pytest.fixture
def stage(page: Page) -> Stage:
    stage = Stage(page)
    stage.page_at("/", form(KEY), "count", "draft")
    stage.go()
    return stage


def send(stage: Stage) -> None:
    stage.page.get_by_role("button").click()


def test_u13_words_and_key_survive_a_broken_connection(stage: Stage) -> None:
    stage.answers["/send"] = None
    stage.page.get_by_label("Money").check()
    stage.page.locator("textarea").fill("Hello")
    send(stage)
    stage.page.wait_for_url("chrome-error://**")
    # The form comes anew, with a key of its own; the same words are the same submission.
    stage.page_at("/", form(OTHER), "count", "draft")
    stage.go()
    expect(stage.page.locator("textarea")).to_have_value("Hello")
    expect(stage.page.locator("[name=key]")).to_have_value(KEY)
    expect(stage.page.get_by_label("Money")).to_be_checked()
    expect(stage.page.get_by_role("status").last).to_contain_text("We kept what you wrote")


def test_u13_other_words_after_a_broken_connection_are_another_submission(stage: Stage) -> None:
    stage.answers["/send"] = None
    stage.page.locator("textarea").fill("Hello")
    send(stage)
    stage.page.wait_for_url("chrome-error://**")
    stage.go()
    stage.page.locator("textarea").fill("Hello again")
    keys: list[str] = []

    def take(request: object) -> dict[str, str]:
        keys.append(str(request.post_data))  # type: ignore[attr-defined]
        return {"body": "taken"}

    stage.answers["/send"] = take
    send(stage)
    stage.page.wait_for_url("**/send")
    assert "Hello+again" in keys[0]
    assert KEY not in keys[0]


def test_u13_a_draft_is_forgotten_once_the_server_says_sent(stage: Stage) -> None:
    stage.page_at("/send", form(OTHER), "draft", attrs="data-draft-sent")
    stage.page.locator("textarea").fill("Hello")
    send(stage)
    stage.page.wait_for_url("**/send")
    expect(stage.page.locator("textarea")).to_have_value("")
    stage.go()
    expect(stage.page.locator("textarea")).to_have_value("")


def test_u13_another_forms_success_does_not_forget_this_draft(stage: Stage) -> None:
    stage.page.locator("textarea").fill("Hello")
    stage.page_at("/elsewhere", "<p>Something else worked</p>", "draft", attrs="data-draft-sent")
    stage.go("/elsewhere")
    stage.go()
    expect(stage.page.locator("textarea")).to_have_value("Hello")


def test_u13_what_the_server_gives_back_wins_over_the_draft(stage: Stage) -> None:
    stage.page.locator("textarea").fill("Older")
    stage.page_at("/send", form(KEY, "Given back"), "count", "draft")
    send(stage)
    stage.page.wait_for_url("**/send")
    expect(stage.page.locator("textarea")).to_have_value("Given back")


def test_a_second_press_sends_nothing(stage: Stage) -> None:
    # 204: the browser stays on the page, as it does while a slow answer is awaited.
    stage.answers["/send"] = {"status": 204}
    stage.page.locator("textarea").fill("Hello")
    for _ in range(3):
        # force: to Playwright, as to a screen reader, the button already says that it is off.
        stage.page.get_by_role("button").click(force=True)
    expect(stage.page.locator(".draft-state")).to_have_text("Sending…")
    assert stage.posts == ["/send"]


def test_a_press_after_a_long_silence_sends_again(stage: Stage) -> None:
    stage.page.clock.install()
    stage.go()
    stage.answers["/send"] = {"status": 204}
    stage.page.locator("textarea").fill("Hello")
    send(stage)
    stage.page.clock.run_for(21_000)
    expect(stage.page.locator(".draft-state")).to_contain_text("taking long")
    send(stage)
    assert stage.posts == ["/send", "/send"]


def test_u13_offline_says_so_and_keeps_the_words(stage: Stage) -> None:
    stage.page.locator("textarea").fill("Hello")
    stage.page.context.set_offline(True)
    send(stage)
    expect(stage.page.locator(".draft-state")).to_contain_text("not connected")
    expect(stage.page.locator("textarea")).to_have_value("Hello")
    stage.page.context.set_offline(False)
    expect(stage.page.locator(".draft-state")).to_contain_text("connected again")
    assert stage.posts == []


def test_drafts_are_never_in_local_storage(stage: Stage) -> None:
    stage.page.locator("textarea").fill("Hello")
    assert "Hello" in stage.page.evaluate("JSON.stringify({...sessionStorage})")
    assert stage.page.evaluate("localStorage.length") == 0


def test_a_long_paste_is_counted_and_not_cut(stage: Stage) -> None:
    stage.page.locator("textarea").fill("Twenty-five characters. \N{BLACK HEART SUIT}")
    expect(stage.page.locator("[data-count-for]")).to_contain_text("5 too many")
    expect(stage.page.locator("textarea")).to_have_value(
        "Twenty-five characters. \N{BLACK HEART SUIT}"
    )
    send(stage)
    assert stage.posts == []


def test_an_emoji_counts_once_as_on_the_server(stage: Stage) -> None:
    stage.page.locator("textarea").fill("\N{SLIGHTLY SMILING FACE}" * 20)
    expect(stage.page.locator("[data-count-for]")).to_have_text("20 of 20 characters")
