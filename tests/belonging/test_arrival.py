"""A first visit: every step can be skipped and found again, and it ends on the wall."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Reason
from accounts.models import Member
from belonging import arrival
from community.models import Topic
from community.operations import hide
from community.topics import lay_topics
from measures import instruments
from measures.models import Goal
from risk.enums import Urgency
from risk.models import Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.community import PostFactory
from tests.factories.risk import AlertFactory, screened

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("member")


def rows(*goals: tuple[str, str, str]) -> dict[str, str]:
    """A goals form as it is sent: (public id, words, score) a row."""
    sent = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "3"}
    for number, (goal, words, score) in enumerate([*goals, *[("", "", "")] * 3][:3]):
        sent |= {
            f"form-{number}-goal": goal, f"form-{number}-words": words,
            f"form-{number}-score": score,
        }  # fmt: skip
    return sent


def fresh(cast: Cast) -> Member:
    return Member.objects.get(pk=cast.member.pk)


# -- the steps --------------------------------------------------------------------------------


def test_each_step_can_be_skipped_to_the_next_and_the_last_is_the_wall(client: Client):
    here, seen = reverse("belonging:reasons"), []
    while here != reverse("belonging:first-wall"):
        page = client.get(here)
        seen.append(here.strip("/").split("/")[-1])
        here = page.context["skip_to"]
        assert f'href="{here}"' in page.text

    assert seen == ["reasons", "goals", "waiting"]
    assert client.get(here).status_code == 200


def test_a_questionnaire_joins_the_steps_once_it_is_registered(client: Client, monkeypatch: Any):
    one = instruments.Instrument("made-up", "Made up", "community:feed", is_baseline=True)
    monkeypatch.setattr(instruments, "INSTRUMENTS", (one,))

    page = client.get(reverse("belonging:waiting"))

    assert page.context["skip_to"] == reverse("community:feed")


def test_several_reasons_are_kept_and_can_be_taken_back(client: Client, cast: Cast):
    here = reverse("belonging:reasons")

    on = client.post(here, {"reasons": [Reason.MONEY, Reason.LONELY]})
    assert on.url == reverse("belonging:goals")
    assert fresh(cast).reasons == [Reason.LONELY, Reason.MONEY]
    assert client.get(here).text.count(" checked") == 2

    client.post(here, {})
    assert fresh(cast).reasons == []


def test_a_made_up_reason_is_refused_with_the_others_still_ticked(client: Client, cast: Cast):
    answer = client.post(reverse("belonging:reasons"), {"reasons": ["money", "made-up"]})

    assert answer.status_code == 422
    assert answer.text.count(" checked") == 1
    assert fresh(cast).reasons == []


@pytest.mark.parametrize(("sent", "kept"), [("yes", True), ("no", False), ("", None)])
def test_being_on_a_waiting_list_is_yes_no_or_rather_not_said(
    client: Client, cast: Cast, sent: str, kept: bool | None
):
    on = client.post(reverse("belonging:waiting"), {"waiting": sent})

    assert on.url == reverse("belonging:first-wall")
    assert fresh(cast).on_waiting_list is kept


def test_what_is_opened_from_their_own_room_leads_back_there(client: Client):
    for step in arrival.STEPS:
        page = client.get(reverse(f"belonging:{step}") + "?then=me")
        assert page.context["skip_to"] == reverse("belonging:me")
    saved = client.post(reverse("belonging:waiting"), {"waiting": "no", "then": "me"})
    assert saved.url == reverse("belonging:me")
    elsewhere = client.post(reverse("belonging:waiting"), {"then": "//elsewhere.example"})
    assert elsewhere.url == reverse("belonging:first-wall")


def test_goals_are_set_changed_rated_and_let_go_of(client: Client, cast: Cast):
    here = reverse("belonging:goals")
    client.post(here, rows(("", "Sleep through", "2"), ("", " Ring  my sister ", "")))
    first, second = Goal.objects.held_by(cast.member)
    assert (first.words, first.score) == ("Sleep through", 2)
    assert (second.words, second.score) == ("Ring my sister", None)
    assert 'value="Sleep through"' in client.get(here).text

    client.post(
        here,
        rows(
            (first.public_id, "", "2"), (second.public_id, "See my sister", "6"), ("", "Walk", "")
        ),
    )

    held = Goal.objects.held_by(cast.member)
    assert [(goal.words, goal.score) for goal in held] == [("See my sister", 6), ("Walk", None)]
    assert Screening.objects.count() == 4


def test_too_long_a_goal_comes_back_as_it_was_typed(client: Client):
    long = "Far too long. " * 30

    answer = client.post(reverse("belonging:goals"), rows(("", long, "4"), ("", "Walk", "11")))

    assert answer.status_code == 422
    assert long.strip() in answer.text
    assert 'value="Walk"' in answer.text
    assert not Goal.objects.exists()


def test_s01_anothers_goal_does_not_exist(client: Client):
    theirs = Goal.objects.create(
        author=MemberFactory(), words="Theirs alone", set_at=timezone.now()
    )

    answer = client.post(reverse("belonging:goals"), rows((theirs.public_id, "Mine now", "1")))

    assert answer.status_code == 404
    assert Goal.objects.get().words == "Theirs alone"
    assert "Theirs alone" not in client.get(reverse("belonging:goals")).text


# -- the wall ---------------------------------------------------------------------------------


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def a_post(
    now: datetime, topic: str, hours: int, *, level: int = Urgency.GREEN, **more: Any
) -> Any:
    lay_topics()
    post = PostFactory(topic=Topic.objects.get(slug=topic), at=now - timedelta(hours=hours), **more)
    return screened(post=post, urgency=level, at=now).subject


def test_three_threads_of_what_they_came_for_the_newest_with_little_company(
    cast: Cast, now: datetime
):
    member = MemberFactory(reasons=[Reason.MONEY, Reason.LONELY])
    busy = a_post(now, "money", 1)
    type(busy).objects.update(reply_count=9)
    lonely, old, rent = (
        a_post(now, "loneliness", 5), a_post(now, "money", 50), a_post(now, "money", 2),
    )  # fmt: skip
    a_post(now, "stress", 1)

    assert arrival.fitting_threads(member, now=now) == [rent, lonely, old]


def test_nothing_heavy_hidden_old_unread_or_their_own(cast: Cast, now: datetime):
    member = MemberFactory(reasons=[Reason.MONEY])
    fine = a_post(now, "money", 9)
    a_post(now, "money", 1, author=member)
    a_post(now, "money", 2, level=Urgency.AMBER)
    a_post(now, "money", 24 * 40)
    hide(writing=a_post(now, "money", 3), by=cast.guide, reason="It names somebody.", at=now)
    PostFactory(topic=fine.topic, at=now)  # which no machine has read yet
    reported = a_post(now, "money", 4)
    AlertFactory(post=reported)
    Screening.objects.filter(subject_id=reported.pk).update(urgency=Urgency.GREEN)

    assert arrival.fitting_threads(member, now=now) == [fine]


def test_where_too_few_fit_others_make_up_the_number_and_none_comes_twice(
    cast: Cast, now: datetime
):
    member = MemberFactory(reasons=[Reason.MONEY])
    rent = a_post(now, "money", 9)
    others = [a_post(now, "stress", hours) for hours in (1, 2, 3)]

    assert arrival.fitting_threads(member, now=now) == [rent, *others[:2]]
    assert len(arrival.fitting_threads(MemberFactory(), now=now)) == 3


def test_the_guide_who_was_last_at_the_desk_says_hello(client: Client, cast: Cast, now: datetime):
    cast.guide.last_seen_at = now - timedelta(hours=4)
    cast.guide.save()
    WallGuideFactory(name="Guide Elsewhere", covers=[cast.derby], last_seen_at=now)
    WallGuideFactory(name="Guide Rowan", covers=[cast.leeds], last_seen_at=now - timedelta(hours=1))

    page = client.get(reverse("belonging:first-wall")).text

    assert "Guide Rowan" in page
    assert cast.guide.name not in page
    assert "wrote this ahead of time" in page
    assert f'href="{reverse("community:post-new")}"' in page
    assert "You can just read." in page


def test_an_empty_wall_and_no_guide_still_say_hello(client: Client, cast: Cast):
    cast.guide.covers.clear()
    cast.senior.covers.clear()

    page = client.get(reverse("belonging:first-wall")).text

    assert "You could be the first to say hello" in page
    assert "Your wall guides" in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_however_much_it_shows(
    client: Client, cast: Cast, now: datetime, number: int, django_assert_max_num_queries: Any
):
    for hours in range(number):
        a_post(now, "money", hours + 1)
    client.get(reverse("belonging:first-wall"))

    with django_assert_max_num_queries(6):
        client.get(reverse("belonging:first-wall"))


# -- being new --------------------------------------------------------------------------------


def test_others_are_told_that_first_words_are_first_words(client: Client, cast: Cast):
    new = MemberFactory()
    first = PostFactory(author=new, at=timezone.now() - timedelta(hours=1))
    second = PostFactory(author=new)

    def thread(post: Any, of: Client) -> str:
        return of.get(reverse("community:thread", args=[post.public_id])).text

    assert "is new here. A kind line is enough." in thread(first, client)
    assert "is new here" not in thread(second, client)
    mine = Client()
    mine.force_login(new.user)
    assert "is new here" not in thread(first, mine)
    assert client.get(reverse("community:feed")).text.count("new here") == 1


def test_nobody_is_new_for_ever(client: Client):
    PostFactory(at=timezone.now() - timedelta(days=8))

    assert "new here" not in client.get(reverse("community:feed")).text
