"""The demo's people meet who waits: a guide, a member who offered, and a theme."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import WallGuide
from community import clock, offers
from community.models import HelpOffer
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
    # Wren would like to be asked, and is not: a guide is asked to read what she wrote just now.
    wren = HelpOffer.objects.get(member__alias="Wren").member
    assert offers.open_invitations(wren, now=now) == []
    otter = HelpOffer.objects.get(member__alias="Otter").member
    asked = {each.post.author.alias for each in offers.open_invitations(otter, now=now)}
    assert "Marlow" in asked
    assert "Alcohol and drugs" in {themes.name_of(each.theme) for each in ThemeRise.objects.all()}
