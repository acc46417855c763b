"""Being told, in a real browser: the list, the choices, the phone, and a letter's own looks."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Member
from accounts.preferences import preferences_of
from notifications import letters, pushes
from notifications.digest import Found
from notifications.enums import Kind
from notifications.models import Notice, Subscription
from notifications.operations import tell
from notifications.stopping import Letter, address_for
from tests.browser import axe, reflow
from tests.browser.conftest import DESK, PHONE, Opens, until
from tests.browser.keys import Keys
from tests.factories.community import PostFactory, ReplyFactory
from tests.push_service import PushService

SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
LIGHT = "[data-live-news]:not([hidden])"
# A real browser asks its maker's service for an address; there is none on this machine. All the
# rest, from the question to the notification, is the browser's own.
NO_SERVICE = """(given) => {
    PushManager.prototype.subscribe = async (options) => {
        const { userVisibleOnly, applicationServerKey } = options;
        if (!userVisibleOnly || applicationServerKey.length !== 65) throw new Error();
        return { toJSON: () => given, unsubscribe: async () => true };
    };
}"""


def noon() -> datetime:
    """Outside the quiet hours of Leeds, whatever the clock of this machine shows."""
    return timezone.now().astimezone(ZoneInfo("Europe/London")).replace(hour=12)


@pytest.fixture
def answered(opens: Opens) -> Member:
    """A member whose post somebody has answered."""
    member = opens.cast.member
    post = PostFactory(author=member, body="A quiet day.")
    ReplyFactory(post=post, body="I hear you.")
    return Member.objects.get(pk=member.pk)


@SCRIPTS
def test_from_the_light_to_the_reply_with_the_keyboard_alone(
    opens: Opens, answered: Member, has_scripts: bool
):
    page = opens("member", "/wall/", size=PHONE, java_script_enabled=has_scripts)
    light = page.get_by_role("link", name="New for you: News")
    expect(light).to_be_visible()
    if has_scripts:
        keys = Keys(page)
        keys.follow(light)
        expect(page.get_by_role("heading", level=1)).to_have_text("New for you")
        keys.follow(page.get_by_role("link", name="Somebody has replied to you. New"))
        assert keys.faults == []
    else:
        light.click()
        page.get_by_role("link", name="Somebody has replied to you. New").click()

    expect(page.get_by_text("I hear you.")).to_be_visible()
    page.goto("/wall/")
    expect(page.get_by_role("link", name="News", exact=True)).to_be_visible()
    expect(page.locator(LIGHT)).to_have_count(0)


def test_the_light_comes_on_in_an_open_page_and_the_open_list_asks_before_it_moves(
    opens: Opens, answered: Member
):
    wall, news = listening(opens, "/me/"), listening(opens, "/me/news/")
    Member.objects.filter(pk=answered.pk).update(has_news=False)
    wall.reload()
    expect(wall.locator(LIGHT)).to_have_count(0)
    for page in (wall, news):
        until(page, "window.opened")

    tell(member=answered, kind=Kind.CONVERSATION, at=timezone.now(), url_name="community:feed")

    expect(wall.locator(LIGHT)).to_be_visible()
    news.get_by_role("link", name="Show it").click()
    expect(news.get_by_text("A wall guide has written to you.")).to_be_visible()


def listening(opens: Opens, path: str) -> Page:
    """A page that says when its socket is open."""
    page = opens("member")
    page.add_init_script(
        """window.WebSocket = class extends WebSocket {
            constructor(...given) {
                super(...given);
                this.addEventListener("open", () => (window.opened = true));
            }
        }"""
    )
    page.goto(path)
    return page


@SCRIPTS
def test_choosing_what_one_is_told_and_when(opens: Opens, answered: Member, has_scripts: bool):
    page = opens("member", "/me/news/", size=PHONE, java_script_enabled=has_scripts)
    page.get_by_role("link", name="Choose what you are told of, and when").click()
    weekly = page.get_by_label("Once a week: what is new on the wall")
    if has_scripts:
        keys = Keys(page)
        keys.push(weekly)
        keys.push(page.get_by_role("button", name="Keep this"))
        assert keys.faults == []
    else:
        weekly.uncheck()
        page.get_by_role("button", name="Keep this").click()

    expect(page.get_by_text("Your choice is kept.")).to_be_visible()
    expect(weekly).not_to_be_checked()
    assert not preferences_of(Member.objects.get(pk=answered.pk)).weekly_letter


@SCRIPTS
def test_stopping_a_letter_from_the_letter(opens: Opens, answered: Member, has_scripts: bool):
    page = opens(size=PHONE, java_script_enabled=has_scripts)
    page.goto(address_for(answered, Letter.REPLIES))
    assert preferences_of(answered).letter_of_replies
    if has_scripts:
        keys = Keys(page)
        keys.push(page.get_by_role("button", name="Stop them"))
        assert keys.faults == []
    else:
        page.get_by_role("button", name="Stop them").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Done")
    assert not preferences_of(Member.objects.get(pk=answered.pk)).letter_of_replies


def test_not_now_is_not_now_and_without_scripts_nothing_is_asked(
    opens: Opens, answered: Member, push_service: PushService
):
    without = opens("member", "/me/news/", size=PHONE, java_script_enabled=False)
    expect(without.get_by_text("Shall we tell you on this phone?")).not_to_be_visible()

    page = opens("member", "/me/news/", size=PHONE, service_workers="allow")
    expect(page.get_by_role("heading", name="Shall we tell you on this phone?")).to_be_visible()
    assert axe.faults(page) == []
    assert reflow.faults(page, least=44) == []
    page.get_by_role("button", name="Not now").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("New for you")
    expect(page.get_by_text("Shall we tell you on this phone?")).to_have_count(0)


def test_yes_please_and_then_a_nudge_as_the_phone_shows_it(
    opens: Opens, answered: Member, push_service: PushService
):
    phone = push_service.browser("a-phone")
    page = opens("member", size=PHONE, service_workers="allow", permissions=["notifications"])
    given = {
        "endpoint": phone.address,
        "keys": {"p256dh": phone.given.p256dh, "auth": phone.given.auth},
    }
    page.add_init_script(f"({NO_SERVICE})({json.dumps(given)})")
    page.goto("/me/news/")
    keys = Keys(page)
    keys.push(page.get_by_role("button", name="Yes please"))
    expect(page.get_by_text("Done. We tell you on this phone from now on.")).to_be_visible()
    assert keys.faults == []
    assert Subscription.objects.get().member == answered

    Notice.objects.all().delete()
    at = noon()
    tell(member=answered, kind=Kind.REPLY, at=at, url_name="community:feed", about="post:1")
    assert pushes.send_due(clock=lambda: at) == 1
    [nudge] = push_service.nudges
    deliver(page, phone.read(nudge.body))

    until(
        page, "async () => (await (await navigator.serviceWorker.ready).getNotifications()).length"
    )
    shown = page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications())
            .map(({ title, body, tag }) => ({ title, body, tag }))"""
    )
    assert shown == [{"title": "Something new for you", "body": "", "tag": "news"}]

    page.goto("/me/notifications/")
    page.get_by_role("button", name="Show me nothing there any more").click()
    expect(page.get_by_text("We show you nothing on your phone any more.")).to_be_visible()
    assert not Subscription.objects.exists()


