"""What members see on the wall, and that nothing they type is ever lost."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.operations import suspend_member
from community import operations
from community.models import BODY_MAX_LENGTH, POSTS_PER_PAGE, REPLIES_PER_PAGE, Post, Reply
from community.operations import hide, restore
from community.reading_place import Place, note_place
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db

# What no template says by itself, with all that has to be escaped.
TYPED = 'It is "the same" day & <night>. Q7x'


@pytest.fixture
def client(cast: Cast) -> Client:
    """A member who has just been here: the first page of a visit writes that down."""
    note_place(cast.member, Place(), feed="", after=None, now=timezone.now())
    return cast.client("member")


@pytest.fixture
def post_form() -> dict[str, Any]:
    return {"topic": TopicFactory().slug, "body": TYPED, "key": str(uuid.uuid4())}


def in_a_box(response: HttpResponse) -> str:
    """What stands in the page's text box, as the browser would show it."""
    boxes = re.findall(r"<textarea[^>]*>(.*?)</textarea>", response.content.decode(), re.DOTALL)
    return html.unescape("".join(boxes)).lstrip("\n")


def addresses_in(response: HttpResponse) -> list[str]:
    return re.findall(r'id="post-([^"]+)"', response.content.decode())


# --- F32 over HTTP --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_f32_a_double_click_makes_one_post_and_both_clicks_arrive_at_it(cast, post_form):
    clients = [cast.client("member") for _ in range(2)]

    answers = at_once([partial(each.post, "/wall/new/", post_form) for each in clients])

    post = Post.objects.get()
    assert {answer.status_code for answer in answers} == {302}
    assert {answer["Location"] for answer in answers} == {f"/wall/posts/{post.public_id}/?sent"}


@pytest.mark.django_db(transaction=True)
def test_f32_a_double_click_on_a_reply_makes_one_reply(cast):
    post = PostFactory()
    form = {"body": TYPED, "key": str(uuid.uuid4())}
    address = reverse("community:reply-create", args=[post.public_id])

    at_once([partial(cast.client("member").post, address, form) for _ in range(2)])

    assert Reply.objects.count() == 1


def test_f32_sending_again_after_the_answer_was_lost_arrives_at_the_same_post(client, post_form):
    first = client.post("/wall/new/", post_form)
    again = client.post("/wall/new/", post_form)

    assert first["Location"] == again["Location"]
    assert Post.objects.count() == 1


def test_f32_words_changed_after_the_answer_was_lost_are_both_on_the_wall(client, post_form):
    client.post("/wall/new/", post_form)
    client.post("/wall/new/", {**post_form, "body": "Something else."})

    assert set(Post.objects.values_list("body", flat=True)) == {TYPED, "Something else."}


def test_f32_every_form_comes_with_a_key_of_its_own(client):
    keys = {
        re.search(r'name="key" value="([^"]+)"', client.get("/wall/new/").text).group(1)
        for _ in range(3)
    }

    assert len({uuid.UUID(key) for key in keys}) == 3


def test_f32_a_form_that_is_shown_again_keeps_its_key(client, post_form):
    answer = client.post("/wall/new/", {**post_form, "topic": "nowhere"})

    assert f'name="key" value="{post_form["key"]}"' in answer.text


@pytest.mark.parametrize("key", ["", "not-a-key"])
def test_f32_a_form_without_a_proper_key_can_still_be_sent(key: str, client, post_form):
    answer = client.post("/wall/new/", {**post_form, "key": key})

    assert answer.status_code == 302
    assert Post.objects.get().body == TYPED


# --- nothing typed is lost ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "typed"),
    [
        ({"topic": "nowhere"}, TYPED),
        ({"topic": ""}, TYPED),
        ({"body": " \n "}, " \n "),
        ({"body": "x" * (BODY_MAX_LENGTH + 1)}, "x" * (BODY_MAX_LENGTH + 1)),
    ],
    ids=["a topic that is not there", "no topic", "only spaces", "too long"],
)
def test_a_post_that_cannot_be_taken_comes_back_with_its_words(
    wrong: dict[str, str], typed: str, client, post_form
):
    answer = client.post("/wall/new/", post_form | wrong)

    assert answer.status_code == 422
    assert in_a_box(answer).strip() == typed.strip()
    assert 'role="alert"' in answer.text
    assert not Post.objects.exists()


