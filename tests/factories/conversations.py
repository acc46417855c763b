from __future__ import annotations

import uuid
from typing import Any

import factory
from django.utils import timezone

from conversations import operations
from conversations.enums import Situation
from conversations.models import Line, ReplyTemplate
from tests.factories.accounts import MemberFactory, WallGuideFactory


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


class TemplateFactory(factory.django.DjangoModelFactory[ReplyTemplate]):
    """Everybody's words, unless ``owner`` says whose."""

    class Meta:
        model = ReplyTemplate

    situation = Situation.LISTENING
    name = factory.Sequence(lambda n: f"Template {n}")
    words = "Thank you for telling me. I am here, and I am listening."
    written_by = factory.SubFactory(WallGuideFactory)
    written_at = factory.LazyFunction(timezone.now)
