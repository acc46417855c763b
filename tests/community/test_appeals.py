"""A second look: never by the one who acted, always answered, and overturning undoes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from community import acts, appeals
from community.enums import ContentNote, HeldBecause, TakenOut
from community.models import Act, Appeal, Post
from community.operations import edit_writing, hold_back
from notifications.models import Notice
from risk.models import Screening
from tests.cast import Cast
from tests.factories.accounts import SeniorGuideFactory, WallGuideFactory
from tests.factories.community import PostFactory
from tests.factories.fairness import BECAUSE, an_appeal, hidden_by
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(cast) -> Post:
    return PostFactory(author=cast.member, body="I am low today 0000.")


def overturn(appeal: Appeal, cast: Cast, *, is_upheld: bool = False) -> None:
    appeals.decide(
        appeal=appeal, by=cast.senior, is_upheld=is_upheld, answer="It is no name.",
        at=timezone.now(),
    )  # fmt: skip


def test_asking_keeps_the_words_screens_them_and_promises_three_days(cast, post):
    act = hidden_by(cast.guide, of=post)

    answer = cast.client("member").post(
        f"/me/decisions/{act.public_id}/", {"body": "It is no name."}, follow=True
    )

    appeal = Appeal.objects.get()
    assert "A second guide will look. It takes three days at most." in answer.text
    assert appeal.due_at - appeal.asked_at == timedelta(hours=72)
    screening = Screening.objects.get(subject_type__model="appeal")
    assert (screening.text, screening.subject, screening.author) == (
        "It is no name.", appeal, cast.member,
    )  # fmt: skip


def test_asking_twice_is_asking_once_and_gives_the_words_back(cast, post):
    act = hidden_by(cast.guide, of=post)
    an_appeal(about=act)

    answer = cast.client("member").post(f"/me/decisions/{act.public_id}/", {"body": "More words."})

    assert answer.status_code == 409
    assert "More words." in answer.text
    assert Appeal.objects.count() == 1


def test_an_empty_ask_is_refused_in_words(cast, post):
    act = hidden_by(cast.guide, of=post)

    answer = cast.client("member").post(f"/me/decisions/{act.public_id}/", {"body": " "})

    assert answer.status_code == 422
    assert "A few words are enough." in answer.text


def test_a_paused_member_can_ask(cast):
    act = acts.pause(member=cast.member, days=2, by=cast.guide, ground=BECAUSE, at=timezone.now())

    answer = cast.client("member").post(f"/me/decisions/{act.public_id}/", {"body": "Please."})

    assert answer.status_code == 302
    assert Appeal.objects.count() == 1


def test_who_acted_never_sees_or_decides_it(cast, post):
    appeal = an_appeal(about=hidden_by(cast.guide, of=post))
    client = cast.client("guide")

    assert not appeals.waiting_for(cast.guide).exists()
    assert client.get(f"/desk/appeals/{appeal.public_id}/").status_code == 404
    with pytest.raises(appeals.CannotDecide):
        appeals.decide(
            appeal=appeal, by=cast.guide, is_upheld=True, answer="I was right.", at=timezone.now()
        )
    assert list(appeals.waiting_for(cast.senior)) == [appeal]


def test_where_one_guide_alone_covers_a_place_any_senior_looks(cast, post):
    elsewhere = SeniorGuideFactory(covers=[cast.derby])
    act = hidden_by(cast.guide, of=post)
    appeal = an_appeal(about=act)
    assert not appeals.waiting_for(elsewhere).exists()

    cast.senior.covers.clear()

    assert list(appeals.waiting_for(elsewhere)) == [appeal]
    assert not appeals.waiting_for(cast.guide_elsewhere).exists()
    # A colleague who has left the house is no second guide.
    gone = WallGuideFactory(covers=[cast.leeds])
    assert not appeals.waiting_for(elsewhere).exists()
    gone.user.is_active = False
    gone.user.save()
    assert list(appeals.waiting_for(elsewhere)) == [appeal]


def test_overturned_words_are_back_and_the_member_is_told_why(cast, post):
    appeal = an_appeal(about=hidden_by(cast.guide, of=post))

    answer = cast.client("senior").post(
        f"/desk/appeals/{appeal.public_id}/", {"decision": "overturn", "body": "It is no name."}
    )

    assert answer.status_code == 302
    post.refresh_from_db()
    assert post.is_visible
    assert Notice.objects.filter(kind="appeal_answered").count() == 1
    page = cast.client("member").get(f"/me/decisions/{appeal.act.public_id}/").text
    assert "Another guide has looked, and it is undone." in page
    assert "It is no name." in page


def test_what_is_upheld_stays_with_a_reason(cast, post):
    appeal = an_appeal(about=hidden_by(cast.guide, of=post))

    overturn(appeal, cast, is_upheld=True)

    post.refresh_from_db()
    assert not post.is_visible
    page = cast.client("member").get(f"/me/decisions/{appeal.act.public_id}/").text
    assert "it stays as it is" in page


@pytest.mark.django_db(transaction=True)
def test_f26_of_two_who_answer_in_one_instant_one_does_and_the_other_keeps_their_words(cast, post):
    appeal = an_appeal(about=hidden_by(cast.guide, of=post))
    others = [WallGuideFactory(covers=[cast.leeds]) for _ in range(6)]

    found = at_once([
        lambda g=g: appeals.decide(
            appeal=Appeal.objects.get(pk=appeal.pk), by=g, is_upheld=False, answer="Mine.",
            at=timezone.now(),
        )
        for g in others
    ])  # fmt: skip

    assert len([each for each in found if each is None]) == 1
    assert len([each for each in found if isinstance(each, appeals.CannotDecide)]) == 5
    assert Act.objects.filter(kind="restore").count() == 1
    late = cast.client("senior").post(
        f"/desk/appeals/{appeal.public_id}/", {"decision": "uphold", "body": "Words of mine."}
    )
    assert late.status_code == 409
    assert "Words of mine." in late.text


def test_overturning_each_kind_undoes_it(cast, post):
    now = timezone.now()
    step = {"by": cast.guide, "ground": BECAUSE, "at": now}
    note = acts.fold(writing=post, content_note=ContentNote.DEATH, **step)
    gap = acts.take_out(writing=post, words="0000", what=TakenOut.PHONE, **step)
    hold_back(writing=post, because=HeldBecause.POLICY, at=now)
    kept = acts.keep_held(writing=post, **step)
    given = acts.strike(member=cast.member, **step)

    for act in (note, gap, kept, given):
        overturn(an_appeal(about=act), cast)

    post.refresh_from_db()
    assert (post.content_note, post.content_note_by) == ("", None)
    assert (post.body, post.taken_out) == ("I am low today 0000.", "")
    assert post.is_visible
    assert acts.strikes_of(cast.member, at=now) == 0
    assert not cast.member.acts.filter(kind="strike").standing().exists()


def test_a_strike_that_is_overturned_takes_its_pause_with_it(cast, settings):
    settings.STRIKES_BEFORE_A_PAUSE = 1
    now = timezone.now()
    given = acts.strike(member=cast.member, by=cast.guide, ground=BECAUSE, at=now)
    cast.member.refresh_from_db()
    assert cast.member.is_paused(now=now)

    overturn(an_appeal(about=given), cast)

    cast.member.refresh_from_db()
    assert not cast.member.is_paused(now=now)
    assert acts.pause_of(cast.member, at=now) is None


def test_what_its_writer_has_changed_since_stays_as_they_have_it(cast, post):
    gap = acts.take_out(
        writing=post, words="0000", what=TakenOut.PHONE, by=cast.guide, ground=BECAUSE,
        at=timezone.now(),
    )  # fmt: skip
    edit_writing(writing=post, body="All is well.", expected_revision=2, at=timezone.now())

    overturn(an_appeal(about=gap), cast)

    post.refresh_from_db()
    assert post.body == "All is well."


def test_what_is_late_is_said_on_the_list_and_the_desk(cast, post):
    an_appeal(about=hidden_by(cast.guide, of=post), at=timezone.now() - timedelta(hours=73))
    client = cast.client("senior")

    assert "late, " in client.get("/desk/appeals/").text
    assert "1 late" in client.get("/desk/").text


def test_what_puts_words_back_cannot_be_appealed(cast, post):
    hidden_by(cast.guide, of=post)
    back = acts.restore(writing=post, by=cast.guide, ground=acts.Ground(), at=timezone.now())

    assert not appeals.can_be_asked(back)
    with pytest.raises(ValueError, match="second look"):
        appeals.ask(act=back, by=cast.member, body="Hm.", at=timezone.now())