def test_the_topic_that_was_chosen_is_still_chosen_when_the_words_come_back(client, post_form):
    answer = client.post("/wall/new/", post_form | {"body": ""})

    assert re.search(rf'value="{post_form["topic"]}"[^>]* checked', answer.text)


@pytest.mark.parametrize("body", ["", "x" * (BODY_MAX_LENGTH + 1)])
def test_a_reply_that_cannot_be_taken_comes_back_with_its_words(body: str, client):
    post = PostFactory()

    answer = client.post(f"/wall/posts/{post.public_id}/replies/", {"body": body})

    assert answer.status_code == 422
    assert in_a_box(answer) == body


def test_line_ends_count_once_as_the_page_counts_them(client, post_form):
    # A browser sends each line end as two characters; its own counter counts one.
    body = "\r\n".join("x" * 9 for _ in range(BODY_MAX_LENGTH // 10))
    assert len(body) > len(body.replace("\r\n", "\n")) == BODY_MAX_LENGTH - 1

    answer = client.post("/wall/new/", {**post_form, "body": body})

    assert answer.status_code == 302
    assert "\r" not in Post.objects.get().body


Sends = Callable[[Client, dict[str, Any]], HttpResponse]


def a_post(client: Client, form: dict[str, Any]) -> HttpResponse:
    return client.post("/wall/new/", form)


def a_reply(client: Client, form: dict[str, Any]) -> HttpResponse:
    return client.post(f"/wall/posts/{PostFactory().public_id}/replies/", form)


def an_edit(client: Client, form: dict[str, Any]) -> HttpResponse:
    author = getattr(client, "author", None)
    post = PostFactory(**({"author": author} if author else {}))
    return client.post(f"/wall/posts/{post.public_id}/edit/", {**form, "revision": 1})


@pytest.mark.parametrize("send", [a_post, a_reply, an_edit])
def test_s40_a_form_without_its_token_is_refused_and_gives_back_the_words(
    send: Sends, cast, post_form
):
    client = cast.client("member", enforce_csrf_checks=True)
    client.author = cast.member  # type: ignore[attr-defined]

    answer = send(client, post_form)

    assert answer.status_code == 403
    assert in_a_box(answer) == TYPED


@pytest.mark.parametrize("send", [a_post, a_reply, an_edit])
def test_signed_out_in_the_meantime_a_member_gets_the_words_back(send: Sends, cast, post_form):
    answer = send(cast.client("anonymous"), post_form)

    assert answer.status_code == 403
    assert in_a_box(answer) == TYPED
    assert "signed out" in answer.text


@pytest.mark.parametrize("send", [a_post, a_reply, an_edit])
def test_paused_in_the_meantime_a_member_gets_the_words_back(send: Sends, client, cast, post_form):
    suspend_member(member=cast.member, by=cast.guide, reason="A pause.", at=timezone.now())

    answer = send(client, post_form)

    assert answer.status_code == 403
    assert in_a_box(answer) == TYPED


@pytest.mark.parametrize("send", [a_post, a_reply, an_edit])
def test_somebody_else_signed_in_in_the_meantime_and_the_words_come_back(
    send: Sends, cast, post_form
):
    answer = send(cast.client("guide"), post_form)

    assert answer.status_code == 404
    assert in_a_box(answer) == TYPED


def test_a_reply_to_what_was_taken_off_the_wall_meanwhile_gives_back_the_words(client, cast):
    post = PostFactory()
    hide(writing=post, by=cast.guide, reason="A name in it.", at=timezone.now())

    answer = client.post(f"/wall/posts/{post.public_id}/replies/", {"body": TYPED})

    assert answer.status_code == 404
    assert in_a_box(answer) == TYPED


def test_words_changed_in_another_tab_meanwhile_are_shown_beside_what_was_typed(client, cast):
    post = PostFactory(author=cast.member, body="Before.")
    operations.edit_writing(
        writing=post, body="From the other tab.", expected_revision=1, at=timezone.now()
    )
    address = f"/wall/posts/{post.public_id}/edit/"

    answer = client.post(address, {"body": TYPED, "revision": 1})

    assert answer.status_code == 409
    assert "From the other tab." in answer.text
    assert in_a_box(answer) == TYPED
    assert 'name="revision" value="2"' in answer.text
    assert client.post(address, {"body": TYPED, "revision": 2}).status_code == 302


def test_an_error_of_ours_gives_back_the_words(cast, post_form, monkeypatch):
    def break_down(**_: object) -> None:
        raise ZeroDivisionError

    client = cast.client("member", raise_request_exception=False)
    monkeypatch.setattr(operations, "publish_post", break_down)

    answer = client.post("/wall/new/", post_form)

    assert answer.status_code == 500
    assert in_a_box(answer) == TYPED
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize("path", ["/wall/new/", "/wall/posts/whichever/replies/"])
def test_f14_with_the_database_away_the_words_come_back_with_an_honest_503(
    path: str, cast, post_form, database_away
):
    client = cast.client("member")
    database_away()

    answer = client.post(path, post_form)

    assert answer.status_code == 503
    assert in_a_box(answer) == TYPED
    assert "/help-now/" in answer.text


def test_f14_the_same_form_sent_again_once_the_database_is_back_is_one_post(
    client, post_form, monkeypatch
):
    from django.db import OperationalError

    publish = operations.publish_post

    def published_but_not_told(**fields: Any) -> None:
        publish(**fields)
        raise OperationalError("the connection was lost after the commit")

    monkeypatch.setattr(operations, "publish_post", published_but_not_told)
    assert client.post("/wall/new/", post_form).status_code == 503
    monkeypatch.undo()

    assert client.post("/wall/new/", post_form).status_code == 302
    assert Post.objects.count() == 1


# --- S31: what is typed stays text ----------------------------------------------------------

SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ request.user.address }}{% debug %}",
    "&lt;script&gt;",
]


