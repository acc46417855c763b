"""The demo's town shows what the house does, because it is built by what the house does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Member, User, WallGuide
from audit import chain
from commissioning.models import Locality
from community.models import (
    Appeal,
    GroupMember,
    Matter,
    Post,
    Reply,
    SearchWord,
    WallPolicy,
)
from escalation import safety
from escalation.models import Case, Protocol
from peersupport import demo_town
from risk.enums import ScreeningState, Urgency
from risk.models import Alert, Screening
from vault.seals import seal_address


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The town is built once for all these tests, and undone after them."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        assert demo_town.build(at=timezone.now())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def _in_town(town: None, db: None) -> None:
    """Each test looks at the town from a savepoint of its own."""


pytestmark = pytest.mark.usefixtures("_in_town")


def test_building_it_again_changes_nothing():
    before = (User.objects.count(), Post.objects.count(), Alert.objects.count())

    assert not demo_town.build(at=timezone.now())

    assert (User.objects.count(), Post.objects.count(), Alert.objects.count()) == before


def test_every_kind_of_person_can_sign_in():
    kinds = {}
    for kind, email, password in demo_town.sign_ins():
        kinds[kind] = authenticate(None, email=email, password=password)

    assert list(kinds) == ["member", "wall guide", "senior wall guide", "commissioner", "admin"]
    assert kinds["member"].member
    assert not kinds["wall guide"].wall_guide.is_senior
    assert kinds["senior wall guide"].wall_guide.is_senior
    assert kinds["commissioner"].commissioning_lead
    assert kinds["admin"].administrator


def test_replay_has_members_to_post_as_and_a_guide_who_covers_them_all():
    emails = [email for _, email, _ in demo_town.replay_members()]
    guide = WallGuide.objects.get(user__address_seal=seal_address(demo_town.replay_guide().email))

    assert (
        Member.objects.filter(
            user__address_seal__in=map(seal_address, emails), suspended_at=None
        ).count()
        >= 5
    )
    assert set(guide.covers.all()) == set(Locality.objects.shown())


def test_everything_written_there_was_screened():
    assert Post.objects.count() >= 45
    assert Reply.objects.count() >= 90
    assert not Screening.objects.exclude(state=ScreeningState.SCREENED).exists()
    assert not safety.unscreened_writing(Post).exists()
    assert not safety.unscreened_writing(Reply).exists()


def test_each_worrying_post_that_a_guide_took_care_of_had_reached_the_desk():
    cared_for = [
        words["body"].strip()
        for name in ("wall_1.yaml", "wall_2.yaml")
        for words in demo_town._words(name)
        if "care" in words and words["care"] != {"outcome": "not_a_worry"}
    ]
    unseen = [
        body[:40] for body in cared_for if not Alert.objects.filter(screening__text=body).exists()
    ]

    # One is a figure of speech, which the screening may rightly leave alone.
    assert [body for body in unseen if "essay" not in body] == []


def test_a_handful_waits_on_the_desk():
    waiting = Alert.objects.open()

    assert 3 <= waiting.count() <= 10
    assert waiting.filter(urgency=Urgency.CRISIS, acknowledged_at=None).exists()
    assert waiting.filter(senior_asked_at__isnull=False, senior_answered_at=None).count() == 1


def test_the_rest_was_closed_by_people_with_an_outcome_and_a_note():
    closed = Alert.objects.filter(closed_at__isnull=False)

    assert closed.count() >= 8
    assert not closed.filter(closed_by=None).exists()
    assert not closed.filter(closing_note="").exists()
    assert closed.values("outcome").distinct().count() >= 3


def test_one_case_runs_and_one_was_followed_to_its_end():
    running = Case.objects.open().get()

    assert running.step_due_at is not None
    assert [step.outcome != "" for step in running.steps.all()] == [True, False]
    assert Case.objects.filter(closed_at__isnull=False).exclude(closing_note="").count() == 1


def test_each_locality_has_an_agreed_protocol_whose_nights_differ_from_its_days():
    for locality in Locality.objects.shown():
        protocol = Protocol.objects.in_force_for(locality)
        assert protocol is not None
        assert protocol.locality == locality
        assert {"in_hours", "out_of_hours"} <= set(protocol.steps.values_list("when", flat=True))
        assert "clinician of the operator must sign" in protocol.introduction
    assert Protocol.objects.agreed().filter(commissioner=None, locality=None).count() == 1
    assert [draft.is_offered for draft in Protocol.objects.drafts()] == [True]


def test_nothing_in_it_is_late_or_lies_about_its_time():
    now = timezone.now()

    assert not Post.objects.filter(published_at__gt=now).exists()
    assert not Alert.objects.filter(raised_at__gt=now).exists()
    assert isinstance(chain.verify(), chain.Head)


def test_it_is_refused_outside_a_demo(settings: LazySettings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("build_demo_town")


def test_a_database_that_holds_it_is_refused_outside_a_demo(settings: LazySettings):
    settings.DEMO = settings.TESTING = False

    with pytest.raises(CommandError, match="sign-ins everybody knows"):
        call_command("prepare")


def test_the_command_prints_the_sign_ins(
    settings: LazySettings, capsys: pytest.CaptureFixture[str]
):
    settings.DEMO = True

    call_command("build_demo_town")

    said = capsys.readouterr().out
    assert all(email in said and password in said for _, email, password in demo_town.sign_ins())


@pytest.mark.django_db
@pytest.mark.parametrize(("demo", "shown"), [(True, 1), (False, 0)])
def test_only_a_demo_shows_its_sign_ins_on_the_sign_in_page(settings, client, demo, shown):
    settings.DEMO = demo

    page = client.get("/account/login/").text

    assert page.count(demo_town.PASSWORD) == 5 * shown


def test_members_of_the_town_meet_groups_and_notes_and_worry_nobody_there():
    wren = Member.objects.get(alias="Wren")
    here = Post.objects.filter(group__isnull=False)

    assert GroupMember.objects.joined(wren).count() == 1
    assert GroupMember.objects.asked(wren).count() == 1
    assert here.filter(is_visible=True).count() == here.count() == 3
    assert Post.objects.on_the_wall().exclude(content_note="").exists()
    assert here.exclude(content_note="").exists()
    assert SearchWord.objects.exists()
    # A demo's queue holds what the town's own words put there, and nothing of these.
    asked_about = Alert.objects.open().values("screening__text")
    said = {words for post in here for words in [post.body, *replies_of(post)]}
    assert not said & {each["screening__text"] for each in asked_about}


def replies_of(post: Post) -> list[str]:
    return list(post.replies.values_list("body", flat=True))


def test_what_guides_decide_about_the_wall_can_be_seen_in_each_state():
    """A report that waits and one decided, words taken out, held, and a second look asked for."""
    assert Matter.objects.open().count() == 1
    assert Matter.objects.exclude(closed_at=None).count() == 1
    wren = Member.objects.get(alias="Wren")
    assert set(wren.acts.values_list("kind", flat=True)) == {"take_out", "hide"}
    assert Appeal.objects.waiting().get().author == wren
    assert Post.objects.filter(held_because="contact_details").exists()
    assert WallPolicy.objects.count() == 1
