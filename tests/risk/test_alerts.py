"""What the database itself refuses, whoever asks and however."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from risk.alerts import raise_alerts
from risk.enums import AlertOutcome, ScreeningState, Urgency
from risk.models import Alert, Screening
from tests.factories.accounts import WallGuideFactory
from tests.factories.community import PostFactory
from tests.factories.risk import AlertFactory

pytestmark = pytest.mark.django_db


def refused(constraint: str, alert: Alert | Screening, **fields: Any) -> None:
    """The database names the very constraint that stands in the way."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(alert)._default_manager.filter(pk=alert.pk).update(**fields)


def test_an_open_alert_without_a_next_action_is_refused_by_the_database():
    refused("an_open_alert_has_a_next_action", AlertFactory(), next_action_at=None)


def test_closing_without_an_outcome_is_refused_by_the_database():
    refused(
        "a_closed_alert_has_an_outcome_and_a_person",
        AlertFactory(),
        closed_at=timezone.now(),
        closed_by=WallGuideFactory(),
    )


def test_closing_without_a_person_is_refused_by_the_database():
    refused(
        "a_closed_alert_has_an_outcome_and_a_person",
        AlertFactory(),
        closed_at=timezone.now(),
        outcome=AlertOutcome.REPLIED,
    )


def test_an_outcome_for_an_alert_that_is_still_open_is_refused_by_the_database():
    refused(
        "a_closed_alert_has_an_outcome_and_a_person", AlertFactory(), outcome=AlertOutcome.REPLIED
    )


def test_only_the_canarys_alert_closes_without_a_person():
    alert = AlertFactory()

    Alert.objects.filter(pk=alert.pk).update(
        closed_at=timezone.now(), outcome=AlertOutcome.CANARY, next_action_at=None
    )

    assert not Alert.objects.open().exists()


@pytest.mark.parametrize("missing", ["claimed_by", "claimed_at", "claim_expires_at"])
def test_a_claim_has_a_holder_a_beginning_and_an_end_or_is_refused(missing: str):
    now = timezone.now()
    whole = {"claimed_by": WallGuideFactory(), "claimed_at": now, "claim_expires_at": now}

    refused("alert_claimed_at_with_by", AlertFactory(), **{**whole, missing: None})


@pytest.mark.parametrize("what", ["acknowledged", "senior_asked", "senior_answered"])
def test_an_instant_without_its_person_is_refused(what: str):
    refused(f"alert_{what}_at_with_by", AlertFactory(), **{f"{what}_at": timezone.now()})
    refused(f"alert_{what}_at_with_by", AlertFactory(), **{f"{what}_by": WallGuideFactory()})


def test_a_second_open_alert_about_the_same_writing_is_refused():
    alert = AlertFactory()
    alert.pk = None

    with pytest.raises(IntegrityError, match="one_open_alert_per_subject"):
        alert.save(force_insert=True)


def test_a_screening_that_says_it_is_done_without_saying_when_is_refused():
    PostFactory()
    row = Screening.objects.get()

    refused("screening_is_pending_until_screened_at", row, state=ScreeningState.LEFT_TO_A_PERSON)
    refused("screening_is_pending_until_screened_at", row, screened_at=timezone.now())


def test_a_screened_text_without_an_urgency_is_refused():
    PostFactory()

    refused(
        "a_screened_text_has_an_urgency",
        Screening.objects.get(),
        state=ScreeningState.SCREENED,
        screened_at=timezone.now(),
    )


def test_a_second_screening_of_the_same_version_is_refused():
    PostFactory()
    row = Screening.objects.get()
    row.pk = None

    with pytest.raises(IntegrityError, match="one_screening_per_version_of_a_subject"):
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("urgency", "within"),
    [
        (Urgency.AMBER, timedelta(hours=4)),
        (Urgency.RED, timedelta(minutes=15)),
        (Urgency.CRISIS, timedelta(minutes=5)),
    ],
)
def test_an_alert_says_from_its_first_moment_when_it_will_be_late(urgency, within):
    at = timezone.now()

    alert = AlertFactory(urgency=urgency, at=at)

    assert alert.due_at == alert.next_action_at == at + within


def test_asking_again_for_the_same_words_asks_once():
    alert = AlertFactory()

    with transaction.atomic():
        raise_alerts([alert.screening, alert.screening], at=timezone.now())

    assert Alert.objects.count() == 1


def test_the_queue_is_by_urgency_and_then_by_what_is_due_first():
    at = timezone.now()
    later = AlertFactory(urgency=Urgency.RED, at=at)
    sooner = AlertFactory(urgency=Urgency.RED, at=at - timedelta(minutes=5))
    amber = AlertFactory(urgency=Urgency.AMBER, at=at - timedelta(days=3))
    crisis = AlertFactory(urgency=Urgency.CRISIS, at=at)

    assert list(Alert.objects.open().most_urgent_first()) == [crisis, sooner, later, amber]
