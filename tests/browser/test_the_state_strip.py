"""The strip that never lies, on a clock of the test's own (U31, U33, the desk's side of F10)."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.stage import Stage


def row(pk: int, words: str, *, version: int = 1, flags: str = "data-unacknowledged") -> str:
    return (
        f'<li id="alert-{pk}" data-version="{version}" {flags}>'
        f'<a class="queue-row" href="/desk/alerts/{pk}/">{words}</a></li>'
    )


def rows(*items: str) -> str:
    return f'<ul class="queue" id="queue-rows">{"".join(items)}</ul>'


class Desk(Stage):
    """A desk whose queue a test can change, slow down and break."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.queue: str | None = rows(row(1, "First"), row(2, "Second"))
        self.headers: dict[str, str] = {}
        self.etag = 0
        self.seen_etags: list[str | None] = []
        strip = render_to_string("_components/state_strip.html", {"strip": {}})
        body = f'{strip}<div id="queue" data-live="/desk/queue/">{self.queue}</div>'
        self.page_at("/desk/", body, "alarm", "strip", "live")
        self.answers["/desk/queue/"] = self.answer
        self.answers["/desk/strip/"] = {"body": render_to_string("_components/strip_figures.html")}
        page.clock.install()

    def answer(self, request: Request) -> dict[str, Any] | None:
        if self.queue is None:
            return None
        self.seen_etags.append(request.headers.get("if-none-match"))
        assert request.headers["x-fragment"] == "1"
        return {"body": self.queue, "headers": {"ETag": f'"{self.etag}"', **self.headers}}

    @property
    def state(self) -> Locator:
        return self.page.locator("[data-live-state]")

    def pass_seconds(self, seconds: int) -> None:
        # A second at a time, so that answers can arrive in between as they do in life.
        for _ in range(seconds):
            self.page.clock.run_for(1000)

    def lose_socket(self, *, for_good: bool = False) -> None:
        self.refuses_sockets = for_good
        self.sockets[-1].close()


@pytest.fixture
def desk(page: Page) -> Desk:
    desk = Desk(page)
    desk.go("/desk/")
    expect(desk.state).to_have_text("Live")
    return desk


def test_without_javascript_it_says_that_it_does_not_move() -> None:
    html = render_to_string("_components/state_strip.html", {"strip": {}})
    assert "Not updating by itself" in html


def test_a_poke_brings_the_new_row_at_once(desk: Desk) -> None:
    desk.queue = rows(row(3, "Third"), row(1, "First"), row(2, "Second"))
    desk.poke()
    expect(desk.page.locator(".queue-row")).to_have_text(["Third", "First", "Second"])


def test_a_new_row_takes_neither_focus_nor_place_from_the_reader(desk: Desk) -> None:
    desk.page.get_by_text("Second").focus()
    desk.page.evaluate("document.querySelector('#alert-2').dataset.mine = 'the same element'")
    desk.queue = rows(row(3, "Third"), row(2, "Second"), row(1, "First"))
    desk.poke()
    expect(desk.page.locator(".queue-row")).to_have_text(["Third", "Second", "First"])
    expect(desk.page.get_by_text("Second")).to_be_focused()
    expect(desk.page.locator("#alert-2")).to_have_attribute("data-mine", "the same element")


def test_focus_stays_on_a_row_that_changed_under_it(desk: Desk) -> None:
    desk.page.get_by_text("Second").focus()
    desk.queue = rows(row(1, "First"), row(2, "Second, taken", version=2, flags=""))
    desk.poke()
    expect(desk.page.get_by_text("Second, taken")).to_be_focused()


def test_a_row_that_became_late_is_shown_late_though_its_version_is_the_same(desk: Desk) -> None:
    desk.queue = rows(row(1, "First", flags="data-unacknowledged data-overdue"), row(2, "Second"))
    desk.poke()
    expect(desk.page.locator("#alert-1[data-overdue]")).to_be_visible()


def test_a_lost_socket_is_live_still_while_asking_works(desk: Desk) -> None:
    desk.lose_socket()
    expect(desk.state).to_have_text("Live (checking every 15 seconds)")


def test_f10_a_lost_poke_costs_no_more_than_fifteen_seconds(desk: Desk) -> None:
    desk.queue = rows(row(3, "Third"))
    desk.pass_seconds(16)
    expect(desk.page.locator(".queue-row")).to_have_text(["Third"])


def test_it_is_not_live_since_the_last_good_answer_when_nothing_answers(desk: Desk) -> None:
    since = desk.page.evaluate("new Date().toTimeString().slice(0, 5)")
    desk.queue = None
    desk.lose_socket(for_good=True)
    desk.pass_seconds(16)
    expect(desk.state).to_have_text(f"NOT LIVE since {since}")
    expect(desk.state).to_have_attribute("data-state", "not-live")


def test_an_open_socket_does_not_hide_that_asking_fails(desk: Desk) -> None:
    desk.queue = None
    desk.pass_seconds(16)
    expect(desk.state).to_have_text("Catching up")
    desk.pass_seconds(16)
    expect(desk.state).to_contain_text("NOT LIVE since")


