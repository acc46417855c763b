import factory

from commissioning.enums import CommissionerKind
from commissioning.models import Commissioner, Locality


class CommissionerFactory(factory.django.DjangoModelFactory[Commissioner]):
    class Meta:
        model = Commissioner

    name = factory.Sequence(lambda n: f"Commissioner {n}")
    slug = factory.Sequence(lambda n: f"commissioner-{n}")
    kind = CommissionerKind.UNIVERSITY


class LocalityFactory(factory.django.DjangoModelFactory[Locality]):
    class Meta:
        model = Locality

    commissioner = factory.SubFactory(CommissionerFactory)
    name = factory.Sequence(lambda n: f"Locality {n}")
    slug = factory.Sequence(lambda n: f"locality-{n}")
