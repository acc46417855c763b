"""Finding words: everything the reader may see and nothing else, without telling anybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.community import PostFactory, ReplyFactory

SEARCH = "/wall/search/"


@pytest.fixture
def client(cast):
    return cast.client("member")


def ask(client, words: str, **kwargs):
    return client.post(SEARCH, {"q": words}, follow=True, **kwargs)


def found(answer) -> list[str]:
    assert answer.status_code == 200
    return re.findall(r'id="found-([^"]+)"', answer.text)


def test_a_word_is_found_in_posts_and_replies_newest_first(client):
    now = timezone.now()
    old = PostFactory(body="The lighthouse again.", at=now - timedelta(days=3))
    reply = ReplyFactory(post=old, body="I like lighthouses.", at=now - timedelta(days=1))
    new = PostFactory(body="A LIGHTHOUSE!", at=now)
    PostFactory(body="Nothing of the kind.")

    answer = ask(client, "lighthouse")

    assert found(answer) == [new.public_id, reply.public_id, old.public_id]
    assert f'/wall/posts/{old.public_id}/#reply-{reply.public_id}"' in answer.text
    assert "<mark>lighthouses</mark>" in answer.text
