from __future__ import annotations

import factory

from accounts.single_sign_on import lock_secret
from accounts.ways_in import hash_of
from commissioning.enums import WayInKind
from commissioning.models import SignOnProvider, WayIn
from tests.factories.commissioning import CommissionerFactory

TOKEN = "a-link-that-somebody-was-given"


class WayInFactory(factory.django.DjangoModelFactory[WayIn]):
    """An access code, unless told otherwise."""

    class Meta:
        model = WayIn

    commissioner = factory.SubFactory(CommissionerFactory)
    name = factory.Sequence(lambda n: f"Posters {n}")
    kind = WayInKind.ACCESS_CODE
    code = factory.Sequence(lambda n: f"GARDEN{n:04}")


class EmailDomainFactory(WayInFactory):
    kind = WayInKind.EMAIL_DOMAIN
    code = ""
    domains = ["students.example.org"]


class AreaFactory(WayInFactory):
    kind = WayInKind.AREA
    code = ""
    outward_codes = ["LS6", "YO"]
    countries = ["IE"]


class ReferralFactory(WayInFactory):
    kind = WayInKind.REFERRAL
    code = ""
    token_hash = hash_of(TOKEN)
    use_limit = 2


class SignOnFactory(factory.django.DjangoModelFactory[SignOnProvider]):
    """An organisation's sign-on, at a port where nobody answers unless told otherwise."""

    class Meta:
        model = SignOnProvider

    class Params:
        commissioner = factory.SubFactory(CommissionerFactory)

    way_in = factory.SubFactory(
        WayInFactory,
        commissioner=factory.SelfAttribute("..commissioner"),
        kind=WayInKind.SINGLE_SIGN_ON,
        code="",
    )
    server_url = "http://127.0.0.1:9"
    client_id = "the-wall"
    locked_secret = factory.LazyFunction(lambda: lock_secret("their secret"))
