"""Everyone there is, once: the people that a rule of access must be tried with."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import (
    Administrator,
    CommissioningLead,
    Member,
    User,
    WallGuide,
)
from accounts.operations import suspend_member
from commissioning.models import Locality
from tests.factories.accounts import (
    AdministratorFactory,
    CommissioningLeadFactory,
    MemberFactory,
    SeniorGuideFactory,
    WallGuideFactory,
)
from tests.factories.commissioning import LocalityFactory
from tests.sign_ins import SignedIn

ROLES = (
    "anonymous", "member", "suspended", "guide", "guide_elsewhere", "senior", "commissioner",
    "admin",
)  # fmt: skip


@dataclass
class Cast:
    """Leeds is where everything happens; Derby is where it must not be seen from."""

    leeds: Locality
    derby: Locality
    member: Member
    suspended: Member
    guide: WallGuide
    guide_elsewhere: WallGuide
    senior: WallGuide
    commissioner: CommissioningLead
    admin: Administrator

    def user(self, role: str) -> User | None:
        return None if role == "anonymous" else getattr(self, role).user

    def client(self, role: str, **kwargs: object) -> Client:
        """Their browser, after the whole sign-in: a second factor too, where one is asked for."""
        client = SignedIn(**kwargs)  # type: ignore[arg-type]
        if user := self.user(role):
            client.force_login(user)
            session = client.session
            session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
            session.save()
        return client


@pytest.fixture
def cast(db: None) -> Cast:
    leeds, derby = LocalityFactory(name="Leeds"), LocalityFactory(name="Derby")
    guide = WallGuideFactory(covers=[leeds], name="Guide Leeds")
    suspended = MemberFactory(locality=leeds)
    suspend_member(member=suspended, by=guide, reason="A pause.", at=timezone.now())
    return Cast(
        leeds=leeds,
        derby=derby,
        member=MemberFactory(locality=leeds),
        suspended=suspended,
        guide=guide,
        guide_elsewhere=WallGuideFactory(covers=[derby], name="Guide Derby"),
        senior=SeniorGuideFactory(covers=[leeds], name="Guide Senior"),
        commissioner=CommissioningLeadFactory(commissioner=leeds.commissioner),
        admin=AdministratorFactory(),
    )
