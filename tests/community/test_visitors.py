"""What people read who have given nothing yet: chosen by a guide, allowed by its author."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from accounts.operations import suspend_member
from audit.models import Entry
from community.models import Post
from community.operations import edit_writing, hide, offer_to_visitors
from risk import screening
from tests.cast import Cast
from tests.factories.community import PostFactory, ReplyFactory

pytestmark = pytest.mark.django_db

WORDS = "The kettle and the radio and I had a good morning."


@pytest.fixture
def post(cast: Cast) -> Post:
    """A calm post of Leeds, read by the machine."""
    written = PostFactory(author=cast.member, body=WORDS, at=timezone.now() - timedelta(hours=1))
    screening.drain(now=timezone.now)
    return written


def asks(cast: Cast, post: Post, *, who: str = "guide", do: str = "ask") -> int:
    answer = cast.client(who).post(f"/desk/visitors/{post.public_id}/", {"do": do})
    return answer.status_code


def answers(cast: Cast, post: Post, agrees: str) -> None:
    cast.client("member").post(f"/wall/posts/{post.public_id}/visitors/", {"agrees": agrees})


def visitors_read() -> str:
    return Client().get("/look/").text


def test_a_guide_chooses_and_the_author_says_yes(cast: Cast, post: Post):
    assert asks(cast, post) == 302
    assert WORDS not in visitors_read(), "not before the author has said so"
    page = cast.client("member").get(f"/wall/posts/{post.public_id}/").text
    assert "May people who are not members read it?" in page

    answers(cast, post, "yes")

    assert WORDS in visitors_read()
    verbs = list(Entry.objects.filter(subject=f"post:{post.pk}").values_list("verb", flat=True))
    assert verbs == ["offer to visitors", "show to visitors"]


def test_without_any_the_page_says_so_and_shows_none(cast: Cast, post: Post):
    page = visitors_read()

    assert "Nobody has said yet that visitors may read their words" in page
    assert WORDS not in page


def test_nothing_on_the_page_leads_to_the_wall_or_to_its_author(cast: Cast, post: Post):
    ReplyFactory(post=post, body="Words of somebody who was not asked.")
    asks(cast, post)
    answers(cast, post, "yes")

    page = visitors_read()

    assert WORDS in page
    for hint in (
        cast.member.alias, cast.member.public_id, cast.member.avatar_seed, post.public_id,
        "/wall/", "<time", "datetime=", "this morning", "yesterday", "was not asked",
    ):  # fmt: skip
        assert hint not in page
    assert not re.search(r"\b\d{1,2}:\d{2}\b", page)
    assert not re.search(r'<article[^>]*\bid="', page)


@pytest.mark.parametrize("answer", ["no", "", "maybe"])
def test_a_no_takes_a_yes_back_and_is_not_asked_about_again(answer, cast: Cast, post: Post):
    asks(cast, post)
    answers(cast, post, "yes")

    answers(cast, post, answer)

    assert WORDS not in visitors_read()
    asks(cast, post)
    post.refresh_from_db()
    assert (post.kept_from_visitors, post.offered_to_visitors_at) == (True, None)


def test_nobody_else_says_yes_for_an_author(cast: Cast):
    somebodys = PostFactory(body=WORDS)
    offer_to_visitors(post=somebodys, by=cast.guide, at=timezone.now())

    answers(cast, somebodys, "yes")

    assert WORDS not in visitors_read()


def test_an_author_cannot_offer_what_no_guide_has_chosen(cast: Cast, post: Post):
    answers(cast, post, "yes")

    assert WORDS not in visitors_read()


def test_changed_words_are_not_those_that_were_chosen(cast: Cast, post: Post):
    asks(cast, post)
    answers(cast, post, "yes")

    edit_writing(writing=post, body="Other words.", expected_revision=1, at=timezone.now())

    page = visitors_read()
    assert "Other words." not in page
    assert WORDS not in page


def test_what_is_taken_off_the_wall_is_out_and_so_is_a_paused_author(cast: Cast, post: Post):
    asks(cast, post)
    answers(cast, post, "yes")
    suspend_member(member=cast.member, by=cast.guide, reason="A pause.", at=timezone.now())
    assert WORDS not in visitors_read()
    Member.objects.filter(pk=cast.member.pk).update(suspended_at=None, suspended_by=None)
    assert WORDS in visitors_read()

    hide(writing=post, by=cast.guide, reason="A name in it.", at=timezone.now())

    assert WORDS not in visitors_read()


def test_a_guide_takes_a_post_out_again(cast: Cast, post: Post):
    asks(cast, post)
    answers(cast, post, "yes")

    asks(cast, post, do="take")

    assert WORDS not in visitors_read()
    post.refresh_from_db()
    assert not post.kept_from_visitors


@pytest.mark.parametrize("body", ["I want to kill myself tonight.", "Nobody has read this yet."])
def test_what_worries_or_was_not_read_cannot_be_chosen(body: str, cast: Cast):
    written = PostFactory(author=cast.member, body=body)
    if "kill" in body:
        screening.drain(now=timezone.now)

    asks(cast, written)

    written.refresh_from_db()
    assert written.offered_to_visitors_at is None
    assert body not in cast.client("guide").get("/desk/visitors/").text


def test_a_guide_chooses_only_among_those_they_cover(cast: Cast, post: Post):
    assert asks(cast, post, who="guide_elsewhere") == 404
    assert WORDS not in cast.client("guide_elsewhere").get("/desk/visitors/").text
    assert WORDS in cast.client("guide").get("/desk/visitors/").text


def test_the_database_itself_shows_nothing_that_no_guide_chose(cast: Cast, post: Post):
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(shown_to_visitors_at=timezone.now())


def test_the_page_asks_the_database_little_however_many_are_shown(
    cast: Cast, django_assert_num_queries
):
    for number in range(3):
        written = PostFactory(author=cast.member, body=f"Calm words, number {number}.")
        offer_to_visitors(post=written, by=cast.guide, at=timezone.now())
        answers(cast, written, "yes")
    with django_assert_num_queries(1):
        page = visitors_read()

    assert page.count('<article class="brick') == 3
