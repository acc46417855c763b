"""A goal that worries reaches a wall guide, who sees what it is and what can be done about it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from escalation import desk
from escalation.models import Case
from measures.operations import let_go, set_goal
from risk import screening
from risk.models import Alert
from tests.cast import Cast
from tests.factories.escalation import AgreedProtocolFactory

pytestmark = pytest.mark.django_db

WORRYING = "I want to kill myself before my birthday"


@pytest.fixture
def alert(cast: Cast) -> Alert:
    set_goal(member=cast.member, words=WORRYING, score=4, at=timezone.now())
    screening.drain(now=timezone.now)
    return Alert.objects.get()


@pytest.fixture
def guide(cast: Cast) -> Client:
    return cast.client("guide")


def page_of(alert: Alert) -> str:
    return reverse("escalation:alert", args=[alert.pk])


def test_it_stands_in_the_queue_and_its_page_says_what_it_is(alert: Alert, guide: Client):
    assert WORRYING in guide.get(reverse("escalation:desk")).text

    page = guide.get(page_of(alert))

    assert page.status_code == 200
    assert "One of their own goals" in page.text
    assert "4 of 10" in page.text
    assert "Reply to" not in page.text
    assert "Take it off the wall" not in page.text
    assert "open a case" in page.text


def test_a_program_is_told_its_kind(alert: Alert, guide: Client):
    answer = guide.get(reverse("escalation:queue"), headers={"Accept": "application/json"}).json()

    (row,) = answer["alerts"]
    assert row["subject"] == {"kind": "goal", "public_id": alert.subject.public_id}


@pytest.mark.parametrize("act", ["reply", "visibility"])
def test_what_is_only_for_the_wall_is_refused_in_words_and_keeps_them(
    alert: Alert, guide: Client, act: str
):
    answer = guide.post(
        f"{page_of(alert)}{act}/",
        {"body": "Words of mine.", "rule": "kind", "version": alert.version},
    )

    assert answer.status_code == 409
    assert "goal" in answer.text
    assert "Words of mine." in answer.text


def test_a_case_can_be_opened_about_it_and_closed(alert: Alert, guide: Client, cast: Cast):
    AgreedProtocolFactory(locality=cast.leeds)

    opened = guide.post(
        f"{page_of(alert)}case/", {"body": "Worried.", "version": alert.version}, follow=True
    )

    assert opened.status_code == 200
    case = Case.objects.get()
    assert case.member == cast.member
    assert WORRYING in opened.text


def test_letting_go_of_it_takes_nothing_from_the_desk(alert: Alert, guide: Client):
    let_go(goal=alert.subject, at=timezone.now())

    page = guide.get(page_of(alert))

    assert WORRYING in page.text
    assert "let go of it since" in page.text


def test_it_is_seen_from_nowhere_else(alert: Alert, cast: Cast):
    assert cast.client("guide_elsewhere").get(page_of(alert)).status_code == 404
    with pytest.raises(desk.NotYours):
        desk.restore_writing(alert=alert, by=cast.guide, version=None, at=timezone.now())
