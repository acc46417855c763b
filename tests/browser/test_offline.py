"""
The wall on a phone, with and without a connection: whom to call, and never a page about anybody.

The service worker is a real one. The connection is taken away by stopping the house.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.enums import AppFace
from accounts.models import Preferences
from peersupport import installing
from tests.browser import axe, reflow
from tests.browser.conftest import PHONE, Opens, until
from tests.browser.keys import Keys
from tests.cast import Cast
from tests.factories.community import PostFactory, ReplyFactory
from tests.live_server import Server

READY = "() => navigator.serviceWorker.ready.then(() => true)"
# Every name and every word that the browser keeps, wherever it may keep any.
KEPT = """async () => {
    const found = {};
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            const answer = await cache.match(request);
            found[new URL(request.url).pathname] = await answer.text();
        }
    }
    return found;
}"""

WORKERS = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"


def installed(opens: Opens, role: str = "member", path: str = "/wall/", **more: Any) -> Page:
    """A page of somebody whose browser keeps what it is asked to keep."""
    page = opens(role, path, service_workers="allow", **more)
    page.evaluate(READY)
    return page


def test_without_a_connection_a_member_finds_whom_to_call(
    opens: Opens, asgi_house: Server, cast: Cast
):
    page = installed(opens, size=PHONE)
    asgi_house.stop()

    page.goto("/wall/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You deserve help now")
    expect(page.get_by_text("You are not connected right now.")).to_be_visible()
    expect(page.get_by_role("link", name="Call 116 123").first).to_be_visible()
    assert reflow.faults(page, least=44) == []
    assert axe.faults(page) == []
    page.set_viewport_size({"width": 320, "height": 256})  # 1280 by 1024, at 400 %
    assert page.evaluate(reflow.SIDEWAYS) == []
    keys = Keys(page)
    keys.go_to(page.get_by_role("link", name="Leave quickly"))
    assert keys.faults == []

    page.goto("/help-now/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You deserve help now")
    expect(page.get_by_text("You are not connected right now.")).to_have_count(0)

    asgi_house.start()
    page.goto("/wall/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The wall")


def test_words_sent_without_a_connection_come_back_when_going_back(
    opens: Opens, asgi_house: Server, cast: Cast
):
    page = installed(opens, path="/wall/new/")
    page.get_by_label("Your words").fill("Words that must not be lost.")
    asgi_house.stop()
    page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('main form'))")
    expect(page.get_by_text("You are not connected right now.")).to_be_visible()

    asgi_house.start()
    page.go_back()

    expect(page.get_by_label("Your words")).to_have_value("Words that must not be lost.")


def test_s48_nothing_about_anybody_is_ever_kept(opens: Opens, cast: Cast):
    post = PostFactory(author=cast.member, body="Words about nobody else but me.")
    ReplyFactory(post=post, body="An answer to them.")
    page = installed(opens)
    thread = f"/wall/posts/{post.public_id}/"
    walk = [
        "/wall/", thread, "/wall/new/", "/me/", "/me/profile/", "/me/written/", "/me/saved/",
        "/me/news/", "/me/privacy/", "/me/appearance/", "/me/download/",
    ]  # fmt: skip
    for path in walk:
        answer = page.goto(path)
        assert answer is not None
        assert answer.from_service_worker, path
        assert answer.status in (200, 404), path
    page.get_by_role("link", name="Sign out").click()

    kept = page.evaluate(KEPT)

    allowed = {reverse("help-now"), reverse("offline")}
    allowed |= {f"/static/{path}" for path in installing.SHELL}
    assert set(kept) == allowed
    everything = "\n".join(kept.values())
    for theirs in (
        "Words about nobody else", "An answer to them", cast.member.alias, post.public_id,
        cast.member.public_id, cast.member.avatar_seed, "csrfmiddlewaretoken",
    ):  # fmt: skip
        assert theirs not in everything, theirs
    assert "116 123" in kept[reverse("offline")]


def test_s48_the_look_for_what_is_kept_would_find_it(opens: Opens, cast: Cast):
    """The test above holds only if it would see a page that a script put away."""
    page = installed(opens)
    page.evaluate("caches.open('x').then((cache) => cache.add('/wall/'))")

    assert "/wall/" in page.evaluate(KEPT)


def test_leaving_quickly_takes_the_app_along(opens: Opens):
    page = installed(opens)
    page.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="<title>W</title>"))
    page.get_by_role("button", name="Leave quickly").click()
    page.wait_for_url("https://www.bbc.co.uk/weather")

    page.goto(f"{opens.address}/robots.txt")

    assert page.evaluate(WORKERS) == 0
    assert page.evaluate("caches.keys()") == []


def test_a_stranger_to_the_wall_gets_no_service_worker(opens: Opens):
    page = opens("anonymous", "/", service_workers="allow")

    assert page.evaluate(WORKERS) == 0
    assert page.locator("link[rel=manifest]").count() == 0


@pytest.mark.parametrize("face", AppFace.values)
def test_the_app_has_a_neutral_name_and_picture_of_the_members_choice(
    face: str, opens: Opens, cast: Cast
):
    Preferences.objects.update_or_create(member=cast.member, defaults={"app_face": face})
    page = opens("member", "/wall/")
    link = page.locator("link[rel=manifest]").get_attribute("href")
    assert link is not None

    answer = page.request.get(link)
    said = json.loads(answer.text())

    assert answer.headers["content-type"] == "application/manifest+json"
    assert said["name"] == said["short_name"] == str(AppFace(face).label)
    assert said["display"] == "standalone"
    assert said["start_url"] == "/"
    for icon in said["icons"]:
        got = page.request.get(icon["src"])
        assert got.status == 200, icon
        assert len(got.body()) < 4096, icon
    # What a phone shows beside its other apps says nothing of what this is about (S26).
    for word in ("support", "mental", "health", "peer", "crisis", "help", "member"):
        assert word not in answer.text().lower(), word
    assert page.locator("link[rel=apple-touch-icon]").count() == 1
    faults = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    assert [one["errorId"] for one in faults["installabilityErrors"]] in ([], ["in-incognito"])


def test_a_member_chooses_the_name_and_picture_by_keyboard(opens: Opens, cast: Cast):
    page = opens("member", "/me/appearance/")
    keys = Keys(page)
    keys.choose(page.get_by_label("Notes"))
    keys.push(page.get_by_role("button", name="Use this"))

    expect(page.get_by_text("This is how it looks now.")).to_be_visible()
    assert Preferences.objects.get(member=cast.member).app_face == AppFace.NOTES
    manifest = page.locator("link[rel=manifest]").get_attribute("href")
    assert manifest == "/app/notes.webmanifest"


def test_every_file_that_is_kept_is_there_and_what_pages_use_is_kept(opens: Opens):
    for path in installing.SHELL:
        assert finders.find(path), path
    page = opens("member", "/wall/")
    used = page.evaluate(
        """[...document.querySelectorAll("link[rel=stylesheet], script[src], link[rel=icon]")]
           .map((each) => new URL(each.href || each.src).pathname)"""
    )
    assert {path.removeprefix("/static/") for path in used} <= set(installing.SHELL)


def test_a_nudge_in_which_nothing_can_be_read_says_the_words_that_were_kept(opens: Opens):
    context_options = {"permissions": ["notifications"]}
    page = installed(opens, **context_options)
    worker = page.context.service_workers[0]

    worker.evaluate(
        """() => {
            const event = new PushEvent("push", { data: "nothing of ours" });
            self.dispatchEvent(event);
        }"""
    )

    seen = until(
        page,
        """async () => {
            const here = await navigator.serviceWorker.ready;
            const shown = await here.getNotifications();
            return shown.length ? shown.map((one) => [one.title, one.body, one.tag]) : null;
        }""",
    )
    assert seen == [["Something new for you", "", "news"]]
