from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone

from accounts.consent import VERSION
from accounts.models import Administrator, CommissioningLead, Member, User, WallGuide
from tests.factories.commissioning import CommissionerFactory, LocalityFactory
from vault.seals import seal_address

PASSWORD = "a long enough password"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.invalid")
    password = factory.django.Password(PASSWORD)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        address = kwargs.pop("email")
        user = super()._create(model_class, *args, address_seal=seal_address(address), **kwargs)
        user.address = address  # what they type to sign in, which only a test remembers
        return user


class MemberFactory(factory.django.DjangoModelFactory[Member]):
    class Meta:
        model = Member

    user = factory.SubFactory(UserFactory)
    alias = factory.Sequence(lambda n: f"Wren {n}")
    locality = factory.SubFactory(LocalityFactory)
    joined_at = factory.LazyFunction(timezone.now)
    consented_version = VERSION


class WallGuideFactory(factory.django.DjangoModelFactory[WallGuide]):
    """``covers=[…]`` sets the localities; none by default."""

    class Meta:
        model = WallGuide
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Guide {n}")

    @factory.post_generation
    def covers(self: WallGuide, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create and extracted:
            self.covers.set(extracted)


class SeniorGuideFactory(WallGuideFactory):
    is_senior = True


class CommissioningLeadFactory(factory.django.DjangoModelFactory[CommissioningLead]):
    class Meta:
        model = CommissioningLead

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Lead {n}")
    commissioner = factory.SubFactory(CommissionerFactory)


class AdministratorFactory(factory.django.DjangoModelFactory[Administrator]):
    class Meta:
        model = Administrator

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Administrator {n}")