def test_it_is_live_again_after_the_first_good_answer(desk: Desk) -> None:
    kept, desk.queue = desk.queue, None
    desk.lose_socket(for_good=True)
    desk.pass_seconds(16)
    expect(desk.state).to_contain_text("NOT LIVE")
    desk.queue = kept
    desk.refuses_sockets = False
    desk.pass_seconds(16)
    expect(desk.state).to_contain_text("Live")
    assert len(desk.sockets) > 1


def test_an_unchanged_queue_is_asked_for_by_its_etag_and_stays_live(desk: Desk) -> None:
    desk.answers["/desk/queue/"] = lambda request: {"status": 304}
    desk.pass_seconds(45)
    expect(desk.state).to_have_text("Live")
    assert desk.seen_etags[0] is None


def test_a_second_asking_carries_the_etag(desk: Desk) -> None:
    desk.poke()
    desk.pass_seconds(16)
    assert desk.seen_etags[-1] == '"0"'


def test_a_guide_who_was_signed_out_is_told(desk: Desk) -> None:
    desk.answers["/desk/queue/"] = {"status": 302, "headers": {"Location": "/account/login/"}}
    desk.poke()
    expect(desk.state).to_contain_text("you have been signed out")
    # The rows that were there stay: what is on the screen is old, and said to be.
    expect(desk.page.locator(".queue-row")).to_have_count(2)


def test_the_servers_own_warning_is_shown_as_words_and_goes_when_it_is_over(desk: Desk) -> None:
    warning = desk.page.locator("[data-live-safety]")
    desk.headers = {"X-Safety": "Screening is behind <b>now</b>."}
    desk.answers["/desk/strip/"] = {"body": "<dl></dl>", "headers": desk.headers}
    desk.poke()
    expect(warning).to_have_text("Screening is behind <b>now</b>.")
    desk.headers = {}
    desk.answers["/desk/strip/"] = {"body": "<dl></dl>"}
    desk.poke()
    expect(warning).to_have_text("")


def test_u33_the_sound_is_armed_by_a_press_and_says_so(desk: Desk) -> None:
    arm = desk.page.locator("[data-alarm-arm]")
    expect(arm).to_have_text("Sound is off: turn it on")
    arm.click()
    expect(arm).to_have_text("Sound is on")
    expect(arm).to_have_attribute("aria-pressed", "true")


TONES = """
    window.tones = [];
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
        const tone = make.call(this);
        const start = tone.start.bind(tone);
        tone.start = (at) => { window.tones.push(tone.frequency.value); start(at); };
        return tone;
    };
"""


@pytest.fixture
def sounding(page: Page) -> Desk:
    page.add_init_script(TONES)
    desk = Desk(page)
    desk.go("/desk/")
    expect(desk.state).to_have_text("Live")
    desk.page.locator("[data-alarm-arm]").click()
    expect(desk.page.locator("[data-alarm-arm]")).to_have_text("Sound is on")
    desk.page.locator("[data-alarm-hush]").click()
    return desk


def tones(desk: Desk) -> list[int]:
    heard: list[int] = desk.page.evaluate("window.tones.splice(0)")
    return heard


def test_u33_a_new_alert_sounds_until_somebody_takes_it(sounding: Desk) -> None:
    tones(sounding)
    sounding.pass_seconds(10)
    assert tones(sounding) == []
    sounding.queue = rows(row(3, "Third"), row(1, "First"), row(2, "Second"))
    sounding.poke()
    expect(sounding.page.locator("[data-alarm-note]")).to_have_text("New alert")
    first = tones(sounding)
    sounding.pass_seconds(9)
    assert tones(sounding) == first != []
    sounding.queue = rows(row(3, "Third", version=2, flags=""), row(1, "First"), row(2, "Second"))
    sounding.poke()
    expect(sounding.page.locator("[data-alarm-note]")).to_have_text("")
    tones(sounding)
    sounding.pass_seconds(9)
    assert tones(sounding) == []


def test_u33_new_late_and_not_live_sound_different(sounding: Desk) -> None:
    tones(sounding)
    note = sounding.page.locator("[data-alarm-note]")
    hush = sounding.page.locator("[data-alarm-hush]")
    sounding.queue = rows(row(3, "Third"))
    sounding.poke()
    expect(note).to_have_text("New alert")
    new = tones(sounding)
    hush.click()
    sounding.queue = rows(row(3, "Third", flags="data-unacknowledged data-overdue"))
    sounding.poke()
    expect(note).to_have_text("An alert is late")
    late = tones(sounding)
    hush.click()
    sounding.queue = None
    sounding.lose_socket(for_good=True)
    sounding.pass_seconds(16)
    expect(note).to_have_text("This desk is not live")
    not_live = tones(sounding)
    assert len({tuple(new), tuple(late), tuple(not_live[: len(new) + 1])}) == 3
    assert new
    assert late
    assert not_live
