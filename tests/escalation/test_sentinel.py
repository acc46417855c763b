"""The one who keeps the promises when the rest fails: real connections, a real helper."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as project_settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from community.models import Post, Topic
from escalation import canary, desk, safety, sentinel
from escalation.models import Heartbeat
from escalation.sentinel import Sentinel
from live import pokes
from risk import doorbell, screening
from risk.enums import AlertOutcome, AlertReason, ScreeningState, Urgency
from risk.models import CLAIM_LASTS, Alert, Screening
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.community import PostFactory, TopicFactory
from tests.factories.risk import AlertFactory
from tests.readers import read_by

pytestmark = pytest.mark.django_db(transaction=True)

WORRYING = "I want to kill myself tonight."
SOON = 20


class OnItsOwn:
    """A sentinel with a connection of its own, as its own process would have."""

    def __init__(self, name: str) -> None:
        self.sentinel = Sentinel(name=name)
        self.thread = ThreadPoolExecutor(1)

    def look(self, now: datetime) -> None:
        self.thread.submit(self.sentinel.look, now=now).result(SOON)

    def does(self, what: Callable[[], Any]) -> Any:
        return self.thread.submit(what).result(SOON)

    @property
    def leads(self) -> bool:
        return self.sentinel.leading

    def dies(self) -> None:
        self.does(self.sentinel.retire)
        self.thread.shutdown()


@pytest.fixture
def two() -> Iterator[tuple[OnItsOwn, OnItsOwn]]:
    first, second = OnItsOwn("first"), OnItsOwn("second")
    yield first, second
    for each in (first, second):
        each.thread.submit(each.sentinel.retire).result(SOON) if not each.thread._shutdown else None
        each.thread.shutdown()


@pytest.fixture
def singing() -> Iterator[Sentinel]:
    one = Sentinel(name="alone")
    yield one
    one.retire()


@pytest.fixture
def alone(singing: Sentinel) -> Sentinel:
    """One whose canary has been told to be quiet, so that nothing is there but the test's own."""
    singing.sang_at = timezone.now() + timedelta(days=1)
    return singing


# --- leading --------------------------------------------------------------------------------


def test_one_leads_and_the_other_stands_by(two):
    first, second = two
    now = timezone.now()

    first.look(now)
    second.look(now)

    assert (first.leads, second.leads) == (True, False)


def test_the_standby_does_nothing_that_the_leader_would_do_twice(two):
    first, second = two
    TopicFactory()
    now = timezone.now()

    first.look(now)
    second.look(now)

    assert Post.objects.count() == 1  # one canary, not two


def test_f20_when_the_leader_dies_its_lock_falls_free_and_the_other_leads_at_its_next_look(two):
    first, second = two
    now = timezone.now()
    first.look(now)
    second.look(now)

    first.dies()

    def looked_and_leads() -> bool:
        second.look(now + timedelta(seconds=sentinel.LOOK_EVERY_SECONDS))
        return second.leads

    # Postgres takes a moment to notice that a connection has gone.
    assert until(looked_and_leads)


def test_f20_a_leader_that_holds_its_lock_and_says_nothing_is_replaced_within_15_seconds(two):
    stopped, second = two
    now = timezone.now()
    stopped.look(now)  # and is then as good as SIGSTOPped: alive, locked, silent

    second.look(now + sentinel.LEADER_IS_SILENT_AFTER - timedelta(seconds=1))
    assert not second.leads
    second.look(now + sentinel.LEADER_IS_SILENT_AFTER + timedelta(seconds=1))
    assert second.leads

    slowest = sentinel.LEADER_IS_SILENT_AFTER.total_seconds() + sentinel.LOOK_EVERY_SECONDS + 1
    assert slowest <= 15


def test_f20_a_leader_that_wakes_up_after_it_was_replaced_leads_no_more(two):
    stopped, second = two
    now = timezone.now()
    stopped.look(now)
    later = now + sentinel.LEADER_IS_SILENT_AFTER + timedelta(seconds=1)
    second.look(later)

    # Its connection was cut, which `run` answers by starting anew.
    with pytest.raises((OperationalError, InterfaceError)):
        stopped.look(later)
    stopped.does(lambda: connection.close())
    stopped.look(later)

    assert not stopped.leads
    assert second.does(second.sentinel.holds_lock)
    second.look(later)
    assert second.leads


