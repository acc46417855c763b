"""The door by hand, both ways, from a case to the member's own page; with and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audit.models import Entry
from escalation.models import IdentityLook
from tests.browser.conftest import DESK, PHONE, Opens
from tests.cast import Cast
from tests.factories.accounts import WallGuideFactory
from tests.factories.identity import PLANTED, REASON, a_case_with_details

WAYS = pytest.mark.parametrize(
    "way", [{}, {"java_script_enabled": False}], ids=["with scripts", "without"]
)


@WAYS
def test_a_second_guide_says_yes_and_the_member_is_told(
    opens: Opens, cast: Cast, way: dict[str, Any]
):
    case = a_case_with_details(cast)
    cast.second = WallGuideFactory(covers=[cast.leeds], name="Guide Second")  # type: ignore[attr-defined]

    guide = opens("guide", f"/desk/cases/{case.pk}/", size=DESK, **way)
    guide.get_by_role("link", name="Ask a second person").click()
    guide.get_by_label("To reach you, when you did not answer").check()
    guide.get_by_label("Your reason").fill(REASON)
    guide.get_by_role("button", name="Ask for a second person").click()
    state = guide.locator("#identity-state")
    expect(state).to_contain_text("It waits for a second person")

    second = opens("second", "/desk/", size=DESK, **way)
    second.get_by_role("link", name="1 to decide").click()
    second.get_by_role("link", name=f"Case {case.pk}").click()
    expect(second.get_by_role("main")).to_contain_text(REASON)
    second.get_by_label("Yes, open it for thirty minutes").check()
    second.get_by_role("button", name="Decide").click()
    expect(second.locator("#identity-state")).to_contain_text("Guide Second said yes")
    expect(second.get_by_role("button", name="Look now")).to_have_count(0)

    if way:
        guide.reload()
    # With scripts the open page has found out by itself.
    expect(state).to_contain_text("Guide Second said yes")
    guide.get_by_role("button", name="Look now").click()
    shows_everything(guide)

    told = opens("member", "/me/looks/", size=PHONE, **way).get_by_role("main")
    expect(told).to_contain_text("A wall guide looked.")
    expect(told).to_contain_text("To reach you, when you did not answer, to keep you safe.")
    assert IdentityLook.objects.get().audit_seq == Entry.objects.get(verb="look at identity").seq


@WAYS
def test_a_life_at_risk_opens_at_once_and_another_senior_reviews_it(
    opens: Opens, cast: Cast, way: dict[str, Any]
):
    case = a_case_with_details(cast)

    guide = opens("guide", f"/desk/cases/{case.pk}/", size=DESK, **way)
    guide.get_by_role("link", name="A life is at risk").click()
    guide.get_by_label("To make sure that you were safe").check()
    guide.get_by_label("What makes you believe it?").fill(REASON)
    guide.get_by_label("I believe that a life is at risk now").check()
    guide.get_by_role("button", name="Open it now").click()
    shows_everything(guide)

    senior = opens("senior", "/desk/", size=DESK, **way)
    senior.get_by_role("link", name="1 to review").click()
    senior.get_by_role("link", name=f"Case {case.pk}").click()
    senior.get_by_label("What you found").fill("It was right: they had said goodbye.")
    senior.get_by_role("button", name="Sign the review").click()
    expect(senior.get_by_role("main")).to_contain_text("It was right: they had said goodbye.")
    expect(senior.locator("#strip")).not_to_contain_text("to review")

    admin = opens("admin", "/operator/releases/", size=DESK, **way)
    expect(admin.get_by_role("main")).to_contain_text("Guide Senior")
    told = opens("member", "/me/looks/", size=PHONE, **way).get_by_role("main")
    expect(told).to_contain_text("They thought your life was at risk, so it was done at once.")


def shows_everything(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Who ")
    for value in PLANTED.given().values():
        expect(page.get_by_role("main")).to_contain_text(value)
