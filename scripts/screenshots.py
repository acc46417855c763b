#!/usr/bin/env python3
"""
Make the README's picture from a running demo: the wall on a phone, and the desk.

    make demo                                  # in one terminal
    .venv/bin/python scripts/screenshots.py    # in another; takes the demo's address

What it shows is the demo town as it stands; nothing is drawn or retouched.
"""

from __future__ import annotations

import base64
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "img" / "wall-and-desk.png"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LARGEST = 400 * 1024
# What `make demo` prints for everybody to see.
PASSWORD = "limewash-wall"  # noqa: S105
PHONE, DESK = {"width": 390, "height": 800}, {"width": 1280, "height": 800}
FRAME = """<!doctype html><style>
body {{ margin: 0; display: flex; gap: 28px; padding: 28px; background: #e4dace;
    width: max-content; }}
img {{ height: 640px; border-radius: 10px; }}
</style><img src="data:image/png;base64,{wall}"><img src="data:image/png;base64,{desk}">"""


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        wall, desk = the_wall(browser, address), the_desk(browser, address)
        page = browser.new_page(viewport={"width": 1500, "height": 700})
        page.set_content(FRAME.format(wall=as_text(wall), desk=as_text(desk)))
        PICTURE.parent.mkdir(exist_ok=True)
        page.locator("body").screenshot(path=PICTURE)
        browser.close()
    size = PICTURE.stat().st_size
    if size > LARGEST:
        sys.exit(f"{PICTURE.name} has {size} bytes, and may have {LARGEST}.")
    print(f"{PICTURE.name}: {size} bytes")


def the_wall(browser: Browser, address: str) -> bytes:
    """One topic's posts, as a member reads them on a phone by day."""
    page = signed_in(browser, address, "wren", viewport=PHONE, color_scheme="light")
    page.get_by_role("navigation", name="Topics").get_by_role("link", name="Small good").click()
    page.get_by_role("heading", level=1, name="Small good things").wait_for()
    return settled(page).screenshot()


def the_desk(browser: Browser, address: str) -> bytes:
    """An alert that nobody has taken yet, as a wall guide meets it at night."""
    page = signed_in(browser, address, "ash", viewport=DESK, color_scheme="dark")
    page.locator('#queue li[data-urgency="1"] a').first.click()
    page.get_by_role("heading", level=1).wait_for()
    page.locator('[data-live-state][data-state="live"]').wait_for()
    return settled(page).screenshot()


def signed_in(browser: Browser, address: str, name: str, **context: object) -> Page:
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    page.goto(f"{address}/account/login/")
    page.locator("[name=login]").fill(f"{name}@demo.example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/account/" not in url)
    return page


def settled(page: Page) -> Page:
    """With its fonts, or the headings would be in another face."""
    page.evaluate("document.fonts.ready")
    return page


def as_text(image: bytes) -> str:
    return base64.b64encode(image).decode()


if __name__ == "__main__":
    main()
