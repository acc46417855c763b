"""Who is told of a reply, and who is not."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Member
from community.enums import HeldBecause
from community.models import Reply
from community.operations import (
    mute_member,
    publish_reply,
    release_held,
    reply_as_guide,
    take_away_all,
)
from community.telling import tell_of
from notifications.enums import Kind
from notifications.models import Notice
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.community import PostFactory, ReplyFactory

pytestmark = pytest.mark.django_db


def told() -> set[tuple[Member, str]]:
    return {(notice.member, notice.kind) for notice in Notice.objects.select_related("member")}


def test_the_posts_writer_is_told_and_nobody_else():
    post = PostFactory()
    ReplyFactory(post=post)
    ReplyFactory(post=post)

    assert told() == {(post.author, Kind.REPLY)}
    notice = Notice.objects.get()
    assert (notice.url_name, notice.args) == ("community:thread", [post.public_id])


def test_one_s_own_reply_tells_nobody():
    post = PostFactory()
    ReplyFactory(post=post, author=post.author)
    assert told() == set()


def test_somebody_muted_tells_nothing():
    post, reply = PostFactory(), ReplyFactory()
    Notice.objects.all().delete()
    mute_member(muted=reply.author, by=post.author, at=timezone.now())

    ReplyFactory(post=post, author=reply.author)

    assert told() == set()


def test_who_is_answered_under_a_post_is_told_as_well_as_its_writer():
    post = PostFactory()
    first = ReplyFactory(post=post)
    second = ReplyFactory(post=post)
    Reply.objects.filter(pk=second.pk).update(under=first)
    Notice.objects.all().delete()
    tell_of(Reply.objects.get(pk=second.pk))

    assert told() == {(post.author, Kind.REPLY), (first.author, Kind.QUOTED)}


def test_a_guides_reply_says_that_it_is_a_guides(cast: Cast):
    post = PostFactory(author=cast.member)
    reply_as_guide(
        post=post, guide=cast.guide, body="Warmly.", idempotency_key=uuid.uuid4(),
        at=timezone.now(),
    )  # fmt: skip
    assert told() == {(cast.member, Kind.GUIDE_REPLY)}


def test_what_nobody_sees_tells_nobody():
    post = PostFactory()
    ReplyFactory(post=post, author=MemberFactory(locality=LocalityFactory(is_hidden=True)))
    assert told() == set()


def test_who_is_leaving_is_told_nothing():
    post = PostFactory()
    take_away_all(member=post.author, at=timezone.now())
    Member.objects.filter(pk=post.author_id).update(leaving_at=timezone.now())
    post.taken_away_at = None  # a page that was open before
    ReplyFactory(post=post)
    assert told() == set()


def test_what_is_held_tells_nobody_until_it_is_let_onto_the_wall(cast: Cast):
    post = PostFactory()
    reply = ReplyFactory(post=post, held=HeldBecause.CONTACT_DETAILS)
    assert told() == set()
    later = timezone.now() + timedelta(hours=3)

    assert release_held(writing=reply, by=cast.guide, at=later)

    assert told() == {(post.author, Kind.REPLY)}
    assert Notice.objects.get().at == later
    assert not release_held(writing=reply, by=cast.guide, at=later)
    assert Notice.objects.count() == 1


def test_telling_costs_publishing_one_query(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
):
    post, author = PostFactory(), MemberFactory()

    def publish() -> None:
        publish_reply(
            post=post, author=author, body="I hear you.", idempotency_key=uuid.uuid4(),
            at=timezone.now(),
        )  # fmt: skip

    publish()
    with django_assert_num_queries(1000, exact=False) as with_telling:
        publish()
    monkeypatch.setattr("community.operations.tell_of", lambda reply: None)
    with django_assert_num_queries(1000, exact=False) as without:
        publish()

    assert len(with_telling) == len(without) + 1
