"""One tap, real words, no numbers: what a member says and what its writer reads."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community import answers
from community.enums import Warmth
from community.models import Support
from community.operations import hide
from notifications.models import Notice
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("member")


def say(client: Client, writing, kind: str = "hear_you", where: str = "posts"):
    form = {"kind": kind} if kind else {}
    return client.post(f"/wall/{where}/{writing.public_id}/answers/", form)


def test_a_kind_word_is_said_changed_and_taken_back(client, cast):
    post = PostFactory()
    thread = f"/wall/posts/{post.public_id}/"

    assert say(client, post)["Location"] == f"{thread}#post-{post.public_id}"
    assert say(client, post).status_code == 302
    assert "You said: I hear you" in " ".join(client.get(thread).text.split())
    say(client, post, "me_too")
    assert Support.objects.get().kind == Warmth.ME_TOO
    say(client, post, "")
    assert not Support.objects.exists()
    assert "You said:" not in client.get(thread).text


def test_its_writer_reads_words_and_nobody_reads_a_number_or_a_name(client, cast):
    post = PostFactory(author=cast.member)
    reply = ReplyFactory(post=post, author=cast.member)
    for number in range(3):
        giver = MemberFactory(alias=f"Giver {number}")
        answers.give(writing=post, member=giver, kind=Warmth.HEAR_YOU, at=timezone.now())
        answers.give(writing=reply, member=giver, kind=Warmth.SENDING_STRENGTH, at=timezone.now())

    mine = client.get(f"/wall/posts/{post.public_id}/").text
    assert mine.count("Somebody hears you.") == 1
    assert mine.count("Somebody sends strength.") == 1
    assert not re.search(r"Giver|>\s*3\s*<", mine)
    other = Client()
    other.force_login(MemberFactory().user)
    theirs = other.get(f"/wall/posts/{post.public_id}/").text
    assert not re.search(r"Somebody (hears|knows|sends)", theirs)


def test_a_reply_can_be_answered_in_one_tap_as_well(client):
    reply = ReplyFactory()

    answer = say(client, reply, where="replies")

    assert answer["Location"].endswith(f"#reply-{reply.public_id}")
    assert Support.objects.get().reply == reply


def test_nobody_says_a_kind_word_to_themselves_nor_to_what_they_cannot_see(client, cast):
    mine = PostFactory(author=cast.member)
    hidden = PostFactory()
    hide(writing=hidden, by=cast.guide, reason="x", at=timezone.now())

    assert say(client, mine).status_code == 404
    assert say(client, hidden).status_code == 404
    assert not Support.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_taps_at_once_are_one_kind_word():
    post, member = PostFactory(), MemberFactory()
    tap = partial(
        answers.give, writing=post, member=member, kind=Warmth.HEAR_YOU, at=timezone.now()
    )

    at_once([tap] * 20)

    assert Support.objects.count() == 1


def test_the_writer_is_told_once_a_day_however_many_there_are():
    post = PostFactory()
    for _ in range(3):
        answers.give(writing=post, member=MemberFactory(), kind=Warmth.HEAR_YOU, at=timezone.now())

    told = Notice.objects.filter(member=post.author, kind="support")
    assert told.count() == 1


def test_a_thread_without_any_asks_for_none(client):
    post = PostFactory()
    ReplyFactory(post=post)
    thread = f"/wall/posts/{post.public_id}/"
    client.get(thread)

    with CaptureQueriesContext(connection) as before:
        client.get(thread)
    answers.give(writing=post, member=MemberFactory(), kind=Warmth.ME_TOO, at=timezone.now())
    with CaptureQueriesContext(connection) as after:
        client.get(thread)

    assert not any("community_support" in each["sql"] for each in before)
    assert len(after) == len(before) + 1