def without_own_scripts(response: HttpResponse) -> str:
    return re.sub(r'<script type="module" src="[^"]+"></script>', "", response.content.decode())


@pytest.mark.parametrize("script", SCRIPTS)
def test_s31_a_script_in_the_words_is_shown_and_never_run(script: str, client, cast):
    post = PostFactory(author=cast.member, body=f"{script} Q7x")
    ReplyFactory(post=post, author=cast.member, body=f"{script} Q7x")

    for address in ("/wall/", f"/wall/posts/{post.public_id}/", "/me/written/",
                    f"/wall/posts/{post.public_id}/edit/"):  # fmt: skip
        answer = client.get(address)
        assert html.escape(script) in answer.text, address
        assert not re.search(
            r"<script|<svg/|<img src=x|onerror=a\w+\(1\)>", without_own_scripts(answer)
        ), address
        assert cast.member.user.address not in answer.text

    given_back = client.post("/wall/new/", {"body": script, "topic": "nowhere"})
    assert html.unescape(in_a_box(given_back)) == html.unescape(script)
    assert "<script>alert" not in given_back.text


def test_s31_a_script_in_an_alias_or_a_reason_is_shown_and_never_run(client, cast):
    # An alias is chosen by a person, and a reason typed by one.
    author = MemberFactory(alias="<script>alert(1)</script>", locality=cast.leeds)
    post = PostFactory(author=author)
    mine = PostFactory(author=cast.member)
    hide(writing=mine, by=cast.guide, reason="<script>alert(2)</script>", at=timezone.now())

    for address in ("/wall/", f"/wall/posts/{post.public_id}/", f"/wall/posts/{mine.public_id}/"):
        answer = client.get(address)
        assert "&lt;script&gt;" in answer.text
        assert "<script>alert" not in answer.text


