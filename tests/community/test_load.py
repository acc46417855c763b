"""Whoever carries a lot is asked how it is, a guide is told, and a thread can be handed over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from community import clock, load, offers, telling
from community.enums import CarryingSign, LoadAnswer, PeerAct
from community.models import HandOver, HelpInvitation, LoadCheck, Post, Reply
from escalation import safety
from notifications.models import Notice
from risk import screening
from risk.models import Alert, Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.races import at_once

# A Tuesday afternoon in Leeds, in winter: its clock is UTC.
NOW = datetime.fromisoformat("2026-11-24T14:00:00+00:00")
LONG_AGO = NOW - timedelta(days=60)


@pytest.fixture
def peer(cast: Cast) -> Member:
    peer: Member = MemberFactory(locality=cast.leeds, alias="Bracken", joined_at=LONG_AGO)
    return peer


def answers(peer: Member, moments: Iterable[datetime], *, to: Iterable[Post]) -> None:
    """Answers at these moments, to the posts in turn."""
    posts = list(to)
    for number, at in enumerate(moments):
        ReplyFactory(post=posts[number % len(posts)], author=peer, at=at)


def posts_of_many(cast: Cast, number: int = 12) -> list[Post]:
    """By so many people, each of whom others answer too."""
    authors = [MemberFactory(locality=cast.leeds) for _ in range(number)]
    return [PostFactory(author=each, at=LONG_AGO) for each in authors]


def signs_of(peer: Member, *, now: datetime = NOW) -> set[str]:
    return {sign for each in load.seen(now=now) if each.member == peer.pk for sign in each.signs}


def spread(number: int, *, every: timedelta, since: datetime) -> list[datetime]:
    return [since + every * step for step in range(number)]


DAYTIME = NOW.replace(hour=12) - timedelta(days=1)


def test_a_quiet_peer_and_one_long_evening_are_nobodys_business(cast: Cast, peer: Member):
    evening = (NOW - timedelta(days=1)).replace(hour=19)
    answers(peer, spread(14, every=timedelta(minutes=20), since=evening), to=posts_of_many(cast))

    assert signs_of(peer) == set()


def test_very_many_answers_in_a_week_are_seen(cast: Cast, peer: Member):
    posts = posts_of_many(cast)
    moments = [
        NOW.replace(hour=13) - timedelta(days=day, minutes=number)
        for day in range(6)
        for number in range(12)
    ]

    answers(peer, moments[: load.MANY_ANSWERS - 1], to=posts)
    assert signs_of(peer) == set()
    answers(peer, moments[load.MANY_ANSWERS - 1 : load.MANY_ANSWERS], to=posts)

    assert signs_of(peer) == {CarryingSign.MANY}


def test_answers_in_many_nights_are_seen_and_a_bad_night_is_not(cast: Cast, peer: Member):
    posts = posts_of_many(cast)
    three = [(NOW - timedelta(days=day)).replace(hour=23, minute=30) for day in (1, 2, 3)]

    answers(peer, spread(20, every=timedelta(minutes=3), since=three[0]), to=posts)
    assert signs_of(peer) == set()
    for night in three[1:]:
        answers(peer, spread(3, every=timedelta(minutes=40), since=night), to=posts)

    assert signs_of(peer) == {CarryingSign.AT_NIGHT}


def test_night_is_on_the_members_own_clock(cast: Cast, peer: Member):
    """Half past eleven in Leeds is the afternoon in Vancouver."""
    cast.leeds.time_zone = "America/Vancouver"
    cast.leeds.save()
    for day in (1, 2, 3, 4):
        night = (NOW - timedelta(days=day)).replace(hour=23, minute=30)
        answers(peer, spread(4, every=timedelta(minutes=9), since=night), to=posts_of_many(cast))

    assert CarryingSign.AT_NIGHT not in signs_of(peer)


def test_days_without_an_end_are_seen(cast: Cast, peer: Member):
    posts = posts_of_many(cast)
    for day in (1, 2, 3):
        morning = (NOW - timedelta(days=day)).replace(hour=6, minute=30)
        answers(peer, [morning, morning + timedelta(hours=load.LONG_DAY_HOURS)], to=posts)
        assert signs_of(peer) == ({CarryingSign.LONG_DAYS} if day == 3 else set())


def test_what_somebody_writes_in_their_own_threads_does_not_count(cast: Cast, peer: Member):
    mine = PostFactory(author=peer, at=LONG_AGO)

    answers(
        peer,
        spread(load.MANY_ANSWERS, every=timedelta(hours=1), since=NOW - load.LOOK_BACK),
        to=[mine],
    )

    assert signs_of(peer) == set()


def test_one_who_writes_nearly_only_to_one_is_seen(cast: Cast, peer: Member):
    other = MemberFactory(locality=cast.leeds)
    theirs = PostFactory(author=other, at=LONG_AGO)
    # Others answer that person too, and more than this peer does.
    for _ in range(5):
        helper = MemberFactory(locality=cast.leeds)
        answers(helper, spread(4, every=timedelta(hours=1), since=DAYTIME), to=[theirs])
    at = spread(load.PAIR_ANSWERS, every=timedelta(minutes=10), since=DAYTIME)

    answers(peer, at[:-1], to=[theirs])
    assert signs_of(peer) == set()
    answers(peer, at[-1:], to=[theirs])

    found = [each for each in load.seen(now=NOW) if each.member == peer.pk]
    assert [(each.signs, each.other) for each in found] == [([CarryingSign.TO_ONE], other.pk)]


def test_one_from_whom_somebody_gets_nearly_all_is_seen(cast: Cast, peer: Member):
    other = MemberFactory(locality=cast.leeds)
    theirs = PostFactory(author=other, at=LONG_AGO)
    answers(
        peer, spread(load.PAIR_ANSWERS, every=timedelta(minutes=10), since=DAYTIME), to=[theirs]
    )
    # The peer answers many others as well: they do not write to one only.
    answers(peer, spread(30, every=timedelta(minutes=5), since=DAYTIME), to=posts_of_many(cast))

    found = [each for each in load.seen(now=NOW) if each.member == peer.pk]
    assert [(each.signs, each.other) for each in found] == [([CarryingSign.FROM_ONE], other.pk)]

    # Where others answer that person as well, it is a friendship like any.
    for _ in range(2):
        helper = MemberFactory(locality=cast.leeds)
        answers(helper, spread(4, every=timedelta(hours=1), since=DAYTIME), to=[theirs])
    assert signs_of(peer) == set()


def carrying(peer: Member, cast: Cast, *, until: datetime = NOW) -> None:
    other = PostFactory(author=MemberFactory(locality=cast.leeds), at=LONG_AGO)
    answers(
        peer, spread(20, every=timedelta(minutes=5), since=until - timedelta(days=1)), to=[other]
    )


def test_they_are_asked_once_in_two_weeks_and_a_guide_is_told(cast: Cast, peer: Member):
    carrying(peer, cast)

    assert load.look(now=NOW) == 1
    assert load.look(now=NOW) == 0
    assert load.look(now=NOW + timedelta(days=13)) == 0

    check = LoadCheck.objects.get()
    told = Notice.objects.get(member=peer)
    assert (told.kind, told.url_name) == ("load_check", "community:load")
    assert list(load.checks_for(cast.guide)) == [check]
    assert not load.checks_for(cast.guide_elsewhere).exists()

    later = NOW + load.ASK_AGAIN_AFTER
    carrying(peer, cast, until=later)
    assert load.look(now=later) == 1


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_ask_once(cast: Cast, peer: Member):
    carrying(peer, cast)

    came = at_once([lambda: load.look(now=NOW)] * 5)

    assert sorted(came) == [0, 0, 0, 0, 1]  # type: ignore[type-var]
    assert Notice.objects.filter(member=peer).count() == 1


def test_an_answer_is_theirs_and_one_act_is_a_guides(cast: Cast, peer: Member):
    carrying(peer, cast)
    load.look(now=NOW)
    check = LoadCheck.objects.get()

    load.answer_check(check=check, answer=LoadAnswer.FINE, at=NOW)
    act = {"check": check, "act": PeerAct.SPOKE, "note": "Had a talk.", "at": NOW}
    assert load.act_on_check(**act, by=cast.guide)
    assert not load.act_on_check(**act, by=cast.senior)

    check.refresh_from_db()
    assert (check.answer, check.act, check.acted_by) == ("fine", "spoke", cast.guide)


# --- handing over ---------------------------------------------------------------------------


@pytest.fixture
def member(cast: Cast) -> Client:
    return cast.client("member")


@pytest.fixture
def thread(cast: Cast) -> Post:
    """A thread in which the member has answered."""
    post: Post = PostFactory(author=MemberFactory(locality=cast.leeds))
    ReplyFactory(post=post, author=cast.member)
    return post


def hand_over(member: Client, post: Post, **fields: str) -> int:
    path = reverse("community:hand-over", args=[post.public_id])
    return member.post(path, fields).status_code


def test_one_tap_gives_a_thread_to_the_guides_at_once(member: Client, cast: Cast, thread: Post):
    page = member.get(reverse("community:thread", args=[thread.public_id])).text
    assert "carry this" in page
    assert not clock.waiting_for(cast.guide).exists()

    assert hand_over(member, thread) == 302
    assert hand_over(member, thread) == 302

    assert list(clock.waiting_for(cast.guide)) == [thread]
    assert HandOver.objects.get().author == cast.member
    thanks = member.get(reverse("community:hand-over", args=[thread.public_id])).text
    assert "Thank you" in thanks


def test_only_who_answered_or_was_asked_is_shown_the_way(member: Client, cast: Cast):
    post = PostFactory()
    path = reverse("community:thread", args=[post.public_id])
    assert "carry this" not in member.get(path).text
    assert hand_over(member, post) == 404

    HelpInvitation.objects.create(post=post, member=cast.member, invited_at=timezone.now())

    assert "carry this" in member.get(path).text
    assert hand_over(member, post) == 302


def test_the_writer_of_a_thread_does_not_hand_it_over(member: Client, cast: Cast):
    mine = PostFactory(author=cast.member)
    ReplyFactory(post=mine, author=cast.member)

    assert "carry this" not in member.get(reverse("community:thread", args=[mine.public_id])).text
    assert hand_over(member, mine) == 404


def test_words_beside_it_are_screened_and_reach_a_guide(member: Client, cast: Cast, thread: Post):
    hand_over(member, thread)
    assert hand_over(member, thread, body="I want to kill myself tonight.") == 302
    assert not safety.unscreened_writing(HandOver).exists()

    screening.drain(now=timezone.now)

    handed = HandOver.objects.get()
    alert = Alert.objects.get(author=cast.member)
    assert alert.subject == handed
    guide = cast.client("guide")
    page = guide.get(reverse("escalation:alert", args=[alert.pk]))
    assert "Handed over" in page.text
    assert "kill myself tonight" in guide.get(reverse("escalation:unanswered")).text
    queue = guide.get(reverse("escalation:queue"), headers={"accept": "application/json"})
    assert queue.json()["alerts"][0]["subject"]["kind"] == "handover"


def test_a_tap_without_words_counts_and_empty_words_are_given_back(member: Client, thread: Post):
    assert hand_over(member, thread, body="") == 422
    assert HandOver.objects.get().words == ""
    assert hand_over(member, thread, body="x" * 1001) == 422


def test_who_handed_over_hears_no_more_of_it(member: Client, cast: Cast, thread: Post):
    first = Reply.objects.get(post=thread)
    hand_over(member, thread)
    Notice.objects.all().delete()

    telling.tell_of(
        Reply.objects.create(
            post=thread, author=MemberFactory(), body="x", body_html="x", under=first,
            published_at=timezone.now(),
        )
    )  # fmt: skip

    assert not Notice.objects.filter(member=cast.member).exists()
    assert load.who_handed_over(thread) == {cast.member.pk}


def test_a_guide_who_answers_takes_it_up(cast: Cast, thread: Post):
    load.hand_over(post=thread, author=cast.member, at=timezone.now())
    guide = cast.client("guide")

    answered = guide.post(
        reverse("escalation:unanswered-reply", args=[thread.public_id]), {"body": "I am here."}
    )

    assert answered.status_code == 302
    assert HandOver.objects.get().taken_up_by == cast.guide
    assert not clock.waiting_for(cast.guide).exists()
    assert thread.replies.get(guide=cast.guide).body == "I am here."


def test_words_that_could_not_be_sent_come_back(cast: Cast, thread: Post):
    load.hand_over(post=thread, author=cast.member, at=timezone.now())
    path = reverse("escalation:unanswered-reply", args=[thread.public_id])

    assert cast.client("guide").post(path, {"body": "y" * 6000}).status_code == 422
    Post.objects.filter(pk=thread.pk).update(taken_away_at=timezone.now(), is_visible=False)
    late = cast.client("guide").post(path, {"body": "Kept kumquat words."})

    assert late.status_code == 409
    assert "Kept kumquat words." in late.text


# --- the member's pages ---------------------------------------------------------------------


def test_being_asked_is_off_until_somebody_says_so(member: Client, cast: Cast):
    page = member.get("/me/helping/")
    assert page.status_code == 200
    assert 'name="asks"' in page.text
    assert "checked" not in page.text

    member.post("/me/helping/", {"asks": "on"})
    assert offers.HelpOffer.objects.get().topics == []
    assert "checked" in member.get("/me/helping/").text
    member.post("/me/helping/", {})
    assert not offers.HelpOffer.objects.exists()


def test_a_topic_that_is_none_is_refused(member: Client):
    assert member.post("/me/helping/", {"asks": "on", "topics": "made-up"}).status_code == 422


def test_not_now_is_one_tap(member: Client, cast: Cast):
    post = PostFactory(author=MemberFactory())
    HelpInvitation.objects.create(post=post, member=cast.member, invited_at=timezone.now())
    path = reverse("community:asked", args=[post.public_id])
    assert "Not now" in member.get(path).text

    assert member.post(path).status_code == 302

    assert HelpInvitation.objects.get().declined_at is not None
    assert "Nobody waits here any more" in member.get(path).text


def test_the_question_takes_fine_and_a_break(member: Client, cast: Cast):
    LoadCheck.objects.create(member=cast.member, signs=["many"], asked_at=timezone.now())
    thread = PostFactory(author=MemberFactory(alias="Cowslip"))
    ReplyFactory(post=thread, author=cast.member)

    page = member.get("/me/load/").text
    assert "Hand over Cowslip" in page
    assert member.post("/me/load/", {"answer": "fine"}).status_code == 302
    assert LoadCheck.objects.get().answer == "fine"
    assert member.post("/me/load/", {"answer": "break"})["Location"] == "/me/break/"
    assert member.post("/me/load/", {"answer": "x"}).status_code == 422


def test_no_page_of_a_member_shows_a_count_of_what_they_carry(
    member: Client, cast: Cast, peer: Member
):
    """No score, no badge: neither to themselves nor of others."""
    carrying(cast.member, cast, until=timezone.now())
    load.look(now=timezone.now())
    check = LoadCheck.objects.get(member=cast.member)

    for page in ("/me/load/", "/me/helping/", "/me/", "/wall/"):
        text = member.get(page).text
        for sentence in check.in_words:
            assert str(sentence) not in text
    assert Screening.objects.exists()
