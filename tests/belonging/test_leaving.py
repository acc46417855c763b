"""Leaving, and coming back: told before, done at once, undone by one tap."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from audit.models import Entry
from belonging.enums import Reason
from belonging.leaving import UNDO_FOR, erased_from, leave, stay
from belonging.models import LeavingReason
from commissioning.models import Commissioner
from community.models import Post, Reply
from community.operations import hide, restore
from risk import screening
from risk.models import Alert, Screening
from tests.architecture.test_every_route_has_an_audience import MATRIX
from tests.factories.accounts import PASSWORD, MemberFactory, UserFactory
from tests.factories.community import PostFactory, ReplyFactory

pytestmark = pytest.mark.django_db

SURE = {"sure": "on"}


def thread(post: Post) -> str:
    return reverse("community:thread", args=[post.public_id])


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def test_it_is_told_before_what_goes_what_stays_and_how_to_undo_it(cast):
    page = cast.client("member").get("/me/leave/").text

    assert "For 21 days you can undo it" in page
    assert "All you wrote goes off the wall." in page
    commissioner = cast.member.locality.commissioner.name
    assert f"{commissioner} decides how long: 20 years after it ended." in page
    assert "/me/download/" in page
    assert "/help-now/" in page


def test_how_long_an_episode_is_kept_is_the_commissioners_own_term(cast):
    Commissioner.objects.update(episode_retention_months=30)

    assert (
        "decides how long: 30 months after it ended."
        in cast.client("member").get("/me/leave/").text
    )


def test_nobody_leaves_by_a_slip_of_the_finger(cast):
    response = cast.client("member").post("/me/leave/", {"reasons": ["better"]})

    assert response.status_code == 422
    assert "Tick the box" in response.text
    assert 'value="better"' in response.text
    assert Member.objects.get(pk=cast.member.pk).leaving_at is None
    assert not LeavingReason.objects.exists()


def test_all_they_wrote_is_off_the_wall_at_once_and_they_are_signed_out_everywhere(cast):
    here, elsewhere = cast.client("member"), cast.client("member")
    mine = PostFactory(author=cast.member, body="Mine. zebra-one")
    others = PostFactory(body="Not mine.")
    ReplyFactory(post=others, author=cast.member, body="My reply. zebra-two")
    ReplyFactory(post=mine, body="Theirs. zebra-three")
    reader = signed_in(MemberFactory(locality=cast.leeds))

    left = here.post("/me/leave/", SURE)

    assert left.status_code == 200
    assert "You have left the wall" in left.text
    for client in (here, elsewhere):
        assert client.get("/me/")["Location"].startswith("/account/login/")
    assert "Mine. zebra-one" not in reader.get("/wall/").text
    assert "zebra-two" not in reader.get(thread(others)).text
    assert Post.objects.get(pk=others.pk).reply_count == 0
    place = reader.get(thread(mine)).text
    assert "A post its writer took away" in place
    assert "zebra-three" in place
    assert "zebra-one" not in place
    assert cast.member.alias not in place
    alone = PostFactory(author=cast.member)
    assert reader.get(thread(alone)).status_code == 200  # made after, to show what differs


def test_whose_a_post_was_that_is_taken_away_is_told_by_no_page(cast):
    mine = PostFactory(author=cast.member)
    ReplyFactory(post=mine)
    leave(member=cast.member, reasons=[], at=timezone.now())
    reader = signed_in(MemberFactory(locality=cast.leeds))

    for method, path in (("get", ""), ("get", "mute/"), ("post", "mute/"), ("post", "saved/")):
        said = getattr(reader, method)(thread(mine) + path)
        assert said.status_code == (404 if path else 200), path
        assert cast.member.alias not in said.text
        assert cast.member.public_id not in said.text


def test_signing_in_again_offers_to_stay_and_help_and_nothing_else(cast):
    user = UserFactory()
    leave(member=MemberFactory(user=user), reasons=[], at=timezone.now())
    client = Client()
    client.post("/account/login/", {"login": user.address, "password": PASSWORD})

    page = client.get("/wall/", follow=True)

    assert page.redirect_chain == [("/me/leave/stay/", 302)]
    assert "You have left the wall" in page.text
    assert "Stay" in page.text
    assert 'href="tel:' in page.text
    assert "/wall/" not in page.text
    assert "/me/muted/" not in page.text


def test_every_page_of_the_wall_leads_to_staying(cast):
    leave(member=cast.member, reasons=[], at=timezone.now())
    client = cast.client("member")

    for name, (method, arguments, expected) in MATRIX.items():
        if expected[1] == 200 and expected[2] == 403:  # members, unless paused
            response = client.generic(method, reverse(name, kwargs=arguments(cast)))
            assert response["Location"] == "/me/leave/stay/", name
    assert client.get("/help-now/").status_code == 200


def test_words_that_were_on_their_way_are_given_back(cast):
    post = PostFactory()
    leave(member=cast.member, reasons=[], at=timezone.now())

    response = cast.client("member").post(f"{thread(post)}replies/", {"body": "Late words. Q8"})

    assert response.status_code == 403
    assert "Late words. Q8" in response.text
    assert not Reply.objects.exists()


def test_staying_puts_everything_back_but_what_a_guide_took_off(cast):
    mine, taken, hidden_before = (PostFactory(author=cast.member) for _ in range(3))
    others = PostFactory()
    reply = ReplyFactory(post=others, author=cast.member)
    hidden_reply = ReplyFactory(post=others, author=cast.member)
    hide(writing=hidden_before, by=cast.guide, reason="A name.", at=timezone.now())
    leave(member=cast.member, reasons=[], at=timezone.now())
    # While they are away a guide hides one, and one that was hidden is put back.
    hide(writing=taken, by=cast.guide, reason="A name.", at=timezone.now())
    hide(writing=hidden_reply, by=cast.guide, reason="A name.", at=timezone.now())
    hidden_before.refresh_from_db()
    restore(writing=hidden_before, by=cast.guide, at=timezone.now())
    assert not Post.objects.filter(is_visible=True, author=cast.member).exists()

    cast.client("member").post("/me/leave/stay/")

    shown = Post.objects.filter(is_visible=True, author=cast.member)
    assert set(shown) == {mine, hidden_before}
    assert Reply.objects.get(pk=reply.pk).is_visible
    assert not Reply.objects.get(pk=hidden_reply.pk).is_visible
    assert Post.objects.get(pk=others.pk).reply_count == 1
    assert cast.client("member").get("/wall/").status_code == 200
    verbs = Entry.objects.filter(actor=f"member:{cast.member.pk}").values_list("verb", flat=True)
    assert list(verbs) == ["leave", "stay"]


def test_leaving_and_staying_twice_are_like_once(cast):
    for _ in range(2):
        leave(member=cast.member, reasons=[Reason.BETTER], at=timezone.now())
    first = Member.objects.get(pk=cast.member.pk).leaving_at
    assert first is not None
    assert LeavingReason.objects.get().times == 1
    for _ in range(2):
        stay(member=cast.member, at=first)
    assert Entry.objects.filter(verb="stay").count() == 1


def test_somebody_paused_can_leave_and_comes_back_paused(cast):
    client = cast.client("suspended")
    assert client.get("/me/leave/").status_code == 200
    client.post("/me/leave/", SURE)

    again = cast.client("suspended")
    again.post("/me/leave/stay/")
    assert again.get("/wall/").status_code == 403


def test_why_somebody_left_is_counted_and_points_at_nobody(cast):
    for member in (cast.member, MemberFactory(), MemberFactory()):
        signed_in(member).post("/me/leave/", {**SURE, "reasons": ["too_much", "better"]})

    counted = {row.reason: row.times for row in LeavingReason.objects.all()}
    assert counted == {"too_much": 3, "better": 3}
    assert "too_much" not in str(list(Entry.objects.values_list("detail", flat=True)))


def test_what_nobody_has_read_yet_is_still_read_when_its_writer_leaves(cast):
    post = PostFactory(author=cast.member, body="I want to kill myself tonight.")
    leave(member=cast.member, reasons=[], at=timezone.now())

    assert Screening.objects.pending().filter(subject_id=post.pk).exists()
    screening.drain(now=timezone.now)

    alert = Alert.objects.get(author=cast.member)
    page = cast.client("guide").get(reverse("escalation:alert", args=[alert.pk])).text
    assert "I want to kill myself tonight." in page
    assert "They left on" in page


def test_the_day_is_the_members_own(cast):
    Member.objects.filter(pk=cast.member.pk).update(
        leaving_at=datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    )
    cast.member.refresh_from_db()
    cast.member.locality.time_zone = "Pacific/Auckland"
    assert UNDO_FOR.days == 21
    assert str(erased_from(cast.member)) == "2026-12-15"
