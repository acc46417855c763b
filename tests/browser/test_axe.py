"""U01: axe finds nothing on any page, narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.db import OperationalError
from playwright.sync_api import Page

from community import views
from tests.architecture.test_every_route_has_an_audience import all_routes
from tests.browser.conftest import DESK, Opens
from tests.browser.town import Town, town  # noqa: F401 -- a fixture
from tests.browser.visits import NOT_PAGES, ROLES, VISITS, send_as_it_is

ALL_RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
}
# The dark scheme changes tokens and nothing else, as `test_the_dark_scheme_…` holds.
OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
Way = tuple[int, Literal["light", "dark"], dict[str, Any]]
# Width, scheme, rules. A form's error state, on a page seen already, takes the first and last.
WAYS: tuple[Way, ...] = (
    (320, "light", ALL_RULES),
    (1280, "light", ALL_RULES),
    (320, "dark", OF_COLOUR),
    (1280, "dark", OF_COLOUR),
)


def test_every_route_is_visited_or_says_why_not():
    visited = {visit.route for visit in VISITS}

    assert not visited & set(NOT_PAGES)
    assert {name for name, _ in all_routes()} == visited | set(NOT_PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_u01_axe_finds_nothing(role: str, opens: Opens, town: Town):  # noqa: F811
    page = opens(role, size=DESK)
    found = []
    for visit in VISITS:
        if visit.role == role:
            visit.go(page, town)
            found += faults(page, str(visit), ways=WAYS[:: 3 if visit.send else 1])

    assert not found, "\n".join(found)


def test_u01_axe_finds_nothing_on_the_pages_of_bad_days(
    opens: Opens,
    town: Town,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    page = opens("member", size=DESK)
    found = []
    assert page.goto("/no/such/page/").status == 404  # type: ignore[union-attr]
    found += faults(page, "404")

    page.goto("/wall/new/")
    page.context.clear_cookies(name="csrftoken")
    refused = send_as_it_is(page, "form[data-once]", {"body": "Words of mine."})
    assert refused.status == 403  # type: ignore[union-attr]
    found += faults(page, "403, words kept")

    page.goto("/wall/new/")
    page.context.clear_cookies(name="sessionid")
    signed_out = send_as_it_is(page, "form[data-once]", {"body": "Words of mine."})
    assert signed_out.status == 403  # type: ignore[union-attr]
    found += faults(page, "signed out, words kept")

    member = opens("member", size=DESK)
    for status, error in ((503, OperationalError("away")), (500, RuntimeError("a bug"))):
        monkeypatch.setattr(views, "_feed", raises(error))
        assert member.goto("/wall/").status == status  # type: ignore[union-attr]
        found += faults(member, str(status))

    assert not found, "\n".join(found)


def test_the_dark_scheme_changes_colours_and_nothing_else():
    """Why only the rules of colour are asked twice."""
    css = Path(settings.BASE_DIR, "static/css")
    with_schemes = {
        path.name for path in css.rglob("*.css") if "prefers-color-scheme" in path.read_text()
    }

    assert with_schemes == {"tokens.css", "help.css"}


def test_axe_would_find_a_fault(opens: Opens):
    page = opens(path="/")
    page.get_by_role("heading", level=1).evaluate(
        "h1 => h1.insertAdjacentHTML('afterend', '<img src=\"/static/img/mark.svg\">')"
    )

    assert [fault.split(": ")[1] for fault in faults(page, "door")] == ["image-alt"] * 2


def faults(page: Page, name: str, *, ways: Sequence[Way] = WAYS) -> list[str]:
    """Whatever axe says against this page, in each width and scheme."""
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
        found += [f"{name} {width} {scheme}: {one}" for one in violations]
    return found


def raises(error: Exception) -> Callable[..., Any]:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return fail