def deliver(page: Page, said: dict[str, Any]) -> None:
    """As the browser does it once it has decrypted what its maker's service handed it."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    until(page, "async () => Boolean((await navigator.serviceWorker.ready).active)")
    for _ in range(100):
        if found:
            break
        page.wait_for_timeout(50)
    origin = page.evaluate("location.origin")
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[0], "data": json.dumps(said)},
    )


def test_every_page_of_it_has_no_fault_at_any_size(
    opens: Opens, answered: Member, push_service: PushService
):
    for path in ("/me/news/", "/me/notifications/", address_for(answered, Letter.WEEK)):
        page = opens("member", path, size=DESK)
        assert axe.faults(page) == [], path
        assert reflow.faults(page, least=44) == [], path


@pytest.mark.parametrize("letter", list(Letter))
def test_a_letter_reads_well_in_the_window_of_a_mail_program(
    opens: Opens, answered: Member, letter: Letter
):
    found = [
        Found("Your post has new replies.", "/wall/posts/abc/"),
        Found("Somebody is waiting for a first reply.", "/wall/posts/def/"),
    ]
    _, _, looks, _ = letters.compose(answered, letter, found=found)
    page = opens()
    page.goto(f"data:text/html;base64,{base64.b64encode(looks.encode()).decode()}")
    ways = [(width, scheme, axe.ALL_RULES) for width in (320, 600) for scheme in ("light", "dark")]

    # Nobody's letter has a main part or landmarks; what it has is words that can be read.
    faults = [one for one in axe.faults(page, ways=ways) if "region" not in one.split()[2]]

    assert [one for one in faults if "landmark" not in one] == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate(reflow.SIDEWAYS) == []
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
