"""
What other members can tell of somebody's hours: nothing finer than a part of a day (S21), and
nothing of who is here, who reads or who types (S27).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from community.models import Post, Reply, Topic
from community.operations import (
    answer_about_visitors,
    edit_writing,
    offer_to_visitors,
    reply_as_guide,
)
from community.topics import lay_topics
from escalation import desk
from live import groups
from measures.operations import set_goal
from risk.models import Alert
from tests.architecture.test_every_route_has_an_audience import MATRIX
from tests.cast import ROLES, Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.risk import AlertFactory

pytestmark = pytest.mark.django_db

# A minute and a second that no page says by chance.
WRITTEN = datetime(2026, 6, 17, 2, 47, 39, 123456, tzinfo=UTC)
ANSWERED = datetime(2026, 6, 17, 2, 58, 53, 654321, tzinfo=UTC)
READ = datetime(2026, 6, 17, 21, 4, 2, tzinfo=UTC)
# Each way of writing those two down: clocks on either side of midnight, ISO, epoch, HTTP dates.
FINE = re.compile(
    r"\b\d{1,2}[:.]47\b|\b\d{1,2}[:.]58\b|47:39|58:53|\b0247\b|\b0?2[:.]47|T\d\d:\d\d|"
    + "|".join(str(int(at.timestamp())) for at in (WRITTEN, ANSWERED))
    + r"|minutes? ago|hours? ago|<time|datetime=|data-since",
)
# What a member's own pages say of the clock on the wall, and why that tells nobody's hours.
OF_NOW = {
    "escalation:what-happens": "it says what time it is, for the steps of this hour",
    "design": "a sheet of samples, about nobody",
}


def member_pages() -> list[str]:
    """Every page that a member may open, by its route, from the table of all routes."""
    mine = ROLES.index("member")
    return sorted(
        name
        for name, (method, _arguments, answers) in MATRIX.items()
        if method == "GET" and answers[mine] == 200 and name not in OF_NOW
    )


@pytest.fixture
def written(cast: Cast) -> Iterator[Post]:
    """A post and replies by others, in the small hours; read in the evening by the member."""
    lay_topics()
    with time_machine.travel(READ, tick=False):
        author = MemberFactory(locality=cast.leeds)
        post = PostFactory(at=WRITTEN, author=author, topic=Topic.objects.all()[1])
        reply = ReplyFactory(post=post, at=ANSWERED)
        edit_writing(writing=reply, body="I do.", expected_revision=1, at=ANSWERED)
        reply_as_guide(
            post=post, guide=cast.guide, body="Good to hear.",
            idempotency_key=post.idempotency_key, at=ANSWERED,
        )  # fmt: skip
        offer_to_visitors(post=post, by=cast.guide, at=ANSWERED)
        answer_about_visitors(post=post, author=author, agrees=True, at=ANSWERED)
        yield post


def opened(client: Client, cast: Cast, name: str, post: Post) -> HttpResponse:
    if name == "community:thread":
        arguments = {"public_id": post.public_id}
    elif name == "community:topic":
        arguments = {"slug": post.topic.slug}
    elif name == "community:reply":
        arguments = {"public_id": ReplyFactory(post=post).public_id}
    else:
        arguments = MATRIX[name][1](cast)
    return client.get(reverse(name, kwargs=arguments), follow=True)


def test_there_are_pages_to_look_at():
    some = {"community:feed", "community:thread", "community:look", "belonging:first-wall"}
    assert some <= set(member_pages())
    assert len(member_pages()) > 15


@pytest.mark.parametrize("name", member_pages())
def test_s21_no_page_tells_the_minute_that_anybody_wrote(name: str, written: Post, cast: Cast):
    answer = opened(cast.client("member"), cast, name, written)

    assert answer.status_code == 200
    assert FINE.findall(answer.text) == []


# Its mark is of the words themselves, which nobody but their member and the guides is given.
ASKED_AGAIN_AND_AGAIN = {"conversations:lines"}


@pytest.mark.parametrize("name", member_pages())
def test_s21_no_header_tells_when_a_page_last_changed(name: str, written: Post, cast: Cast):
    client = cast.client("member")
    answer = opened(client, cast, name, written)

    assert "ETag" not in answer.headers or name in ASKED_AGAIN_AND_AGAIN
    assert "Last-Modified" not in answer.headers
    since = {"If-Modified-Since": "Wed, 17 Jun 2026 02:47:40 GMT"}
    again = client.get(answer.wsgi_request.get_full_path(), headers=since)
    assert again.status_code == 200


def test_s21_the_thread_and_the_feed_do_say_when_softly(written: Post, cast: Cast):
    """Else the tests above would be passed by pages with nothing on them."""
    assert written.body in opened(cast.client("member"), cast, "community:look", written).text
    for name in ("community:feed", "community:thread"):
        assert "in the night" in opened(cast.client("member"), cast, name, written).text


def test_s21_the_words_for_minutes_would_be_found():
    for said in (
        "02:47", "3.47", "at 02:47:39", "2026-06-17T02:47", str(int(WRITTEN.timestamp())),
        "20 minutes ago", '<time datetime="x">',
    ):  # fmt: skip
        assert FINE.search(said), said


@pytest.mark.parametrize("model", ["community.Post", "community.Reply", "accounts.Member",
                                   "measures.Goal"])  # fmt: skip
def test_s21_addresses_are_drawn_by_chance_and_tell_no_order(model: str, cast: Cast):
    makers: dict[str, Any] = {
        "community.Post": PostFactory,
        "community.Reply": ReplyFactory,
        "accounts.Member": lambda: PostFactory().author,
        "measures.Goal": lambda: set_goal(
            member=PostFactory().author, words="Walk", score=None, at=timezone.now()
        ),
    }
    made = [makers[model]().public_id for _ in range(24)]

    assert len({len(each) for each in made}) == 1
    assert len(set(made)) == 24
    assert made != sorted(made)
    assert made != sorted(made, reverse=True)
    # No two share a beginning, as counters and clocks do.
    assert len({each[:4] for each in made}) == 24


@pytest.mark.parametrize("name", member_pages())
def test_s21_no_page_shows_the_number_of_a_row(name: str, written: Post, cast: Cast):
    Post.objects.filter(pk=written.pk).update(reply_count=2)
    page = opened(cast.client("member"), cast, name, written).text

    links = re.findall(r'(?:href|action|id)="([^"]*)"', page)
    assert [link for link in links if re.search(r"[/-]\d+/?$", link) and "form-" not in link] == []


# -- nobody sees who is here ------------------------------------------------------------------


def bare(page: str) -> str:
    """A page without what differs between any two answers."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
    page = re.sub(r'(name="key"|name="avatar_offer"|name="seed") value="[^"]*"', "", page)
    return re.sub(
        r"<svg class=\"avatar.*?</svg>\s*(<span class=\"unseen\">[^<]*</span>)?", "", page
    )