def test_a_leader_that_speaks_is_not_replaced(two):
    first, second = two
    now = timezone.now()
    for seconds in range(0, 60, 3):
        first.look(now + timedelta(seconds=seconds))
        second.look(now + timedelta(seconds=seconds))

    assert (first.leads, second.leads) == (True, False)


def test_f20_running_for_real_the_second_takes_over_from_the_first(monkeypatch):
    monkeypatch.setattr(sentinel, "LOOK_EVERY_SECONDS", 0.1)
    running = [Sentinel(name="first"), Sentinel(name="second")]
    threads = [threading.Thread(target=each.run) for each in running]
    for thread in threads:
        thread.start()
    try:
        leader = until(lambda: next((each for each in running if each.leading), None))
        other = next(each for each in running if each is not leader)

        leader.stop.set()

        assert until(lambda: other.leading)
    finally:
        for each in running:
            each.stop.set()
        for thread in threads:
            thread.join(SOON)


def test_f15_a_sentinel_whose_connection_is_cut_comes_back_by_itself(monkeypatch):
    monkeypatch.setattr(sentinel, "LOOK_EVERY_SECONDS", 0.1)
    one = Sentinel(name="one")
    thread = threading.Thread(target=one.run)
    thread.start()
    try:
        until(lambda: one.leading)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT pg_terminate_backend(pid) FROM ({sentinel._HOLDER}) AS holder",
                [sentinel.LOCK],
            )
            (cut,) = cursor.fetchone()
        since = timezone.now()

        assert cut
        assert until(lambda: Heartbeat.objects.filter(name="sentinel", at__gt=since).exists())
    finally:
        one.stop.set()
        thread.join(SOON)


def until(there: Callable[[], Any]) -> Any:
    """What another thread will bring about, asked for until it is there."""
    give_up_at = time.monotonic() + SOON
    while not (found := there()):
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.02)
    return found


# --- rescuing -------------------------------------------------------------------------------


@pytest.fixture
def rings() -> Callable[[], int]:
    waiting = f"{project_settings.REDIS_PREFIX}.celery.default"
    pokes.client().delete(waiting, doorbell.KEY)
    return lambda: int(pokes.client().llen(waiting))  # type: ignore[arg-type]


def test_f11_a_ring_that_was_lost_is_rung_again_after_ten_seconds(alone, rings):
    now = timezone.now()
    PostFactory(at=now)
    pokes.client().flushdb()
    alone.look(now=now + timedelta(seconds=9))
    assert rings() == 0

    alone.look(now=now + timedelta(seconds=11))

    assert rings() == 1
    assert alone.rescuer is None


def test_f02_what_no_worker_reads_is_read_by_a_helper_of_the_sentinel(alone):
    now = timezone.now()
    PostFactory(at=now - timedelta(seconds=31), body=WORRYING)
    fresh = PostFactory(at=now)

    alone.look(now=now)
    helper = alone.rescuer
    assert helper is not None
    helper.join(SOON)

    assert helper.exitcode == 0
    assert helper.pid != os.getpid()
    assert Alert.objects.get().urgency >= Urgency.RED
    assert list(Screening.objects.pending().values_list("subject_id", flat=True)) == [fresh.pk]
    # The parent's own connection, and with it its leadership, outlived the child.
    assert alone.holds_lock()


def test_f09_all_this_needs_no_redis(alone, redis_refused):
    now = timezone.now()
    PostFactory(at=now - timedelta(seconds=31), body=WORRYING)

    alone.look(now=now)
    alone.rescuer.join(SOON)

    assert Screening.objects.get().state == ScreeningState.SCREENED
    assert Alert.objects.count() == 1


