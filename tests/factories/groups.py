from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone

from accounts.models import Member, WallGuide
from community import groups
from community.models import Group, GroupMember, Post
from tests.factories.community import PostFactory, TopicFactory


class GroupFactory(factory.django.DjangoModelFactory[Group]):
    """Opened as guides open them; ``by`` is the guide."""

    class Meta:
        model = Group

    name = factory.Sequence(lambda n: f"Room {n}")
    blurb = "A small room."
    topic = factory.SubFactory(TopicFactory)
    at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[Group], *args: Any, **kwargs: Any) -> Group:
        return groups.open_group(**kwargs)


def ask_in(group: Group, member: Member, guide: WallGuide) -> GroupMember:
    return groups.invite(group=group, member=member, by=guide, at=timezone.now())


def let_in(group: Group, member: Member, guide: WallGuide) -> GroupMember:
    """Asked, and their own yes."""
    place = ask_in(group, member, guide)
    groups.answer_invitation(group=group, member=member, joins=True, at=timezone.now())
    place.refresh_from_db()
    return place


def written_in(group: Group, author: Member, body: str) -> Post:
    """A post that stands in a group."""
    post: Post = PostFactory(author=author, topic=group.topic, body=body)
    Post.objects.filter(pk=post.pk).update(group=group)
    post.refresh_from_db()
    return post
