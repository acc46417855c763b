"""Nobody stays without an answer: who is asked, when, and when the guides have it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Member
from accounts.preferences import take_a_break
from community import clock, load, offers
from community.models import (
    Group,
    GroupMember,
    HelpInvitation,
    HelpOffer,
    Post,
    ReplyClock,
)
from community.operations import (
    hide,
    mute_member,
    reply_as_guide,
    restore,
)
from escalation import care
from escalation.cases import open_case
from notifications.models import Notice
from risk import screening
from risk.enums import Urgency
from risk.models import Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory
from tests.races import at_once

NOW = datetime.fromisoformat("2026-11-24T14:00:00+00:00")
LONG_AGO = NOW - timedelta(days=90)
AFTER = timedelta(minutes=10)


def a_helper(cast: Cast, *, topics: tuple[str, ...] = (), **fields: Any) -> Member:
    """Somebody who has been here for long and would like to be asked."""
    fields.setdefault("locality", cast.leeds)
    member: Member = MemberFactory(joined_at=LONG_AGO, **fields)
    offers.offer(member=member, topics=topics, at=LONG_AGO)
    return member


def a_post(cast: Cast, *, at: datetime = NOW - AFTER, first: bool = False, **fields: Any) -> Post:
    """A post that nobody has answered, by somebody who has written before unless it is a first."""
    author = fields.pop("author", None) or MemberFactory(locality=cast.leeds, joined_at=LONG_AGO)
    if not first:
        earlier = PostFactory(author=author, at=LONG_AGO)
        ReplyFactory(post=earlier, author=cast.suspended, at=LONG_AGO)
    return PostFactory(author=author, at=at, **fields)  # type: ignore[no-any-return]


def asked_about(post: Post) -> set[Member]:
    return {each.member for each in HelpInvitation.objects.filter(post=post)}


def in_the_list(cast: Cast) -> list[Post]:
    return list(clock.waiting_for(cast.guide))


def test_after_ten_minutes_those_who_offered_are_asked_and_not_before(cast: Cast):
    helper = a_helper(cast)
    post = a_post(cast)

    clock.apply_due(now=NOW - timedelta(seconds=1))
    assert asked_about(post) == set()
    clock.apply_due(now=NOW)

    assert asked_about(post) == {helper}
    told = Notice.objects.get(member=helper)
    assert (told.kind, told.url_name, told.args) == (
        "invited_to_help", "community:asked", [post.public_id],
    )  # fmt: skip
    assert in_the_list(cast) == []


def test_ten_minutes_more_and_the_guides_have_it(cast: Cast):
    a_helper(cast)
    post = a_post(cast)
    clock.apply_due(now=NOW)

    clock.apply_due(now=NOW + AFTER - timedelta(seconds=1))
    assert in_the_list(cast) == []
    clock.apply_due(now=NOW + AFTER)

    assert in_the_list(cast) == [post]
    assert not clock.waiting_for(cast.guide_elsewhere).exists()


def test_first_words_are_with_the_guides_at_once_beside_the_asking(cast: Cast):
    helper = a_helper(cast)
    post = a_post(cast, first=True)

    clock.apply_due(now=NOW)

    assert asked_about(post) == {helper}
    assert in_the_list(cast) == [post]


def test_where_nobody_can_be_asked_the_guides_have_it_at_once(cast: Cast):
    post = a_post(cast)

    clock.apply_due(now=NOW)

    assert in_the_list(cast) == [post]


def test_an_answer_stops_the_clock_and_the_writers_own_does_not(cast: Cast):
    a_helper(cast)
    answered, own = a_post(cast), a_post(cast)
    reply_as_guide(
        post=answered, guide=cast.guide, body="I hear you.", idempotency_key=uuid.uuid4(), at=NOW
    )
    ReplyFactory(post=own, author=own.author, at=NOW)

    clock.apply_due(now=NOW)

    assert not asked_about(answered)
    assert asked_about(own)


def test_an_answer_takes_it_from_the_guides_list_and_hiding_that_puts_it_back(cast: Cast):
    post = a_post(cast)
    clock.apply_due(now=NOW)
    reply = ReplyFactory(post=post, at=NOW)
    assert in_the_list(cast) == []

    hide(writing=reply, by=cast.guide, reason="No.", at=NOW)

    assert in_the_list(cast) == [post]


def test_what_others_do_not_see_asks_nobody(cast: Cast):
    a_helper(cast)
    hidden, canary = a_post(cast), a_post(cast)
    hide(writing=hidden, by=cast.guide, reason="No.", at=NOW)
    Post.objects.filter(pk=canary.pk).update(is_visible=False)

    clock.apply_due(now=NOW)
    assert not HelpInvitation.objects.exists()
    assert in_the_list(cast) == []

    # Back on the wall, and late by now.
    restore(writing=hidden, by=cast.guide, at=NOW)
    clock.apply_due(now=NOW)
    assert asked_about(hidden)


@pytest.mark.parametrize(
    "unfit",
    [
        "the writer", "no offer", "another topic", "paused", "leaving", "on a break", "new",
        "muted by them", "muted by the writer", "handed over", "worrying words", "unread words",
        "an open alert", "an open case", "answered a lot today", "asked enough today",
        "asked how it is", "not in the group", "switched off",
    ],
)  # fmt: skip
def test_nobody_is_asked_who_should_not_be(cast: Cast, unfit: str):
    topic = TopicFactory()
    helper = a_helper(cast)
    post = a_post(cast, topic=topic, first=unfit == "the writer")
    followed: list[int] = []
    match unfit:
        case "the writer":
            post = PostFactory(author=helper, topic=topic, at=NOW - AFTER)
        case "no offer":
            offers.withdraw_offer(member=helper)
        case "another topic":
            offers.offer(member=helper, topics=["something-else"], at=LONG_AGO)
        case "paused":
            Member.objects.filter(pk=helper.pk).update(suspended_at=NOW, suspended_by=cast.guide)
        case "paused a while":
            Member.objects.filter(pk=helper.pk).update(paused_until=NOW + timedelta(hours=1))
        case "leaving":
            Member.objects.filter(pk=helper.pk).update(leaving_at=NOW)
        case "on a break":
            take_a_break(member=helper, until=NOW.date() + timedelta(days=1), at=NOW)
        case "new":
            Member.objects.filter(pk=helper.pk).update(joined_at=NOW - timedelta(days=2))
        case "muted by them":
            mute_member(muted=post.author, by=helper, at=NOW)
        case "muted by the writer":
            mute_member(muted=helper, by=post.author, at=NOW)
        case "handed over":
            load.hand_over(post=post, author=helper, at=NOW)
        case "worrying words" | "unread words":
            PostFactory(author=helper, at=NOW - timedelta(days=2))
            if unfit == "worrying words":
                screening.drain(now=timezone.now)
                Screening.objects.filter(author=helper).update(urgency=Urgency.AMBER)
        case "an open alert":
            AlertFactory(author=helper, at=NOW - timedelta(days=30))
        case "an open case":
            followed = [helper.pk]
        case "answered a lot today":
            elsewhere = PostFactory(at=LONG_AGO)
            for _ in range(load.ENOUGH_TODAY):
                ReplyFactory(post=elsewhere, author=helper, at=NOW - timedelta(hours=2))
            screening.drain(now=timezone.now)
        case "asked enough today":
            for _ in range(offers.ASKED_A_DAY):
                HelpInvitation.objects.create(
                    post=PostFactory(at=LONG_AGO), member=helper, invited_at=NOW
                )
        case "asked how it is":
            load._ask(load.Seen(helper.pk, ["many"]), at=NOW)  # type: ignore[list-item]
        case "not in the group":
            group = Group.objects.create(
                name="Quiet room", topic=topic, created_by=cast.guide, created_at=NOW
            )
            Post.objects.filter(pk=post.pk).update(group=group)
        case "switched off":
            helper.user.is_active = False
            helper.user.save()

    clock.apply_due(now=NOW, in_an_episode=followed)

    assert helper not in asked_about(post)
    # And nobody is forgotten for that.
    assert post in in_the_list(cast)


def test_in_a_group_only_those_who_are_in_it_are_asked(cast: Cast):
    inside, outside, invited = a_helper(cast), a_helper(cast), a_helper(cast)
    topic = TopicFactory()
    group = Group.objects.create(
        name="Quiet room", topic=topic, created_by=cast.guide, created_at=NOW
    )
    for member, joined_at in ((inside, NOW), (invited, None)):
        GroupMember.objects.create(
            group=group, member=member, invited_by=cast.guide, invited_at=NOW, joined_at=joined_at
        )
    post = a_post(cast, topic=topic)
    Post.objects.filter(pk=post.pk).update(group=group)

    clock.apply_due(now=NOW)

    assert asked_about(post) == {inside}
    assert outside not in asked_about(post)


def test_at_most_five_are_asked_and_the_next_time_others(cast: Cast):
    everybody = {a_helper(cast) for _ in range(8)}
    first, second = a_post(cast), a_post(cast, at=NOW)

    clock.apply_due(now=NOW)
    clock.apply_due(now=NOW + AFTER)

    assert len(asked_about(first)) == len(asked_about(second)) == offers.ASKED_AT_MOST
    assert asked_about(first) | asked_about(second) == everybody


def test_who_is_awake_is_asked_before_who_is_in_their_quiet_hours(cast: Cast):
    asleep = [a_helper(cast) for _ in range(5)]
    awake = [a_helper(cast) for _ in range(5)]
    Member.objects.filter(pk__in=[each.pk for each in awake]).update(locality=cast.derby)
    cast.leeds.time_zone = "Asia/Tokyo"
    cast.leeds.save()
    post = a_post(cast)

    clock.apply_due(now=NOW)

    assert asked_about(post) == set(awake)
    assert not set(asleep) & asked_about(post)


def test_looking_twice_asks_once(cast: Cast):
    helper = a_helper(cast)
    post = a_post(cast)

    for minutes in (0, 1, 2, 10, 11):
        clock.apply_due(now=NOW + timedelta(minutes=minutes))

    assert HelpInvitation.objects.filter(post=post, member=helper).count() == 1
    assert Notice.objects.filter(member=helper).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_ask_once(cast: Cast):
    """Beat's worker and two sentinels, in the same instant."""
    for _ in range(7):
        a_helper(cast)
    posts = [a_post(cast) for _ in range(3)]

    came = at_once([lambda: clock.apply_due(now=NOW)] * 6)

    assert not [each for each in came if isinstance(each, Exception)]
    clock.apply_due(now=NOW)
    for post in posts:
        assert len(asked_about(post)) == offers.ASKED_AT_MOST
    assert sum(each["asked_about"] for each in came if isinstance(each, dict)) == len(posts)


