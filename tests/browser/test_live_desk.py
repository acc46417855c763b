"""The open desk against the real house: true, or saying that it is not. Its clock is the test's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, WebSocketRoute, expect

from escalation import desk as acts
from escalation.staffing import stand_down
from live import pokes
from risk.enums import Urgency
from risk.models import Alert
from risk.operations import Judgement
from tests.browser.conftest import Opens
from tests.cast import Cast
from tests.factories.accounts import UserFactory
from tests.factories.risk import AlertFactory
from tests.live_server import Server

WORDS = "I hear how tired you are. You are not alone with this tonight."


@pytest.fixture
def clocked(opens: Opens) -> Iterator[Page]:
    """A guide's page on which time passes only when the test says so."""
    page = opens("guide")
    page.clock.install()
    return page


def state(page: Page):
    return page.locator("[data-live-state]")


def queue_of(page: Page) -> list[tuple[str, str]]:
    """Each row's alert and version, in the order shown."""
    rows = page.locator("#queue li").all()
    return [(row.get_attribute("id"), row.get_attribute("data-version")) for row in rows]  # type: ignore[misc]


def queue_in_the_database() -> list[tuple[str, str]]:
    alerts = Alert.objects.open().most_urgent_first()
    return [(f"alert-{alert.pk}", str(alert.version)) for alert in alerts]


def test_u31_the_strip_says_not_live_when_the_house_is_gone_and_live_when_it_is_back(
    clocked: Page, cast: Cast, asgi_house: Server
):
    clocked.goto("/desk/")
    expect(state(clocked)).to_have_text("Live")
    last_good = clocked.evaluate("new Date().toTimeString().slice(0, 5)")

    asgi_house.stop()
    clocked.clock.run_for(16_000)

    expect(state(clocked)).to_have_text(f"NOT LIVE since {last_good}")

    asgi_house.start()
    AlertFactory(author=cast.member)
    clocked.clock.run_for(16_000)

    expect(state(clocked)).to_have_text("Live")
    expect(clocked.locator("#queue")).to_contain_text(cast.member.alias)


def test_f31_with_every_poke_lost_the_desk_equals_the_database_in_fifteen_seconds(
    clocked: Page, cast: Cast
):
    first = AlertFactory(author=cast.member, urgency=Urgency.AMBER)
    gone = AlertFactory(author=cast.member, urgency=Urgency.AMBER)
    heard: list[str | bytes] = []

    def swallow(socket: WebSocketRoute) -> None:
        socket.connect_to_server().on_message(lambda poke: heard.append(poke))

    clocked.route_web_socket("**/live/", swallow)
    clocked.goto("/desk/")
    expect(state(clocked)).to_have_text("Live")
    assert queue_of(clocked) == queue_in_the_database()

    AlertFactory(author=cast.member, urgency=Urgency.CRISIS)
    acts.claim_alert(alert=first, by=cast.senior, at=timezone.now())
    acts.close_alert(
        alert=gone, by=cast.senior, outcome="replied", note="Well.", version=None,
        judgement=Judgement(Urgency.AMBER),
        at=timezone.now(),
    )  # fmt: skip
    assert queue_of(clocked) != queue_in_the_database()
    clocked.clock.run_for(15_000)

    expect(clocked.locator("#queue li").first).to_contain_text("Crisis")
    expect(clocked.locator("#queue")).to_contain_text("Guide Senior")
    assert queue_of(clocked) == queue_in_the_database()
    assert heard, "there were pokes to lose"


def test_u30_typed_words_survive_a_new_alert_and_the_loss_of_the_claim(clocked: Page, cast: Cast):
    mine = AlertFactory(author=cast.member)
    acts.claim_alert(alert=mine, by=cast.guide, at=timezone.now())
    clocked.goto(f"/desk/alerts/{mine.pk}/")
    box = clocked.get_by_label("Your reply, on the wall")
    box.fill(WORDS)

    newer = AlertFactory(author=cast.member, urgency=Urgency.CRISIS)
    expect(clocked.locator(f"#alert-{newer.pk}")).to_be_visible()
    expect(box).to_have_value(WORDS)
    expect(box).to_be_focused()

    Alert.objects.filter(pk=mine.pk).update(claim_expires_at=timezone.now())
    acts.claim_alert(alert=mine, by=cast.senior, at=timezone.now())
    clocked.clock.run_for(30_000)
    expect(clocked.locator("[data-claim-lost]")).to_contain_text("Guide Senior has claimed this.")
    expect(box).to_have_value(WORDS)

    clocked.get_by_role("button", name="Reply", exact=True).click()
    expect(clocked.get_by_role("alert").first).to_contain_text("Guide Senior has claimed this.")
    expect(clocked.get_by_label("Your reply, on the wall")).to_have_value(WORDS)
    assert not mine.subject.replies.exists()


