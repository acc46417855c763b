"""Sending: what words give away is shown first, help comes first, and nothing typed is lost."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import brakes
from audit.models import Entry
from commissioning.models import Signpost
from community import cooling
from community.enums import HeldBecause
from community.models import Group, GroupMember, Post, Reply
from community.operations import (
    NotTheirWords,
    TakenAway,
    delete_writing,
    edit_writing,
    hide,
    publish_reply,
    save_post,
)
from risk import screening
from risk.models import Alert, Screening
from tests.cast import Cast
from tests.community.test_views import in_a_box
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory

pytestmark = pytest.mark.django_db

NAMED = "I am so tired. My name is Anna Keller. Q7x"
REACHED = "I am so tired. Text me on 07911 123456. Q7x"
HEAVY = "I want to kill myself tonight."


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("member")


@pytest.fixture
def send(client: Client):
    topic = TopicFactory()

    def sent(body: str, **more: Any):
        form = {"topic": topic.slug, "body": body, "key": str(uuid.uuid4()), **more}
        return client.post("/wall/new/", form)

    return sent


def reply_to(client: Client, post: Post, body: str, **more: Any):
    form = {"body": body, "key": str(uuid.uuid4()), **more}
    return client.post(f"/wall/posts/{post.public_id}/replies/", form)


# --- before it goes up ----------------------------------------------------------------------


def test_what_gives_somebody_away_is_shown_with_why_and_the_words_are_kept(send):
    answer = send(NAMED)

    assert answer.status_code == 422
    assert in_a_box(answer) == NAMED
    assert "<mark>Anna Keller</mark>" in answer.text
    assert "A name can tell others who you are" in answer.text
    assert "Try “my friend”" in answer.text
    assert "Post anyway" in answer.text
    assert not Post.objects.exists()


def test_a_name_may_be_posted_anyway_and_is_on_the_wall(send):
    assert send(NAMED, anyway="1").status_code == 302
    assert Post.objects.get().is_visible


@pytest.mark.parametrize(
    "words",
    [
        REACHED,
        "Write to a.b@post.example.org",
        "add me on snap, sunny88",
        "dm me",
        "do you have ig?",
    ],
)
def test_s57_contact_details_and_invitations_wait_for_a_guide(send, client, cast, words: str):
    asked = send(words)
    assert asked.status_code == 422
    assert "never posted openly" in asked.text
    assert "Post anyway" not in asked.text

    sent = send(words, anyway="1")

    post = Post.objects.get()
    assert (post.is_visible, post.held_because) == (False, HeldBecause.CONTACT_DETAILS)
    mine = client.get(sent["Location"])
    assert "with a wall guide, who reads them first" in mine.text
    assert "If you take that out, it goes up at once" in mine.text
    other = Client()
    other.force_login(MemberFactory().user)
    assert other.get(f"/wall/posts/{post.public_id}/").status_code == 404
    assert words not in other.get("/wall/").text
    assert post.screenings.get().text == words, "it is screened at once all the same"


def test_s57_a_reply_with_contact_details_waits_and_is_not_counted(client):
    post = PostFactory()

    assert reply_to(client, post, REACHED).status_code == 422
    assert reply_to(client, post, REACHED, anyway="1").status_code == 302

    reply = Reply.objects.get()
    post.refresh_from_db()
    assert (reply.is_visible, post.reply_count, post.answered_at) == (False, 0, None)


def test_s57_an_edit_cannot_bring_contact_details_up_and_taking_them_out_shows_it(client, cast):
    post = PostFactory(author=cast.member)
    edit = partial(client.post, f"/wall/posts/{post.public_id}/edit/")

    assert edit({"body": REACHED, "revision": 1}).status_code == 422
    assert edit({"body": REACHED, "revision": 1, "anyway": "1"}).status_code == 302
    post.refresh_from_db()
    assert (post.is_visible, post.held_because) == (False, HeldBecause.CONTACT_DETAILS)

    assert edit({"body": "I am so tired.", "revision": 2}).status_code == 302
    post.refresh_from_db()
    assert (post.is_visible, post.held_at) == (True, None)


def test_what_waits_for_another_reason_is_not_shown_by_an_edit(cast):
    post = PostFactory(author=cast.member, held=HeldBecause.METHOD_DETAIL)

    edit_writing(writing=post, body="Other words.", expected_revision=1, at=timezone.now())

    post.refresh_from_db()
    assert (post.is_visible, post.held_because) == (False, HeldBecause.METHOD_DETAIL)


# --- help first -----------------------------------------------------------------------------


def test_heavy_words_are_on_the_wall_and_their_writer_meets_help_first(send, client, cast):
    Signpost.objects.create(
        locality=cast.leeds, name="The night team", phone="0113 496 0000",
        hours="Every day, 18:00 to 02:00", position=1,
    )  # fmt: skip

    page = client.get(send(HEAVY)["Location"]).text

    assert Post.objects.get().is_visible, "never a block"
    assert "A guide will read this soon" in page
    assert "The night team" in page
    assert "Every day, 18:00 to 02:00" in page
    assert 'href="tel:01134960000"' in page
    assert 'href="tel:116123"' in page


def test_heavy_words_in_a_reply_and_in_an_edit_bring_help_as_well(client, cast):
    post = PostFactory()
    said = client.get(reply_to(client, post, HEAVY)["Location"]).text
    assert 'href="tel:116123"' in said.partition("<main")[2].partition("</aside>")[0]

    mine = PostFactory(author=cast.member)
    form = {"body": HEAVY, "revision": 1}
    said = client.get(client.post(f"/wall/posts/{mine.public_id}/edit/", form)["Location"]).text
    assert "You do not have to wait for us" in said


def test_the_same_help_where_the_screening_has_read_it_first(send, client):
    sent = send(HEAVY)
    screening.drain(now=timezone.now)

    assert "You do not have to wait for us" in client.get(sent["Location"]).text


def test_calm_words_bring_no_help_and_nobody_meets_it_for_anothers(send, client):
    assert "You do not have to wait" not in client.get(send("A quiet day.")["Location"]).text

    theirs = PostFactory(body=HEAVY)
    page = client.get(f"/wall/posts/{theirs.public_id}/?sent").text
    assert "You do not have to wait" not in page
    assert "Your words are on the wall" not in page
    reply = ReplyFactory(body=HEAVY)
    page = client.get(f"/wall/posts/{reply.post.public_id}/?sent={reply.public_id}").text
    assert "You do not have to wait" not in page


# --- replies, quotes, groups ----------------------------------------------------------------


def test_an_answer_to_an_answer_stands_beside_it(client):
    first = ReplyFactory()
    reply_to(client, first.post, "Under the first.", under=first.public_id)
    second = Reply.objects.get(body="Under the first.")
    reply_to(client, first.post, "Beside the second.", under=second.public_id)

    assert second.under == first
    assert Reply.objects.get(body="Beside the second.").under == first


def test_an_answer_under_a_reply_of_another_thread_or_a_hidden_one_still_finds_its_post(
    client, cast
):
    post, elsewhere = PostFactory(), ReplyFactory()
    hidden = ReplyFactory(post=post)
    hide(writing=hidden, by=cast.guide, reason="x", at=timezone.now())
    for under in (elsewhere, hidden):
        assert reply_to(client, post, "Said.", under=under.public_id).status_code == 302

    assert set(Reply.objects.filter(body="Said.").values_list("post", "under")) == {(post.pk, None)}


def test_a_quote_is_some_of_the_words_that_others_see(client):
    post = PostFactory(body="It was a long day.\nI made soup.")

    page = client.get(f"/wall/posts/{post.public_id}/?quote={post.public_id}")
    assert "It was a long day." in in_a_box(page)
    form = {"quoted": post.public_id, "quote": "a long day. I made"}
    assert reply_to(client, post, "I see.", **form).status_code == 302

    assert Reply.objects.get().quote == "a long day. I made"


def test_s17_words_that_are_not_theirs_cannot_be_put_in_their_mouth(client):
    post = PostFactory(body="It was a long day.")

    answer = reply_to(client, post, "Really?", quoted=post.public_id, quote="I hate you all.")

    assert answer.status_code == 422
    assert "These words do not stand there" in answer.text
    assert "Really?" in in_a_box(answer)
    assert "I hate you all." in in_a_box(answer)
    assert not Reply.objects.exists()


def test_what_is_hidden_cannot_be_quoted(cast):
    reply = ReplyFactory(body="It was a long day.")
    hide(writing=reply, by=cast.guide, reason="x", at=timezone.now())

    with pytest.raises(NotTheirWords):
        publish_reply(
            post=reply.post, author=MemberFactory(), body="x", idempotency_key=uuid.uuid4(),
            at=timezone.now(), quote="a long day", quoted_reply=reply,
        )  # fmt: skip


def test_s01_a_post_for_a_group_comes_from_who_is_in_it_alone(send, cast):
    topic = TopicFactory()
    group = Group.objects.create(
        name="The quiet room", topic=topic, created_by=cast.guide, created_at=timezone.now()
    )
    assert send("Hello.", group=group.public_id).status_code == 404

    GroupMember.objects.create(
        group=group, member=cast.member, invited_by=cast.guide, invited_at=timezone.now(),
        joined_at=timezone.now(),
    )  # fmt: skip
    assert send("Hello.", group=group.public_id).status_code == 302
    assert (Post.objects.get().group, Post.objects.get().topic) == (group, topic)


def test_what_is_said_in_a_held_thread_waits_and_in_a_slow_one_is_given_back(client, cast):
    held, slow = PostFactory(), PostFactory()
    until, by = timezone.now() + timedelta(hours=1), {"by": cast.guide, "at": timezone.now()}
    cooling.hold(post=held, until=until, reason="x", **by)
    cooling.slow_down(post=slow, minutes=5, until=until, reason="x", **by)

    assert reply_to(client, held, "I hear you.").status_code == 302
    assert Reply.objects.get().held_because == HeldBecause.THREAD_ON_HOLD
    assert reply_to(client, slow, "I hear you.").status_code == 302
    again = reply_to(client, slow, "And once more.")
    assert again.status_code == 409
    assert "And once more." in in_a_box(again)
    assert Reply.objects.count() == 2


# --- changing and taking back ---------------------------------------------------------------


def test_f39_what_was_edited_twenty_times_is_scored_as_it_ends(cast):
    post = PostFactory(author=cast.member, body="A quiet day.")
    for number in range(1, 20):
        edit_writing(
            writing=post, body=f"Still quiet {number}.", expected_revision=number,
            at=timezone.now(),
        )  # fmt: skip
    edit_writing(writing=post, body=HEAVY, expected_revision=20, at=timezone.now())

    screening.drain(now=timezone.now)

    assert Screening.objects.pending().count() == 0
    assert post.screenings.get(revision=21).text == HEAVY
    assert Alert.objects.open().get().screening.revision == 21


@pytest.mark.parametrize("factory", [PostFactory, ReplyFactory])
def test_f39_what_is_deleted_before_it_was_scored_still_reaches_a_guide(factory, cast, client):
    writing = factory(author=cast.member, body=HEAVY)
    kind = "posts" if isinstance(writing, Post) else "replies"
    asked = client.get(f"/wall/{kind}/{writing.public_id}/delete/")
    assert "Wall guides can still read it" in asked.text
    assert client.post(f"/wall/{kind}/{writing.public_id}/delete/").status_code == 302

    screening.drain(now=timezone.now)

    alert = Alert.objects.open().get()
    page = cast.client("guide").get(f"/desk/alerts/{alert.pk}/")
    assert HEAVY in page.text


def test_f39_an_open_alert_stays_open_when_its_words_are_deleted(cast):
    post = PostFactory(author=cast.member, body=HEAVY)
    screening.drain(now=timezone.now)

    delete_writing(writing=post, at=timezone.now())

    assert Alert.objects.open().count() == 1


def test_what_is_deleted_nobody_reads_here_again(client, cast):
    post = PostFactory(author=cast.member, body="Gone. Q7x")
    reply = ReplyFactory(post=PostFactory(), author=cast.member, body="Gone too. Q8x")
    save_post(post=post, member=(saver := MemberFactory()), at=timezone.now())
    ReplyFactory(post=post, body="So its place stays.")
    for writing in (post, reply):
        delete_writing(writing=writing, at=timezone.now())
        delete_writing(writing=writing, at=timezone.now())

    other = Client()
    other.force_login(saver.user)
    threads = [f"/wall/posts/{each.public_id}/" for each in (post, reply.post)]
    for reader in (client, other):
        for page in ("/wall/", *threads, "/me/written/", "/me/written/replies/", "/me/saved/"):
            assert "Q7x" not in (said := reader.get(page).text)
            assert "Q8x" not in said
    assert client.get(f"/wall/posts/{post.public_id}/edit/").status_code == 404
    reply.post.refresh_from_db()
    assert reply.post.reply_count == 0
    assert Entry.objects.filter(verb="delete").count() == 2


def test_what_others_answered_stays_when_the_post_is_deleted_and_no_more_can_be_said(client, cast):
    post = PostFactory(author=cast.member, body="Gone. Q7x")
    ReplyFactory(post=post, body="I hear you, really.")
    delete_writing(writing=post, at=timezone.now())

    page = client.get(f"/wall/posts/{post.public_id}/")
    assert "I hear you, really." in page.text
    assert "Q7x" not in page.text
    answer = reply_to(client, post, "One more. Q9x")
    assert answer.status_code == 409
    assert "One more. Q9x" in in_a_box(answer)
    with pytest.raises(TakenAway):
        publish_reply(
            post=Post.objects.get(pk=post.pk), author=MemberFactory(), body="x",
            idempotency_key=uuid.uuid4(), at=timezone.now(),
        )  # fmt: skip


def test_guides_who_cover_the_writer_read_every_version_and_nobody_else_any(client, cast):
    post = PostFactory(author=cast.member, body="The first words. Q1x")
    edit_writing(writing=post, body="The second. Q2x", expected_revision=1, at=timezone.now())
    address = f"/desk/posts/{post.public_id}/history/"

    page = cast.client("guide").get(address).text
    assert "Q1x" in page
    assert "Q2x" in page
    for role in ("member", "guide_elsewhere", "commissioner", "admin"):
        assert cast.client(role).get(address).status_code == 404
    assert "Q1x" not in client.get(f"/wall/posts/{post.public_id}/").text


# --- S51 ------------------------------------------------------------------------------------


@pytest.fixture
def brake(monkeypatch) -> brakes.Brake:
    """As in production: the tests' own lets thousands through."""
    brake = brakes.Brake("writing", 12, brakes.MINUTE)
    monkeypatch.setattr(brakes, "WRITING", brake)
    return brake


def test_s51_a_hundred_posts_in_a_minute_meet_the_brake_and_all_that_got_in_are_scored(send, brake):
    answers = [send(f"A quiet day, number {number}.").status_code for number in range(100)]

    assert answers.count(302) == brake.most
    assert answers.count(429) == 100 - brake.most
    screening.drain(now=timezone.now)
    assert Screening.objects.pending().count() == 0
    assert Screening.objects.count() == Post.objects.count() == brake.most


def test_s51_what_the_brake_gives_back_keeps_whom_it_answers_and_what_it_quotes(
    client, cast, brake
):
    post = PostFactory(body="It was a long day.")
    for _ in range(brake.most):
        brake.press(str(cast.member.pk), at=timezone.now())

    answer = reply_to(
        client, post, "I see.", quoted=post.public_id, quote="a long day", content_note="death"
    )

    assert answer.status_code == 429
    for kept in ('name="quote" value="a long day"', f'name="quoted" value="{post.public_id}"',
                 'name="content_note" value="death"'):  # fmt: skip
        assert kept in answer.text
    assert in_a_box(answer) == "I see."