def test_a_member_in_an_episode_is_not_asked(cast: Cast):
    """The clock's own room knows of no cases: the floor above says whom guides follow."""
    helper = a_helper(cast)
    AgreedProtocolFactory(locality=cast.leeds)
    long_ago = NOW - timedelta(days=30)
    open_case(
        alert=AlertFactory(author=helper, at=long_ago), by=cast.guide, note="Worried.",
        version=None, at=long_ago,
    )  # fmt: skip
    Screening.objects.filter(author=helper).update(requested_at=long_ago)
    post = a_post(cast)

    care.look_at_clocks(now=NOW)

    assert asked_about(post) == set()


def test_not_now_counts_for_nothing(cast: Cast):
    helper = a_helper(cast)
    post = a_post(cast)
    clock.apply_due(now=NOW)
    assert [each.post for each in offers.open_invitations(helper, now=NOW)] == [post]

    assert offers.decline(post=post, member=helper, at=NOW)

    assert offers.open_invitations(helper, now=NOW) == []
    assert HelpOffer.objects.filter(member=helper).exists()


def test_who_answered_is_written_down(cast: Cast):
    helper = a_helper(cast)
    post = a_post(cast)
    clock.apply_due(now=NOW)
    ReplyFactory(post=post, author=helper, at=NOW + timedelta(minutes=3))

    clock.apply_due(now=NOW + timedelta(minutes=4))

    assert HelpInvitation.objects.get(post=post, member=helper).answered_at is not None


def test_a_claim_is_one_guides_and_lapses(cast: Cast):
    post = a_post(cast)
    clock.apply_due(now=NOW)

    assert clock.claim(post=post, by=cast.guide, at=NOW)
    assert not clock.claim(post=post, by=cast.senior, at=NOW)
    assert clock.claim(post=post, by=cast.senior, at=NOW + clock.CLAIM_LASTS)
    kept = ReplyClock.objects.get(post=post)
    assert kept.claimed_by == cast.senior


def test_nobody_is_asked_about_what_is_long_past(cast: Cast):
    a_helper(cast)
    old = a_post(cast, at=NOW - clock.STARTS_WITHIN)

    clock.apply_due(now=NOW)

    assert not ReplyClock.objects.filter(post=old).exists()