def test_f27_an_open_page_keeps_its_claim(clocked: Page, cast: Cast):
    mine = AlertFactory(author=cast.member)
    acts.claim_alert(alert=mine, by=cast.guide, at=timezone.now())
    clocked.goto(f"/desk/alerts/{mine.pk}/")
    nearly = timezone.now() + timedelta(seconds=20)
    Alert.objects.filter(pk=mine.pk).update(claim_expires_at=nearly)

    with clocked.expect_response("**/heartbeat/") as beat:
        clocked.clock.run_for(30_000)

    assert beat.value.ok
    mine.refresh_from_db()
    assert mine.claimed_by == cast.guide
    assert mine.claim_expires_at > nearly + timedelta(seconds=60)


def test_u32_the_loser_of_a_race_is_told_who_won_and_keeps_every_word(opens: Opens, cast: Cast):
    alert = AlertFactory(author=cast.member)
    winner = opens("guide", f"/desk/alerts/{alert.pk}/")
    loser = opens("senior", f"/desk/alerts/{alert.pk}/")
    loser.get_by_role("heading", name="Reply to").click()
    loser.get_by_label("Your reply, on the wall").fill(WORDS)

    winner.get_by_role("button", name="Take it").click()
    expect(winner.get_by_text("You have this alert.")).to_be_visible()
    expect(loser.locator(f"#alert-{alert.pk}")).to_contain_text("Guide Leeds")
    loser.get_by_role("button", name="Take it").click()

    expect(loser.get_by_role("alert").first).to_contain_text("Guide Leeds has claimed this.")
    expect(loser.get_by_label("Your reply, on the wall")).to_have_value(WORDS)
    expect(loser.get_by_label("Your reply, on the wall")).to_be_visible()


def test_u33_a_desk_is_silent_until_a_press_and_says_so(opens: Opens, cast: Cast):
    AlertFactory(author=cast.member)
    desk = opens("guide", "/desk/")
    sound = desk.locator("[data-alarm-arm]")
    expect(sound).to_have_text("Sound is off: turn it on")
    expect(sound).to_have_attribute("aria-pressed", "false")
    expect(desk.get_by_text("New alert")).to_be_visible()

    sound.click()

    expect(sound).to_have_text("Sound is on")
    expect(sound).to_have_attribute("aria-pressed", "true")
    desk.get_by_role("button", name="stop the sound").click()
    expect(desk.get_by_role("button", name="stop the sound")).to_be_hidden()
    expect(sound).to_be_focused()


@pytest.mark.parametrize("how", ["stood down", "a guide no more"])
def test_s07_nothing_of_the_desk_stays_on_the_screen_of_who_is_no_guide_any_more(
    how: str, opens: Opens, cast: Cast
):
    alert = AlertFactory(author=cast.member)
    cast.client("guide").post(f"/desk/alerts/{alert.pk}/claim/")
    desk = opens("guide", f"/desk/alerts/{alert.pk}/")
    expect(desk.locator("main")).to_contain_text(cast.member.alias)
    expect(state(desk)).to_have_text("Live")
    desk.get_by_label("Your reply, on the wall").fill(WORDS)

    if how == "stood down":
        stand_down(user=cast.guide.user, at=timezone.now())
    else:
        cast.guide.covers.clear()
        type(cast.guide).objects.filter(pk=cast.guide.pk).update(user=UserFactory())
        pokes.close_sockets_of(cast.guide.user.pk)

    expect(desk.get_by_role("heading", level=1)).to_have_text("You have been signed out")
    assert cast.member.alias not in desk.locator("body").inner_text()
    assert desk.title() == "Signed out"
    expect(desk.locator("main textarea")).to_have_value(WORDS)