# Pages that are drawn anew for each answer, and so differ by themselves.
BY_CHANCE = {"alias-offer", "belonging:profile", "account_sessions"}


def shown(client: Client, cast: Cast, post: Post, names: list[str]) -> dict[str, str]:
    return {name: bare(opened(client, cast, name, post).text) for name in names}


# These make a new thing of their own each time they are asked for their arguments.
FIXED = [
    name
    for name in member_pages()
    if name not in BY_CHANCE
    and not name.startswith("mfa_")  # a fresh secret each time
    and MATRIX[name][1].__name__ == "nothing"
] + ["community:thread", "community:topic"]


def test_s27_nothing_a_member_sees_changes_when_others_come_read_or_leave(
    written: Post, cast: Cast
):
    mine = PostFactory(author=cast.member, at=WRITTEN, topic=written.topic)
    client = cast.client("member")
    before = shown(client, cast, mine, FIXED)

    neighbour = Client()
    neighbour.force_login(written.author.user)
    for address in ("/wall/", f"/wall/posts/{mine.public_id}/", "/wall/new/", "/me/"):
        assert neighbour.get(address).status_code == 200
    # An unfinished reply, sent empty, is as near to typing as a server can be told of.
    neighbour.post(f"/wall/posts/{mine.public_id}/replies/", {"body": ""})
    neighbour.post(reverse("exit"))

    assert shown(client, cast, mine, FIXED) == before


def test_s27_nothing_a_member_sees_tells_that_a_guide_reads_them(written: Post, cast: Cast):
    alert: Alert = AlertFactory(author=cast.member, at=WRITTEN)
    post = alert.subject
    client, guide = cast.client("member"), cast.client("guide")
    # That somebody is at the desk is told to whoever would talk with a guide; not what they read.
    assert guide.get("/desk/").status_code == 200
    before = shown(client, cast, post, FIXED)

    assert guide.get(f"/desk/alerts/{alert.pk}/").status_code == 200
    desk.claim_alert(alert=alert, by=cast.guide, at=timezone.now())
    assert shown(client, cast, post, FIXED) == before
    desk.ask_senior(
        alert=alert, by=cast.guide, question="Is this a goodbye?", version=None, at=timezone.now()
    )

    assert shown(client, cast, post, FIXED) == before


def test_s27_a_reply_is_seen_so_the_comparison_can_see(written: Post, cast: Cast):
    client = cast.client("member")
    before = shown(client, cast, written, FIXED)

    ReplyFactory(post=written)

    after = shown(client, cast, written, FIXED)
    assert {name for name in FIXED if after[name] != before[name]} >= {"community:thread"}


@pytest.mark.parametrize("role", ["member", "suspended", "commissioner", "admin"])
def test_s27_no_socket_hears_of_any_other_member(role: str, cast: Cast):
    """The wall's own word is that there is something new, and names nobody."""
    user = cast.user(role)  # type: ignore[arg-type]
    hears = {
        "member": {groups.of_user(user.pk), groups.WALL},
        "suspended": {groups.of_user(user.pk)},
    }

    assert groups.joinable_by(user) == hears.get(role, set())
    assert groups.of_locality(cast.leeds.pk) in groups.joinable_by(cast.guide.user)


def test_s27_nothing_is_kept_of_when_a_member_was_here():
    """What is not kept cannot be shown: no field of theirs says last seen, read or typing."""
    telling = re.compile(r"seen|online|typing|presence|read_at|last_(?!login)|visited|active_at")
    found = {
        f"{model._meta.label}.{field.name}"
        for model in (Member, Post, Reply, *apps.get_app_config("belonging").get_models(),
                      *apps.get_app_config("measures").get_models())
        for field in model._meta.fields
        if telling.search(field.name)
    }  # fmt: skip

    assert found == set()
