from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone

from escalation.enums import When
from escalation.models import Protocol, ProtocolStep
from tests.factories.accounts import AdministratorFactory, CommissioningLeadFactory
from tests.factories.commissioning import LocalityFactory

OFFICE_HOURS = "Mon-Fri 09:00-17:00"


class ProtocolStepFactory(factory.django.DjangoModelFactory[ProtocolStep]):
    class Meta:
        model = ProtocolStep

    position = factory.Sequence(lambda n: n)
    when = When.ANY_TIME
    contact = "Duty line"
    contact_details = "01632 960000"
    action = "Call and say what worries us."
    plain_words = "We call the duty line."
    minutes_to_next = 10


class ProtocolFactory(factory.django.DjangoModelFactory[Protocol]):
    """A draft for a locality; ``steps=[{…}, …]`` gives its steps, one by default."""

    class Meta:
        model = Protocol
        skip_postgeneration_save = True

    locality = factory.SubFactory(LocalityFactory)
    commissioner = factory.SelfAttribute("locality.commissioner")
    version = 1
    introduction = "What we do when we worry about someone."
    office_hours = OFFICE_HOURS
    created_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def steps(self: Protocol, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        for number, fields in enumerate(extracted or [{}], start=1):
            ProtocolStepFactory(protocol=self, position=number, **fields)


class AgreedProtocolFactory(ProtocolFactory):
    """In force: the operator and the commissioner have both agreed."""

    operator_agreed_at = factory.LazyFunction(timezone.now)
    commissioner_agreed_at = factory.LazyFunction(timezone.now)
    agreed_at = factory.LazyFunction(timezone.now)
    operator_agreed_by = factory.LazyFunction(lambda: AdministratorFactory().user)
    commissioner_agreed_by = factory.LazyAttribute(
        lambda protocol: CommissioningLeadFactory(commissioner=protocol.commissioner).user
    )
