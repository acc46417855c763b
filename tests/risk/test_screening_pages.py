"""The staff's page about the screening: figures and no words, and acts that two people share."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from risk import champion, releases, tasks
from risk.corpus import corpus
from risk.enums import ReleaseState, Urgency
from risk.models import ModelRelease
from risk.operations import Judgement, answer_reading, raise_missed
from tests.cast import Cast
from tests.factories.accounts import MemberFactory, SeniorGuideFactory
from tests.factories.releases import a_challenger, days_of_screening, furnish_the_gate, passed
from tests.factories.risk import AuditReadingFactory, screened

pytestmark = pytest.mark.django_db


def seen(release: ModelRelease) -> dict[str, str]:
    assert release.gated_at
    return {"seen": release.gated_at.isoformat()}


def test_the_page_says_what_is_missed_with_its_interval(cast: Cast):
    admin = cast.client("admin")
    assert "No blind reading has been answered" in admin.get("/operator/screening/").text

    for _ in range(30):
        answer_reading(
            reading=AuditReadingFactory(author=cast.member), by=cast.guide, shown_at=None,
            judgement=Judgement(Urgency.GREEN), at=timezone.now(),
        )  # fmt: skip
    page = admin.get("/operator/screening/").text
    assert "by 30 blind readings" in page
    assert "at most 9.5 %" in page

    answer_reading(
        reading=AuditReadingFactory(author=cast.member), by=cast.guide, shown_at=None,
        judgement=Judgement(Urgency.RED), at=timezone.now(),
    )  # fmt: skip
    assert "3.2 %" in admin.get("/operator/screening/").text


def test_nobodys_words_and_no_alias_are_on_the_page(cast: Cast):
    member = MemberFactory(locality=cast.leeds, alias="Q7x-alias")
    raise_missed(
        screening=screened(author=member, body="Q7xplanted words."), by=cast.guide,
        level=Urgency.RED, categories=[], at=timezone.now(),
    )  # fmt: skip
    days_of_screening(until=timezone.now())

    page = cast.client("admin").get("/operator/screening/").text
    assert "Q7x" not in page
    assert "q7x" not in page
    assert "75 times in 1,000" in page


def test_charts_have_their_numbers_in_a_table(cast: Cast):
    days_of_screening(until=timezone.now())

    page = cast.client("senior").get("/operator/screening/").text
    assert page.count("<polyline") == page.count("The same in a table") == 5
    assert "<strong>outside</strong>" in page


def test_two_sign_and_then_it_is_promoted_and_taken_back(cast: Cast):
    release = furnish_the_gate(passed(a_challenger()), fails=False)
    address = f"/operator/screening/releases/{release.pk}/"
    senior, admin = cast.client("senior"), cast.client("admin")

    assert senior.post(f"{address}promotion/").status_code == 409
    assert senior.post(f"{address}signature/", seen(release)).status_code == 302
    again = senior.post(f"{address}signature/", seen(release))
    assert (again.status_code, "already" in again.text) == (409, True)
    assert "1 of 2" in admin.get(address).text
    assert admin.post(f"{address}signature/", seen(release)).status_code == 302
    assert "Let it read for the desk" in admin.get(address).text

    assert admin.post(f"{address}promotion/").status_code == 302
    assert champion.champion_id() == release.pk
    assert "reads for the desk, since" in admin.get("/operator/screening/").text

    assert senior.post("/operator/screening/roll-back/").status_code == 302
    assert champion.champion_id() is None


def test_a_report_that_changed_meanwhile_is_not_signed(cast: Cast):
    release = furnish_the_gate(passed(a_challenger()), fails=False)
    old = seen(release)
    furnish_the_gate(release, fails=False)

    address = f"/operator/screening/releases/{release.pk}/signature/"
    answer = cast.client("senior").post(address, old)
    assert answer.status_code == 409
    assert not release.signatures.exists()


def test_a_refused_release_shows_why_and_has_no_buttons(cast: Cast):
    release = furnish_the_gate(a_challenger(), fails=True)

    page = cast.client("senior").get(f"/operator/screening/releases/{release.pk}/").text
    assert "newly missed" in page
    assert "corpus:12" in page
    assert "too few to say" in page
    for act in ("assessment", "signature", "promotion"):
        assert f"/{act}/" not in page


def test_the_gate_is_asked_by_a_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []
    monkeypatch.setattr(
        tasks.assess_challenger, "apply_async", lambda **options: asked.append(options)
    )
    monkeypatch.setattr(releases, "corpus", lambda: corpus()[:300])
    release = a_challenger()
    address = f"/operator/screening/releases/{release.pk}/assessment/"

    assert cast.client("admin").post(address).status_code == 302
    assert asked == [{"kwargs": {"release_id": release.pk}, "retry": False}]

    tasks.assess_challenger(release_id=release.pk)
    release.refresh_from_db()
    assert release.gated_at
    assert release.state == ReleaseState.CHALLENGER


def test_a_broker_that_is_away_is_said_in_words(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    def away(**options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.assess_challenger, "apply_async", away)
    address = f"/operator/screening/releases/{a_challenger().pk}/assessment/"

    answer = cast.client("admin").post(address)
    assert answer.status_code == 409
    assert "try again in a minute" in answer.text


def test_a_senior_guide_who_covers_nothing_still_signs(cast: Cast):
    """Signing is about a model, and not about a place."""
    release = passed(a_challenger())
    elsewhere = SeniorGuideFactory(covers=[cast.derby])

    assert releases.sign(release=release, by=elsewhere.user, at=timezone.now()).as_senior_guide