# --- pages ----------------------------------------------------------------------------------


def walk(client: Client, address: str, wanted: str = "post") -> list[str]:
    """Every address on every page, following "Show more" to the end."""
    seen: list[str] = []
    page: str | None = ""
    for _ in range(50):
        answer = client.get(address + page)
        assert answer.status_code == 200
        seen += re.findall(rf'id="{wanted}-([^"]+)"', answer.text)
        more = re.search(r'href="(\?after=[^"]+)"', answer.text)
        if more is None:
            return seen
        page = html.unescape(more.group(1))
    raise AssertionError("the wall has no end")


@pytest.mark.parametrize("where", ["feed", "topic"])
def test_posts_of_the_very_same_instant_are_each_shown_once(where: str, client):
    at, topic = timezone.now(), TopicFactory()
    author = MemberFactory()
    posts = [PostFactory(author=author, topic=topic, at=at) for _ in range(3 * POSTS_PER_PAGE + 1)]

    shown = walk(client, "/wall/" if where == "feed" else f"/wall/topics/{topic.slug}/")

    assert shown == [post.public_id for post in reversed(posts)]


def test_posts_of_many_instants_are_shown_newest_first_and_each_once(client):
    now, topic, author = timezone.now(), TopicFactory(), MemberFactory()
    ages = [5, 3, 9, 3, 0, 7, 3, 1, 9, 2, 8, 8, 4, 6, 0, 5, 3, 3, 2, 1, 1, 6, 7, 4, 9]
    posts = [PostFactory(author=author, topic=topic, at=now - timedelta(days=age)) for age in ages]

    newest_first = sorted(posts, key=lambda post: (post.published_at, post.pk), reverse=True)
    assert walk(client, "/wall/") == [post.public_id for post in newest_first]


@pytest.mark.parametrize("count", [POSTS_PER_PAGE, POSTS_PER_PAGE + 1])
def test_there_is_a_next_page_only_where_there_is_something_on_it(count: int, client):
    topic, author = TopicFactory(), MemberFactory()
    for _ in range(count):
        PostFactory(author=author, topic=topic)

    assert ("?after=" in client.get("/wall/").text) == (count > POSTS_PER_PAGE)
    assert len(walk(client, "/wall/")) == count


def test_a_post_written_while_somebody_reads_on_moves_nothing(client):
    topic, author = TopicFactory(), MemberFactory()
    posts = [PostFactory(author=author, topic=topic) for _ in range(POSTS_PER_PAGE + 3)]
    more = re.search(r'href="(\?after=[^"]+)"', client.get("/wall/").text).group(1)

    PostFactory(author=author, topic=topic)

    assert addresses_in(client.get(f"/wall/{more}")) == [
        post.public_id for post in reversed(posts[:3])
    ]


def test_reading_on_works_after_the_last_post_seen_was_taken_off_the_wall(client, cast):
    topic, author = TopicFactory(), MemberFactory()
    posts = [PostFactory(author=author, topic=topic) for _ in range(POSTS_PER_PAGE + 3)]
    last_seen = posts[3]
    hide(writing=last_seen, by=cast.guide, reason="A name in it.", at=timezone.now())

    answer = client.get(f"/wall/?after={last_seen.public_id}")

    assert addresses_in(answer) == [post.public_id for post in reversed(posts[:3])]


def test_replies_of_the_very_same_instant_are_each_shown_once_and_oldest_first(client):
    post, author, at = PostFactory(), MemberFactory(), timezone.now()
    replies = [
        ReplyFactory(post=post, author=author, at=at) for _ in range(2 * REPLIES_PER_PAGE + 1)
    ]

    shown = walk(client, f"/wall/posts/{post.public_id}/", "reply")

    assert shown == [reply.public_id for reply in replies]


