"""What axe says against a page, narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

ALL_RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
}
# The dark scheme changes tokens and nothing else, as `test_the_dark_scheme_…` holds.
OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
Way = tuple[int, Literal["light", "dark"], dict[str, Any]]
# Width, scheme, rules.
WAYS: tuple[Way, ...] = (
    (320, "light", ALL_RULES),
    (1280, "light", ALL_RULES),
    (320, "dark", OF_COLOUR),
    (1280, "dark", OF_COLOUR),
)


def faults(page: Page, *, ways: Sequence[Way] = WAYS) -> list[str]:
    """Whatever axe says against this page, in each width and scheme, once it has come to rest."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    found = []
    for width, scheme, rules in ways:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        violations = page.evaluate(
            """async (rules) => (await axe.run(document, {
                runOnly: rules, resultTypes: ["violations"], preload: false,
            })).violations.flatMap((one) => one.nodes.map((node) =>
                `${one.id}: ${node.target} ${node.failureSummary.split("\\n")[1]}`))""",
            rules,
        )
        found += [f"{width} {scheme}: {one}" for one in violations]
    return found
