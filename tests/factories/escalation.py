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
    commissioner = factory.LazyAttribute(
        lambda protocol: protocol.locality.commissioner if protocol.locality else None
    )
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
    operator_agreed_by = factory.LazyFunction(lambda: AdministratorFactory().user)
    commissioner_agreed_at = factory.LazyAttribute(
        lambda protocol: protocol.operator_agreed_at if protocol.commissioner else None
    )
    commissioner_agreed_by = factory.LazyAttribute(
        lambda protocol: (
            CommissioningLeadFactory(commissioner=protocol.commissioner).user
            if protocol.commissioner
            else None
        )
    )
    agreed_at = factory.SelfAttribute("operator_agreed_at")

    @classmethod
    def _create(cls, model_class: type[Protocol], *args: Any, **kwargs: Any) -> Protocol:
        agreement = {
            name: kwargs.pop(name) for name in [*kwargs] if name.endswith(("agreed_at", "_by"))
        }
        draft: Protocol = super()._create(model_class, *args, **kwargs)
        draft.agreement = agreement  # type: ignore[attr-defined]
        return draft

    # Declared after `steps`, and so done after: nothing can be added to an agreed version.
    @factory.post_generation
    def agree(self: Protocol, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        Protocol.objects.filter(pk=self.pk).update(**self.agreement)  # type: ignore[attr-defined]
        self.refresh_from_db()


def operators_own(**fields: Any) -> Protocol:
    """The operator's own protocol, in force wherever no other is agreed."""
    return AgreedProtocolFactory(commissioner=None, locality=None, **fields)
