"""A guide slows a thread so that everybody can breathe: slow mode, hold, words on top."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from community import cooling
from community.cooling import SlowDown
from community.enums import CoolingKind, HeldBecause
from community.models import Post, ThreadCooling
from community.operations import hide
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory

NOW = datetime.fromisoformat("2026-11-24T14:00:00+00:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def thread(cast: Cast) -> Post:
    post: Post = PostFactory(author=MemberFactory(locality=cast.leeds), at=NOW - HOUR)
    return post


def slowed(thread: Post, cast: Cast, *, minutes: int = 15, at: datetime = NOW) -> None:
    cooling.slow_down(
        post=thread, minutes=minutes, until=at + HOUR, reason="Many at once.", by=cast.guide, at=at
    )


def test_nobody_is_slowed_where_nobody_slowed_it(
    cast: Cast, thread: Post, django_assert_num_queries: object
):
    ReplyFactory(post=thread, author=cast.member, at=NOW)

    with django_assert_num_queries(0):  # type: ignore[operator]
        assert cooling.may_write(post=thread, author=cast.member, at=NOW) is None


def test_in_a_slow_thread_a_member_answers_once_in_so_many_minutes(cast: Cast, thread: Post):
    slowed(thread, cast)
    assert cooling.may_write(post=thread, author=cast.member, at=NOW) is None
    ReplyFactory(post=thread, author=cast.member, at=NOW)

    soon = NOW + timedelta(minutes=14)
    assert cooling.may_write(post=thread, author=cast.member, at=soon) == SlowDown(
        until=NOW + timedelta(minutes=15), minutes=15
    )
    # Others are not held up by it, and nor are they in another thread.
    assert cooling.may_write(post=thread, author=MemberFactory(), at=soon) is None
    assert cooling.may_write(post=PostFactory(), author=cast.member, at=soon) is None
    assert (
        cooling.may_write(post=thread, author=cast.member, at=NOW + timedelta(minutes=15)) is None
    )


def test_it_is_over_by_itself_and_sooner_if_a_guide_ends_it(cast: Cast, thread: Post):
    slowed(thread, cast)
    ReplyFactory(post=thread, author=cast.member, at=NOW + HOUR - timedelta(minutes=1))

    assert cooling.may_write(post=thread, author=cast.member, at=NOW + HOUR) is None

    slowed(thread, cast, minutes=60)
    assert isinstance(
        cooling.may_write(post=thread, author=cast.member, at=NOW + HOUR - timedelta(seconds=1)),
        SlowDown,
    )
    assert cooling.end(post=thread, kind=CoolingKind.SLOW, by=cast.senior, at=NOW)
    assert cooling.may_write(post=thread, author=cast.member, at=NOW) is None
    assert not cooling.end(post=thread, kind=CoolingKind.SLOW, by=cast.senior, at=NOW)


def test_what_is_new_in_a_held_thread_waits_for_a_guide(cast: Cast, thread: Post):
    cooling.hold(post=thread, until=NOW + HOUR, reason="We read first.", by=cast.guide, at=NOW)

    answer = cooling.may_write(post=thread, author=cast.member, at=NOW)
    assert answer == HeldBecause.THREAD_ON_HOLD
    assert cooling.may_write(post=thread, author=cast.member, at=NOW + HOUR) is None


def test_who_when_why_and_until_are_kept(cast: Cast, thread: Post):
    slowed(thread, cast)
    slowed(thread, cast, minutes=30, at=NOW + timedelta(minutes=5))

    newer, older = ThreadCooling.objects.filter(post=thread)
    assert (older.ended_at, older.ended_by) == (newer.begun_at, cast.guide)
    assert (newer.minutes, newer.reason, newer.begun_by) == (30, "Many at once.", cast.guide)
    entry = Entry.objects.filter(subject=f"post:{thread.pk}").last()
    assert entry is not None
    assert entry.verb == "thread: slow"
    assert "Many" not in str(entry.detail)


def test_only_a_guides_answer_in_this_thread_stands_first(cast: Cast, thread: Post):
    theirs = ReplyFactory(post=thread)

    with pytest.raises(ValueError, match="guide"):
        cooling.pin(post=thread, reply=theirs, by=cast.guide, at=NOW)


# --- as members meet it ---------------------------------------------------------------------


@pytest.fixture
def member(cast: Cast) -> Client:
    return cast.client("member")


def page_of(member: Client, post: Post) -> str:
    return member.get(reverse("community:thread", args=[post.public_id])).text


def test_members_read_a_plain_line_on_top(member: Client, cast: Cast, thread: Post):
    line = "A guide has slowed this thread so that everybody can breathe."
    assert line not in page_of(member, thread)

    slowed(thread, cast, at=timezone.now())
    page = page_of(member, thread)
    assert line in page
    assert "once in 15 minutes" in page

    Post.objects.filter(pk=thread.pk).update(slow_until=timezone.now())
    assert line not in page_of(member, thread)


def test_a_guides_words_stand_first_until_they_are_taken_down(
    member: Client, cast: Cast, thread: Post
):
    ReplyFactory(post=thread, body="An earlier kumquat.")
    pinned = cooling.pin_new(
        post=thread, body="Let us go slowly.", idempotency_key=uuid.uuid4(), by=cast.guide, at=NOW
    )

    page = page_of(member, thread)
    assert page.index("Let us go slowly.") < page.index("An earlier kumquat.")
    hide(writing=pinned, by=cast.guide, reason="A mistake.", at=NOW)
    assert "Let us go slowly." not in page_of(member, thread)

    assert cooling.unpin(post=thread, by=cast.guide, at=NOW)
    assert not cooling.unpin(post=thread, by=cast.guide, at=NOW)


# --- as guides do it ------------------------------------------------------------------------


def test_a_guide_slows_holds_and_says_something(cast: Cast, thread: Post):
    guide = cast.client("guide")
    path = reverse("escalation:thread-cooling", args=[thread.public_id])
    until = {"hours": "6", "reason": "To breathe."}

    assert guide.post(path, {"do": "slow", "minutes": "15", **until}).status_code == 302
    assert guide.post(path, {"do": "hold", **until}).status_code == 302
    assert guide.post(path, {"do": "pin", "body": "Slowly."}).status_code == 302

    thread.refresh_from_db()
    assert thread.slow_minutes == 15
    assert thread.hold_until is not None
    assert thread.pinned_reply is not None
    for do in ("end-slow", "end-hold", "unpin"):
        assert guide.post(path, {"do": do}).status_code == 302
    thread.refresh_from_db()
    assert (thread.slow_until, thread.hold_until, thread.pinned_reply) == (None, None, None)


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "slow", "minutes": "7", "hours": "6", "reason": "Kept kumquat."},
        {"do": "hold", "hours": "6", "reason": ""},
        {"do": "hold", "hours": "99999999999", "reason": "Kept kumquat."},
        {"do": "pin", "body": ""},
        {"do": "something else"},
        {},
    ],
)
def test_what_is_not_whole_comes_back(cast: Cast, thread: Post, sent: dict[str, str]):
    path = reverse("escalation:thread-cooling", args=[thread.public_id])

    answer = cast.client("guide").post(path, sent)

    assert answer.status_code == 422
    assert sent.get("reason", "") in answer.text
    assert not ThreadCooling.objects.exists()


# --- when somebody answers ------------------------------------------------------------------


def answer(member: Client, post: Post, body: str, key: uuid.UUID | None = None) -> HttpResponse:
    path = reverse("community:reply-create", args=[post.public_id])
    return member.post(path, {"body": body, "key": str(key or uuid.uuid4())})


def test_in_a_slow_thread_the_second_answer_waits_and_its_words_are_kept(
    member: Client, cast: Cast, thread: Post
):
    slowed(thread, cast, at=timezone.now())
    key = uuid.uuid4()
    assert answer(member, thread, "My first kumquat.", key).status_code == 302

    second = answer(member, thread, "My second marmoset.")

    assert second.status_code == 409
    assert "You can reply again in 15 minutes." in second.text
    assert "My second marmoset." in second.text
    assert thread.replies.count() == 1
    # Sent twice is no second answer.
    assert answer(member, thread, "My first kumquat.", key).status_code == 302
    assert thread.replies.count() == 1


def test_in_a_held_thread_new_words_are_screened_and_read_first(
    member: Client, cast: Cast, thread: Post
):
    assert answer(member, thread, "Before it was held.").status_code == 302
    now = timezone.now()
    cooling.hold(post=thread, until=now + HOUR, reason="x", by=cast.guide, at=now)

    assert answer(member, thread, "A held kumquat.").status_code == 302

    held = thread.replies.get(body="A held kumquat.")
    assert (held.held_because, held.is_visible) == (HeldBecause.THREAD_ON_HOLD, False)
    assert held.screenings.exists()
    assert "A held kumquat." in page_of(member, thread)
    other = Client()
    other.force_login(MemberFactory(locality=cast.leeds).user)
    assert "A held kumquat." not in page_of(other, thread)


def test_new_words_in_an_old_answer_are_held_too(member: Client, cast: Cast, thread: Post):
    mine = ReplyFactory(post=thread, author=cast.member, body="An old answer.")
    now = timezone.now()
    cooling.hold(post=thread, until=now + HOUR, reason="x", by=cast.guide, at=now)

    member.post(
        reverse("community:reply-edit", args=[mine.public_id]),
        {"body": "A changed kumquat.", "revision": "1"},
    )

    mine.refresh_from_db()
    assert mine.body == "A changed kumquat."
    assert mine.held_because == HeldBecause.THREAD_ON_HOLD
