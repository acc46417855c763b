"""
S31 in a real browser: what is planted in every word of the town runs nothing, asks nobody and
leads nowhere. Every page of everything is read in tests/security; here are those people open most.
"""

from __future__ import annotations

from playwright.sync_api import Dialog

from tests.browser.conftest import DESK, Opens
from tests.browser.town import Town, town  # noqa: F401 -- a fixture
from tests.browser.visits import VISITS
from tests.security.payloads import MARK, plant

# By role, the routes that show most of what others have written.
SHOWN = {
    "anonymous": ["community:look"],
    "member": [
        "community:feed", "community:thread", "community:search", "community:groups",
        "community:group", "community:drafts", "belonging:me", "belonging:written",
        "belonging:saved", "belonging:profile", "conversations:talk", "notifications:news",
    ],
    "guide": [
        "escalation:desk", "escalation:alert", "escalation:case", "escalation:identity-request",
        "escalation:held", "escalation:matters", "escalation:matter", "escalation:conversation",
        "escalation:unanswered", "escalation:peers", "escalation:member",
        "community:group-desk", "community:post-history",
    ],
    "admin": ["escalation:people", "way-in-list", "escalation:protocol-detail"],
}  # fmt: skip
# What a page may never have, however it came in; all of it from the browser's own reading.
FAULTS = """() => [...document.querySelectorAll("*")].flatMap((each) => [
    ...[...each.attributes].filter(({ name }) => name.startsWith("on") || name === "style")
        .map(({ name }) => `${each.tagName} ${name}`),
    ...(["SCRIPT", "STYLE", "IFRAME", "OBJECT", "EMBED", "BASE"].includes(each.tagName) &&
        !each.src?.startsWith(location.origin) ? [each.tagName] : []),
    ...(["href", "src", "action"].map((name) => each.getAttribute?.(name)?.trim().toLowerCase())
        .filter((to) => to?.startsWith("javascript:") || to?.startsWith("data:text"))),
])"""

UNFOLD = "document.querySelectorAll('details').forEach((fold) => (fold.open = true))"
# What a reader does without pressing anything.
TOUCH = """() => document.querySelectorAll("main *").forEach((each) => {
    each.focus?.();
    for (const name of ["mouseover", "mouseenter", "pointerenter", "focus", "toggle"]) {
        each.dispatchEvent(new Event(name, { bubbles: true }));
    }
})"""


def test_s31_nothing_that_is_planted_runs(
    opens: Opens,
    town: Town,  # noqa: F811
):
    plant()
    dialogs: list[str] = []

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    found, marked = [], set()
    for role, routes in SHOWN.items():
        page = opens(role, size=DESK)
        page.on("dialog", refuse)
        visits = {each.route: each for each in VISITS if each.role == role and not each.send}
        for visit in (visits[route] for route in routes):
            visit.go(page, town)
            page.evaluate(UNFOLD)
            found += [f"{visit}: {fault}" for fault in page.evaluate(FAULTS)]
            if MARK in page.locator("body").inner_text():
                marked.add(visit.route)
            page.evaluate(TOUCH)
        assert page.evaluate(f"typeof window.{MARK}") == "undefined"

    assert not found, found[:20]
    assert not dialogs
    # What could have broken out was there to see on nearly all of them.
    assert len(marked) >= 20, marked


def test_s31_what_ran_would_be_found(opens: Opens):
    """As a page would be without the policy and the escaping; so the look for it is no wall."""
    page = opens("anonymous", "/robots.txt")
    page.set_content("<img src=x onerror=1><a href='javascript:1'>x</a><style></style>")

    assert len(page.evaluate(FAULTS)) == 3
    opens.faults.clear()
