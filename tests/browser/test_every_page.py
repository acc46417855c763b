"""
Every page, in every state worth looking at, as each kind of person.

axe finds nothing, narrow and wide, light and dark (U01). Narrow pages need no sideways
scroll, text that a reader spreads is not cut (U04), and what is pressed is large (U05).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from playwright.sync_api import Page

from accounts import brakes
from community.views import reading
from tests.architecture.test_every_route_has_an_audience import all_routes
from tests.browser import axe, reflow
from tests.browser.conftest import DESK, Opens
from tests.browser.town import Town, town  # noqa: F401 -- a fixture
from tests.browser.visits import NOT_PAGES, ROLES, VISITS, send_as_it_is

# The least size of what is pressed (U05).
OF_MEMBERS, OF_GUIDES = 44, 32


def test_every_route_is_visited_or_says_why_not():
    visited = {visit.route for visit in VISITS}

    assert not visited & set(NOT_PAGES)
    assert {name for name, _ in all_routes()} == visited | set(NOT_PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_u01_u04_u05_nothing_is_wrong_with_any_page(
    role: str,
    opens: Opens,
    town: Town,  # noqa: F811
):
    page = opens(role, size=DESK)
    found = []
    for visit in VISITS:
        if visit.role == role:
            visit.go(page, town)
            # A form's error state, on a page seen already, takes the first and the last way.
            found += faults(page, str(visit), role=role, ways=axe.WAYS[:: 3 if visit.send else 1])

    assert not found, "\n".join(found)


def test_u01_u04_u05_nor_with_the_pages_of_bad_days(
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
    with monkeypatch.context() as braked:
        once_an_hour = brakes.Brake("writing", 1, 60 * brakes.MINUTE)
        once_an_hour.press(str(town.cast.member.pk), at=town.now)
        braked.setattr(brakes, "WRITING", once_an_hour)
        member.goto("/wall/new/")
        too_fast = send_as_it_is(member, "form[data-once]", {"body": "Words of mine."})
        assert too_fast.status == 429  # type: ignore[union-attr]
        found += faults(member, "429, words kept")
    visitor = opens(size=DESK)
    for _ in range(brakes.SIGN_INS_TO_ONE.most + 1):
        visitor.goto("/account/login/")
        wrong = {"login": "nobody@example.invalid", "password": "not this one"}
        refused = send_as_it_is(visitor, "form[action$='/account/login/']", wrong)
    assert refused.status == 429  # type: ignore[union-attr]
    found += faults(visitor, "429, too many wrong passwords")

    for status, error in ((503, OperationalError("away")), (500, RuntimeError("a bug"))):
        monkeypatch.setattr(reading, "_page", raises(error))
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


def test_the_faults_would_be_found(opens: Opens):
    page = opens(path="/", size=DESK)
    page.get_by_role("heading", level=1).evaluate(
        """(h1) => {
            h1.style.width = "330px";
            h1.insertAdjacentHTML("beforebegin", "<button>x</button>");
            h1.insertAdjacentHTML("afterend", "<img src='/static/img/mark.svg'>");
            h1.parentElement.children[3].style.cssText = "height: 1em; overflow: hidden";
        }"""
    )

    found = faults(page, "door")
    assert [one for one in found if "image-alt" in one][1:] != []
    for kind in ("sideways:", "sideways, spread:", "small:", "cut:"):
        assert any(one.startswith(f"door {kind}") for one in found), kind


def faults(
    page: Page, name: str, *, role: str = "member", ways: Sequence[axe.Way] = axe.WAYS
) -> list[str]:
    least = OF_GUIDES if role in ("guide", "senior") else OF_MEMBERS
    return [
        f"{name} {one}" for one in axe.faults(page, ways=ways) + reflow.faults(page, least=least)
    ]


def raises(error: Exception) -> Callable[..., Any]:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return fail
