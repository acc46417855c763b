"""What was begun is kept for one person alone, until it is sent, thrown away, or old."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from community import drafts
from community.models import BODY_MAX_LENGTH, Draft, Post, Reply
from community.tasks import forget_old_drafts
from risk.models import Screening
from tests.cast import Cast
from tests.community.test_views import in_a_box
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory

pytestmark = pytest.mark.django_db

BEGUN = "I have not said this to anybody. Q7x"


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("member")


def keep(client: Client, *, place: str = "post", body: str = BEGUN, **more: str):
    form = {"place": place, "body": body, "key": str(uuid.uuid4()), **more}
    return client.post("/wall/drafts/", form)


def test_a_draft_is_saved_for_later_without_scripts_and_found_under_me(client, cast):
    topic = TopicFactory()
    answer = keep(client, topic=topic.slug)

    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert BEGUN in page.text
    assert "Only you can see this" in page.text
    assert "What I have begun" in client.get("/me/").text
    assert Draft.objects.get().topic == topic


def test_the_composer_says_that_something_was_begun_and_goes_on_with_it(client):
    topics = [TopicFactory(), TopicFactory()]
    keep(client, topic=topics[1].slug)

    fresh = client.get("/wall/new/")
    assert "You began something" in fresh.text
    assert in_a_box(fresh) == ""
    going_on = client.get("/wall/new/?go-on")
    assert in_a_box(going_on) == BEGUN
    assert f'value="{topics[1].slug}" required checked' in going_on.text


def test_a_script_saves_quietly_and_the_same_place_is_one_draft(client):
    for body in ("I have", "I have not", BEGUN):
        assert keep(client, body=body, quietly="1").status_code == 204

    assert Draft.objects.get().body == BEGUN


def test_an_emptied_box_is_forgotten(client):
    keep(client)
    keep(client, body="  ", quietly="1")

    assert not Draft.objects.exists()


def test_sending_forgets_the_draft_and_a_late_save_does_not_bring_it_back(client):
    topic, key = TopicFactory(), str(uuid.uuid4())
    keep(client)
    sent = client.post("/wall/new/", {"topic": topic.slug, "body": BEGUN, "key": key})

    assert sent.status_code == 302
    assert not Draft.objects.exists()
    assert keep(client, key=key, quietly="1").status_code == 204
    assert not Draft.objects.exists()


def test_a_replys_draft_and_a_changes_draft_have_places_of_their_own(client, cast):
    post = PostFactory()
    mine = ReplyFactory(post=post, author=cast.member)
    keep(client, place=f"reply-{post.public_id}", body="To the post.")
    keep(client, place=f"edit-{mine.public_id}", body="To my own words.")

    listed = client.get("/wall/drafts/").text
    for place in (f"/wall/posts/{post.public_id}/?go-on", f"/wall/replies/{mine.public_id}/edit/"):
        assert place in listed
    assert in_a_box(client.get(f"/wall/posts/{post.public_id}/?go-on")) == "To the post."
    going_on = client.get(f"/wall/replies/{mine.public_id}/edit/?go-on")
    assert in_a_box(going_on) == "To my own words."

    client.post(
        f"/wall/posts/{post.public_id}/replies/", {"body": "Said.", "key": str(uuid.uuid4())}
    )
    client.post(
        f"/wall/replies/{mine.public_id}/edit/", {"body": "Changed.", "revision": mine.revision}
    )
    assert not Draft.objects.exists()


def test_where_a_draft_would_go_may_be_gone_and_its_words_are_not(client):
    keep(client, place="reply-nowhere", body=BEGUN)

    page = client.get("/wall/drafts/").text
    assert BEGUN in page
    assert "is no longer there" in page


def test_a_draft_is_thrown_away_by_a_button(client):
    keep(client)
    client.post("/wall/drafts/", {"place": "post", "forget": "1"})

    assert not Draft.objects.exists()


@pytest.mark.parametrize("place", ["", "elsewhere", "reply-" + "x" * 40, "post'--"])
def test_a_place_that_there_is_not_is_not_kept(client, place: str):
    assert keep(client, place=place).status_code == 404
    assert not Draft.objects.exists()


def test_too_long_a_draft_is_given_back(client):
    answer = keep(client, body="x" * (BODY_MAX_LENGTH + 1))

    assert answer.status_code == 422
    assert in_a_box(answer) == "x" * (BODY_MAX_LENGTH + 1)


def test_s01_nobody_else_meets_a_draft_and_no_machine_reads_it(client, cast):
    keep(client)
    before = Entry.objects.count()

    other = Client()
    other.force_login(MemberFactory(locality=cast.leeds).user)
    assert BEGUN not in other.get("/wall/drafts/").text
    assert in_a_box(other.get("/wall/new/?go-on")) == ""
    for role in ("guide", "senior", "admin", "commissioner"):
        assert cast.client(role).get("/wall/drafts/").status_code == 404
    assert not Screening.objects.exists()
    assert (Post.objects.count(), Reply.objects.count()) == (0, 0)
    assert Entry.objects.count() == before


def test_a_month_untouched_and_it_is_forgotten(cast):
    now = timezone.now()
    for place, days in (("post", 31), ("reply-x", 29)):
        drafts.keep(
            member=cast.member, place=place, body=BEGUN, key=uuid.uuid4(),
            at=now - timedelta(days=days),
        )  # fmt: skip

    forget_old_drafts()

    assert Draft.objects.get().place == "reply-x"


def test_the_oldest_makes_room_where_there_are_very_many(cast):
    now = timezone.now()
    for number in range(drafts.AT_MOST + 5):
        drafts.keep(
            member=cast.member, place=f"reply-{number}", body=BEGUN, key=uuid.uuid4(),
            at=now + timedelta(seconds=number),
        )  # fmt: skip

    places = set(Draft.objects.values_list("place", flat=True))
    assert len(places) == drafts.AT_MOST
    assert "reply-0" not in places
