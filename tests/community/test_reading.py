"""The lists to read the wall by, a thread's order, and what nobody is shown by any of them."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from community.models import (
    POSTS_PER_PAGE,
    REPLIES_PER_PAGE,
    Group,
    GroupMember,
    Post,
    ReadingPlace,
    Reply,
)
from community.operations import hide, mute_member, publish_reply, reply_as_guide, restore
from community.reading import post_seen_by
from community.thread import page_of_a_thread
from community.visibility import settle
from measures.operations import set_goal
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory

pytestmark = pytest.mark.django_db

LISTS = ("/wall/", "/wall/topics/stress/", "/wall/for-you/", "/wall/waiting/", "/wall/since/")


@pytest.fixture
def member(cast: Cast) -> Member:
    cast.member.reasons = ["stress"]
    cast.member.save()
    return cast.member


@pytest.fixture
def client(cast: Cast, member: Member) -> Client:
    """A member who was here yesterday, and who has stress."""
    now = timezone.now()
    ReadingPlace.objects.create(member=member, here_at=now, before_at=now - timedelta(days=1))
    return cast.client("member")


@pytest.fixture
def stress() -> Any:
    return TopicFactory(slug="stress", name="Stress")


def posts_on(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.findall(r'id="post-([^"]+)"', answer.text)


def replies_on(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.findall(r'id="reply-([^"]+)"', answer.text)


def thread_of(post: Post) -> str:
    return f"/wall/posts/{post.public_id}/"


def put_in_a_group(post: Post, cast: Cast, *members: Member) -> Group:
    now = timezone.now()
    group = Group.objects.create(
        name="Ten of us", topic=post.topic, created_by=cast.guide, created_at=now
    )
    for member in members:
        GroupMember.objects.create(
            group=group, member=member, invited_by=cast.guide, invited_at=now, joined_at=now
        )
    Post.objects.filter(pk=post.pk).update(group=group)
    return group


# --- what nobody is shown -------------------------------------------------------------------


def hidden(post: Post, cast: Cast) -> None:
    hide(writing=post, by=cast.guide, reason="A name.", at=timezone.now())


def held(post: Post, cast: Cast) -> None:
    changed = Post.objects.filter(pk=post.pk)
    changed.update(held_at=timezone.now(), held_because="contact_details", is_visible=False)


def deleted(post: Post, cast: Cast) -> None:
    Post.objects.filter(pk=post.pk).update(deleted_at=timezone.now(), is_visible=False)


def taken_away(post: Post, cast: Cast) -> None:
    Post.objects.filter(pk=post.pk).update(taken_away_at=timezone.now(), is_visible=False)


def in_a_room_of_others(post: Post, cast: Cast) -> None:
    put_in_a_group(post, cast, MemberFactory())


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("gone", [hidden, held, deleted, taken_away, in_a_room_of_others])
def test_what_is_off_the_wall_is_on_no_list_however_warm_the_moulds_are(
    gone: Callable[[Post, Cast], None], address: str, client: Client, cast: Cast, stress: Any
):
    post = PostFactory(topic=stress, author=MemberFactory(), body="marmoset")
    stays = PostFactory(topic=stress, author=MemberFactory())
    for _ in range(3):
        assert set(posts_on(client, address)) == {post.public_id, stays.public_id}

    gone(post, cast)

    answer = client.get(address)
    assert posts_on(client, address) == [stays.public_id]
    assert "marmoset" not in answer.text
    assert client.get(thread_of(post)).status_code == 404


def test_what_a_guide_has_hidden_is_never_shown_again_cached_or_not(
    client: Client, cast: Cast, stress: Any
):
    """Asked as a browser asks that kept the page: by the same conditions that it was given."""
    post = PostFactory(topic=stress, author=MemberFactory(), body="marmoset")
    reply = ReplyFactory(post=post, author=MemberFactory(), body="capybara")
    address = thread_of(post)
    before = {each: client.get(each) for each in ("/wall/", address)}
    assert "capybara" in before[address].text
    conditions = {
        "HTTP_IF_MODIFIED_SINCE": "Wed, 21 Oct 2037 07:28:00 GMT",
        "HTTP_IF_NONE_MATCH": "*",
    }

    hide(writing=reply, by=cast.guide, reason="A name.", at=timezone.now())
    assert "capybara" not in client.get(address, **conditions).text
    hide(writing=post, by=cast.guide, reason="A name.", at=timezone.now())

    for each, kept in before.items():
        again = client.get(each, **conditions)
        assert again.status_code in (200, 404)
        assert not {"marmoset", "capybara"} & set(re.findall(r"\w+", again.text))
        assert kept["Cache-Control"] == "no-store"
        assert "ETag" not in kept

    restore(writing=post, by=cast.guide, at=timezone.now())
    assert posts_on(client, "/wall/") == [post.public_id]


def test_a_room_of_few_is_read_by_those_in_it_and_by_nobody_who_left_or_was_only_asked(
    client: Client, cast: Cast, member: Member
):
    post = PostFactory(author=MemberFactory(), body="marmoset")
    group = put_in_a_group(post, cast, member)
    place = GroupMember.objects.filter(group=group, member=member)

    assert client.get(thread_of(post)).status_code == 200
    place.update(joined_at=None)
    assert client.get(thread_of(post)).status_code == 404
    place.update(joined_at=timezone.now(), left_at=timezone.now())
    assert client.get(thread_of(post)).status_code == 404


def test_ones_own_words_are_seen_while_they_are_held_and_not_once_they_are_taken_back(
    client: Client, cast: Cast, member: Member
):
    post = PostFactory(author=member, body="marmoset")
    held(post, cast)
    page = client.get(thread_of(post)).text
    assert "marmoset" in page
    assert "Only you and the guides see it now." in page
    assert posts_on(client, "/wall/mine/") == [post.public_id]
    assert posts_on(client, "/wall/") == []

    Post.objects.filter(pk=post.pk).update(held_at=None, held_because="", deleted_at=timezone.now())
    assert client.get(thread_of(post)).status_code == 404
    assert posts_on(client, "/wall/mine/") == []


STATES = ("hidden_at", "held_at", "deleted_at", "taken_away_at")


def every_state() -> list[dict[str, Any]]:
    """What may hold a piece of writing back, in all combinations."""
    return [
        dict(zip(STATES, which, strict=True))
        for which in product((False, True), repeat=len(STATES))
    ]


def set_to(writing: Post | Reply, state: dict[str, Any], cast: Cast) -> None:
    now = timezone.now()
    changes: dict[str, Any] = {name: now for name, is_so in state.items() if is_so}
    if state["hidden_at"]:
        changes |= {"hidden_by": cast.guide, "hidden_reason": "A name."}
    if state["held_at"]:
        changes |= {"held_because": "policy"}
    type(writing).objects.filter(pk=writing.pk).update(  # type: ignore[attr-defined]
        **changes, is_visible=not any(state.values())
    )


def test_the_pages_say_of_each_post_what_the_models_say_of_who_may_see_it(
    client: Client, cast: Cast, member: Member
):
    """Written out in SQL for the pages that are opened most, and as a queryset for the others."""
    now, topic, other = timezone.now(), TopicFactory(), MemberFactory()
    groups = [None]
    for place in ({"joined_at": now}, {"joined_at": now, "left_at": now}, {}, None):
        group = Group.objects.create(
            name="Ten of us", topic=topic, created_by=cast.guide, created_at=now
        )
        groups.append(group)
        if place is not None:
            GroupMember.objects.create(
                group=group, member=member, invited_by=cast.guide, invited_at=now, **place
            )
    for state, group, author, is_answered in product(
        every_state(), groups, (member, other), (False, True)
    ):
        post = PostFactory(topic=topic, author=author)
        Post.objects.filter(pk=post.pk).update(group=group)
        if is_answered:
            ReplyFactory(post=post, author=other)
        set_to(post, state, cast)

    by_model = set(Post.objects.shown_to(member).values_list("public_id", flat=True))
    every = Post.objects.values_list("public_id", flat=True)
    by_page = {
        each
        for each in every
        if post_seen_by(member, public_id=each, now=timezone.now()) is not None
    }

    assert 0 < len(by_model) < len(every)
    assert by_page == by_model
    on_the_wall = set(Post.objects.on_the_wall().values_list("public_id", flat=True))
    assert set(walked(client, "/wall/")) == on_the_wall


def test_a_thread_shows_of_each_reply_what_the_models_say(cast: Cast, member: Member):
    post, other = PostFactory(), MemberFactory()
    for state, author in product(every_state(), (member, other)):
        set_to(ReplyFactory(post=post, author=author), state, cast)

    shown = page_of_a_thread(post, reader=member, after=None)

    by_model = set(post.replies.shown_to(member).values_list("pk", flat=True))
    assert 0 < len(by_model) < Reply.objects.count()
    assert {reply.pk for reply in shown} == by_model
    assert all(reply.is_seen for reply in shown)


def walked(client: Client, address: str) -> list[str]:
    """Every post of a list, page after page."""
    found = posts_on(client, address)
    more = found
    while more:
        more = posts_on(client, f"{address}?after={found[-1]}")
        found += more
    return found


# --- the lists ------------------------------------------------------------------------------


def test_for_you_holds_the_topics_of_reasons_and_goals_and_says_so_in_a_sentence(
    client: Client, member: Member, stress: Any
):
    money, other = TopicFactory(slug="money", name="Money"), TopicFactory(slug="identity")
    set_goal(member=member, words="Pay my debts bit by bit", score=1, at=timezone.now())
    wanted = [PostFactory(topic=topic) for topic in (stress, money)]
    PostFactory(topic=other)

    answer = client.get("/wall/for-you/")

    assert set(re.findall(r'id="post-([^"]+)"', answer.text)) == {p.public_id for p in wanted}
    said = "You see these topics because of your reasons and goals: Stress, Money."
    assert said in html.unescape(answer.text)
    assert "debts" not in answer.text


def test_for_you_is_turned_off_by_one_tap_and_stays_off(client: Client, stress: Any):
    post = PostFactory(topic=stress)
    assert posts_on(client, "/wall/for-you/") == [post.public_id]

    client.post("/wall/for-you/", {"off": "1"})

    page = client.get("/wall/for-you/")
    assert posts_on(client, "/wall/for-you/") == []
    assert "The wall picks nothing for you." in page.text
    assert ReadingPlace.objects.get().picks_for_them is False
    client.get("/wall/?after=" + post.public_id)
    assert ReadingPlace.objects.get().picks_for_them is False

    client.post("/wall/for-you/", {"on": "1"})
    assert posts_on(client, "/wall/for-you/") == [post.public_id]


def test_for_you_goes_on_in_tens_over_several_topics(client: Client, member: Member, stress: Any):
    member.reasons = ["stress", "money"]
    member.save()
    topics = [stress, TopicFactory(slug="money")]
    author = MemberFactory()
    posts = [
        PostFactory(topic=topics[number % 2], author=author) for number in range(POSTS_PER_PAGE + 4)
    ]

    first = posts_on(client, "/wall/for-you/")
    rest = posts_on(client, f"/wall/for-you/?after={first[-1]}")

    assert first + rest == [post.public_id for post in reversed(posts)]


def test_waiting_holds_what_nobody_has_answered_and_whoever_waits_longest_stands_first(
    client: Client, member: Member
):
    now = timezone.now()
    newer = PostFactory(at=now - timedelta(hours=1))
    older = PostFactory(at=now - timedelta(hours=5))
    answered = PostFactory(at=now - timedelta(hours=3))
    publish_reply(
        post=answered, author=MemberFactory(), body="Hello.", idempotency_key=uuid.uuid4(), at=now
    )
    PostFactory(author=member, at=now - timedelta(hours=2))

    assert posts_on(client, "/wall/waiting/") == [older.public_id, newer.public_id]


def test_since_holds_what_came_after_the_visit_before_this_one(client: Client, member: Member):
    now = timezone.now()
    ReadingPlace.objects.update(here_at=now - timedelta(hours=3), before_at=now - timedelta(days=9))
    PostFactory(at=now - timedelta(hours=4))
    new = PostFactory(at=now - timedelta(hours=2))

    # The page that begins a visit, and a later one of the same.
    assert posts_on(client, "/wall/since/") == [new.public_id]
    assert posts_on(client, "/wall/since/") == [new.public_id]
    place = ReadingPlace.objects.get()
    assert place.before_at == now - timedelta(hours=3)
    assert place.here_at >= now


def test_mine_holds_what_i_wrote_and_where_i_answered_the_liveliest_first(
    client: Client, member: Member
):
    now = timezone.now()
    mine = PostFactory(author=member, at=now - timedelta(days=3))
    answered = PostFactory(at=now - timedelta(days=5))
    PostFactory(at=now)
    for post, at in ((answered, now - timedelta(hours=2)), (mine, now - timedelta(days=1))):
        publish_reply(post=post, author=member, body="Hello.", idempotency_key=uuid.uuid4(), at=at)

    assert posts_on(client, "/wall/mine/") == [answered.public_id, mine.public_id]


def test_coming_back_there_is_a_way_to_where_one_was(client: Client):
    author, topic = MemberFactory(), TopicFactory()
    for _ in range(POSTS_PER_PAGE * 2):
        PostFactory(author=author, topic=topic)
    first = posts_on(client, "/wall/")
    assert "Go on where you were" not in client.get("/wall/").text

    on = posts_on(client, f"/wall/?after={first[-1]}")

    back = re.search(r'href="(\?after=[^"]+)">Go on where you were', client.get("/wall/").text)
    assert posts_on(client, "/wall/" + back[1]) == on
    # It is the place on this list, and nobody is led to a post that has been erased.
    assert "Go on where you were" not in client.get(f"/wall/topics/{topic.slug}/").text
    ReadingPlace.objects.update(after="erased")
    assert "Go on where you were" not in client.get("/wall/").text


@pytest.mark.parametrize("rows", [1, 3, 50])
@pytest.mark.parametrize(
    ("address", "queries"),
    # Session and who reads; topics and the place; the posts. "For you" also asks for goals.
    [("/wall/", 3), ("/wall/topics/stress/", 3), ("/wall/for-you/", 4), ("/wall/waiting/", 3),
     ("/wall/since/", 3), ("/wall/mine/", 3)],
)  # fmt: skip
def test_each_list_costs_the_same_queries_however_many_posts_there_are(
    address: str, queries: int, rows: int, client: Client, member: Member, stress: Any,
    django_assert_num_queries,
):  # fmt: skip
    author = member if address == "/wall/mine/" else MemberFactory()
    for _ in range(rows):
        PostFactory(topic=stress, author=author)

    with django_assert_num_queries(queries):
        assert len(posts_on(client, address)) == min(rows, POSTS_PER_PAGE)


# --- the thread -----------------------------------------------------------------------------


def answer_to(reply: Reply, **more: Any) -> Reply:
    made = ReplyFactory(post=reply.post, **more)
    Reply.objects.filter(pk=made.pk).update(under=reply)
    made.under = reply
    return made


def test_an_answer_stands_under_the_one_it_answers_however_late_it_came(client: Client):
    post, now = PostFactory(), timezone.now()
    first, second = (ReplyFactory(post=post, at=now + timedelta(minutes=n)) for n in (1, 2))
    late = answer_to(first, at=now + timedelta(hours=5))
    later = answer_to(first, at=now + timedelta(hours=6))

    assert replies_on(client, thread_of(post)) == [
        each.public_id for each in (first, late, later, second)
    ]
    page = client.get(thread_of(post)).text
    assert page.count('class="reply-under"') == 2
    assert f"to {first.author.alias}" in page


def test_show_more_goes_on_in_the_threads_own_order(client: Client):
    post, author, now = PostFactory(), MemberFactory(), timezone.now()
    roots = [
        ReplyFactory(post=post, author=author, at=now + timedelta(minutes=number))
        for number in range(REPLIES_PER_PAGE - 1)
    ]
    under = [answer_to(roots[-1], author=author, at=now + timedelta(days=n)) for n in (1, 2, 3)]
    last = ReplyFactory(post=post, author=author, at=now + timedelta(hours=3))

    first_page = replies_on(client, thread_of(post))
    more = re.search(r'href="(\?after=[^"]+)"', client.get(thread_of(post)).text)[1]
    second_page = replies_on(client, thread_of(post) + more)

    assert first_page == [each.public_id for each in (*roots, under[0])]
    assert second_page == [each.public_id for each in (*under[1:], last)]


@pytest.mark.parametrize(
    "number", [0, REPLIES_PER_PAGE - 1, REPLIES_PER_PAGE, REPLIES_PER_PAGE + 3]
)
def test_a_link_to_a_reply_leads_to_it_on_whichever_page_it_stands(number: int, client: Client):
    post, author = PostFactory(), MemberFactory()
    replies = [ReplyFactory(post=post, author=author) for _ in range(REPLIES_PER_PAGE + 5)]
    wanted = replies[number].public_id

    answer = client.get(f"/wall/replies/{wanted}/")

    page, _hash, anchor = answer["Location"].partition("#")
    assert anchor == f"reply-{wanted}"
    assert wanted in replies_on(client, page)


def test_a_reply_that_is_gone_keeps_its_place_while_answers_stand_under_it(
    client: Client, cast: Cast
):
    post = PostFactory()
    gone = ReplyFactory(post=post, body="marmoset", author=MemberFactory(alias="Wombat"))
    below = answer_to(gone, body="capybara")
    alone = ReplyFactory(post=post, body="quokka")
    for reply in (gone, alone):
        hide(writing=reply, by=cast.guide, reason="A name.", at=timezone.now())

    page = client.get(thread_of(post)).text

    assert replies_on(client, thread_of(post)) == [gone.public_id, below.public_id]
    assert "A reply that is no longer here." in page
    assert "capybara" in page
    assert not {"marmoset", "Wombat", "quokka"} & set(re.findall(r"\w+", page))
    assert client.get(f"/wall/replies/{gone.public_id}/").status_code == 404


def quoting(post: Post, quote: str, quoted: Reply | None = None) -> Reply:
    reply = ReplyFactory(post=post, body="This helped.")
    Reply.objects.filter(pk=reply.pk).update(quote=quote, quoted_reply=quoted)
    return reply


def test_a_quote_shows_the_words_and_whose_they_are(client: Client):
    post = PostFactory(body="One day at\na time. Q7")
    quoted = ReplyFactory(post=post, body="A warm marmoset & tea.")
    quoting(post, "One day at a time.")
    quoting(post, "A warm marmoset & tea", quoted)

    page = client.get(thread_of(post)).text

    quotes = re.findall(r'<blockquote class="quote">(.*?)</blockquote>', page, re.DOTALL)
    assert len(quotes) == 2
    assert "One day at a time." in quotes[0]
    assert post.author.alias in quotes[0]
    assert "A warm marmoset &amp; tea" in quotes[1]
    assert quoted.author.alias in quotes[1]


def hide_it(reply: Reply, cast: Cast) -> None:
    hide(writing=reply, by=cast.guide, reason="A name.", at=timezone.now())


def hold_it(reply: Reply, cast: Cast) -> None:
    changed = Reply.objects.filter(pk=reply.pk)
    changed.update(held_at=timezone.now(), held_because="policy", is_visible=False)
    settle(Reply.objects.filter(pk=reply.pk))


def delete_it(reply: Reply, cast: Cast) -> None:
    Reply.objects.filter(pk=reply.pk).update(deleted_at=timezone.now(), is_visible=False)
    settle(Reply.objects.filter(pk=reply.pk))


def change_it(reply: Reply, cast: Cast) -> None:
    Reply.objects.filter(pk=reply.pk).update(body="Other words.", body_html="<p>Other words.</p>")


def mute_them(reply: Reply, cast: Cast) -> None:
    assert reply.author is not None
    mute_member(muted=reply.author, by=cast.member, at=timezone.now())


def note_it(reply: Reply, cast: Cast) -> None:
    Reply.objects.filter(pk=reply.pk).update(content_note="death")


def move_it(reply: Reply, cast: Cast) -> None:
    Reply.objects.filter(pk=reply.pk).update(post=PostFactory())


@pytest.mark.parametrize(
    "gone", [hide_it, hold_it, delete_it, change_it, mute_them, note_it, move_it]
)
def test_words_that_the_reader_cannot_see_are_not_quoted(
    gone: Callable[[Reply, Cast], None], client: Client, cast: Cast
):
    post = PostFactory()
    quoted = ReplyFactory(post=post, body="marmoset", author=MemberFactory())
    quoting(post, "marmoset", quoted)
    assert client.get(thread_of(post)).text.count("marmoset") == 2

    gone(quoted, cast)

    page = client.get(thread_of(post)).text
    assert "<blockquote" not in page
    # What is folded away can still be opened where it stands.
    assert page.count("marmoset") == (1 if gone in (mute_them, note_it) else 0)
    assert "This helped." in page


def test_a_place_shows_no_quotes_of_what_was_there(client: Client, cast: Cast):
    post = PostFactory(body="marmoset", author=MemberFactory())
    quoting(post, "marmoset")
    taken_away(post, cast)

    page = client.get(thread_of(post)).text

    assert "This helped." in page
    assert "marmoset" not in page


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_thread_costs_the_same_queries_however_long_it_is(
    rows: int, client: Client, cast: Cast, django_assert_num_queries
):
    post = PostFactory()
    root = reply_as_guide(
        post=post, guide=cast.guide, body="Hello.", idempotency_key=uuid.uuid4(), at=timezone.now()
    )
    author = MemberFactory()
    for _ in range(rows - 1):
        answer_to(root, author=author)

    # Session and who reads; the post; its replies; whom they answer, once somebody does.
    with django_assert_num_queries(3 if rows == 1 else 4):
        assert len(replies_on(client, thread_of(post))) == rows


def test_no_reader_is_slowed_by_a_time_that_is_not_theirs(client: Client):
    """The soft words are kept by day and hour, not by the moment they were first asked for."""
    at: datetime = timezone.now() - timedelta(days=400)
    PostFactory(at=at)
    assert f"in {at:%B %Y}" in client.get("/wall/").text
