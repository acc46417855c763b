"""Publishing: once, whole, and never without a screening."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Entry
from community.models import Post, Reply
from community.operations import (
    EditedMeanwhile,
    edit_writing,
    hide,
    publish_post,
    publish_reply,
    reply_as_guide,
    restore,
)
from community.paragraphs import as_paragraphs
from risk.models import Screening
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    """A filled-in form, as a browser would send it any number of times."""
    return {
        "author": MemberFactory(),
        "topic": TopicFactory(),
        "body": "A quiet day.",
        "idempotency_key": uuid.uuid4(),
        "at": timezone.now(),
    }


@pytest.mark.django_db(transaction=True)
def test_f32_the_same_form_sent_twenty_times_at_once_is_one_post(form):
    sent = at_once([partial(publish_post, **form)] * 20)

    assert {post.pk for post in sent} == {Post.objects.get().pk}
    assert Screening.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_f32_the_same_reply_sent_twenty_times_at_once_is_one_and_counted_once(form):
    post = PostFactory()
    reply = {name: form[name] for name in ("author", "body", "idempotency_key", "at")}

    sent = at_once([partial(publish_reply, post=post, **reply)] * 20)

    assert {reply.pk for reply in sent} == {Reply.objects.get().pk}
    post.refresh_from_db()
    assert post.reply_count == 1


def test_f32_a_retry_after_the_answer_got_lost_is_the_same_post(form):
    first = publish_post(**form)

    assert publish_post(**form) == first
    assert Post.objects.count() == 1


def test_f32_words_changed_after_the_answer_got_lost_are_kept_beside_the_first(form):
    first = publish_post(**form)

    second = publish_post(**{**form, "body": "A quiet day, after all."})

    assert first != second
    assert set(Post.objects.values_list("body", flat=True)) == {
        "A quiet day.",
        "A quiet day, after all.",
    }
    assert Screening.objects.count() == 2


def test_f32_the_changed_words_can_be_sent_twice_as_well(form):
    publish_post(**form)
    changed = {**form, "body": "A quiet day, after all."}

    assert publish_post(**changed) == publish_post(**changed)
    assert Post.objects.count() == 2


def test_f32_a_retry_that_comes_after_an_edit_is_still_a_retry(form):
    post = publish_post(**form)
    edit_writing(writing=post, body="Other words.", expected_revision=1, at=timezone.now())

    assert publish_post(**form) == post


def test_f32_two_members_who_draw_the_same_key_are_two_posts(form):
    publish_post(**form)
    publish_post(**{**form, "author": MemberFactory()})

    assert Post.objects.count() == 2


def test_f32_a_guides_reply_sent_twice_is_one():
    post, guide, key = PostFactory(), WallGuideFactory(), uuid.uuid4()
    sent = {"post": post, "guide": guide, "idempotency_key": key, "at": timezone.now()}

    assert reply_as_guide(body="Hello.", **sent) == reply_as_guide(body="Hello.", **sent)

    post.refresh_from_db()
    assert post.reply_count == 1
    assert Entry.objects.filter(verb="reply").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_different_replies_at_once_are_all_counted():
    post, author = PostFactory(), MemberFactory()

    at_once([partial(ReplyFactory, post=post, author=author) for _ in range(20)])

    post.refresh_from_db()
    assert post.reply_count == Reply.objects.count() == 20


@pytest.mark.parametrize("factory", [PostFactory, ReplyFactory])
def test_everything_a_member_publishes_has_a_screening_of_exactly_its_words(factory):
    writing = factory(body="Just these words.")

    row = writing.screenings.get()
    assert (row.text, row.revision, row.author) == ("Just these words.", 1, writing.author)
    assert row.locality == writing.author.locality


def test_an_edit_is_screened_as_a_revision_of_its_own():
    post = PostFactory(body="Before.")

    edit_writing(writing=post, body="After.", expected_revision=1, at=timezone.now())

    assert list(post.screenings.order_by("revision").values_list("revision", "text")) == [
        (1, "Before."),
        (2, "After."),
    ]
    assert post.edited_at is not None


def test_an_edit_of_something_older_is_refused_and_changes_nothing():
    post = PostFactory(body="Before.")
    edit_writing(writing=post, body="Other tab.", expected_revision=1, at=timezone.now())

    with pytest.raises(EditedMeanwhile):
        edit_writing(writing=post, body="This tab.", expected_revision=1, at=timezone.now())

    post.refresh_from_db()
    assert (post.body, post.revision) == ("Other tab.", 2)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_edits_at_once_one_is_taken_and_nineteen_are_told():
    post = PostFactory()

    came_of_it = at_once(
        [
            partial(
                edit_writing,
                writing=Post.objects.get(pk=post.pk),
                body=f"Edit {number}.",
                expected_revision=1,
                at=timezone.now(),
            )
            for number in range(20)
        ]
    )

    assert sum(isinstance(each, EditedMeanwhile) for each in came_of_it) == 19
    post.refresh_from_db()
    assert post.revision == 2
    assert Screening.objects.count() == 2


def test_hiding_and_restoring_are_done_once_and_each_written_down():
    reply, guide, now = ReplyFactory(), WallGuideFactory(), timezone.now()

    assert hide(writing=reply, by=guide, reason="A name in it.", at=now)
    assert not hide(writing=reply, by=guide, reason="Again.", at=now)
    reply.post.refresh_from_db()
    assert (reply.is_visible, reply.hidden_reason, reply.post.reply_count) == (
        False,
        "A name in it.",
        0,
    )

    assert restore(writing=reply, by=guide, at=now)
    assert not restore(writing=reply, by=guide, at=now)
    reply.post.refresh_from_db()
    assert (reply.is_visible, reply.hidden_reason, reply.post.reply_count) == (True, "", 1)
    assert list(Entry.objects.values_list("verb", flat=True)) == ["hide", "restore"]


def test_editing_what_is_hidden_does_not_put_it_back():
    post = PostFactory()
    hide(writing=post, by=WallGuideFactory(), reason="A name in it.", at=timezone.now())

    edit_writing(writing=post, body="No name.", expected_revision=1, at=timezone.now())

    assert not post.is_visible
    assert post.screenings.count() == 2


def test_what_is_written_in_the_hidden_locality_never_comes_onto_the_wall():
    canary = MemberFactory(locality=LocalityFactory(is_hidden=True))

    assert not PostFactory(author=canary).is_visible


@pytest.mark.parametrize(
    "broken",
    [{"hidden_at": timezone.now()}, {"hidden_at": timezone.now(), "is_visible": False}],
)
def test_a_hidden_post_without_a_guide_who_hid_it_is_refused_by_the_database(broken):
    post = PostFactory()

    with pytest.raises(IntegrityError, match="post_hidden_at_with_by"), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**broken)


def test_a_reply_by_nobody_or_by_two_is_refused_by_the_database():
    reply = ReplyFactory()

    for broken in ({"author": None}, {"guide": WallGuideFactory()}):
        with (
            pytest.raises(IntegrityError, match="a_reply_is_by_a_member_or_a_guide"),
            transaction.atomic(),
        ):
            Reply.objects.filter(pk=reply.pk).update(**broken)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("One.\n\nTwo.", "<p>One.</p>\n\n<p>Two.</p>"),
        ("One.\nTwo.", "<p>One.<br>Two.</p>"),
        ("  One.  ", "<p>One.</p>"),
        ("<b>&amp;</b>", "<p>&lt;b&gt;&amp;amp;&lt;/b&gt;</p>"),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
    ],
)
def test_s31_what_is_typed_is_shown_as_text(typed: str, shown: str):
    assert as_paragraphs(typed) == shown


def test_s21_addresses_are_drawn_at_random_and_say_nothing_about_order():
    posts = [PostFactory(at=timezone.now() + timedelta(seconds=n)) for n in range(20)]
    addresses = [post.public_id for post in posts]

    assert len(set(addresses)) == 20
    assert all(len(address) == 12 for address in addresses)
    assert addresses not in (sorted(addresses), sorted(addresses, reverse=True))