def test_a_made_up_page_is_not_there(client):
    assert client.get("/wall/?after=made-up").status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_u18_a_page_of_the_wall_costs_three_queries_however_much_is_on_it(
    rows: int, client, django_assert_num_queries
):
    topic = TopicFactory()
    for _ in range(rows):
        PostFactory(topic=topic)

    with django_assert_num_queries(3):  # session and who reads, topics, posts
        assert len(addresses_in(client.get("/wall/"))) == rows


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_a_page_of_a_topic_costs_three_queries_however_much_is_on_it(
    rows: int, client, django_assert_num_queries
):
    topic = TopicFactory()
    for _ in range(rows):
        PostFactory(topic=topic)

    with django_assert_num_queries(3):
        assert len(addresses_in(client.get(f"/wall/topics/{topic.slug}/"))) == rows


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_a_thread_costs_three_queries_however_long_it_is(
    rows: int, client, cast, django_assert_num_queries
):
    post = PostFactory()
    for _ in range(rows):
        ReplyFactory(post=post)
        operations.reply_as_guide(
            post=post, guide=cast.guide, body="Hello.", idempotency_key=uuid.uuid4(),
            at=timezone.now(),
        )  # fmt: skip

    with django_assert_num_queries(3):  # session and who reads, the post, its replies
        answer = client.get(f"/wall/posts/{post.public_id}/")
    assert answer.text.count('id="reply-') == 2 * rows


def test_reading_on_costs_one_query_more_which_keeps_the_place(client, django_assert_num_queries):
    topic, author = TopicFactory(), MemberFactory()
    posts = [PostFactory(author=author, topic=topic) for _ in range(2 * POSTS_PER_PAGE)]

    with django_assert_num_queries(4):
        client.get(f"/wall/?after={posts[-1].public_id}")


# --- hidden ---------------------------------------------------------------------------------


def test_a_hidden_post_is_gone_for_others_and_stays_with_its_reason_for_its_author(client, cast):
    others = PostFactory(author=MemberFactory(locality=cast.leeds), body=TYPED)
    mine = PostFactory(author=cast.member, body="Mine. Z9")
    for post in (others, mine):
        hide(writing=post, by=cast.guide, reason="There was a name in it.", at=timezone.now())

    for address in ("/wall/", f"/wall/topics/{others.topic.slug}/"):
        assert others.public_id not in client.get(address).text
        assert mine.public_id not in client.get(address).text
    assert client.get(f"/wall/posts/{others.public_id}/").status_code == 404

    for address in (f"/wall/posts/{mine.public_id}/", "/me/written/"):
        answer = client.get(address)
        assert "Mine. Z9" in answer.text
        assert "taken this off the wall" in answer.text or "taken off the wall" in answer.text
    assert "There was a name in it." in client.get(f"/wall/posts/{mine.public_id}/").text


def test_a_hidden_reply_is_gone_for_others_and_stays_with_its_reason_for_its_author(client, cast):
    post = PostFactory()
    others, mine = (
        ReplyFactory(post=post, body=TYPED),
        ReplyFactory(post=post, author=cast.member, body="Mine. Z9"),
    )
    for reply in (others, mine):
        hide(writing=reply, by=cast.guide, reason="There was a name in it.", at=timezone.now())

    thread = client.get(f"/wall/posts/{post.public_id}/").text
    assert html.escape(TYPED) not in thread
    assert "Mine. Z9" in thread
    assert thread.count("There was a name in it.") == 1


def test_what_is_put_back_is_on_the_wall_again(client, cast):
    post = PostFactory()
    hide(writing=post, by=cast.guide, reason="A name in it.", at=timezone.now())
    restore(writing=post, by=cast.guide, at=timezone.now())

    assert addresses_in(client.get("/wall/")) == [post.public_id]


