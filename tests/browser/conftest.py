"""
A real Chromium, the house over real sockets, and people who open pages in it.

`opens` is what most tests ask for: ``opens("guide")`` is a page of a signed-in guide in a
browser of their own. Whatever the page's scripts throw, or the policy forbids, fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.browser.worker import celery_worker
from tests.cast import Cast

# Long enough for two busy cores; what is asserted arrives in a fraction of it.
PATIENCE_MS = 15_000
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# This machine, and where "Leave quickly" leads.
OURS = (
    "http://127.0.0.1:",
    "http://localhost:",
    "data:",
    "blob:",
    "about:",
    "https://www.bbc.co.uk/",
)


# Not Playwright's `wait_for_function`, which takes an unkept promise for a yes and asks by `eval`,
# which our pages forbid.
def until(page: Page, script: str) -> Any:
    """What a script gives once that is something; it may be asynchronous."""
    for _ in range(PATIENCE_MS // 50):
        if given := page.evaluate(script):
            return given
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {script}")


HERE = Path(__file__).parent
PHONE = {"width": 390, "height": 800}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Last, and marked: Playwright keeps a loop in this thread, which coroutines cannot share."""
    of_browser = [item for item in items if item.path.parent == HERE]
    for item in of_browser:
        item.add_marker(pytest.mark.browser)
    items[:] = [item for item in items if item.path.parent != HERE] + of_browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, which may reach this machine and nothing else."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert path, "no Chromium: `make test` says what to install"
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--autoplay-policy=user-gesture-required",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        ],
    }  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    expect.set_options(timeout=PATIENCE_MS)


class Opens:
    """Opens pages as somebody, each in a browser of their own."""

    def __init__(self, browser: Browser, address: str, cast: Cast) -> None:
        self.browser, self.address, self.cast = browser, address, cast
        self.contexts: list[Any] = []
        self.faults: list[str] = []

    def __call__(
        self, role: str = "anonymous", path: str = "", *, size: dict[str, int] = DESK, **more: Any
    ) -> Page:
        context = self.browser.new_context(
            base_url=self.address, viewport=size, locale="en-GB",
            # What a test answers in place of the house would not reach it past one of these.
            **{"service_workers": "block", **more},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        if self.cast.user(role):
            # Signed in as the form does it, without the form: that has tests of its own.
            cookies = self.cast.client(role).cookies
            context.add_cookies(
                [{"name": name, "value": morsel.value, "url": self.address}
                 for name, morsel in cookies.items()]
            )  # fmt: skip
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", self.hear)
        page.on("request", self.watch)
        if path:
            page.goto(path)
        return page

    def hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.faults.append(message.text)

    def watch(self, request: Request) -> None:
        """Nothing is asked of anybody else: no page of ours has a third party in it."""
        if not request.url.startswith(OURS):
            self.faults.append(f"{request.frame.url}: asked {request.url}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def opens(browser: Browser, asgi_server: str, cast: Cast) -> Iterator[Opens]:
    opener = Opens(browser, asgi_server, cast)
    yield opener
    opener.close()
    assert not opener.faults, opener.faults


@pytest.fixture(scope="module")
def worker(django_db_setup: None) -> Iterator[None]:
    """A Celery worker as in production, on the test database, for the tests of one module."""
    with celery_worker():
        yield
