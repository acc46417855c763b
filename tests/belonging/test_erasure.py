"""What is left of somebody who has left: nothing, or the episode that they were told of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.confusables import skeleton
from accounts.models import Member, User
from audit.chain import Broken, verify
from audit.models import Entry
from belonging import erasure, tasks
from belonging.leaving import UNDO_FOR, leave, stay
from belonging.models import KeptEpisode
from commissioning.models import Commissioner
from community.models import Post, Reply
from escalation import safety
from escalation.cases import close_case, open_case
from escalation.enums import CaseOutcome, Why
from escalation.identity import release_at_once, review
from escalation.models import Case, IdentityRequest
from risk.alerts import raise_alerts
from risk.enums import Urgency
from risk.models import Alert, Screening
from tests.belonging import house
from tests.belonging.house import Household, furnish, tables_with
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def leave_and_wait(household: Household) -> None:
    leave(member=household.member, reasons=[], at=household.at)
    assert erasure.erase_the_departed(now=household.at + UNDO_FOR - DAY) == 0
    assert Member.objects.filter(alias=house.ALIAS).exists()
    assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 1


def traces(household: Household) -> dict[str, set[str]]:
    """Where each thing that leads to this member still stands."""
    planted = [
        house.ALIAS, household.seal, str(household.handle), *household.public_ids, house.QUIET,
        house.EDITED, house.REPLIED, house.MUTED, house.WORRYING, house.NOTED,
        house.WISHED, house.ASKED, house.HANDED, house.BEGUN, skeleton(house.ALIAS),
    ]  # fmt: skip
    return {words: where for words in planted if (where := tables_with(words))}


def test_the_search_finds_what_is_planted(cast):
    household = furnish(cast)

    found = traces(household)

    assert found[house.ALIAS] == {"accounts_member"}
    assert found[str(household.handle)] == {"accounts_user", "identity"}
    assert found[household.seal] == {"accounts_user"}
    assert found[house.QUIET] == {"community_post", "community_reply", "risk_screening"}
    assert found[house.EDITED] == {"community_post", "risk_screening"}
    assert found[house.REPLIED] == {
        "community_appeal", "community_reply", "community_report", "risk_screening",
    }  # fmt: skip
    assert found[skeleton(house.ALIAS)] == {"accounts_member"}
    assert found[house.WISHED] == {"measures_goal", "risk_screening"}
    assert found[house.MUTED] == {"accounts_preferences"}
    assert found[house.BEGUN] == {"community_draft"}
    assert found[house.HANDED] == {"community_handover", "risk_screening"}
    assert found[house.ASKED] == {"conversations_line", "risk_screening"}
    assert found[house.NOTED] == {
        "community_guidenote", "conversations_handovernote", "escalation_case",
        "escalation_casestep", "risk_alert",
    }  # fmt: skip
    assert len(found) == len(set(household.public_ids)) + 14


def test_s62_without_an_episode_nothing_is_left_in_any_table(cast):
    household = furnish(cast, with_episode=False)
    household.member.user.last_login = household.at
    client = Client()
    client.force_login(household.member.user)

    leave_and_wait(household)

    assert traces(household) == {}
    assert not User.objects.filter(handle=household.handle).exists()
    assert not Member.objects.filter(pk=household.member.pk).exists()
    assert not Screening.objects.filter(author=household.member.pk).exists()
    assert not KeptEpisode.objects.exists()


def test_s62_with_an_episode_only_that_is_left_and_leads_to_nobody(cast):
    household = furnish(cast)
    case = household.case
    assert case is not None

    leave_and_wait(household)

    assert traces(household) == {
        # The words that a guide acted on, and what guides noted in that case.
        house.WORRYING: {"risk_screening"},
        house.NOTED: {"escalation_case", "escalation_casestep", "risk_alert"},
    }
    kept = Member.objects.get(pk=household.member.pk)
    assert kept.alias.startswith("gone-")
    assert not kept.user.is_active
    assert not kept.user.has_usable_password()
    assert list(Case.objects.filter(member=kept)) == [case]
    alert = Alert.objects.get(author=kept)
    assert list(case.alerts.all()) == [alert]
    assert list(Screening.objects.filter(author=kept)) == [alert.screening]
    assert "One " not in alert.closing_note, "the alert that came to nothing is gone"


def test_s62_a_kept_episode_goes_on_its_day_and_not_before(cast):
    household = furnish(cast)
    leave_and_wait(household)
    kept = KeptEpisode.objects.get()
    until = datetime.combine(kept.keep_until, time(), UTC)

    erasure.erase_the_departed(now=until - DAY)
    assert Case.objects.filter(pk=kept.case_id).exists()
    erasure.erase_the_departed(now=until)

    assert traces(household) == {}
    assert not Member.objects.filter(pk=household.member.pk).exists()
    assert not KeptEpisode.objects.exists()
    assert not User.objects.filter(is_active=False).exists(), "nor the sign-in of nobody"


def test_what_others_wrote_stays_readable_under_a_post_its_writer_took_away(cast):
    household = furnish(cast)
    leave_and_wait(household)

    place = Post.objects.get(replies=household.their_reply)
    client = Client()
    client.force_login(household.friend.user)
    page = client.get(reverse("community:thread", args=[place.public_id])).text

    assert house.OTHERS in page
    assert "A post its writer took away" in page
    assert "Nobody can reply here any more" in page
    assert (place.author, place.body, place.body_html) == (None, "", "")
    assert not Post.objects.filter(pk=household.alone.pk).exists()
    assert (
        client.get(reverse("community:thread", args=[household.public_ids[1]])).status_code == 404
    )


def test_what_others_answered_to_their_replies_stays_and_quotes_nothing_of_theirs(cast):
    household = furnish(cast)
    answers = Reply.objects.filter(author=household.friend, body__startswith="To that:")
    assert [bool(each.quote) for each in answers] == [True, True]
    assert [each.under is not None for each in answers.order_by("pk")] == [False, True]

    leave_and_wait(household)

    assert [(each.quote, each.quoted_reply, each.under) for each in answers.all()] == [
        ("", None, None), ("", None, None),
    ]  # fmt: skip
    client = Client()
    client.force_login(household.friend.user)
    for each in answers.select_related("post"):
        page = client.get(reverse("community:thread", args=[each.post.public_id])).text
        assert page.count(f"To that: {house.OTHERS}") == 1


def test_where_the_last_answer_goes_too_the_place_goes_with_it(cast):
    household = furnish(cast, with_episode=False)
    leave_and_wait(household)
    place = Post.objects.get(replies=household.their_reply)

    leave(member=household.friend, reasons=[], at=household.at)
    erasure.erase_the_departed(now=household.at + UNDO_FOR)

    assert not Post.objects.filter(pk=place.pk).exists()
    assert tables_with(house.OTHERS) == set()


def test_the_sentinels_audit_stays_clean(cast):
    household = furnish(cast)
    leave_and_wait(household)

    assert safety.unaudited(now=household.at + UNDO_FOR) == []


def test_the_log_is_whole_and_names_no_one(cast):
    household = furnish(cast)
    leave_and_wait(household)

    assert not isinstance(verify(), Broken)
    erased = Entry.objects.get(verb="erase")
    assert erased.subject == f"member:{household.member.pk}"
    assert erased.detail == {"episodes_kept": 1}


def test_whoever_comes_back_in_time_is_not_erased(cast):
    household = furnish(cast)
    leave(member=household.member, reasons=[], at=household.at)
    stay(member=household.member, at=household.at + DAY)

    assert erasure.erase_the_departed(now=household.at + 2 * UNDO_FOR) == 0
    assert Member.objects.filter(alias=house.ALIAS).exists()


def test_f39_nothing_is_erased_while_somebody_has_still_to_read_it(cast):
    household = furnish(cast, with_episode=False)
    unread = PostFactory(author=household.member, body="Nobody has read this.")
    leave(member=household.member, reasons=[], at=household.at)

    assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 0
    assert Screening.objects.pending().filter(subject_id=unread.pk).exists()

    AlertFactory(post=unread)
    assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 0, "an open alert waits"
    Alert.objects.filter(author=household.member, closed_at=None).update(
        closed_at=household.at, closed_by=cast.guide, outcome="replied", next_action_at=None
    )
    assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 1


def test_nobody_is_erased_before_a_look_at_who_they_are_is_reviewed_and_then_it_goes_too(cast):
    """With a commissioner who keeps nothing, what was asked of the vault goes with the case."""
    Commissioner.objects.update(episode_retention_months=0)
    household = furnish(cast, with_episode=False)
    AgreedProtocolFactory(locality=cast.leeds)
    alert = AlertFactory(post=household.asked_about, urgency=Urgency.CRISIS)
    case = open_case(alert=alert, by=cast.guide, note="", version=None, at=household.at)
    asked = release_at_once(case=case, by=cast.guide, why=Why.SAFE, reason="No answer tonight.")
    close_case(
        case=case, by=cast.guide, outcome=CaseOutcome.SAFE_NOW, note="", version=None,
        at=household.at,
    )  # fmt: skip
    leave(member=household.member, reasons=[], at=household.at)
    assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 0

    review(asked=asked, by=cast.senior, note="It was right.")
    assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 1

    assert traces(household) == {}
    assert not IdentityRequest.objects.exists()
    assert not Case.objects.exists()


def test_a_run_that_is_stopped_leaves_a_member_whole_and_the_next_one_finishes(cast, monkeypatch):
    household = furnish(cast)
    leave(member=household.member, reasons=[], at=household.at)
    before = Post.objects.count(), Reply.objects.count(), Screening.objects.count()

    def stop(**_kwargs: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(erasure, "record", stop)
        assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 0
    assert (Post.objects.count(), Reply.objects.count(), Screening.objects.count()) == before

    assert erasure.erase_the_departed(now=household.at + UNDO_FOR) == 1


def test_one_who_cannot_be_erased_holds_up_nobody_else(cast, monkeypatch):
    first, second = furnish(cast, with_episode=False), PostFactory().author
    for member in (first.member, second):
        Screening.objects.filter(author=member).update(
            state="screened", screened_at=first.at, urgency=0
        )
        leave(member=member, reasons=[], at=first.at)
    erase = erasure._erase

    def refuse(member: Member, **kwargs: object) -> None:
        if member == first.member:
            raise RuntimeError("no")
        erase(member, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(erasure, "_erase", refuse)

    assert erasure.erase_the_departed(now=first.at + UNDO_FOR) == 0 + 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_share_the_work(cast):
    household = furnish(cast)
    leave(member=household.member, reasons=[], at=household.at)

    done = at_once([partial(erasure.erase_the_departed, now=household.at + UNDO_FOR)] * 4)

    assert sorted(done) == [0, 0, 0, 1]  # type: ignore[type-var]
    assert Entry.objects.filter(verb="erase").count() == 1


def test_the_task_and_beat_know_it(cast, settings):
    household = furnish(cast, with_episode=False)
    leave(member=household.member, reasons=[], at=timezone.now() - UNDO_FOR)

    tasks.erase_the_departed()

    assert not Member.objects.filter(pk=household.member.pk).exists()
    scheduled = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.erase_the_departed.name in scheduled


def test_a_guide_reads_a_kept_episode_as_it_was(cast):
    household = furnish(cast)
    leave_and_wait(household)
    guide = cast.client("guide")
    alert = Alert.objects.get(author=household.member)

    page = guide.get(reverse("escalation:alert", args=[alert.pk]))
    assert page.status_code == 200
    assert house.WORRYING in page.text
    assert "gone-" in page.text
    assert household.case is not None
    assert guide.get(reverse("escalation:case", args=[household.case.pk])).status_code == 200
    assert guide.get(reverse("escalation:case-list")).status_code == 200


def test_an_episode_about_a_reply_is_kept_and_read_without_the_reply(cast):
    household = furnish(cast, with_episode=False)
    AgreedProtocolFactory(locality=cast.leeds)
    reply = ReplyFactory(author=household.member, post=household.asked_about, body="So low now.")
    reading = Screening.objects.get(subject_id=reply.pk, subject_type__model="reply")
    Screening.objects.filter(pk=reading.pk).update(
        state="screened", screened_at=household.at, urgency=3
    )
    reading.refresh_from_db()
    raise_alerts([reading], at=household.at)
    alert = Alert.objects.get(screening=reading)
    case = open_case(alert=alert, by=cast.guide, note="Low.", version=None, at=household.at)
    close_case(
        case=case, by=cast.guide, outcome=CaseOutcome.SAFE_NOW, note="", version=None,
        at=household.at,
    )  # fmt: skip
    leave_and_wait(household)

    page = cast.client("guide").get(reverse("escalation:alert", args=[alert.pk]))

    assert not Reply.objects.filter(pk=reply.pk).exists()
    assert page.status_code == 200
    assert "So low now." in page.text
    assert "Its writer has left and is erased" in page.text


def test_months_later_is_the_same_day_or_the_months_last():
    assert erasure._months_on(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert erasure._months_on(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert erasure._months_on(date(2026, 11, 23), 240) == date(2046, 11, 23)
    assert erasure._months_on(date(2026, 12, 1), 0) == date(2026, 12, 1)