def test_s01_nobody_changes_what_another_wrote(client, cast):
    theirs, reply = PostFactory(body="Theirs."), ReplyFactory(body="Theirs too.")

    for address in (
        f"/wall/posts/{theirs.public_id}/edit/", f"/wall/replies/{reply.public_id}/edit/",
    ):  # fmt: skip
        assert client.get(address).status_code == 404
        assert client.post(address, {"body": TYPED, "revision": 1}).status_code == 404
    theirs.refresh_from_db()
    reply.refresh_from_db()
    assert (theirs.body, reply.body) == ("Theirs.", "Theirs too.")


def test_s06_what_a_form_does_not_ask_for_is_not_taken(client, cast, post_form):
    other = MemberFactory()
    planted = {
        "author": other.pk, "author_id": other.pk, "public_id": "chosen", "is_visible": "0",
        "published_at": "2001-01-01", "reply_count": "99", "urgency": "0",
        "hidden_at": "2001-01-01",
    }  # fmt: skip

    client.post("/wall/new/", {**post_form, **planted})

    post = Post.objects.get()
    assert post.author == cast.member
    assert post.public_id != "chosen"
    assert (post.is_visible, post.reply_count, post.hidden_at) == (True, 0, None)
    assert post.published_at.year > 2001
    assert post.screenings.get().urgency is None


# --- S21: no second, no number --------------------------------------------------------------

# Numbers that stand in no template, so that one on a page can only be a key.
FIRST = {"community_post": 7_310_000, "community_reply": 7_320_000, "accounts_member": 7_330_000,
         "accounts_user": 7_340_000, "community_topic": 7_350_000,
         "commissioning_locality": 7_360_000}  # fmt: skip


@pytest.fixture
def recognisable_keys(db: None) -> None:
    with connection.cursor() as cursor:
        for table, first in FIRST.items():
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first])


def test_s21_no_page_of_the_wall_tells_a_minute_or_a_number(recognisable_keys, cast):
    at = datetime(2026, 3, 4, 13, 47, 53, 123456, tzinfo=UTC)
    author = MemberFactory(locality=cast.leeds, alias="Wren")
    topic = TopicFactory(slug="topic", name="Topic")
    post = PostFactory(author=author, topic=topic, at=at, body="A quiet day.")
    reply = ReplyFactory(post=post, author=author, at=at, body="I hear you.")
    operations.edit_writing(writing=post, body="Quieter.", expected_revision=1, at=at)
    for _ in range(POSTS_PER_PAGE + 1):
        PostFactory(author=author, topic=topic, at=at)
    # What could leak: these numbers are really the rows' own.
    assert post.pk > 7_310_000
    assert reply.pk > 7_320_000
    assert author.pk > 7_330_000

    # A reader's own session and token are theirs; others' writing is what is looked at.
    client = cast.client("member")
    for address in ("/wall/", "/wall/topics/topic/", f"/wall/posts/{post.public_id}/"):
        answer = client.get(address)
        assert "Wren" in answer.text
        said = f"{answer.text} {dict(answer.items())}"
        for table, first in FIRST.items():
            assert str(first)[:4] not in said, f"{table}'s key in {address}"
        for leak in (
            "13:47",
            ":47",
            ":53",
            "T13",
            "2026-03-04",
            "123456",
            str(int(at.timestamp())),
        ):
            assert leak not in said, f"{leak} in {address}"
        assert "<time" not in answer.text
        assert not answer.has_header("Last-Modified")
        assert not answer.has_header("ETag")


def test_s21_the_desk_does_tell_minutes_so_the_test_above_could_fail(cast):
    from tests.factories.risk import AlertFactory

    at = timezone.now().replace(hour=13, minute=47)
    alert = AlertFactory(author=cast.member, at=at)

    assert "13:47" in cast.client("guide").get(f"/desk/alerts/{alert.pk}/").text
    assert str(alert.pk) in cast.client("guide").get(f"/desk/alerts/{alert.pk}/").text


def test_s27_nobody_reads_who_is_there_or_who_has_read(client):
    author = MemberFactory()
    PostFactory(author=author)

    page = client.get("/wall/").text.lower()

    assert not re.search(r"online|last seen|typing|seen by", page)