def test_f05_a_text_that_kills_its_reader_does_not_kill_the_sentinel(alone, monkeypatch):
    now = timezone.now()
    PostFactory(at=now - timedelta(seconds=31))
    read_by(monkeypatch, lambda text: os._exit(139))

    alone.look(now=now)
    alone.rescuer.join(SOON)
    assert alone.rescuer.exitcode == 139

    later = now + timedelta(seconds=40)
    alone.look(now=later)
    if alone.rescuer is not None:
        alone.rescuer.join(SOON)
        alone.look(now=later + timedelta(seconds=40))

    left = Screening.objects.get()
    assert left.state == ScreeningState.LEFT_TO_A_PERSON
    assert Alert.objects.get().reason == AlertReason.UNREAD_BY_MACHINE
    assert alone.leading


def test_f05_a_text_that_takes_for_ever_to_read_is_given_up_and_left_to_a_person(
    alone, monkeypatch
):
    now = timezone.now()
    PostFactory(at=now - timedelta(seconds=31))
    read_by(monkeypatch, lambda text: time.sleep(600))

    alone.look(now=now)
    stuck = alone.rescuer
    # Its row is leased by the helper's own clock; let it get that far.
    until(lambda: Screening.objects.get().attempts == 1)
    alone.look(now=now + sentinel.RESCUE_TAKES_AT_MOST - timedelta(seconds=1))
    assert alone.rescuer is stuck
    assert stuck.is_alive()

    alone.look(now=now + timedelta(seconds=30))

    assert not stuck.is_alive()
    assert Screening.objects.get().state == ScreeningState.LEFT_TO_A_PERSON
    assert Alert.objects.get().urgency == Urgency.AMBER


def test_f05_what_wore_out_three_readers_is_left_to_a_person_at_the_next_look(alone):
    now = timezone.now()
    post = PostFactory(at=now)
    Screening.objects.update(attempts=3)

    alone.look(now=now + timedelta(seconds=1))

    assert post.screenings.get().state == ScreeningState.LEFT_TO_A_PERSON


def test_f02_a_long_backlog_is_read_by_the_machine_and_not_left_to_people(alone):
    now = timezone.now()
    author, topic = MemberFactory(), TopicFactory()
    for number in range(screening.BATCH + 10):
        PostFactory(
            author=author, topic=topic, at=now - timedelta(minutes=5), body=f"Quiet {number}."
        )

    alone.look(now=now)
    alone.rescuer.join(SOON)
    alone.look(now=now + timedelta(seconds=3))

    assert not Screening.objects.filter(state=ScreeningState.LEFT_TO_A_PERSON).exists()
    assert not Screening.objects.pending().filter(requested_at__lt=now).exists()


# --- F18: nothing that matters hangs on beat ------------------------------------------------


def test_f18_without_beat_and_without_a_worker_everything_that_matters_still_happens(alone):
    now = timezone.now()
    member, guide = MemberFactory(), WallGuideFactory()
    PostFactory(author=member, at=now - timedelta(seconds=31), body=WORRYING)
    abandoned = AlertFactory(author=member, at=now - timedelta(minutes=1))
    desk.claim_alert(alert=abandoned, by=guide, at=now - CLAIM_LASTS)
    late = AlertFactory(author=member, urgency=Urgency.CRISIS, at=now - timedelta(minutes=6))
    assert not Heartbeat.objects.exists()

    alone.look(now=now)
    alone.rescuer.join(SOON)

    abandoned.refresh_from_db()
    late.refresh_from_db()
    assert abandoned.claimed_by is None
    assert late.passed_up_at == now
    assert Alert.objects.filter(author=member).count() == 3
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"sentinel"}


def test_f18_all_that_beat_does_is_what_the_sentinel_would_do_a_little_later():
    # Whoever adds to this list has to say here who does it while beat is dead.
    assert {entry["task"] for entry in project_settings.CELERY_BEAT_SCHEDULE.values()} == {
        "risk.tasks.drain_screenings",  # the sentinel's helper, after 30 s
        "escalation.tasks.beat_is_alive",  # says that beat is alive, and nothing else
        # Nobody waits for these: back again, they cover the days that were missed.
        "risk.tasks.draw_audit_sample",
        "escalation.tasks.look_after_peers",
        "escalation.tasks.watch_themes",  # and the guides' page counts by itself
        "escalation.tasks.answer_the_unanswered",  # the sentinel does the same
        "risk.tasks.count_days",
        "community.tasks.forget_old_drafts",  # a day more or less is nothing to a draft
        "belonging.tasks.erase_the_departed",  # late by a day, it is still kept
        "accounts.tasks.tidy",
        "community.tasks.apply_policy",  # the sentinel does the same
        "community.tasks.gather_search_words",
        # What somebody is told stands on their pages whether or not a phone or a letter says so.
        "notifications.tasks.send_due_nudges",
        "notifications.tasks.write_due_letters",
        "notifications.tasks.forget_old_news",
        "vault.tasks.send_due_letters",  # the sentinel sends what is late
    }


