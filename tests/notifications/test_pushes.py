"""Nudges: by their rules, to a real service, read as the browser reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import Member
from accounts.preferences import choose, take_a_break
from audit.models import Entry
from notifications import keys, pushes, subscriptions
from notifications.enums import Kind
from notifications.models import Notice, Reach, Subscription
from notifications.operations import tell
from notifications.subscriptions import NotABrowser, may_be_asked, not_now, subscribe, unsubscribe
from tests.factories.accounts import MemberFactory
from tests.push_service import PhoneBrowser, PushService
from vault.nudges import Browser, browser_of
from vault.operations import forget

# A Wednesday in winter, when the clocks of Leeds show what UTC does.
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(push_service: PushService) -> PhoneBrowser:
    return push_service.browser()


@pytest.fixture
def member(phone: PhoneBrowser) -> Member:
    member: Member = MemberFactory()
    subscribe(member=member, browser=phone.given, at=NOON)
    return member


def told(member: Member, number: int = 1, *, kind: Kind = Kind.REPLY, at: datetime = NOON) -> None:
    tell(member=member, kind=kind, at=at, url_name="community:thread", args=["abc"],
         about=f"post:{number}")  # fmt: skip


def look(at: datetime) -> int:
    return pushes.send_due(clock=lambda: at)


def test_a_nudge_says_that_there_is_something_and_only_that_browser_can_read_it(
    member: Member, phone: PhoneBrowser, push_service: PushService
):
    told(member)

    assert look(NOON) == 1

    [nudge] = push_service.nudges
    assert nudge.path == "/one"
    assert phone.read(nudge.body) == {"title": "Something new for you", "url": "/me/news/"}
    assert nudge.is_signed_by(keys.public_key())
    assert (nudge.headers["topic"], nudge.headers["content-encoding"]) == ("news", "aes128gcm")
    assert nudge.headers["ttl"] == str(6 * 60 * 60)
    with pytest.raises(Exception):  # noqa: B017, PT011 -- whatever the library calls it
        push_service.browser("another").read(nudge.body)
    assert look(NOON + timedelta(minutes=1)) == 0


def test_several_at_once_are_one_nudge_and_three_a_day_are_enough(
    member: Member, push_service: PushService
):
    for hour in range(5):
        at = NOON + timedelta(hours=hour)
        told(member, 10 + hour, at=at)
        told(member, 20 + hour, at=at)
        look(at)
    assert len(push_service.nudges) == 3

    # The others wait for the morning, and are one.
    look(NOON + timedelta(hours=6))
    look(datetime(2026, 3, 5, 7, 59, tzinfo=UTC))
    assert len(push_service.nudges) == 3
    look(datetime(2026, 3, 5, 8, 0, tzinfo=UTC))
    assert len(push_service.nudges) == 4


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("20:59", False), ("21:00", True), ("02:00", True), ("07:59", True), ("08:00", False)],
)
def test_quiet_hours_are_theirs_on_their_own_clock(
    member: Member, push_service: PushService, at: str, quiet: bool
):
    # In July the clocks of Leeds are an hour ahead of UTC.
    hours, minutes = map(int, at.split(":"))
    moment = datetime(2026, 7, 8, hours, minutes, tzinfo=member.locality.zone)
    told(member, at=moment)

    look(moment)

    assert (push_service.nudges == []) is quiet
    if quiet:
        [due] = Notice.objects.values_list("push_at", flat=True)
        assert due.astimezone(member.locality.zone).strftime("%H:%M") == "08:00"
        look(due - timedelta(seconds=1))
        assert push_service.nudges == []
        look(due)
        assert len(push_service.nudges) == 1


def test_the_night_in_which_the_clocks_change_ends_at_their_morning(
    member: Member, push_service: PushService
):
    told(member, at=datetime(2026, 3, 28, 23, 0, tzinfo=UTC))
    look(datetime(2026, 3, 28, 23, 0, tzinfo=UTC))
    assert Notice.objects.get().push_at == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)  # 8:00 there


def test_what_was_read_meanwhile_is_not_shown(member: Member, push_service: PushService):
    night = datetime(2026, 3, 4, 23, tzinfo=UTC)
    told(member, at=night)
    look(night)
    Notice.objects.update(seen_at=night)
    look(night + timedelta(hours=12))
    assert push_service.nudges == []


def test_a_service_never_holds_a_nudge_into_quiet_hours(member: Member, push_service: PushService):
    evening = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)
    told(member, at=evening)
    look(evening)
    assert push_service.nudges[0].headers["ttl"] == str(30 * 60)


def test_only_what_they_have_ticked_is_shown(member: Member, push_service: PushService):
    choose(member=member, push_help=False)
    told(member, kind=Kind.INVITED_TO_HELP)
    told(member, kind=Kind.SUPPORT)
    told(member, kind=Kind.LOAD_CHECK)
    assert look(NOON) == 0
    assert not Notice.objects.filter(push_at__isnull=False).exists()
    told(member, kind=Kind.CONVERSATION)
    assert look(NOON) == 1


def test_who_is_on_a_break_or_has_no_browser_is_left_alone(
    member: Member, push_service: PushService
):
    other = MemberFactory()
    told(other)
    take_a_break(member=member, until=NOON.date() + timedelta(days=7), at=NOON)
    told(member)
    assert look(NOON) == 0
    assert push_service.nudges == []
    assert not Notice.objects.filter(push_at__isnull=False).exists()


# -- what a service may answer --------------------------------------------------------------


@pytest.mark.parametrize("gone", [404, 410])
def test_f35_a_browser_that_is_gone_is_forgotten_here_and_in_the_vault(
    member: Member, push_service: PushService, gone: int
):
    push_service.answers["/one"] = gone
    number = Subscription.objects.get().pk
    told(member)

    assert look(NOON) == 0

    assert not Subscription.objects.exists()
    assert browser_of(number) is None
    assert Reach.objects.get().told_times == 0


def test_f35_a_service_that_asks_for_time_is_given_it(member: Member, push_service: PushService):
    push_service.answers["/one"] = 429
    push_service.says["Retry-After"] = "600"
    told(member)
    look(NOON)
    look(NOON + timedelta(seconds=599))
    assert len(push_service.nudges) == 1

    push_service.answers.clear()
    assert look(NOON + timedelta(seconds=600)) == 1
    assert Reach.objects.get().told_times == 1
    assert Subscription.objects.get().failures == 0


def test_f35_a_date_to_come_back_at_is_understood_and_nonsense_is_not_believed(
    member: Member, push_service: PushService
):
    push_service.answers["/one"] = 503
    push_service.says["Retry-After"] = "Wed, 04 Mar 2026 12:30:00 GMT"
    told(member)
    look(NOON)
    assert Subscription.objects.get().not_before == NOON + timedelta(minutes=30)
    push_service.says["Retry-After"] = "soon"
    look(NOON + timedelta(minutes=30))
    assert Subscription.objects.get().not_before == NOON + timedelta(minutes=32)
    push_service.says["Retry-After"] = "99999999999"
    look(NOON + timedelta(minutes=32))
    assert Subscription.objects.get().not_before == NOON + timedelta(hours=12, minutes=32)


def test_f35_each_failure_waits_longer_and_a_browser_that_never_answers_is_let_go(
    member: Member, push_service: PushService
):
    push_service.answers["/one"] = 500
    told(member)
    at, waits = NOON, []
    while subscription := Subscription.objects.first():
        before = len(push_service.nudges)
        look(at)
        if len(push_service.nudges) > before and (subscription := Subscription.objects.first()):
            waits.append((subscription.not_before - at) / timedelta(minutes=1))
        at += timedelta(hours=12)
        Notice.objects.filter(push_at=None).update(push_at=at)
        if not 8 <= at.hour < 21:
            at += timedelta(hours=12)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720]


def test_f35_a_service_that_hangs_is_waited_for_once_in_a_look(
    push_service: PushService, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pushes, "TIMEOUT_SECONDS", 0.3)
    people = [MemberFactory() for _ in range(5)]
    for number, each in enumerate(people):
        push_service.answers[f"/{number}"] = 0
        subscribe(member=each, browser=push_service.browser(str(number)).given, at=NOON)
        told(each)

    assert look(NOON) == 0

    assert len(push_service.nudges) == 1
    assert Subscription.objects.filter(not_before__gt=NOON).count() == 5
    assert Notice.objects.filter(push_at__gt=NOON).count() == 5


def test_f35_a_service_that_is_not_there_changes_nothing_of_the_list(
    push_service: PushService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(subscriptions, "PORTS", {9})
    member: Member = MemberFactory()
    subscribe(member=member, browser=PhoneBrowser("https://127.0.0.1:9/one").given, at=NOON)
    told(member)

    assert look(NOON) == 0

    assert Notice.objects.unread().get().push_at == NOON + timedelta(minutes=1)
    assert "did not answer" in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_where_a_service_sends_us_on_to_is_not_gone_to(member: Member, push_service: PushService):
    push_service.answers["/one"] = 307
    push_service.says["Location"] = f"https://127.0.0.1:{push_service.port}/elsewhere"
    told(member)
    look(NOON)
    assert [nudge.path for nudge in push_service.nudges] == ["/one"]


# -- saying yes -----------------------------------------------------------------------------


def test_it_is_asked_only_after_a_reply_and_not_again_for_ninety_days(push_service: PushService):
    member: Member = MemberFactory()
    assert not may_be_asked(member, now=NOON)
    told(member, kind=Kind.SUPPORT)
    assert not may_be_asked(member, now=NOON)
    told(member)
    assert may_be_asked(member, now=NOON)

    not_now(member=member, at=NOON)

    assert not may_be_asked(member, now=NOON + timedelta(days=89, hours=23))
    assert may_be_asked(member, now=NOON + timedelta(days=90))
    subscribe(member=member, browser=push_service.browser().given, at=NOON)
    assert not may_be_asked(member, now=NOON + timedelta(days=90))


def test_without_a_key_nobody_is_asked_and_nothing_is_sent(
    member: Member, settings: Any, push_service: PushService
):
    settings.PUSH_KEY = ""
    told(member)
    unsubscribe(member=member, at=NOON)
    assert not may_be_asked(member, now=NOON)
    assert look(NOON) == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://fcm.googleapis.com/a", "https://127.0.0.1/a", "https://localhost/a",
        "https://fcm.googleapis.com.example.org/a", "https://a@fcm.googleapis.com/a",
        "https://fcm.googleapis.com:8443/a", "https://[::1]/a", "file:///etc/passwd", "", "https://",
        "https://evilfcm.googleapis.com/a", "https://fcm.googleapis.com/" + "a" * 1000,
        "https://fcm.googleapis.com:x/a", "https://169.254.169.254/a",
    ],
)  # fmt: skip
def test_s64_nobody_but_the_makers_of_browsers_is_ever_written_to(address: str):
    given = PhoneBrowser(address).given
    with pytest.raises(NotABrowser):
        subscribe(member=MemberFactory(), browser=given, at=NOON)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def", "https://web.push.apple.com/QB",
        "https://updates.push.services.mozilla.com/wpush/v2/gA", "https://db5p.notify.windows.com/w",
    ],
)  # fmt: skip
def test_the_makers_of_browsers_are(address: str):
    subscribe(member=MemberFactory(), browser=PhoneBrowser(address).given, at=NOON)
    assert Subscription.objects.exists()


@pytest.mark.parametrize(("p256dh", "auth"), [("", ""), ("AAAA", "AAAA"), ("é", "é"), ("=", "!")])
def test_keys_that_are_none_are_refused(p256dh: str, auth: str):
    browser = Browser("https://fcm.googleapis.com/a", p256dh=p256dh, auth=auth)
    with pytest.raises(NotABrowser):
        subscribe(member=MemberFactory(), browser=browser, at=NOON)


def test_a_browser_belongs_to_whoever_said_yes_on_it_last(
    member: Member, phone: PhoneBrowser, push_service: PushService
):
    other: Member = MemberFactory()
    subscribe(member=other, browser=phone.given, at=NOON)
    told(member)
    assert look(NOON) == 0
    told(other)
    assert look(NOON) == 1


def test_of_many_browsers_the_oldest_is_let_go(push_service: PushService):
    member: Member = MemberFactory()
    for number in range(7):
        subscribe(
            member=member, browser=push_service.browser(str(number)).given,
            at=NOON + timedelta(minutes=number),
        )  # fmt: skip
    told(member)
    look(NOON + timedelta(hours=1))
    assert {nudge.path for nudge in push_service.nudges} == {"/2", "/3", "/4", "/5", "/6"}


def test_s15_where_a_browser_is_lies_in_the_vault_alone_and_sealed(
    member: Member, phone: PhoneBrowser
):
    number = Subscription.objects.get().pk
    assert browser_of(number) == phone.given
    with connection.cursor() as cursor:
        cursor.execute("SELECT push::text FROM vault.push AS push")
        dump = str(cursor.fetchall())
    for planted in (phone.address, phone.given.auth, phone.given.p256dh):
        assert planted not in dump
        assert planted.encode().hex() not in dump
    entry = Entry.objects.get(verb="address a nudge")
    assert (entry.actor, entry.subject, entry.detail) == ("post", f"push:{number}", {})
    assert not Entry.objects.filter(detail__icontains="127.0.0.1").exists()


def test_a_browser_nobody_knows_has_no_address():
    assert browser_of(uuid4()) is None


def test_forgetting_somebodys_details_leaves_other_browsers(member: Member, phone: PhoneBrowser):
    forget(handle=uuid4(), at=NOON)
    assert browser_of(Subscription.objects.get().pk) == phone.given


def test_s26_no_language_says_what_this_is(member: Member):
    assert set(json.loads(pushes.payload(member))) == {"title", "url"}
