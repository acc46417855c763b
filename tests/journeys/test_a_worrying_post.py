"""The one way through the house that everything else hangs on."""

import json

import pytest
from django.utils import timezone

from risk import screening
from risk.enums import Urgency
from risk.models import Alert, Screening
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.community import PostFactory

pytestmark = pytest.mark.django_db


def test_a_post_and_its_screening_are_saved_together():
    post = PostFactory(body="A quiet day.")

    assert [asked.state for asked in post.screenings.all()] == ["pending"]


def test_a_worrying_post_becomes_one_alert_however_often_it_is_screened():
    post = PostFactory(body="I want to kill myself tonight.")

    screening.drain(now=timezone.now)
    screening.drain(now=timezone.now)

    alert = Alert.objects.get()
    assert alert.subject == post
    assert alert.urgency >= Urgency.RED
    assert Screening.objects.get().state == "screened"
    assert json.loads(json.dumps(alert.screening.spans))


def test_a_quiet_post_raises_no_alert():
    PostFactory(body="I went for a walk and the sun came out.")

    screening.drain(now=timezone.now)

    assert not Alert.objects.exists()


def test_it_belongs_to_the_guides_of_its_authors_locality_and_to_nobody_else():
    leeds, derby = LocalityFactory(), LocalityFactory()
    leeds_guide = WallGuideFactory(covers=[leeds])
    derby_guide = WallGuideFactory(covers=[derby])
    PostFactory(author=MemberFactory(locality=leeds), body="I want to kill myself tonight.")

    screening.drain(now=timezone.now)

    assert Alert.objects.for_guide(leeds_guide).count() == 1
    assert Alert.objects.for_guide(derby_guide).count() == 0