def test_f19_two_beats_at_once_do_nothing_twice(alone):
    from risk.tasks import drain_screenings
    from tests.races import at_once

    PostFactory(body=WORRYING)

    at_once([drain_screenings] * 2)

    assert Alert.objects.count() == 1


# --- the canary -----------------------------------------------------------------------------


@pytest.fixture
def topic() -> Topic:
    return TopicFactory()


def test_f22_the_canary_sings_once_a_minute(singing, topic):
    now = timezone.now()

    for seconds in (0, 3, 59, 60, 63):
        singing.look(now=now + timedelta(seconds=seconds))

    assert Post.objects.count() == 2


def test_f22_a_canary_that_comes_through_the_real_way_is_heard_and_disturbs_nobody(singing, topic):
    now = timezone.now()
    guide = WallGuideFactory()
    singing.look(now=now)
    assert not Heartbeat.objects.filter(name="canary").exists()

    screening.drain(now=timezone.now)  # a worker reads
    assert Alert.objects.for_guide(guide).count() == 0
    singing.look(now=now + timedelta(seconds=3))

    assert Heartbeat.objects.get(name="canary").at == now + timedelta(seconds=3)
    alert = Alert.objects.get()
    assert (alert.outcome, alert.closed_by) == (AlertOutcome.CANARY, None)
    assert not Post.objects.on_the_wall().exists()


def test_f22_a_canary_that_only_the_sentinel_read_proves_nothing(singing, topic):
    now = timezone.now()
    singing.look(now=now)
    late = now + canary.REAL_WAY_TAKES_AT_MOST + timedelta(seconds=1)

    screening.drain(now=lambda: late)
    singing.look(now=late)

    assert not Alert.objects.open().exists()
    assert not Heartbeat.objects.filter(name="canary").exists()


def test_f22_two_minutes_after_workers_stopped_reading_the_house_says_so(singing, topic):
    now = timezone.now()
    safety.beat("canary", at=now)

    for seconds in range(0, 121, 30):
        singing.look(now=now + timedelta(seconds=seconds))

    after = now + timedelta(minutes=2, seconds=1)
    assert any("test post" in each for each in safety.safety_figures(now=after).problems)


def test_the_canary_is_a_member_like_others_but_nobody_can_be_it():
    member = canary.home()

    assert canary.home().pk == member.pk
    assert not member.user.is_active
    assert not member.user.has_usable_password()
    assert member.locality.is_hidden
    assert not member.locality.wall_guides.exists()


def test_yesterdays_canaries_are_forgotten_and_nobody_elses_writing_is(topic):
    now = timezone.now()
    old = now - canary.KEPT_FOR - timedelta(minutes=1)
    member = canary.home()
    canary.sing(member=member, at=old)
    canary.sing(member=member, at=now)
    theirs = PostFactory(topic=topic, at=old)
    screening.drain(now=timezone.now)
    canary.listen(now=now)

    canary.forget(now=now)

    assert Post.objects.filter(author=member).get().published_at == now
    assert Post.objects.filter(pk=theirs.pk).exists()
    assert theirs.screenings.exists()
    assert safety.unaudited(now=now) == []


def test_a_canary_that_was_never_read_is_not_swept_away(topic):
    now = timezone.now()
    old = now - canary.KEPT_FOR - timedelta(minutes=1)
    canary.sing(member=canary.home(), at=old)

    canary.forget(now=now)

    assert Post.objects.count() == 1


# --- F21: the outside listener --------------------------------------------------------------


