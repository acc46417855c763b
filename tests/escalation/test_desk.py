"""The desk over HTTP: one guide an alert, no lost text, and a strip that does not lie."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import WallGuide
from audit.models import Entry
from community.models import Reply
from escalation import desk, engine, safety
from risk.enums import AlertOutcome, Urgency
from risk.models import CLAIM_LASTS, SENIOR_ANSWERS_WITHIN, Alert
from risk.operations import Judgement
from tests.cast import Cast
from tests.factories.accounts import SeniorGuideFactory, WallGuideFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory
from tests.races import at_once
from tests.sign_ins import SignedIn

pytestmark = pytest.mark.django_db

TYPED = 'What I "saw" & why <here>. Q7x'
JSON = {"Accept": "application/json"}


@pytest.fixture
def alert(cast: Cast) -> Alert:
    return AlertFactory(author=cast.member, urgency=Urgency.RED)


@pytest.fixture
def colleague(cast: Cast) -> WallGuide:
    return WallGuideFactory(covers=[cast.leeds], name="Colleague Kit")


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("guide")


def as_guide(guide: WallGuide) -> Client:
    client = SignedIn()
    client.force_login(guide.user)
    return client


def do(client: Client, alert: Alert, what: str, **fields: Any) -> HttpResponse:
    return client.post(f"/desk/alerts/{alert.pk}/{what}/", fields)


def in_a_box(response: HttpResponse) -> str:
    boxes = re.findall(r"<textarea[^>]*>(.*?)</textarea>", response.content.decode(), re.DOTALL)
    return html.unescape("".join(boxes))


def queue(client: Client, **headers: str) -> dict[str, Any]:
    return client.get("/desk/queue/", headers={**JSON, **headers}).json()


# --- F26: claiming --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_f26_of_fifty_claims_at_once_one_is_granted_and_the_rest_are_told_who_has_it(cast, alert):
    guides = [WallGuideFactory(covers=[cast.leeds]) for _ in range(50)]
    claims = [partial(as_guide(guide).post, f"/desk/alerts/{alert.pk}/claim/") for guide in guides]

    answers = at_once(claims)

    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 49
    alert.refresh_from_db()
    winner = guides[[answer.status_code for answer in answers].index(302)]
    assert alert.claimed_by == alert.acknowledged_by == winner
    for answer in answers:
        if answer.status_code == 409:
            assert f"{winner.name} has claimed this." in html.unescape(answer.content.decode())
    entry = Entry.objects.get(verb="claim")
    assert (entry.actor, entry.subject) == (f"guide:{winner.pk}", f"alert:{alert.pk}")
    assert alert.version == 2


@pytest.mark.django_db(transaction=True)
def test_f26_fifty_guides_who_ask_for_the_next_alert_get_fifty_different_ones(cast):
    alerts = {AlertFactory(author=cast.member).pk for _ in range(10)}
    guides = [WallGuideFactory(covers=[cast.leeds]) for _ in range(10)]

    answers = at_once([partial(as_guide(guide).post, "/desk/next/") for guide in guides])

    assert {answer["Location"] for answer in answers} == {f"/desk/alerts/{pk}/" for pk in alerts}


def test_f26_claiming_ones_own_again_is_told_plainly_and_changes_nothing(client, alert, cast):
    do(client, alert, "claim")

    assert do(client, alert, "claim").status_code == 302
    assert Entry.objects.filter(verb="claim").count() == 1


def test_the_next_alert_is_the_most_urgent_that_nobody_has(client, cast, colleague):
    taken = AlertFactory(author=cast.member, urgency=Urgency.CRISIS)
    desk.claim_alert(alert=taken, by=colleague, at=timezone.now())
    AlertFactory(author=cast.member, urgency=Urgency.AMBER)
    red = AlertFactory(author=cast.member, urgency=Urgency.RED)

    assert client.post("/desk/next/")["Location"] == f"/desk/alerts/{red.pk}/"


def test_with_nothing_waiting_the_next_alert_is_said_to_be_none(client):
    answer = client.post("/desk/next/", follow=True)

    assert "Nothing waits" in answer.text


def test_s09_a_guide_of_elsewhere_can_do_nothing_about_it(cast, alert):
    client = cast.client("guide_elsewhere")

    for what in ("claim", "heartbeat", "release", "reply", "senior-question", "senior-answer",
                 "visibility", "case", "closure"):  # fmt: skip
        answer = do(client, alert, what, body=TYPED, outcome="replied", version=alert.version)
        assert answer.status_code == 404, what
    before, after = alert, Alert.objects.get()
    assert (after.version, after.claimed_by, after.closed_at) == (before.version, None, None)
    assert client.post("/desk/next/")["Location"] == "/desk/"


# --- F27: a claim lives as long as its desk -------------------------------------------------


def test_f27_a_claim_whose_desk_falls_silent_goes_back_to_the_queue(client, alert, cast, colleague):
    began = timezone.now()
    desk.claim_alert(alert=alert, by=cast.guide, at=began)

    assert engine.return_lapsed_claims(now=began + CLAIM_LASTS - timedelta(seconds=1)) == 0
    assert engine.return_lapsed_claims(now=began + CLAIM_LASTS) == 1

    alert.refresh_from_db()
    assert alert.claimed_by is None
    assert alert.next_action_at is not None
    (row,) = queue(as_guide(colleague))["alerts"]
    assert row["claimed_by"] is None
    assert Entry.objects.filter(verb="return claim", actor="sentinel").count() == 1
    # Whoever read it first stays known.
    assert alert.acknowledged_by == cast.guide


def test_f27_a_desk_that_keeps_saying_so_keeps_its_claim(client, alert, cast):
    began = timezone.now()
    desk.claim_alert(alert=alert, by=cast.guide, at=began)
    kept_until = began
    for _ in range(5):
        kept_until += timedelta(seconds=30)
        desk.keep_claim(alert=alert, by=cast.guide, at=kept_until)

    assert engine.return_lapsed_claims(now=kept_until + timedelta(seconds=60)) == 0
    alert.refresh_from_db()
    assert alert.claimed_by == cast.guide
    # A heartbeat is no change: the forms on the open page stay good.
    assert alert.version == 2


def test_f27_the_open_page_says_that_it_is_there_over_http(client, alert):
    do(client, alert, "claim")

    answer = do(client, alert, "heartbeat")

    assert (answer.status_code, answer.json()) == (200, {"yours": True, "version": 2})


def test_f27_a_heartbeat_too_late_is_told_who_has_it_now(client, alert, cast, colleague):
    long_ago = timezone.now() - 2 * CLAIM_LASTS
    desk.claim_alert(alert=alert, by=cast.guide, at=long_ago)
    desk.claim_alert(alert=alert, by=colleague, at=timezone.now())

    answer = do(client, alert, "heartbeat")

    assert answer.status_code == 409
    assert answer.json() == {"yours": False, "sentence": "Colleague Kit has claimed this."}


def test_f27_a_claim_that_lapsed_and_nobody_took_is_taken_up_again(client, alert, cast):
    long_ago = timezone.now() - 2 * CLAIM_LASTS
    desk.claim_alert(alert=alert, by=cast.guide, at=long_ago)
    engine.return_lapsed_claims(now=timezone.now())

    assert do(client, alert, "heartbeat").json()["yours"] is True


@pytest.mark.django_db(transaction=True)
def test_f27_a_heartbeat_and_the_sentinel_in_the_same_moment_end_in_one_of_the_two(cast, alert):
    for _ in range(10):
        now = timezone.now()
        Alert.objects.update(
            claimed_by=cast.guide, claimed_at=now, claim_expires_at=now,
            acknowledged_by=cast.guide, acknowledged_at=now,
        )  # fmt: skip

        came_of_it = at_once(
            [
                partial(desk.keep_claim, alert=alert, by=cast.guide, at=now),
                partial(engine.return_lapsed_claims, now=now),
            ]
        )

        assert not [each for each in came_of_it if isinstance(each, Exception)]
        fresh = Alert.objects.get()
        assert fresh.next_action_at is not None
        if fresh.claimed_by is None:
            assert fresh.claim_expires_at is None
        else:
            assert fresh.claim_expires_at == now + CLAIM_LASTS


@pytest.mark.django_db(transaction=True)
def test_f28_a_claim_and_a_passing_up_in_the_same_moment_are_both_written_down(cast, alert):
    for _ in range(10):
        now = timezone.now()
        Alert.objects.update(
            claimed_by=None, claimed_at=None, claim_expires_at=None, acknowledged_by=None,
            acknowledged_at=None, passed_up_at=None, due_at=now, next_action_at=now,
        )  # fmt: skip
        before = Alert.objects.get().version

        _, passed_up = at_once(
            [
                partial(desk.claim_alert, alert=alert, by=cast.guide, at=now),
                partial(engine.pass_up_late_alerts, now=now),
            ]
        )

        fresh = Alert.objects.get()
        assert fresh.claimed_by == cast.guide
        assert (fresh.passed_up_at is not None) == (passed_up == 1)
        assert fresh.version == before + 1 + passed_up


def test_letting_go_puts_it_back_for_the_others(client, alert, colleague):
    do(client, alert, "claim")

    assert do(client, alert, "release").status_code == 302

    assert do(as_guide(colleague), alert, "claim").status_code == 302


# --- losers lose no text --------------------------------------------------------------------

ACTS = {
    "reply": {"body": TYPED},
    "senior-question": {"body": TYPED},
    "visibility": {"body": TYPED, "rule": "kind"},
    "case": {"body": TYPED},
    "closure": {"body": TYPED, "outcome": "watching", "level": "amber"},
}


@pytest.mark.parametrize("act", ACTS)
def test_s09_an_act_on_what_has_changed_since_is_refused_with_the_words_still_there(
    act: str, client, alert, cast
):
    AgreedProtocolFactory(locality=cast.leeds)
    do(client, alert, "claim")
    alert.refresh_from_db()
    seen = alert.version
    alert.change()

    answer = do(client, alert, act, **ACTS[act], version=seen)

    assert answer.status_code == 409
    assert "has changed since you opened it" in answer.text
    assert TYPED in in_a_box(answer)
    assert f'name="version" value="{seen + 1}"' in answer.text
    # Looked at again, the same words can be sent.
    again = do(client, alert, act, **ACTS[act], version=seen + 1)
    assert again.status_code == 302


@pytest.mark.parametrize("act", ACTS)
def test_f26_an_act_on_what_another_has_is_refused_naming_them_with_the_words_still_there(
    act: str, client, alert, colleague
):
    desk.claim_alert(alert=alert, by=colleague, at=timezone.now())
    alert.refresh_from_db()

    answer = do(client, alert, act, **ACTS[act], version=alert.version)

    assert answer.status_code == 409
    assert "Colleague Kit has claimed this." in answer.text
    assert TYPED in in_a_box(answer)
    assert Alert.objects.get().version == alert.version


@pytest.mark.parametrize("act", ACTS)
def test_f26_an_act_on_what_another_has_closed_is_refused_naming_them_with_the_words_still_there(
    act: str, client, alert, colleague
):
    desk.close_alert(
        alert=alert, by=colleague, outcome=AlertOutcome.WATCHING, note="Seen.", version=None,
        judgement=Judgement(Urgency.AMBER),
        at=timezone.now(),
    )  # fmt: skip

    answer = do(client, alert, act, **ACTS[act], version=alert.version)

    assert answer.status_code == 409
    assert "Colleague Kit has closed this alert." in answer.text
    assert TYPED in in_a_box(answer)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_without_words_is_asked_for_them(act: str, client, alert):
    answer = do(client, alert, act, **{**ACTS[act], "body": " "}, version=alert.version)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert Alert.objects.get().version == alert.version


def test_an_act_on_an_alert_nobody_has_takes_it_first(client, alert, cast):
    do(client, alert, "reply", body=TYPED, version=alert.version)

    alert.refresh_from_db()
    assert alert.claimed_by == cast.guide
    written = Entry.objects.filter(actor=f"guide:{cast.guide.pk}", subject__startswith="alert")
    assert written.get().verb == "claim"


@pytest.mark.django_db(transaction=True)
def test_f26_twenty_guides_who_close_at_once_close_it_once(cast, alert):
    guides = [WallGuideFactory(covers=[cast.leeds]) for _ in range(20)]

    answers = at_once(
        [partial(do, as_guide(guide), alert, "closure", **ACTS["closure"]) for guide in guides]
    )

    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 19
    assert Entry.objects.filter(verb="close").count() == 1


# --- what a guide does ----------------------------------------------------------------------


def test_a_reply_stands_in_the_thread_under_the_guides_name_and_the_alert_stays_open(
    client, alert, cast
):
    do(client, alert, "reply", body="I am glad you wrote. Q7x", version=alert.version)

    thread = cast.client("member").get(f"/wall/posts/{alert.subject.public_id}/").text
    assert "I am glad you wrote. Q7x" in thread
    assert cast.guide.name in thread
    alert.refresh_from_db()
    assert alert.is_open


def test_f32_a_guides_reply_sent_twice_with_one_key_is_one(client, alert):
    form = {"body": "I am glad you wrote.", "key": str(uuid.uuid4())}

    do(client, alert, "reply", **form)
    do(client, alert, "reply", **form)

    assert Reply.objects.count() == 1


def test_an_alert_about_a_reply_is_answered_in_its_thread(client, cast):
    reply = ReplyFactory(author=cast.member)
    about_reply = AlertFactory(author=cast.member)
    Alert.objects.filter(pk=about_reply.pk).update(
        subject_type=reply.screenings.get().subject_type, subject_id=reply.pk
    )

    answer = do(client, about_reply, "reply", body="I hear you both.")

    assert answer.status_code == 302
    assert Reply.objects.get(guide=cast.guide).post == reply.post
    assert client.get(f"/desk/alerts/{about_reply.pk}/").status_code == 200


def test_not_sure_asks_a_senior_with_a_clock_and_gives_the_alert_back(client, alert, cast):
    do(client, alert, "claim")

    do(client, alert, "senior-question", body="Is this a quote? Q7x")

    alert.refresh_from_db()
    assert alert.waits_for_a_senior
    assert alert.senior_asked_by == cast.guide
    assert alert.next_action_at == alert.senior_due_at
    assert alert.senior_due_at - alert.senior_asked_at == SENIOR_ANSWERS_WITHIN
    assert alert.claimed_by is None
    senior = cast.client("senior")
    assert alert.subject.body in senior.get("/desk/senior/").text
    assert "Is this a quote? Q7x" in senior.get(f"/desk/alerts/{alert.pk}/").text

    answer = do(senior, alert, "senior-answer", body="It is not. Open a case. Q7y")

    assert answer.status_code == 302
    alert.refresh_from_db()
    assert (alert.senior_answered_by, alert.waits_for_a_senior) == (cast.senior, False)
    assert "It is not. Open a case. Q7y" in client.get(f"/desk/alerts/{alert.pk}/").text
    verbs = Entry.objects.filter(subject=f"alert:{alert.pk}").values_list("verb", flat=True)
    assert list(verbs) == ["claim", "ask senior", "claim", "answer"]


def test_only_a_senior_answers_a_guide_who_is_not_sure(client, alert, colleague):
    do(client, alert, "senior-question", body="Is this a quote?")

    answer = do(as_guide(colleague), alert, "senior-answer", body=TYPED)

    assert answer.status_code == 409
    assert "Only a senior wall guide answers this." in answer.text
    alert.refresh_from_db()
    assert alert.waits_for_a_senior


def test_a_senior_asked_stands_in_the_way_of_closing_until_a_senior_has_looked(client, alert, cast):
    do(client, alert, "senior-question", body="Is this a quote?")

    refused = do(client, alert, "closure", body=TYPED, outcome="watching", level="red")
    assert refused.status_code == 409
    assert "has not answered yet" in refused.text
    assert TYPED in in_a_box(refused)
    alert.refresh_from_db()
    assert alert.is_open
    # Refused whole: the guide was not given the alert either.
    assert alert.claimed_by is None

    assert do(cast.client("senior"), alert, "closure", **ACTS["closure"]).status_code == 302


def test_an_unanswered_senior_question_is_passed_up(client, alert):
    do(client, alert, "senior-question", body="Is this a quote?")
    alert.refresh_from_db()

    engine.pass_up_late_alerts(now=alert.senior_due_at)

    alert.refresh_from_db()
    assert alert.passed_up_at is not None


def test_hiding_takes_it_off_the_wall_and_restoring_puts_it_back(client, alert, cast):
    post = alert.subject
    other = cast.client("member")
    PostFactory(author=cast.member)

    do(client, alert, "visibility", rule="unknown", body="There is a name in it.")
    post.refresh_from_db()
    assert (post.is_visible, post.hidden_by, post.hidden_reason) == (
        False,
        cast.guide,
        "There is a name in it.",
    )
    assert post.public_id not in other.get("/wall/").text

    do(client, alert, "visibility", restore="1")
    post.refresh_from_db()
    assert (post.is_visible, post.hidden_by, post.hidden_reason) == (True, None, "")
    assert post.public_id in other.get("/wall/").text
    alert.refresh_from_db()
    assert alert.is_open


def test_closing_asks_for_an_outcome_a_level_and_a_note(client, alert):
    for given in (
        {"body": TYPED, "level": "amber"},
        {"outcome": "watching", "level": "amber"},
        {"body": TYPED, "outcome": "watching"},
        {"body": TYPED, "outcome": "watching", "level": "purple"},
        {"body": TYPED, "outcome": "done", "level": "amber"},
        {"body": TYPED, "outcome": "canary", "level": "amber"},
        {"body": TYPED, "outcome": "case_opened", "level": "amber"},
    ):
        answer = do(client, alert, "closure", **given)
        assert answer.status_code == 422
        assert TYPED in in_a_box(answer) or "body" not in given
    alert.refresh_from_db()
    assert alert.is_open


def test_closing_writes_down_who_what_and_why(client, alert, cast):
    assert (
        do(client, alert, "closure", body=TYPED, outcome="replied", level="red").status_code == 302
    )

    alert.refresh_from_db()
    assert (alert.closed_by, alert.outcome, alert.closing_note) == (cast.guide, "replied", TYPED)
    assert (alert.claimed_by, alert.next_action_at) == (None, None)
    assert queue(client)["alerts"] == []
    entry = Entry.objects.get(verb="close")
    assert entry.detail == {"outcome": "replied"}
    assert "Q7x" not in str(entry.detail)


def test_a_case_cannot_be_opened_without_a_protocol_and_the_note_is_kept(client, alert):
    answer = do(client, alert, "case", body=TYPED)

    assert answer.status_code == 409
    assert "No protocol is agreed" in answer.text
    assert TYPED in in_a_box(answer)
    alert.refresh_from_db()
    assert alert.is_open


# --- the queue ------------------------------------------------------------------------------


def test_a_program_that_asks_for_json_is_answered_in_json(client, alert, cast, colleague):
    desk.claim_alert(alert=alert, by=colleague, at=timezone.now())

    (row,) = queue(client)["alerts"]

    assert row == {
        "id": alert.pk,
        "version": 2,
        "urgency": "red",
        "reason": "risk_terms",
        "raised_at": alert.raised_at.isoformat(),
        "due_at": alert.due_at.isoformat(),
        "acknowledged": True,
        "claimed_by": "Colleague Kit",
        "waits_for_a_senior": False,
        "passed_up": False,
        "alias": cast.member.alias,
        "locality": "Leeds",
        "subject": {"kind": "post", "public_id": alert.subject.public_id},
    }


def test_a_browser_is_answered_with_the_fragment(client, alert):
    answer = client.get("/desk/queue/", headers={"Accept": "text/html"})

    assert answer["Content-Type"].startswith("text/html")
    assert f'id="alert-{alert.pk}"' in answer.text
    assert "<html" not in answer.text


def test_s03_the_queue_shows_only_what_is_covered(cast, alert):
    assert len(queue(cast.client("guide"))["alerts"]) == 1
    assert queue(cast.client("guide_elsewhere"))["alerts"] == []
    assert alert.subject.public_id not in cast.client("guide_elsewhere").get("/desk/").text


def test_the_queue_is_most_urgent_first_then_what_is_due_first(client, cast):
    now = timezone.now()
    amber = AlertFactory(author=cast.member, urgency=Urgency.AMBER, at=now)
    later = AlertFactory(author=cast.member, urgency=Urgency.RED, at=now)
    sooner = AlertFactory(author=cast.member, urgency=Urgency.RED, at=now - timedelta(minutes=2))
    crisis = AlertFactory(author=cast.member, urgency=Urgency.CRISIS, at=now)

    assert [row["id"] for row in queue(client)["alerts"]] == [
        crisis.pk,
        sooner.pk,
        later.pk,
        amber.pk,
    ]


def test_a_lapsed_claim_is_nobodys_in_the_queue_even_before_the_sentinel_looks(client, alert, cast):
    desk.claim_alert(alert=alert, by=cast.guide, at=timezone.now() - 2 * CLAIM_LASTS)

    assert queue(client)["alerts"][0]["claimed_by"] is None


@pytest.mark.parametrize("path", ["/desk/queue/", "/desk/strip/"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_unchanged_queue_is_answered_with_304(path: str, accept: str, client, alert):
    first = client.get(path, headers={"Accept": accept})

    again = client.get(path, headers={"Accept": accept, "If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_a_changed_queue_is_sent_whole(client, alert, cast):
    first = client.get("/desk/queue/", headers=JSON)
    AlertFactory(author=cast.member)

    again = client.get("/desk/queue/", headers={**JSON, "If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert len(again.json()["alerts"]) == 2


@pytest.mark.parametrize(("rows", "path"), [
    (rows, path) for rows in (1, 3) for path in ("/desk/queue/", "/desk/")
])  # fmt: skip
def test_the_queue_costs_as_many_queries_for_three_alerts_as_for_one(
    rows: int, path: str, client, cast, django_assert_num_queries
):
    for _ in range(rows):
        AlertFactory(author=cast.member)
    client.get("/desk/strip/")  # says that the desk is open, which is written down once

    # Session, who looks, the strip's four, who asked who somebody is, what is wrong's four, the
    # rows, and who waits in a conversation; and the whole page counts each list of work beside
    # alerts, and the blind readings for the queue's side too.
    with django_assert_num_queries(13 + 11 * (path == "/desk/")):
        client.get(path)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_in_json_costs_as_many_queries_for_three_alerts_as_for_one(
    rows: int, client, cast, django_assert_num_queries
):
    for _ in range(rows):
        AlertFactory(author=cast.member)
    client.get("/desk/strip/")

    with django_assert_num_queries(14):
        assert len(queue(client)["alerts"]) == rows


# --- the strip never lies -------------------------------------------------------------------


@pytest.fixture
def all_is_well() -> None:
    safety.beat("sentinel", at=timezone.now())


ANSWERS = [
    ("/desk/queue/", "text/html"),
    ("/desk/queue/", "application/json"),
    ("/desk/strip/", "text/html"),
]


@pytest.mark.parametrize(("path", "accept"), ANSWERS)
def test_with_nothing_wrong_nothing_is_said(path, accept, client, all_is_well):
    assert not client.get(path, headers={"Accept": accept}).has_header("X-Safety")


@pytest.mark.parametrize(("path", "accept"), ANSWERS)
def test_f08_the_desk_says_that_redis_is_away(path, accept, client, all_is_well, redis_refused):
    answer = client.get(path, headers={"Accept": accept})

    assert answer.status_code == 200
    assert "Redis is away" in answer["X-Safety"]


@pytest.mark.parametrize(("path", "accept"), ANSWERS)
def test_f08_the_desk_says_so_even_where_the_rest_is_unchanged(path, accept, client, all_is_well):
    """A strip that hears 304 and no warning would say that all is well again."""
    before = client.get(path, headers={"Accept": accept})
    safety.beat("sentinel", at=timezone.now() - timedelta(minutes=5))

    again = client.get(path, headers={"Accept": accept, "If-None-Match": before["ETag"]})
    assert "The sentinel is silent" in again["X-Safety"]
    once_more = client.get(path, headers={"Accept": accept, "If-None-Match": again["ETag"]})
    assert "The sentinel is silent" in once_more["X-Safety"]


def test_the_desk_says_that_screening_is_behind(client, all_is_well):
    PostFactory(at=timezone.now() - timedelta(seconds=40))

    answer = client.get("/desk/strip/")

    assert "Screening is behind" in answer["X-Safety"]
    assert "waited 40 seconds" in answer["X-Safety"] or "waited 41" in answer["X-Safety"]


def test_the_strip_counts_what_waits_what_is_late_and_who_is_there(client, cast, colleague):
    now = timezone.now()
    AlertFactory(author=cast.member, urgency=Urgency.RED, at=now - timedelta(minutes=20))
    AlertFactory(author=cast.member, urgency=Urgency.RED, at=now)
    taken = AlertFactory(author=cast.member, urgency=Urgency.RED, at=now)
    desk.claim_alert(alert=taken, by=colleague, at=now)
    as_guide(colleague).get("/desk/")
    SeniorGuideFactory(covers=[cast.leeds])  # never came
    as_guide(cast.guide_elsewhere).get("/desk/")

    strip = client.get("/desk/").context["strip"]

    assert (strip.waiting, strip.late, strip.guides_on_shift) == (2, 1, 2)
    assert strip.oldest == now - timedelta(minutes=20)


def test_a_guide_who_left_a_minute_ago_is_not_on_shift(client, cast, colleague):
    WallGuide.objects.filter(pk=colleague.pk).update(
        last_seen_at=timezone.now() - timedelta(seconds=61)
    )

    assert client.get("/desk/").context["strip"].guides_on_shift == 1


# --- what the page shows --------------------------------------------------------------------


@pytest.mark.parametrize("script", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_s31_a_script_in_a_members_words_is_shown_to_a_guide_and_never_run(script, client, cast):
    post = PostFactory(author=cast.member, body=f"{script} {'x' * 5}")
    alert = AlertFactory(post=post, author=cast.member)

    for path in (f"/desk/alerts/{alert.pk}/", "/desk/", "/desk/queue/"):
        shown = client.get(path).text
        assert html.escape(script) in shown or html.escape(script[:60]) in shown
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown


def test_what_the_alert_is_about_is_shown_as_it_was_asked_about_even_after_an_edit(
    client, alert, cast
):
    from community.operations import edit_writing

    asked = alert.screening.text
    edit_writing(writing=alert.subject, body="Never mind.", expected_revision=1, at=timezone.now())

    shown = client.get(f"/desk/alerts/{alert.pk}/").text

    assert asked in shown
    assert "Never mind." in shown
    assert "has changed these words since" in shown


def test_s30_the_desk_shows_no_sign_in_of_a_member(client, alert, cast):
    for path in (f"/desk/alerts/{alert.pk}/", "/desk/", "/desk/queue/"):
        shown = client.get(path).text
        assert cast.member.alias in shown
        assert cast.member.user.address not in shown
