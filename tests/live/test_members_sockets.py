"""What a member's open page is told, and above all what it is not (S07, S08, S27)."""

from __future__ import annotations

import inspect
import json

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from accounts.operations import suspend_member
from accounts.sessions import end_all_of
from community.listening import ThreadConsumer
from community.operations import hide
from live import hub, pokes
from live.hub import Hub
from live.standing import people_behind
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.live.sockets import SOON, closing_code, is_silent
from tests.sign_ins import SignedIn


def thread_of(post) -> str:
    return f"/live/threads/{post.public_id}/"


def said(socket) -> str:
    return json.loads(socket.recv(timeout=SOON))["changed"]


def test_a_new_post_is_said_to_open_walls_and_no_word_of_it_crosses_the_socket(opens, cast):
    socket = opens("member")

    PostFactory(body="Words that nobody else may carry.")

    assert socket.recv(timeout=SOON) == '{"changed": "wall"}'


def test_an_answer_is_said_where_its_thread_is_open_and_nowhere_else(opens, cast):
    post, another = PostFactory(), PostFactory()
    here = opens("member", thread_of(post))
    elsewhere = opens("member", thread_of(another))

    ReplyFactory(post=post, body="Words that nobody else may carry.")

    assert here.recv(timeout=SOON) == '{"changed": "thread"}'
    assert is_silent(elsewhere)


def test_whoever_is_answered_is_told_of_their_news_on_whatever_page_is_open(opens, cast):
    post = PostFactory(author=cast.member)
    socket = opens("member")

    ReplyFactory(post=post)

    assert said(socket) == "news"


def test_what_came_between_the_page_and_its_socket_is_said_at_once(opens, cast):
    post = PostFactory(author=cast.member)
    ReplyFactory(post=post)
    newest = PostFactory()

    late = opens("member", thread_of(post) + "?seen=0")
    assert {said(late), said(late)} == {"news", "thread"}
    assert said(opens("member", "/live/?seen=an-older-one")) == "news"

    cast.member.refresh_from_db()
    cast.member.has_news = False
    cast.member.save()
    assert is_silent(opens("member", thread_of(post) + "?seen=1"))
    assert is_silent(opens("member", f"/live/?seen={newest.public_id}"))
    assert said(opens("member", f"/live/?seen={post.public_id}")) == "wall"


def test_what_others_do_not_see_is_said_to_nobody(opens, cast):
    post = PostFactory()
    wall, thread = opens("member"), opens("member", thread_of(post))
    unseen = MemberFactory(locality=LocalityFactory(is_hidden=True))

    PostFactory(author=unseen)
    ReplyFactory(post=post, author=unseen)
    hide(writing=post, by=cast.guide, reason="A pause.", at=timezone.now())

    assert is_silent(wall)
    assert is_silent(thread)


def test_s27_nothing_about_another_member_reaches_a_member(opens, cast):
    """Signing in, reading, opening a page and going away are nobody's business."""
    post = PostFactory(author=MemberFactory())
    wall, thread = opens("member"), opens("member", thread_of(post))

    with opens("suspended"), opens("guide"):
        client = cast.client("guide_elsewhere")
        client.get("/desk/")
    reader = MemberFactory()
    browser = SignedIn()
    browser.force_login(reader.user)
    for path in ("/wall/", f"/wall/posts/{post.public_id}/", "/me/news/", "/wall/new/"):
        browser.get(path)
    browser.post("/exit/")

    assert is_silent(wall)
    assert is_silent(thread)


def test_s27_only_a_few_words_can_be_said_at_all():
    """There is no way to say who: a poke takes a list of names and the kind of change."""
    ways = {name for name in vars(pokes) if name.startswith("poke_")}
    assert ways == {
        "poke_localities", "poke_seniors", "poke_user", "poke_thread", "poke_wall",
    }  # fmt: skip
    assert list(inspect.signature(pokes.poke_thread).parameters) == ["post_pk"]
    assert not inspect.signature(pokes.poke_wall).parameters


def test_what_guides_hear_no_member_hears(opens, cast):
    wall = opens("member")
    thread = opens("member", thread_of(PostFactory(author=cast.member)))
    said(wall)

    pokes.poke_localities([cast.leeds.pk])
    pokes.poke_seniors()
    pokes.poke_user(cast.guide.user.pk)

    assert is_silent(wall)
    assert is_silent(thread)


def test_s08_a_thread_that_a_member_may_not_see_opens_no_socket(opens, cast):
    hidden = PostFactory()
    hide(writing=hidden, by=cast.guide, reason="A pause.", at=timezone.now())

    for path in (thread_of(hidden), "/live/threads/there-is-none/"):
        with pytest.raises(InvalidStatus) as refused:
            opens("member", path)
        assert refused.value.response.status_code == 403


def test_the_author_of_a_hidden_post_still_listens_to_it(opens, cast):
    post = PostFactory(author=cast.member)
    hide(writing=post, by=cast.guide, reason="A pause.", at=timezone.now())

    socket = opens("member", thread_of(post))
    pokes.poke_thread(post.pk)

    assert said(socket) == "thread"


@pytest.mark.parametrize("role", ["anonymous", "suspended", "guide", "commissioner", "admin"])
def test_nobody_but_members_who_read_the_wall_listens_to_a_thread(role, opens):
    with pytest.raises(InvalidStatus):
        opens(role, thread_of(PostFactory()))


def test_a_paused_member_hears_of_their_own_things_and_not_of_the_wall(opens, cast):
    socket = opens("suspended")

    pokes.poke_wall()
    assert is_silent(socket)
    pokes.poke_user(cast.suspended.user.pk)
    assert said(socket) == "news"


def is_suspended(cast: Cast) -> None:
    suspend_member(member=cast.member, by=cast.guide, reason="A pause.", at=timezone.now())