class Listener:
    """Somebody outside who expects to be told, again and again, that all is well."""

    def __init__(self) -> None:
        heard: queue.Queue[str] = queue.Queue()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(204)
                self.end_headers()
                heard.put(self.path)

            def log_message(self, *args: object) -> None:
                pass

        self.heard = heard
        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/all-is-well"
        self.thread = threading.Thread(target=partial(self.server.serve_forever, 0.02))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(SOON)


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    outside = Listener()
    settings.SENTINEL_DEADMAN_URL = outside.url
    yield outside
    outside.close()


def test_f21_while_all_is_well_the_outside_is_told_once_a_minute(alone, listener):
    now = timezone.now()
    safety.beat("canary", at=now)

    for seconds in (0, 3, 30, 60):
        alone.audit(now=now + timedelta(seconds=seconds))
        if seconds in (0, 60):
            assert listener.heard.get(timeout=SOON) == "/all-is-well"

    assert listener.heard.empty()


def lost_writing(now: datetime) -> Callable[[], Any]:
    post = PostFactory(at=now)
    row = post.screenings.get()
    Screening.objects.filter(pk=row.pk).delete()
    return lambda: row.save(force_insert=True)


def a_forgotten_alert(now: datetime) -> Callable[[], Any]:
    alert = AlertFactory(at=now)
    Alert.objects.filter(pk=alert.pk).update(next_action_at=now - timedelta(minutes=1))
    return lambda: Alert.objects.filter(pk=alert.pk).update(next_action_at=now + timedelta(hours=9))


def a_silent_canary(now: datetime) -> Callable[[], Any]:
    safety.beat("canary", at=now - safety.CANARY_LIMIT - timedelta(seconds=1))
    return lambda: safety.beat("canary", at=now)


def no_canary_at_all(now: datetime) -> Callable[[], Any]:
    Heartbeat.objects.filter(name="canary").delete()
    return lambda: safety.beat("canary", at=now)


@pytest.mark.parametrize(
    "breaks", [lost_writing, a_forgotten_alert, a_silent_canary, no_canary_at_all]
)
def test_f21_with_a_promise_broken_the_outside_hears_nothing_until_it_is_mended(
    breaks: Callable[[datetime], Callable[[], Any]], listener
):
    now = timezone.now()
    safety.beat("canary", at=now)
    mend = breaks(now)
    told = threading.active_count()

    Sentinel(name="one").audit(now=now)
    assert threading.active_count() == told  # nobody was sent to tell
    assert listener.heard.empty()

    mend()
    Sentinel(name="two").audit(now=now)
    assert listener.heard.get(timeout=SOON)
    assert listener.heard.empty()


def test_f21_a_listener_that_is_away_or_slow_holds_nothing_up(alone, settings):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.SENTINEL_DEADMAN_URL = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        now = timezone.now()
        safety.beat("canary", at=now)

        began = time.monotonic()
        alone.audit(now=now)

        assert time.monotonic() - began < 2


def test_a_look_that_fails_does_not_end_the_sentinel(monkeypatch):
    monkeypatch.setattr(sentinel, "LOOK_EVERY_SECONDS", 0.05)
    looked: queue.Queue[datetime] = queue.Queue()

    def look(self: Sentinel, *, now: datetime) -> None:
        looked.put(now)
        raise ZeroDivisionError

    monkeypatch.setattr(Sentinel, "look", look)
    one = Sentinel(name="one")
    thread = threading.Thread(target=one.run)
    thread.start()
    try:
        assert looked.get(timeout=SOON) < looked.get(timeout=SOON)
    finally:
        one.stop.set()
        thread.join(SOON)


def test_the_command_stops_when_it_is_told_to():
    with subprocess.Popen(
        [sys.executable, "manage.py", "sentinel"],
        cwd=project_settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": this_test_database()},
    ) as running:
        try:
            until(lambda: Heartbeat.objects.filter(name="sentinel").exists())
            running.send_signal(signal.SIGTERM)
            assert running.wait(SOON) == 0
        finally:
            running.kill()


def this_test_database() -> str:
    """The address of the database that this test is in, for a process of its own."""
    address = urlsplit(os.environ["DATABASE_URL"])
    return address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
