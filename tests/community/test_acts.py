"""What guides decide: with a rule and a reason, written down for good, and never over another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import HouseRule
from community import acts
from community.acts import Ground
from community.enums import ActKind, ContentNote, HeldBecause, TakenOut
from community.models import Act, Matter, Post
from community.operations import edit_writing, hold_back
from notifications.models import Notice
from risk.models import Screening
from tests.factories.accounts import WallGuideFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.fairness import BECAUSE, a_report, hidden_by
from tests.factories.risk import AlertFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db

PLAIN = Ground()


@pytest.fixture
def post(cast) -> Post:
    return PostFactory(author=cast.member, body="Ring me on 0000 tonight. I am low.")


def url(post: Post) -> str:
    return f"/desk/posts/{post.public_id}/acts/"


def as_shown(post: Post, do: str, **more: str) -> dict[str, str]:
    fields = {"do": do, "seen": acts.seen_of(post), "rule": "unknown", "body": "A name is in it."}
    return {**fields, **more}


def test_its_author_reads_the_rule_the_reason_and_how_to_ask_again(cast, post):
    hidden_by(cast.guide, of=post)

    page = cast.client("member").get("/me/decisions/").text
    assert "Taken off the wall" in page
    assert str(HouseRule.UNKNOWN.label) in page
    assert "There is a name in it." in page
    assert cast.guide.name not in page
    assert Notice.objects.get(member=cast.member).kind == "decision"
    act = Act.objects.get()
    one = cast.client("member").get(f"/me/decisions/{act.public_id}/").text
    assert "Ask a second guide to look" in one


def test_nobody_else_reads_what_was_decided(cast, post):
    act = hidden_by(cast.guide, of=post)

    assert cast.client("suspended").get(f"/me/decisions/{act.public_id}/").status_code == 404


@pytest.mark.parametrize("missing", ["rule", "body"])
@pytest.mark.parametrize("do", ["hide", "fold", "take_out", "keep_held"])
def test_no_act_that_weighs_goes_without_rule_and_reason(cast, post, do, missing):
    more = {"content_note": "other", "words": "0000", "what": "phone", missing: ""}

    answer = cast.client("guide").post(url(post), as_shown(post, do, **more))

    assert answer.status_code == 422
    assert not Act.objects.exists()
    post.refresh_from_db()
    assert post.is_visible


def test_nor_can_the_database_be_told_one_without(cast, post):
    with pytest.raises(IntegrityError), transaction.atomic():
        Act.objects.create(
            kind=ActKind.HIDE, by=cast.guide, at=timezone.now(), member=cast.member, post=post
        )


def test_an_act_never_changes(cast, post):
    act = hidden_by(cast.guide, of=post)

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Act.objects.filter(pk=act.pk).update(reason="Something kinder.")


def test_hiding_on_the_alerts_page_is_the_same_act(cast):
    alert = AlertFactory(author=cast.member)

    cast.client("guide").post(
        f"/desk/alerts/{alert.pk}/visibility/",
        {"rule": "no_harm", "body": "It says how.", "version": alert.version},
    )

    act = Act.objects.get()
    assert (act.kind, act.rule, act.alert) == (ActKind.HIDE, HouseRule.NO_HARM, alert)
    alert.refresh_from_db()
    assert alert.is_open


# --- two at once --------------------------------------------------------------------------------


def test_f26_the_second_guide_is_told_who_acted_and_loses_no_word(cast, post):
    form = as_shown(post, "fold", content_note="other", body="Long words of mine.")
    hidden_by(cast.senior, of=post)

    answer = cast.client("guide").post(url(post), form)

    assert answer.status_code == 409
    assert "Guide Senior has just acted on this" in answer.text
    assert "Long words of mine." in answer.text
    assert Act.objects.count() == 1
    # Looked at again, the same words can be sent.
    assert f'name="seen" value="{acts.seen_of(post)}"' in answer.text
    again = cast.client("guide").post(url(post), {**form, "seen": acts.seen_of(post)})
    assert again.status_code == 302


def test_f26_nor_acts_a_guide_on_words_that_have_changed(cast, post):
    form = as_shown(post, "hide")
    edit_writing(writing=post, body="Better words.", expected_revision=1, at=timezone.now())

    answer = cast.client("guide").post(url(post), form)

    assert answer.status_code == 409
    assert "These words have changed" in answer.text
    assert "Better words." in answer.text


@pytest.mark.django_db(transaction=True)
def test_f26_of_many_guides_who_hide_in_one_instant_one_does(cast, post):
    guides = [WallGuideFactory(covers=[cast.leeds]) for _ in range(8)]
    seen = acts.seen_of(post)

    found = at_once([lambda g=g: hidden_by(g, of=post, seen=seen) for g in guides])

    done = [each for each in found if isinstance(each, Act)]
    assert len(done) == 1
    assert all(isinstance(each, Act | acts.Refused) for each in found)
    assert Act.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_f26_strikes_given_in_one_instant_from_the_same_page_are_one(cast):
    guides = [WallGuideFactory(covers=[cast.leeds]) for _ in range(4)]
    seen = acts.steps_seen(cast.member)

    found = at_once([
        lambda g=g: acts.strike(
            member=cast.member, by=g, ground=BECAUSE, at=timezone.now(), seen=seen
        )
        for g in guides
    ])  # fmt: skip

    assert len([each for each in found if isinstance(each, Act)]) == 1
    assert cast.member.acts.count() == 1


def test_several_acts_come_of_one_report_and_none_of_them_closes_it(cast, post):
    matter = a_report(of=post).matter
    client = cast.client("guide")
    first = client.get(f"/desk/reports/{matter.pk}/")
    assert first.status_code == 200
    fold = as_shown(post, "fold", content_note="other", matter=str(matter.pk))

    answer = client.post(url(post), fold)
    assert answer["Location"] == f"/desk/reports/{matter.pk}/"
    client.post(url(post), as_shown(post, "hide", matter=str(matter.pk)))
    member = f"/desk/members/{cast.member.public_id}/"
    client.post(member, {"do": "word", "body": "Shall we talk?", "matter": matter.pk})

    assert list(matter.acts.order_by("pk").values_list("kind", flat=True)) == [
        "fold", "hide", "word",
    ]  # fmt: skip
    assert Matter.objects.open().count() == 1


def test_a_matter_of_somebody_elses_is_no_ground(cast, post):
    elsewhere = a_report(of=PostFactory(author=cast.suspended)).matter

    cast.client("guide").post(url(post), as_shown(post, "hide", matter=str(elsewhere.pk)))

    assert Act.objects.get().matter is None


# --- taking something out -----------------------------------------------------------------------


def take_out(cast, post, words: str = "0000") -> Act:
    return acts.take_out(
        writing=post, words=words, what=TakenOut.PHONE, by=cast.guide, ground=BECAUSE,
        at=timezone.now(),
    )  # fmt: skip


def test_what_was_taken_out_is_marked_and_only_its_author_and_guides_read_it(cast, post):
    act = take_out(cast, post)

    post.refresh_from_db()
    assert post.body == "Ring me on […] tonight. I am low."
    reader = cast.client("member")
    other = PostFactory(author=cast.member)
    cast.member.refresh_from_db()
    ours = reader.get(f"/me/decisions/{act.public_id}/").text
    assert "Ring me on 0000 tonight." in ours
    assert "A wall guide took out a phone number." in ours
    stranger = WallGuideFactory(covers=[cast.leeds])
    assert stranger != other
    page = reader.get(f"/wall/posts/{post.public_id}/").text
    assert "0000" not in page
    assert "A wall guide took out a phone number." in page
    assert "A wall guide took out a phone number." in reader.get("/wall/").text
    assert act.before == "Ring me on 0000 tonight. I am low."


def test_the_words_that_are_left_are_screened_again(cast, post):
    take_out(cast, post)

    newest = Screening.objects.filter(subject_id=post.pk, subject_type__model="post")
    assert newest.order_by("-revision")[0].text == "Ring me on […] tonight. I am low."


@pytest.mark.parametrize("words", ["1111", "   ", "Ring me on 0000 tonight. I am low."])
def test_nothing_is_taken_out_that_is_not_there_and_never_everything(cast, post, words):
    with pytest.raises(acts.Refused):
        take_out(cast, post, words)

    post.refresh_from_db()
    assert post.revision == 1


# --- held words ---------------------------------------------------------------------------------


def test_held_words_wait_in_a_list_until_a_guide_lets_them_go(cast, post):
    hold_back(writing=post, because=HeldBecause.CONTACT_DETAILS, at=timezone.now())
    client = cast.client("guide")
    assert "Ring me on 0000" in client.get("/desk/held/").text
    assert "Ring me on 0000" not in cast.client("guide_elsewhere").get("/desk/held/").text

    client.post(url(post), {"do": "release", "body": "", "seen": acts.seen_of(post)})

    post.refresh_from_db()
    assert post.is_visible
    assert "Ring me on 0000" not in client.get("/desk/held/").text


def test_what_is_kept_is_no_work_any_more_and_its_author_reads_why(cast, post):
    hold_back(writing=post, because=HeldBecause.CONTACT_DETAILS, at=timezone.now())
    client = cast.client("guide")

    client.post(url(post), as_shown(post, "keep_held"))

    post.refresh_from_db()
    assert not post.is_visible
    assert "Ring me on 0000" not in client.get("/desk/held/").text
    assert "Kept off the wall" in cast.client("member").get("/me/decisions/").text


def test_what_waits_too_long_is_said_to_be_late(cast, post):
    hold_back(writing=post, because=HeldBecause.POLICY, at=timezone.now() - timedelta(hours=5))

    assert "late, " in cast.client("guide").get("/desk/held/").text
    assert "1 late" in cast.client("guide").get("/desk/").text


# --- steps --------------------------------------------------------------------------------------


def strike(cast, at=None) -> Act:
    return acts.strike(
        member=cast.member, by=cast.guide, ground=BECAUSE, at=at or timezone.now()
    )  # fmt: skip


def test_the_published_steps_are_the_ones_that_happen(cast, settings):
    settings.STRIKES_BEFORE_A_PAUSE, settings.PAUSES_DAYS = 2, [3, 9]
    now = timezone.now()

    strike(cast, at=now)
    cast.member.refresh_from_db()
    assert not cast.member.is_paused(now=now)
    strike(cast, at=now)
    cast.member.refresh_from_db()
    assert cast.member.paused_until == now + timedelta(days=3)
    later = now + timedelta(days=10)
    assert not cast.member.is_paused(now=later)
    assert acts.strikes_of(cast.member, at=later) == 0, "the pause has settled them"
    strike(cast, at=later)
    strike(cast, at=later)
    strike(cast, at=later + timedelta(days=20))
    strike(cast, at=later + timedelta(days=20))
    cast.member.refresh_from_db()
    assert cast.member.paused_until == later + timedelta(days=29), "the last step stays the last"
    assert cast.client("member").get("/wall/rules/").status_code == 200


def test_an_old_strike_counts_no_more(cast, settings):
    now = timezone.now()
    strike(cast, at=now - timedelta(days=settings.STRIKES_LAST_DAYS + 1))
    strike(cast, at=now)

    assert acts.strikes_of(cast.member, at=now) == 1


def test_the_rules_page_says_the_numbers_that_are_set(cast, settings):
    settings.STRIKES_BEFORE_A_PAUSE, settings.PAUSES_DAYS = 4, [5, 11]

    page = cast.client("member").get("/wall/rules/").text

    assert "With 4 strikes comes a pause." in page
    assert "The first pause is 5 days." in page
    assert "After that, each pause is 11 days." in page


def test_a_paused_member_reads_until_when_and_why_and_finds_help_and_the_second_look(cast):
    acts.pause(member=cast.member, days=2, by=cast.guide, ground=BECAUSE, at=timezone.now())

    answer = cast.client("member").post("/wall/new/", {"body": "Words that must not be lost."})

    assert answer.status_code == 403
    assert "It ends by itself on" in answer.text
    assert "There is a name in it." in answer.text
    assert "/help-now/" in answer.text or "help" in answer.text
    assert 'href="/me/decisions/"' in answer.text
    assert "Words that must not be lost." in answer.text
    assert cast.client("member").get("/me/decisions/").status_code == 200


def test_a_pause_ends_by_itself(cast):
    acts.pause(
        member=cast.member, days=2, by=cast.guide, ground=BECAUSE,
        at=timezone.now() - timedelta(days=2, seconds=1),
    )  # fmt: skip

    assert cast.client("member").get("/wall/").status_code == 200


def test_a_guide_ends_a_pause_before_its_time(cast):
    now = timezone.now()
    acts.pause(member=cast.member, days=2, by=cast.guide, ground=BECAUSE, at=now)

    acts.lift(member=cast.member, by=cast.senior, ground=PLAIN, at=now)

    assert cast.client("member").get("/wall/").status_code == 200
    lifted = Act.objects.get(kind=ActKind.LIFT)
    assert lifted.undoes == Act.objects.get(kind=ActKind.PAUSE)


def test_a_note_of_a_guide_folds_the_words_and_is_told(cast):
    reply = ReplyFactory(author=cast.member)

    acts.fold(
        writing=reply, content_note=ContentNote.DEATH, by=cast.guide, ground=BECAUSE,
        at=timezone.now(),
    )  # fmt: skip

    reply.refresh_from_db()
    assert (reply.content_note, reply.content_note_by) == (ContentNote.DEATH, cast.guide)
    assert reply.is_visible
