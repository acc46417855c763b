from __future__ import annotations

import uuid
from typing import Any

import factory
from django.utils import timezone

from conversations import operations
from conversations.models import Line
from tests.factories.accounts import MemberFactory


class LineFactory(factory.django.DjangoModelFactory[Line]):
    """A member's words to the guides, written as members write: with a pending screening."""

    class Meta:
        model = Line

    member = factory.SubFactory(MemberFactory)
    body = "It has been a long week."
    at = factory.LazyFunction(timezone.now)
    idempotency_key = factory.LazyFunction(uuid.uuid4)

    @classmethod
    def _create(cls, model_class: type[Line], *args: Any, **kwargs: Any) -> Line:
        return operations.write_line(**kwargs)
