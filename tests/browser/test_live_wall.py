"""Something new on an open page: said politely, moved by nobody, and fetched as any page is."""

from __future__ import annotations

from playwright.sync_api import WebSocket, expect

from tests.browser import axe, reflow
from tests.browser.conftest import PHONE, Opens
from tests.browser.keys import Keys
from tests.browser.stage import HOME, Stage
from tests.cast import Cast
from tests.factories.community import PostFactory, ReplyFactory

# Where a page says that it listens: the socket is open, and the browser has said so.
OPEN = "socket is open"


def test_an_answer_is_announced_and_shown_when_its_reader_asks(opens: Opens, cast: Cast):
    post = PostFactory(author=cast.member)
    page = opens("member", size=PHONE)
    with page.expect_websocket() as socket:
        page.goto(f"/wall/posts/{post.public_id}/")
    assert socket.value.url.endswith(f"/live/threads/{post.public_id}/?seen=0")
    status = page.locator("[data-live-note]")
    expect(status).to_have_attribute("role", "status")
    box = page.get_by_label("Write a reply")
    box.fill("What I was just writing")
    at = page.evaluate("scrollY")

    ReplyFactory(post=post, body="You are not alone with this.")

    expect(status).to_contain_text("Somebody has answered.")
    expect(page.get_by_text("You are not alone with this.")).to_have_count(0)
    expect(box).to_be_focused()
    assert page.evaluate("scrollY") == at
    expect(page.locator("[data-live-news]")).to_be_visible()
    keys = Keys(page)
    keys.follow(page.get_by_role("link", name="Show it"))
    expect(page.get_by_text("You are not alone with this.")).to_be_visible()
    expect(page.get_by_label("Write a reply")).to_have_value("What I was just writing")
    assert keys.faults == []

    ReplyFactory(post=post)
    expect(status).to_contain_text("Somebody has answered.")
    assert axe.faults(page, ways=axe.WAYS[:2]) == []
    assert reflow.faults(page, least=44) == []


def test_several_new_posts_are_one_line_on_the_wall(opens: Opens, cast: Cast):
    PostFactory(body="The first.")
    page = opens("member")
    with page.expect_websocket():
        page.goto("/wall/")
    for number in range(3):
        PostFactory(body=f"New words, number {number}.")

    note = page.locator("[data-live-note]")
    expect(note).to_contain_text("There are new posts.")
    expect(note.locator("p")).to_have_count(1)
    note.get_by_role("link", name="Show them").click()
    expect(page.get_by_text("New words, number 2.")).to_be_visible()
    expect(page.locator("[data-live-note] p")).to_have_count(0)


def test_what_came_before_the_socket_opened_is_announced_too(opens: Opens, cast: Cast):
    PostFactory(body="The first.")
    page = opens("member")
    page.route("**/member-live.js", lambda route: (PostFactory(body="Between."), route.continue_()))

    page.goto("/wall/")

    expect(page.locator("[data-live-note]")).to_contain_text("There are new posts.")


def test_whoever_saves_data_or_uses_no_scripts_has_no_socket(opens: Opens):
    page = opens("member", extra_http_headers={"Save-Data": "on"})
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.goto("/wall/", wait_until="networkidle")

    assert sockets == []
    assert page.locator("script[src*='member-live']").count() == 0


def stage_with_a_note(stage: Stage) -> None:
    stage.page_at(
        "/",
        '<div role="status" data-live-note="wall"><template><p>New <a href="/">Show</a></p>'
        "</template></div>",
        "member-live",
        attrs='data-live-at="/live/"',
    )


def test_a_page_that_nobody_looks_at_listens_to_nothing(page):  # type: ignore[no-untyped-def]
    stage = Stage(page)
    stage_with_a_note(stage)
    page.clock.install()
    stage.go()
    page.wait_for_function("true")
    page.clock.run_for(10)
    hide(page, "hidden")
    page.clock.run_for(600_000)
    before = len(stage.sockets)
    hide(page, "visible")
    page.clock.run_for(10)
    page.wait_for_timeout(200)

    assert before == 1
    assert len(stage.sockets) == 2


def hide(page, state: str) -> None:  # type: ignore[no-untyped-def]
    page.evaluate(
        """(state) => {
            const value = state === "hidden";
            Object.defineProperty(document, "hidden", { value, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def test_where_no_socket_opens_it_is_tried_ever_more_seldom_and_then_no_more(page):  # type: ignore[no-untyped-def]
    tried: list[str] = []
    stage = Stage(page)
    stage.refuses_sockets = True
    stage_with_a_note(stage)
    page.on("websocket", lambda socket: tried.append(socket.url))
    page.add_init_script(
        """(() => {
            const Real = WebSocket;
            window.opened = [];
            window.WebSocket = class extends Real {
                constructor(url) { super(url); window.opened.push(Date.now()); }
            };
        })()"""
    )
    page.clock.install()
    stage.go()
    for _ in range(60):
        page.clock.run_for(30_000)
        page.evaluate("new Promise((done) => queueMicrotask(done))")
    opened = page.evaluate("window.opened")

    assert 2 <= len(opened) <= 10, opened
    assert page.url.startswith(HOME)
