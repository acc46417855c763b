"""The demo's people meet who waits: a guide, a member who offered, and a theme."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import WallGuide
from community import clock, offers
from community.models import HelpInvitation, HelpOffer
from escalation import themes
from escalation.models import ThemeRise
from peersupport import demo_town

pytestmark = pytest.mark.django_db


def test_somebody_waits_somebody_was_asked_and_a_theme_rises():
    now = timezone.now()
    demo_town.build(at=now)

    guide = WallGuide.objects.get(name="Guide Ash")
    waiting = [post.author.alias for post in clock.waiting_for(guide) if post.author]
    assert "Marlow" in waiting
    assert HelpOffer.objects.count() == 4
    wren = HelpOffer.objects.get(member__alias="Wren").member
    assert [each.post.author.alias for each in offers.open_invitations(wren, now=now)] == ["Marlow"]
    assert HelpInvitation.objects.exists()
    assert "Alcohol and drugs" in {themes.name_of(each.theme) for each in ThemeRise.objects.all()}
