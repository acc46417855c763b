"""
What a page costs on a poor line (U08 to U10), as a compressing server would send it.

Text is counted gzipped, as the proxy sends it; static files are compressed at release.
"""

from __future__ import annotations

import gzip
from collections import Counter
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Page

from tests.browser.conftest import PHONE, Opens
from tests.browser.town import Town, town  # noqa: F401 -- a fixture

KB = 1024
LANDING, WALL, JS, CSS, FONTS = 45 * KB, 60 * KB, 20 * KB, 15 * KB, 20 * KB
REPEAT, TEN_MORE, SAVING = 12 * KB, 8 * KB, 40 * KB
# Status line and headers of an answer, once compressed by HTTP/2; generous.
HEADERS = 300


def test_u08_u10_the_landing_page_is_light(opens: Opens):
    weight = weight_of(opens(size=PHONE), "/")

    assert weight.total() <= LANDING, weight


def test_u08_u09_u10_the_wall_is_light_at_first_and_lighter_after(
    opens: Opens,
    town: Town,  # noqa: F811
):
    page = opens("member", size=PHONE)

    first = weight_of(page, "/wall/")
    assert page.locator(".brick").count() == 10
    again = weight_of(page, "/wall/")
    further = page.get_by_role("link", name="Show more").get_attribute("href")
    more = weight_of(page, f"/wall/{further}")

    assert first.total() <= WALL, first
    assert set(again) == set(more) == {"document"}, "all else is kept by the browser"
    assert again.total() <= REPEAT, again
    assert more.total() <= TEN_MORE, more


def test_whoever_saves_data_is_sent_no_font_and_no_picture(
    opens: Opens,
    town: Town,  # noqa: F811
):
    page = opens("member", size=PHONE, extra_http_headers={"Save-Data": "on"})

    wall = weight_of(page, "/wall/")
    pictures = page.locator("img, picture, video").count()
    thread = weight_of(page, f"/wall/posts/{town.quiet_post.public_id}/")

    assert not {"font", "image", "media", "websocket"} & {*wall, *thread}, (wall, thread)
    assert pictures == 0
    assert wall.total() <= SAVING, wall


HEAVY = [
    ("member", "/wall/"), ("member", "/wall/new/"), ("member", "thread"), ("guide", "/desk/"),
    ("anonymous", "/help-now/"), ("anonymous", "/join/"), ("member", "/me/news/"),
]  # fmt: skip


def test_u10_scripts_styles_and_fonts_keep_to_their_budgets(
    opens: Opens,
    town: Town,  # noqa: F811
):
    heavy = {}
    for role, path in HEAVY:
        path = path.replace("thread", f"/wall/posts/{town.quiet_post.public_id}/")
        weight = weight_of(opens(role), path)
        if weight["script"] > JS or weight["stylesheet"] > CSS or weight["font"] > FONTS:
            heavy[path] = weight

    assert not heavy


def test_a_page_that_asked_somebody_else_would_be_found(opens: Opens):
    """Every test of pages fails if one of them asks a third party: see Opens.watch."""
    page = opens("anonymous", "/robots.txt")
    with suppress(Error):
        page.goto("https://elsewhere.invalid/picture.png")

    assert len(opens.faults) == 1
    assert "elsewhere.invalid" in opens.faults.pop()


def weight_of(page: Page, path: str) -> Counter[str]:
    """Bytes of each kind that the page asks the network for; nothing from anywhere else."""
    came: dict[str, Any] = {}
    kept: set[str] = set()
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", lambda event: came.update({event["requestId"]: event}))
    wire.on("Network.requestServedFromCache", lambda event: kept.add(event["requestId"]))
    page.goto(path, wait_until="networkidle")

    weight: Counter[str] = Counter()
    for number, event in came.items():
        response = event["response"]
        if response["url"].startswith("data:"):
            continue
        assert response["url"].startswith(page.url.split("/", 3)[0] + "//127.0.0.1:"), response[
            "url"
        ]
        if number in kept or response.get("fromDiskCache"):
            continue
        weight[event["type"].lower()] += HEADERS
        if response["status"] == 200:
            weight[event["type"].lower()] += size_of(
                **wire.send("Network.getResponseBody", {"requestId": number})
            )
    wire.detach()
    return weight


def size_of(body: str, base64Encoded: bool) -> int:  # noqa: N803 -- as the browser calls it
    # A font comes as base64, and compressed by its own format.
    return len(body) * 3 // 4 if base64Encoded else len(gzip.compress(body.encode()))