def is_signed_out_elsewhere(cast: Cast) -> None:
    end_all_of(cast.member.user)


def leaves(cast: Cast) -> None:
    type(cast.member).objects.filter(pk=cast.member.pk).update(leaving_at=timezone.now())


@pytest.mark.parametrize("change", [is_suspended, is_signed_out_elsewhere, leaves])
@pytest.mark.parametrize("place", ["wall", "thread"])
def test_s07_a_members_socket_closes_with_their_session_or_their_standing(
    change, place, opens, cast, monkeypatch
):
    monkeypatch.setattr(hub, "CHECK_EVERY_SECONDS", 0.1)
    socket = opens("member", "/live/" if place == "wall" else thread_of(PostFactory()))

    change(cast)

    assert closing_code(socket) == hub.NOT_FOR_YOU


def test_s07_a_thread_closes_for_whoever_may_no_longer_see_it(opens, cast, monkeypatch):
    monkeypatch.setattr(hub, "CHECK_EVERY_SECONDS", 0.1)
    post = PostFactory()
    socket = opens("member", thread_of(post))

    hide(writing=post, by=cast.guide, reason="A pause.", at=timezone.now())

    assert closing_code(socket) == hub.NOT_FOR_YOU


@pytest.mark.parametrize("way_out", ["/account/logout/", "/exit/", "ended elsewhere"])
def test_s07_signing_out_closes_a_members_pages_at_once(way_out, opens, cast):
    assert hub.CHECK_EVERY_SECONDS == 20  # it's the poke that closes it, not the clock
    client = cast.client("member")
    name = settings.SESSION_COOKIE_NAME
    socket = opens("member", cookies={name: client.cookies[name].value})

    if way_out.startswith("/"):
        client.post(way_out)
    else:
        end_all_of(cast.member.user)

    assert closing_code(socket) == hub.NOT_FOR_YOU


def test_a_page_is_told_after_a_gap_in_which_it_may_have_missed_something(asgi_server, opens, cast):
    socket = opens("member")
    listening = [each["id"] for each in pokes.client().client_list(_type="pubsub")]
    assert listening

    for one in listening:
        pokes.client().client_kill_filter(_id=one)

    assert said(socket) == "again"
    pokes.poke_wall()
    assert said(socket) == "wall"


def test_one_transaction_says_one_message_and_one_that_fails_says_nothing(
    transactional_db, monkeypatch
):
    published: list[str] = []

    class Redis:
        def publish(self, channel: str, packed: str) -> None:
            published.append(packed)

    monkeypatch.setattr(pokes, "client", Redis)
    with transaction.atomic():
        pokes.poke_wall()
        pokes.poke_wall()
        pokes.poke_thread(7)
        pokes.poke_user(3)
        assert not published
    assert [json.loads(one) for one in published] == [
        {"wall": ["wall"], "thread": ["thread.7"], "news": ["user.3"]}
    ]

    with transaction.atomic():
        pokes.poke_wall()
        transaction.set_rollback(True)
    with transaction.atomic():
        pokes.poke_user(4)
    assert json.loads(published[-1]) == {"news": ["user.4"]}
    assert len(published) == 2


@pytest.mark.django_db
def test_many_sockets_are_looked_at_in_four_queries(cast, django_assert_num_queries):
    posts = [PostFactory() for _ in range(3)]
    keys, places = [], []
    for post in posts * 10:
        browser = SignedIn()
        browser.force_login(MemberFactory().user)
        keys.append(browser.session.session_key)
        places.append({"public_id": post.public_id})
    keys.append(cast.client("guide").session.session_key)
    places.append({"public_id": posts[0].public_id})

    with django_assert_num_queries(4):
        people = people_behind(keys)
        names = ThreadConsumer.names_for(
            [(people[key], place) for key, place in zip(keys, places, strict=True)]
        )

    assert [bool(each) for each in names] == [True] * 30 + [False]


class Slow:
    """A page that takes nothing it is sent."""

    names = frozenset({"wall"})
    born_at = looked_at = look_again_at = 0.0
    waits_since: float | None = None
    was_let_go = False

    def tell(self, text: str) -> None: ...

    def let_go(self) -> None:
        self.was_let_go = True


@pytest.mark.asyncio
async def test_a_page_that_takes_nothing_is_let_go_and_the_others_stay(monkeypatch):
    monkeypatch.setattr(Hub, "begin", lambda self, work: work.close())
    one = Hub()
    one.is_listening.set()
    slow, quick = Slow(), Slow()
    for each in (slow, quick):
        await one.join(each)  # type: ignore[arg-type]
    now = slow.born_at
    slow.waits_since = now
    late = now + hub.TAKEN_WITHIN_SECONDS + 0.1
    quick.waits_since = late

    await one.part_with_the_slow_and_the_old(late)

    assert slow.was_let_go
    assert not quick.was_let_go
    assert one.by_name["wall"] == {quick}


@pytest.mark.asyncio
async def test_a_full_house_is_looked_at_in_slices(monkeypatch):
    monkeypatch.setattr(Hub, "begin", lambda self, work: work.close())
    one = Hub()
    one.is_listening.set()
    everybody = [Slow() for _ in range(500)]
    for each in everybody:
        await one.join(each)  # type: ignore[arg-type]
    began = everybody[0].born_at

    assert not one.next_slice(began + hub.CHECK_EVERY_SECONDS / 2 - 1)
    assert len(one.next_slice(began + hub.CHECK_EVERY_SECONDS + 1)) == 50
    due = {
        round(each.look_again_at - began) for each in everybody
    }  # those who came together are not looked at together for ever
    assert len(due) > 5
    assert max(due) <= hub.CHECK_EVERY_SECONDS + 1
