"""What a commissioner has decided about the wall happens, by whatever process is alive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit.models import Entry
from community import acts, policy
from community.acts import Ground
from community.desk_enums import RiskClass, Treatment
from community.enums import ContentNote, HeldBecause
from community.models import PolicyStep, Post, WallPolicy
from community.operations import edit_writing
from community.tasks import apply_policy
from escalation.sentinel import Sentinel
from notifications.models import Notice
from risk import screening
from risk.enums import Urgency
from risk.models import Alert, Screening
from tests.cast import Cast
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.fairness import BECAUSE
from tests.races import at_once

pytestmark = pytest.mark.django_db

# A way is asked for in bare words, and none is named.
ASKS = "Does anyone know a painless way to die?"
OFFERS_CONTACT = "Text me on 07700 900123 tonight, I will listen."
LOW = "I want to kill myself tonight."


def read(at=None) -> None:
    screening.drain(now=timezone.now)
    policy.apply_due(now=at or timezone.now())


def decide(cast: Cast, **treatments: Treatment) -> WallPolicy:
    commissioner = cast.leeds.commissioner
    chosen = {**policy.DEFAULT, **{RiskClass(each): how for each, how in treatments.items()}}
    return policy.set_policy(
        commissioner=commissioner, treatments=chosen, note="Agreed.", by=cast.admin,
        expected_version=policy.policy_of(commissioner.pk).version, at=timezone.now(),
    )  # fmt: skip


def test_by_default_what_spreads_and_what_leads_to_a_person_waits_for_a_guide(cast):
    asks = PostFactory(author=cast.member, body=ASKS)
    contact = ReplyFactory(author=cast.member, body=OFFERS_CONTACT)
    low = PostFactory(author=cast.member, body=LOW)

    read()

    for each in (asks, contact, low):
        each.refresh_from_db()
    assert (asks.is_visible, asks.held_because) == (False, HeldBecause.METHOD_DETAIL)
    assert (contact.is_visible, contact.held_because) == (False, HeldBecause.CONTACT_DETAILS)
    assert low.is_visible, "who is low is answered, not hidden"
    assert Alert.objects.filter(subject_id=asks.pk).exists(), "and the alert stands all the same"
    page = cast.client("guide").get("/desk/held/").text
    assert "painless" in page
    assert "07700" in page


def test_a_way_asked_for_is_held_before_anybody_reads_it(cast):
    client = cast.client("member")

    client.post("/wall/new/", {"body": ASKS, "topic": PostFactory().topic.slug, "anyway": "1"})

    post = Post.objects.get(author=cast.member)
    assert (post.is_visible, post.held_because) == (False, HeldBecause.METHOD_DETAIL)
    assert post.screenings.exists(), "and is screened like everything"
    page = client.get(f"/wall/posts/{post.public_id}/").text
    assert "A wall guide will read this first." in page


def test_nothing_else_is_held_beforehand_and_it_costs_no_query(cast, django_assert_num_queries):
    with django_assert_num_queries(0):
        for body in ("A quiet day.", LOW, "Work was too much again."):
            assert policy.hold_for(author=cast.member, body=body) is None
    # Words that only look alike are read in their context.
    assert policy.hold_for(author=cast.member, body="My dog died and I miss him.") is None


def test_a_commissioner_folds_or_holds_what_they_have_decided_to(cast):
    decide(cast, crisis=Treatment.FOLD)
    low = PostFactory(author=cast.member, body=LOW)
    elsewhere = PostFactory(body=LOW)

    read()

    low.refresh_from_db()
    elsewhere.refresh_from_db()
    assert low.is_visible
    assert low.content_note == ContentNote.SUICIDE
    assert elsewhere.content_note == ""
    step = PolicyStep.objects.get(post=low)
    assert (step.because, step.treatment, step.policy_version) == ("crisis", "fold", 1)
    assert "Folded by the house" in cast.client("guide").get("/desk/held/").text
    assert LOW in cast.client("guide").get("/desk/held/").text
    acts.unfold(writing=low, by=cast.guide, ground=Ground(), at=timezone.now())
    assert LOW not in cast.client("guide").get("/desk/held/").text


def test_the_heaviest_of_what_is_asked_for_happens(cast):
    decide(cast, crisis=Treatment.FOLD, red=Treatment.HOLD, method_detail=Treatment.HOLD)
    asks = PostFactory(author=cast.member, body=f"{LOW} {ASKS}")

    read()

    asks.refresh_from_db()
    assert asks.held_because == HeldBecause.METHOD_DETAIL


def test_a_note_of_the_writers_own_is_left_as_it_is(cast):
    decide(cast, crisis=Treatment.FOLD)
    low = PostFactory(author=cast.member, body=LOW)
    Post.objects.filter(pk=low.pk).update(content_note=ContentNote.DEATH)

    read()

    low.refresh_from_db()
    assert low.content_note == ContentNote.DEATH


def test_what_a_guide_has_decided_is_not_decided_again_until_the_words_change(cast):
    asks = PostFactory(author=cast.member, body=ASKS)
    read()
    asks.refresh_from_db()
    acts.release(writing=asks, by=cast.guide, ground=Ground(), at=timezone.now())
    PolicyStep.objects.all().delete()  # as if the house had lost its own memory of it

    read()
    asks.refresh_from_db()
    assert asks.is_visible

    edit_writing(writing=asks, body=f"{ASKS} Please.", expected_revision=1, at=timezone.now())
    read()
    asks.refresh_from_db()
    assert not asks.is_visible


def test_an_older_versions_reading_says_nothing_of_the_words_as_they_are(cast):
    asks = PostFactory(author=cast.member, body=ASKS)
    edit_writing(writing=asks, body="All is well.", expected_revision=1, at=timezone.now())

    read()

    asks.refresh_from_db()
    assert asks.is_visible


def test_its_writer_is_told_once(cast):
    PostFactory(author=cast.member, body=ASKS)

    read()
    read()

    assert Notice.objects.filter(member=cast.member, kind="decision").count() == 1


def test_what_was_on_the_wall_before_anybody_decided_stays(cast):
    old = timezone.now() - timedelta(days=2)
    low = PostFactory(author=cast.member, body=ASKS, at=old)
    screening.drain(now=lambda: old)

    policy.apply_due(now=timezone.now())

    low.refresh_from_db()
    assert low.is_visible


@pytest.mark.parametrize("process", ["beat", "sentinel"])
def test_it_hangs_on_no_one_process(cast, process, settings):
    asks = PostFactory(author=cast.member, body=ASKS)
    screening.drain(now=timezone.now)

    if process == "beat":
        schedule = settings.CELERY_BEAT_SCHEDULE["wall-policy"]
        assert schedule["task"] == apply_policy.name
        apply_policy()
    else:
        Sentinel().keep_policy(now=timezone.now())

    asks.refresh_from_db()
    assert not asks.is_visible


def test_a_policy_that_cannot_be_applied_is_in_the_sentinels_way_in_nothing(cast, monkeypatch):
    def broken(**_kwargs: object) -> int:
        raise ValueError("no such thing")

    monkeypatch.setattr(policy, "apply_due", broken)
    Sentinel().keep_policy(now=timezone.now())

    def away(**_kwargs: object) -> int:
        raise DatabaseError

    monkeypatch.setattr(policy, "apply_due", away)
    Sentinel().keep_policy(now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_do_it_once(cast):
    for _ in range(3):
        PostFactory(author=cast.member, body=ASKS)
    screening.drain(now=timezone.now)

    found = at_once([lambda: policy.apply_due(now=timezone.now()) for _ in range(6)])

    assert not [each for each in found if isinstance(each, Exception)]
    assert sum(found) == 3
    assert PolicyStep.objects.count() == 3


# --- setting it ---------------------------------------------------------------------------------


def fields(**more: object) -> dict[str, object]:
    return {**{each.value: how.value for each, how in policy.DEFAULT.items()}, "version": 0,
            "note": "Agreed with their clinician.", **more}  # fmt: skip


def url(cast: Cast) -> str:
    return f"/operator/wall/{cast.leeds.commissioner.slug}/"


def test_each_change_is_a_version_and_is_audited_and_the_commissioner_reads_it(cast):
    answer = cast.client("admin").post(url(cast), fields(amber="fold"))

    assert answer.status_code == 302
    now = policy.policy_of(cast.leeds.commissioner_id)
    assert (now.version, now.treatments[RiskClass.AMBER]) == (1, Treatment.FOLD)
    assert Entry.objects.filter(verb="set wall policy").count() == 1
    page = cast.client("commissioner").get("/commissioner/wall/").text
    assert "version 1" in page
    assert "Folded under a note until a guide has looked" in page
    assert "Agreed with their clinician." in page


def test_f26_two_administrators_never_overwrite_each_other(cast):
    decide(cast, red=Treatment.HOLD)

    answer = cast.client("admin").post(url(cast), fields(amber="fold"))

    assert answer.status_code == 409
    assert "Agreed with their clinician." in answer.text
    assert WallPolicy.objects.count() == 1


def test_a_change_without_a_word_of_why_is_refused(cast):
    assert cast.client("admin").post(url(cast), fields(note="")).status_code == 422


def test_every_class_has_a_treatment_and_every_reading_a_class(cast):
    assert set(policy.DEFAULT) == set(RiskClass)
    row = Screening(urgency=Urgency.RED, spans=[], categories=[])
    assert policy.classes_of(row) == {RiskClass.RED}
    assert BECAUSE.rule
