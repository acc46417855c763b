"""Blind readings and misses over HTTP: blind is blind, and nothing that is said gets lost."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from audit.models import Entry
from community.models import Reply
from community.operations import edit_writing
from risk.enums import LabelSource, Urgency
from risk.models import Alert, AuditReading, Label
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.risk import AlertFactory, AuditReadingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("guide")


@pytest.fixture
def reading(cast: Cast) -> AuditReading:
    return AuditReadingFactory(
        author=MemberFactory(locality=cast.leeds, alias="Q7x-alias"), body="Words to read.",
        probability=0.4321, spans=[{"start": 0, "end": 5, "term": "Q7x", "category": "suicide"}],
    )  # fmt: skip


def send(client: Client, reading: AuditReading, **fields: object) -> object:
    return client.post(f"/desk/readings/{reading.pk}/answer/", fields)


def test_a_blind_page_shows_the_words_and_neither_the_author_nor_the_machines_view(client, reading):
    page = client.get("/desk/readings/").text

    assert "Words to read." in page
    for hidden in ("Q7x-alias", "0.4321", "Why these words", "near_threshold"):
        assert hidden not in page
    assert "checked" not in page


def test_an_answer_is_kept_with_how_long_the_text_was_shown(client, reading):
    page = client.get("/desk/readings/").text
    shown = re.search(r'name="shown" value="([^"]+)"', page)[1]

    answered = send(client, reading, level="green", categories=["substance"], shown=shown)

    assert answered.url == "/desk/readings/"
    label = Label.objects.get()
    assert (label.level, label.categories) == (Urgency.GREEN, ["substance"])
    assert label.shown_at <= label.judged_at
    assert "No blind reading waits" in client.get("/desk/readings/").text


def test_a_made_up_time_is_no_time(client, reading):
    send(client, reading, level="green", shown="2020-01-01")

    assert Label.objects.get().shown_at is None


def test_a_worrying_answer_leads_to_the_alert_it_raised(client, reading):
    answered = send(client, reading, level="red")

    alert = Alert.objects.get()
    assert answered.url == f"/desk/alerts/{alert.pk}/"
    assert alert.urgency == Urgency.RED
    assert "needed reading sooner" in client.get(answered.url).text


def test_nothing_said_is_asked_again_with_the_rest_still_there(client, reading):
    answered = send(client, reading, categories=["suicide"])

    assert answered.status_code == 422
    assert re.search(r'value="suicide" checked', answered.text)
    assert not Label.objects.exists()


def test_the_queue_says_how_many_wait(client, reading):
    assert "Blind readings: 1 waits" in client.get("/desk/").text
    AuditReadingFactory(author=reading.screening.author)
    assert "Blind readings: 2 wait" in client.get("/desk/").text


def test_it_is_nobodys_elsewhere(cast, reading):
    elsewhere = cast.client("guide_elsewhere")

    assert "Words to read." not in elsewhere.get("/desk/readings/").text
    assert send(elsewhere, reading, level="red").status_code == 404
    assert not Alert.objects.exists()


def test_one_that_another_has_read_is_passed_by(cast, client, reading):
    send(cast.client("senior"), reading, level="green")

    assert send(client, reading, level="green").url == "/desk/readings/"
    assert Label.objects.count() == 1


# --- "This needed reading sooner" -------------------------------------------------------


def test_a_reply_in_the_thread_of_an_alert_can_be_raised_from_there(cast, client):
    alert = AlertFactory(author=cast.member)
    reply: Reply = ReplyFactory(post=alert.subject, author=MemberFactory(locality=cast.leeds))
    address = f"/desk/replies/{reply.public_id}/sooner/"
    assert address in client.get(f"/desk/alerts/{alert.pk}/").text

    raised = client.post(address, {"level": "crisis", "categories": ["suicide"]})

    new = Alert.objects.exclude(pk=alert.pk).get()
    assert raised.url == f"/desk/alerts/{new.pk}/"
    assert (new.subject, new.urgency) == (reply, Urgency.CRISIS)
    assert Label.objects.get().source == LabelSource.GUIDE_MISS
    assert Entry.objects.filter(verb="raise alert").exists()


@pytest.mark.parametrize("said", [{}, {"level": "green"}, {"level": "unsure"}])
def test_a_miss_says_how_soon(said, cast, client):
    post = PostFactory(author=cast.member)

    assert client.post(f"/desk/posts/{post.public_id}/sooner/", said).status_code == 422
    assert not Alert.objects.exists()


def test_a_guides_own_reply_and_another_localitys_post_are_nobodys_miss(cast, client):
    theirs = PostFactory(author=MemberFactory(locality=cast.derby))
    own = ReplyFactory(post=theirs)
    Reply.objects.filter(pk=own.pk).update(author=None, guide=cast.guide)

    for address in (f"posts/{theirs.public_id}", f"replies/{own.public_id}"):
        answer = client.post(f"/desk/{address}/sooner/", {"level": "red"})
        assert answer.status_code == 404


# --- lending words ----------------------------------------------------------------------


def test_the_screening_learns_from_nobody_until_they_say_so(cast):
    member = cast.client("member")
    assert not Member.objects.get(pk=cast.member.pk).lends_words
    assert "checked" not in member.get("/me/privacy/").text

    member.post("/me/privacy/words/", {"lends": "on"})
    assert Member.objects.get(pk=cast.member.pk).lends_words
    assert "checked" in member.get("/me/privacy/").text

    member.post("/me/privacy/words/", {})
    assert not Member.objects.get(pk=cast.member.pk).lends_words
    assert [each.verb for each in Entry.objects.filter(actor=f"member:{cast.member.pk}")] == [
        "lend words", "take words back",
    ]  # fmt: skip


def test_f39_a_miss_is_about_the_words_as_they_are_now(cast, client):
    post = PostFactory(author=cast.member, body="First words.")
    for number in range(1, 4):
        edit_writing(
            writing=post, body=f"Words number {number}.", expected_revision=number,
            at=timezone.now(),
        )  # fmt: skip

    client.post(f"/desk/posts/{post.public_id}/sooner/", {"level": "red"})

    assert Label.objects.get().screening.text == "Words number 3."
    assert Alert.objects.get().screening.revision == 4
    assert post.screenings.count() == 4
