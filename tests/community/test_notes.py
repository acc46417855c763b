"""Content notes fold words until they are opened; what a reader mutes is folded with the reason."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import preferences
from audit.models import Entry
from belonging.arrival import fitting_threads
from community import acts
from community.enums import ContentNote
from community.models import Post, Reply
from community.operations import answer_about_visitors, mute_member, offer_to_visitors, save_post
from community.visitors import could_be_asked
from notifications.enums import Kind
from notifications.models import Notice
from risk import screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.fairness import noted_by
from tests.factories.groups import GroupFactory, let_in, written_in

HEAVY = "harbour marzipan"
SUMMARY = "This is about: Death and loss"


@pytest.fixture
def author(cast: Cast) -> Any:
    return MemberFactory(locality=cast.leeds, alias="Fennel")


def noted(writing: Post | Reply, note: str = ContentNote.DEATH) -> Any:
    """As its writer puts it there."""
    type(writing).objects.filter(pk=writing.pk).update(content_note=note)
    writing.refresh_from_db()
    return writing


def is_folded(page: str, words: str = HEAVY, under: str = SUMMARY) -> bool:
    """Whether these words stand in a page only inside a fold with that summary."""
    folds = re.findall(r'<details class="folded">.*?</details>', page, re.DOTALL)
    inside = [fold for fold in folds if words in fold and under in fold]
    # A search marks what it finds, so its words stand in pieces.
    return bool(inside) and page.count(words) == sum(fold.count(words) for fold in inside)


# --- everywhere -----------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["feed", "topic", "thread", "saved", "group", "search"])
def test_a_noted_post_is_folded_wherever_it_is_read(where: str, cast, author):
    client, group = cast.client("member"), None
    if where == "group":
        group = GroupFactory(by=cast.guide)
        let_in(group, cast.member, cast.guide)
        post = noted(written_in(group, author, f"A {HEAVY}."))
    else:
        post = noted(PostFactory(author=author, body=f"A {HEAVY}."))
    save_post(post=post, member=cast.member, at=timezone.now())
    address = {
        "feed": "/wall/", "topic": f"/wall/topics/{post.topic.slug}/", "saved": "/me/saved/",
        "thread": f"/wall/posts/{post.public_id}/",
        "group": f"/wall/groups/{group.public_id if group else ''}/",
    }  # fmt: skip
    if where == "search":
        page = client.post("/wall/search/", {"q": "harbour"}, follow=True).text
        assert is_folded(page, words="marzipan")
    else:
        page = client.get(address[where]).text
        assert is_folded(page)
    # It could stand open: the same page without the note has it so.
    noted(post, "")
    page = client.get(address[where]).text if where != "search" else page
    assert where == "search" or (HEAVY in page and not is_folded(page))


def test_a_noted_reply_is_folded_in_its_thread(cast, author):
    reply = noted(ReplyFactory(author=author, body=f"A {HEAVY}."))

    page = cast.client("member").get(f"/wall/posts/{reply.post.public_id}/").text

    assert is_folded(page)


def test_their_own_words_are_open_and_say_that_there_is_a_note(cast):
    post = noted(PostFactory(author=cast.member, body=f"A {HEAVY}."))
    reply = noted(ReplyFactory(post=post, author=cast.member, body="Mine too."))
    client = cast.client("member")

    for address in ("/wall/", f"/wall/posts/{post.public_id}/"):
        page = client.get(address).text
        assert HEAVY in page
        assert "<details" not in page.split("<main")[1].split("</ul>")[0]
    assert page.count("You said what this is about: Death and loss") == 2
    assert reply.body in page


# --- a guide --------------------------------------------------------------------------------


def put(client: Client, writing: Post | Reply, **said: str) -> Any:
    kind = "posts" if isinstance(writing, Post) else "replies"
    ground = {"rule": "kind", "body": "So that readers know.", "seen": acts.seen_of(writing)}
    return client.post(f"/desk/{kind}/{writing.public_id}/acts/", ground | said)


@pytest.mark.parametrize("factory", [PostFactory, ReplyFactory])
def test_a_guide_puts_a_note_on_and_its_writer_is_told_kindly_why(factory, cast):
    writing = factory(author=cast.member, body=f"A {HEAVY}.")
    thread = writing if isinstance(writing, Post) else writing.post

    put(cast.client("guide"), writing, do="fold", content_note="death")

    writing.refresh_from_db()
    assert (writing.content_note, writing.content_note_by) == ("death", cast.guide)
    assert writing.body == f"A {HEAVY}."
    assert Notice.objects.get(member=cast.member).kind == Kind.DECISION
    page = cast.client("member").get(f"/wall/posts/{thread.public_id}/").text
    assert "A wall guide put a note on this: Death and loss." in page
    assert "Your words are as you wrote them." in page
    assert "So that readers know." in cast.client("member").get("/me/decisions/").text
    assert Entry.objects.filter(verb="fold", actor=f"guide:{cast.guide.pk}").exists()


def test_a_guide_notes_only_what_they_cover_and_only_as_listed(cast):
    post = PostFactory(author=cast.member)

    asked = {"do": "fold", "content_note": "death"}
    assert put(cast.client("guide_elsewhere"), post, **asked).status_code == 404
    refused = put(cast.client("guide"), post, do="fold", content_note="made-up")
    assert refused.status_code == 422
    post.refresh_from_db()
    assert post.content_note == ""


def test_visitors_and_the_newly_arrived_are_shown_nothing_that_is_noted(cast, author):
    post = PostFactory(author=author, body="A quiet day.")
    screening.drain(now=timezone.now)
    assert list(could_be_asked(Post.objects.all())) == [post]
    assert fitting_threads(cast.member, now=timezone.now()) == [post]
    offer_to_visitors(post=post, by=cast.guide, at=timezone.now())
    answer_about_visitors(post=post, author=author, agrees=True, at=timezone.now())
    assert Post.objects.shown_to_visitors().exists()

    noted_by(cast.guide, of=post)

    assert not Post.objects.shown_to_visitors().exists()
    assert not could_be_asked(Post.objects.all()).exists()
    assert fitting_threads(cast.member, now=timezone.now()) == []


# --- muted ----------------------------------------------------------------------------------


def mute(client: Client, **kinds: list[str]) -> Any:
    return client.post("/me/muted/kinds/", kinds, follow=True)


def test_muted_notes_and_topics_fold_and_say_so(cast, author):
    client = cast.client("member")
    noted(PostFactory(author=author, body=f"A {HEAVY}."))
    money = TopicFactory(slug="money", name="Money")
    PostFactory(author=author, topic=money, body="Rent is due.")
    mine = PostFactory(author=cast.member, topic=money, body="My own rent.")
    assert not is_folded(client.get("/wall/").text, "Rent is due.", "About a topic you muted")

    page = mute(client, muted_notes=["death"], muted_topics=["money"]).text

    assert page.count(" checked") == 2
    page = client.get("/wall/").text
    assert is_folded(page, under="You muted this: Death and loss")
    assert is_folded(page, "Rent is due.", "About a topic you muted")
    assert not is_folded(page, mine.body, "About a topic you muted")

    mute(client)
    page = client.get("/wall/").text
    assert is_folded(page), "the note itself folds it still"
    assert not is_folded(page, "Rent is due.", "About a topic you muted")


def test_of_several_reasons_the_nearest_is_said(cast, author):
    money = TopicFactory(slug="money")
    noted(PostFactory(author=author, topic=money, body=f"A {HEAVY}."))
    client = cast.client("member")
    preferences.mute_word(member=cast.member, word="marzipan")
    assert is_folded(client.get("/wall/").text, under="Has a word you muted")
    mute(client, muted_topics=["money"])
    assert is_folded(client.get("/wall/").text, under="About a topic you muted")
    mute(client, muted_topics=["money"], muted_notes=["death"])
    assert is_folded(client.get("/wall/").text, under="You muted this: Death and loss")
    mute_member(muted=author, by=cast.member, at=timezone.now())
    assert is_folded(client.get("/wall/").text, under="From someone you muted")


def test_what_is_not_on_the_list_cannot_be_muted(cast):
    answer = cast.client("member").post("/me/muted/kinds/", {"muted_topics": ["no-such"]})

    assert answer.status_code == 422
    assert "errorlist" in answer.text
    assert preferences.preferences_of(cast.member).muted_topics == []


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_muting_asks_the_database_nothing(rows: int, cast, author):
    client = cast.client("member")
    money = TopicFactory(slug="money")
    for _ in range(rows):
        noted(PostFactory(author=author, topic=money, body=HEAVY))
    client.get("/wall/")  # what is noted at a first visit is not the muting's
    with CaptureQueriesContext(connection) as before:
        client.get("/wall/")
    mute(client, muted_notes=["death"], muted_topics=["money"])
    preferences.mute_word(member=cast.member, word="marzipan")

    with CaptureQueriesContext(connection) as after:
        page = client.get("/wall/").text

    assert "You muted this" in page
    assert 0 < len(after) <= len(before)
