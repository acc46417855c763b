from __future__ import annotations

import uuid
from typing import Any

import factory
from django.utils import timezone

from community import operations
from community.models import Post, Reply, Topic
from tests.factories.accounts import MemberFactory


class TopicFactory(factory.django.DjangoModelFactory[Topic]):
    class Meta:
        model = Topic

    slug = factory.Sequence(lambda n: f"topic-{n}")
    name = factory.Sequence(lambda n: f"Topic {n}")
    blurb = "What this is about"
    tint = "moss"
    position = factory.Sequence(lambda n: n)


class PostFactory(factory.django.DjangoModelFactory[Post]):
    """Published as members publish: with a pending screening beside it."""

    class Meta:
        model = Post

    author = factory.SubFactory(MemberFactory)
    topic = factory.SubFactory(TopicFactory)
    body = "A quiet day."
    at = factory.LazyFunction(timezone.now)
    idempotency_key = factory.LazyFunction(uuid.uuid4)

    @classmethod
    def _create(cls, model_class: type[Post], *args: Any, **kwargs: Any) -> Post:
        return operations.publish_post(**kwargs)


class ReplyFactory(factory.django.DjangoModelFactory[Reply]):
    class Meta:
        model = Reply

    post = factory.SubFactory(PostFactory)
    author = factory.SubFactory(MemberFactory)
    body = "I hear you."
    at = factory.LazyFunction(timezone.now)
    idempotency_key = factory.LazyFunction(uuid.uuid4)

    @classmethod
    def _create(cls, model_class: type[Reply], *args: Any, **kwargs: Any) -> Reply:
        return operations.publish_reply(**kwargs)
