"""Reporting: secret, counted once, in nobody's way, and always read by a person."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from community import reports
from community.desk_enums import Severity
from community.enums import MatterOutcome, ReportReason
from community.models import Matter, Post, Reply, Report
from community.operations import edit_writing, reply_as_guide
from escalation import safety
from notifications.models import Notice
from risk import screening
from risk.enums import AlertReason, Urgency
from risk.models import Alert, Screening
from tests.cast import Cast
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.fairness import a_report
from tests.races import at_once

pytestmark = pytest.mark.django_db

UNKIND, DANGER = ReportReason.UNKIND, ReportReason.DANGER


def close(matter: Matter, cast: Cast, outcome: MatterOutcome = MatterOutcome.LEFT, **more) -> None:
    reports.close(
        matter=matter, by=more.pop("by", cast.guide), outcome=outcome,
        words=more.pop("words", "It is told in their own words."),
        version=more.pop("version", None), at=more.pop("at", timezone.now()),
    )  # fmt: skip


def send(client: Client, post: Post, reason: str = "unkind", body: str = ""):
    return client.post(f"/wall/posts/{post.public_id}/report/", {"reason": reason, "body": body})


def test_a_report_hides_nothing_and_tells_its_writer_nothing(cast):
    post = PostFactory(author=cast.member)
    reporter = MemberFactory(alias="Secret Sorrel")

    a_report(of=post, by=reporter, body="Please look.")

    post.refresh_from_db()
    assert post.is_visible
    assert not Notice.objects.filter(member=cast.member).exists()
    page = cast.client("member").get(f"/wall/posts/{post.public_id}/").text
    assert "Please look." not in page
    assert "Secret Sorrel" not in page


def test_all_reports_of_one_writing_are_one_matter_read_no_later_than_the_gravest_asks(cast):
    at = timezone.now()
    post = PostFactory(author=cast.member)

    first = a_report(of=post, reason=ReportReason.SELLING, at=at)
    later = at + timedelta(minutes=5)
    second = a_report(of=post, reason=ReportReason.HOW_TO_HURT, at=later)

    (matter,) = Matter.objects.all()
    assert first.matter == second.matter == matter
    assert matter.severity == Severity.SOON
    assert matter.due_at == later + timedelta(hours=1)
    third = a_report(of=post, reason=ReportReason.OTHER, at=later)
    assert Matter.objects.get().due_at == matter.due_at, "a lesser report puts nothing off"
    assert third.matter == matter


def test_the_same_report_twice_is_one_and_other_words_are_added_and_screened(cast):
    post, member = PostFactory(author=cast.member), MemberFactory()

    for body in ("It hurts me.", "It hurts me.", "", "And it names my street."):
        a_report(of=post, by=member, body=body)

    kept = Report.objects.get()
    assert kept.body == "It hurts me.\n\nAnd it names my street."
    screened = Screening.objects.filter(subject_type__model="report")
    assert list(screened.order_by("revision").values_list("text", flat=True)) == [
        "It hurts me.", kept.body,
    ]  # fmt: skip
    assert all(each.author == member for each in screened)


def test_words_of_a_report_that_worry_reach_a_guide_like_any_others(cast):
    post = PostFactory(author=cast.member)
    member = MemberFactory(locality=cast.leeds)
    kept = a_report(of=post, by=member, body="I want to kill myself tonight.")

    screening.drain(now=timezone.now)

    alert = Alert.objects.get(author=member)
    assert alert.subject == kept
    page = cast.client("guide").get(f"/desk/alerts/{alert.pk}/")
    assert page.status_code == 200
    assert "I want to kill myself tonight." in page.text
    assert "Written to the guides alone" in page.text


def test_the_audit_counts_a_report_whose_words_nobody_was_asked_to_screen(cast):
    kept = a_report(body="Please look.")
    a_report()
    assert not [each for each in safety.unaudited(now=timezone.now()) if "report" in each]

    Screening.objects.filter(subject_type__model="report", subject_id=kept.pk).delete()

    assert "1 reports without a screening." in safety.unaudited(now=timezone.now())


def test_danger_to_life_is_an_alert_at_once_and_hides_nothing(cast):
    at = timezone.now()
    post = PostFactory(author=cast.member)

    a_report(of=post, reason=DANGER, at=at)

    alert = Alert.objects.get()
    assert (alert.reason, alert.urgency) == (AlertReason.REPORTED, Urgency.RED)
    assert alert.due_at == at + timedelta(minutes=15)
    assert alert.author == cast.member
    post.refresh_from_db()
    assert post.is_visible


def test_an_unkind_word_is_no_alert():
    a_report(reason=UNKIND)

    assert not Alert.objects.exists()


def test_a_report_becomes_graver_when_the_same_member_says_so(cast):
    post, member = PostFactory(author=cast.member), MemberFactory()
    a_report(of=post, by=member, reason=UNKIND)

    a_report(of=post, by=member, reason=DANGER)

    assert Report.objects.get().reason == DANGER
    assert Matter.objects.get().severity == Severity.NOW
    assert Alert.objects.count() == 1


def test_what_a_wall_guide_wrote_is_a_seniors_to_read_and_nobody_elses(cast):
    post = PostFactory(author=cast.member)
    reply = reply_as_guide(
        post=post, guide=cast.guide, body="Hm.", idempotency_key=uuid.uuid4(), at=timezone.now()
    )

    kept = a_report(of=reply, by=cast.member, reason=DANGER, body="That was cold.")

    assert not Matter.objects.for_guide(cast.guide).exists()
    assert list(Matter.objects.for_guide(cast.senior)) == [kept.matter]
    assert cast.client("guide").get(f"/desk/reports/{kept.matter_id}/").status_code == 404
    page = cast.client("senior").get(f"/desk/reports/{kept.matter_id}/")
    assert "Guide Leeds" in page.text


# --- S54: a flood of false reports -------------------------------------------------------------


def test_s54_a_flood_of_reports_is_one_matter_and_touches_the_reported_not_at_all(cast):
    posts = [PostFactory(author=cast.suspended) for _ in range(3)]
    client = cast.client("member")

    answers = [send(client, posts[n % 3], body="Bad!").status_code for n in range(30)]

    assert Matter.objects.count() == 3
    assert Report.objects.filter(author=cast.member).count() == 3
    assert not Alert.objects.exists()
    assert all(post.is_visible for post in Post.objects.all())
    assert not Notice.objects.filter(member=cast.suspended).exists()
    assert not cast.suspended.acts.exists()
    # And gently slowed: a page that says when to go on, and gives the words back.
    assert answers[:6] == [302] * 6
    assert set(answers[6:]) == {429}


def test_s54_who_is_slowed_keeps_their_words_and_can_still_say_that_a_life_is_in_danger(cast):
    client = cast.client("member")
    for _ in range(6):
        send(client, PostFactory())
    slowed = send(client, PostFactory(), body="Words to keep.")

    assert slowed.status_code == 429
    assert "Words to keep." in slowed.text
    assert 'name="reason" value="unkind"' in slowed.text
    assert send(client, PostFactory(), reason="danger").status_code == 302
    assert Alert.objects.count() == 1


def test_s54_whoever_has_often_reported_what_was_nothing_goes_slower(cast):
    for _ in range(10):
        close(a_report(by=cast.member).matter, cast)
    client = cast.client("member")

    answers = [send(client, PostFactory()).status_code for _ in range(3)]

    assert answers == [302, 302, 429]


def test_s54_the_guide_sees_how_a_members_reports_have_turned_out(cast):
    for outcome in (MatterOutcome.LEFT, MatterOutcome.LEFT, MatterOutcome.TAKEN_OFF):
        close(a_report(by=cast.member).matter, cast, outcome)
    again = a_report(of=PostFactory(author=cast.suspended), by=cast.member)

    page = cast.client("guide").get(f"/desk/reports/{again.matter_id}/").text

    assert "1 of 3 earlier reports were acted on" in page
    assert cast.member.alias in page


def test_s54_what_was_read_already_is_not_asked_again_until_it_changes(cast):
    post = PostFactory(author=cast.suspended)
    close(a_report(of=post, by=cast.member).matter, cast)

    answer = send(cast.client("member"), post, body="Still bad.")

    assert answer["Location"] == "/me/decisions/"
    assert not Matter.objects.open().exists()
    assert Report.objects.get().body == "Still bad.", "the words are kept and screened all the same"
    edit_writing(writing=post, body="Other words.", expected_revision=1, at=timezone.now())
    post.refresh_from_db()
    send(cast.client("member"), post)
    assert Matter.objects.open().count() == 1


def test_danger_can_be_new_where_the_words_are_old(cast):
    at = timezone.now()
    post = PostFactory(author=cast.suspended)
    close(a_report(of=post, by=cast.member, reason=DANGER, at=at).matter, cast, at=at)

    a_report(of=post, by=cast.member, reason=DANGER, at=at + timedelta(minutes=59))
    assert not Matter.objects.open().exists()
    a_report(of=post, by=cast.member, reason=DANGER, at=at + timedelta(minutes=61))
    assert Matter.objects.open().count() == 1


@pytest.mark.django_db(transaction=True)
def test_f26_many_who_report_in_one_instant_are_one_matter(cast):
    post = PostFactory(author=cast.member)
    members = [MemberFactory() for _ in range(8)]

    found = at_once([lambda m=m: a_report(of=post, by=m) for m in members])

    assert not [each for each in found if isinstance(each, Exception)]
    assert Matter.objects.count() == 1
    assert Report.objects.count() == 8


def test_s51_however_fast_reports_come_each_that_is_taken_is_screened(cast):
    client = cast.client("member")
    posts = [PostFactory() for _ in range(100)]

    answers = [
        send(client, post, body=f"I am frightened, {n}.").status_code
        for n, post in enumerate(posts)
    ]

    taken = answers.count(302)
    assert 0 < taken < 100
    assert answers.count(429) == 100 - taken
    screened = Screening.objects.filter(subject_type__model="report", author=cast.member)
    assert screened.count() == taken == Report.objects.count()


# --- what guides do ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_f26_many_guides_who_take_one_matter_are_one_and_the_rest_are_told_who(cast):
    matter = a_report(of=PostFactory(author=cast.member)).matter
    guides = [WallGuideFactory(covers=[cast.leeds]) for _ in range(8)]
    at = timezone.now()

    found = at_once([
        lambda g=g: reports.claim(matter=Matter.objects.get(pk=matter.pk), by=g, at=at)
        for g in guides
    ])  # fmt: skip

    refused = [each for each in found if isinstance(each, reports.NotNow)]
    winner = Matter.objects.get().claimed_by
    assert len(refused) == 7
    assert {each.sentence for each in refused} == {f"{winner.name} has this in hand."}


def test_a_claim_ends_by_itself(cast):
    at = timezone.now()
    matter = a_report(of=PostFactory(author=cast.member)).matter
    reports.claim(matter=matter, by=cast.guide, at=at)

    with pytest.raises(reports.NotNow):
        reports.claim(matter=matter, by=cast.senior, at=at + timedelta(minutes=14))
    reports.claim(matter=matter, by=cast.senior, at=at + timedelta(minutes=16))

    assert Matter.objects.get().claimed_by == cast.senior


def test_everybody_who_reported_is_told_the_outcome_and_nothing_about_the_writer(cast):
    post = PostFactory(author=cast.suspended)
    matter = a_report(of=post, by=cast.member).matter
    a_report(of=post, by=MemberFactory())

    close(matter, cast, words="It is somebody's own story.")

    assert Notice.objects.filter(kind="report_outcome").count() == 2
    page = cast.client("member").get("/me/decisions/").text
    assert "We read it and left it." in page
    assert "It is somebody&#x27;s own story." in page
    assert post.body not in page
    assert cast.suspended.alias not in page


def test_leaving_it_needs_a_reason_that_the_reporters_read(cast):
    matter = a_report(of=PostFactory(author=cast.member)).matter
    client = cast.client("guide")

    answer = client.post(f"/desk/reports/{matter.pk}/closure/", {"outcome": "left", "body": ""})

    assert answer.status_code == 422
    assert Matter.objects.open().exists()


def test_f26_who_closes_after_another_has_closed_gets_their_words_back(cast):
    matter = a_report(of=PostFactory(author=cast.member)).matter
    close(matter, cast, by=cast.senior)

    answer = cast.client("guide").post(
        f"/desk/reports/{matter.pk}/closure/",
        {"outcome": "spoken", "body": "Long words of mine.", "version": matter.version},
    )

    assert answer.status_code == 409
    assert "Guide Senior has closed this." in answer.text
    assert "Long words of mine." in answer.text


def test_f26_who_closes_what_has_been_reported_again_meanwhile_looks_again_first(cast):
    post = PostFactory(author=cast.member)
    matter = a_report(of=post).matter
    seen = Matter.objects.get().version
    a_report(of=post, reason=DANGER)

    answer = cast.client("guide").post(
        f"/desk/reports/{matter.pk}/closure/",
        {"outcome": "spoken", "body": "Long words of mine.", "version": seen},
    )

    assert answer.status_code == 409
    assert "changed since you opened it" in answer.text
    assert "Long words of mine." in answer.text
    assert Matter.objects.open().exists()


def test_two_guides_notes_stand_side_by_side_and_end_by_themselves(cast):
    matter = a_report(of=PostFactory(author=cast.member)).matter
    client = cast.client("guide")
    for who, words in (("guide", "Talking to them."), ("senior", "Thank you.")):
        cast.client(who).post(
            f"/desk/reports/{matter.pk}/notes/",
            {"body": words, "days": 1, "asks_to_leave": "on" if who == "guide" else ""},
        )

    page = client.get(f"/desk/reports/{matter.pk}/").text
    assert "Talking to them." in page
    assert "Thank you." in page
    assert "Guide Leeds is talking to them. Leave this one to Guide Leeds." in page
    matter.notes.update(ends_on=timezone.now().date())
    assert "Talking to them." not in client.get(f"/desk/reports/{matter.pk}/").text


def test_the_list_is_most_pressing_first_and_says_what_is_late(cast):
    at = timezone.now() - timedelta(hours=5)
    old = a_report(of=PostFactory(author=cast.member, body="An older one."), at=at)
    a_report(of=PostFactory(author=cast.member, body="In danger."), reason=DANGER)

    client = cast.client("guide")
    page = client.get("/desk/reports/").text

    assert page.index("In danger.") < page.index("An older one.")
    assert "late, " in page[page.index("An older one.") :]
    desk = client.get("/desk/").text
    assert "1 late" in desk
    assert "older one" not in cast.client("guide_elsewhere").get("/desk/reports/").text
    assert old.matter.is_late(now=timezone.now())


def test_nobody_reports_their_own_words_nor_what_they_cannot_read(cast):
    client = cast.client("member")
    mine = PostFactory(author=cast.member)
    gone = PostFactory()
    Post.objects.filter(pk=gone.pk).update(is_visible=False, deleted_at=timezone.now())
    unseen = ReplyFactory()
    Reply.objects.filter(pk=unseen.pk).update(is_visible=False, deleted_at=timezone.now())

    for address in (f"posts/{mine.public_id}", f"posts/{gone.public_id}",
                    f"replies/{unseen.public_id}"):  # fmt: skip
        assert client.post(f"/wall/{address}/report/", {"reason": "unkind"}).status_code == 404
    assert not Report.objects.exists()
