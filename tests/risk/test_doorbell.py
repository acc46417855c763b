"""A ring is a hint: there when Redis is, never in anybody's way when it is not."""

from __future__ import annotations

import logging
import time

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from live import pokes
from peersupport.celery import app
from risk import doorbell, screening, tasks
from risk.enums import ScreeningState
from risk.models import Screening
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, TopicFactory
from tests.races import at_once

QUEUE = f"{settings.REDIS_PREFIX}.celery.{settings.CELERY_TASK_DEFAULT_QUEUE}"
# Much more than a ring takes, much less than a member would notice.
QUICK = 2.0


@pytest.fixture(autouse=True)
def nothing_rings_yet() -> None:
    pokes.client().delete(QUEUE, doorbell.KEY)


def rings_waiting() -> int:
    return int(pokes.client().llen(QUEUE))  # type: ignore[arg-type]


def test_it_rings_once_however_many_posts_come_before_it_is_answered():
    for _ in range(20):
        doorbell.ring()

    assert rings_waiting() == 1


def test_it_rings_again_once_it_was_answered():
    doorbell.ring()
    doorbell.answer()
    doorbell.ring()

    assert rings_waiting() == 2


def test_fifty_threads_at_once_ring_once():
    came_of_it = at_once([doorbell.ring] * 50)

    assert came_of_it == [None] * 50
    assert rings_waiting() == 1


def test_a_ring_that_nobody_answers_is_forgotten_soon():
    doorbell.ring()

    assert 0 < int(pokes.client().pttl(doorbell.KEY)) <= doorbell.RING_LASTS_MS  # type: ignore[arg-type]


@pytest.mark.django_db
def test_the_worker_answers_before_it_drains_so_that_what_is_written_meanwhile_rings(monkeypatch):
    doorbell.ring()
    rang_during: list[int] = []

    def drain(**_: object) -> int:
        doorbell.ring()
        rang_during.append(rings_waiting())
        return 0

    monkeypatch.setattr(screening, "drain", drain)
    tasks.drain_screenings()

    assert rang_during == [2]


def test_what_it_puts_into_the_queue_is_the_task_that_a_worker_knows():
    doorbell.ring()

    (message,) = pokes.client().lrange(QUEUE, 0, -1)  # type: ignore[misc]
    assert b"risk.tasks.drain_screenings" in message
    assert "risk.tasks.drain_screenings" in app.tasks


@pytest.mark.django_db(transaction=True)
def test_f08_with_redis_refused_a_post_is_saved_at_once_and_read_when_somebody_looks(
    redis_refused, caplog
):
    author, topic = MemberFactory(), TopicFactory()

    began = time.monotonic()
    PostFactory(author=author, topic=topic, body="I want to kill myself tonight.")
    assert time.monotonic() - began < QUICK
    assert Screening.objects.get().state == ScreeningState.PENDING

    screening.drain(now=timezone.now)
    assert Screening.objects.get().state == ScreeningState.SCREENED


def test_f08_with_redis_refused_nothing_is_raised(redis_refused):
    doorbell.ring()
    doorbell.answer()
    assert pokes.publish({"alerts": ["locality.1"]}) is False


def test_f09_with_redis_hung_a_ring_gives_up_quickly(redis_hung):
    began = time.monotonic()
    doorbell.ring()

    assert time.monotonic() - began < QUICK


def test_f09_a_hung_redis_costs_one_wait_and_not_one_a_request(redis_hung):
    doorbell.ring()

    began = time.monotonic()
    for _ in range(20):
        doorbell.ring()

    assert time.monotonic() - began < 0.5


def test_f08_redis_is_left_alone_for_five_seconds_and_then_asked_again(redis_refused, monkeypatch):
    assert pokes.hint(lambda connection: connection.ping()) is False
    asked: list[bool] = []
    assert pokes.hint(lambda connection: asked.append(True)) is False
    assert asked == []

    # It comes back meanwhile; the clock alone decides when it is asked again.
    left_alone_until = pokes._left_alone_until
    assert 0 < left_alone_until - time.monotonic() <= pokes.LEAVE_ALONE_SECONDS == 5
    monkeypatch.setattr(pokes.time, "monotonic", lambda: left_alone_until + 0.01)
    assert pokes.hint(lambda connection: asked.append(True)) is True
    assert asked == [True]


def test_f08_the_log_says_that_redis_is_away_without_a_word_of_anybodys(redis_refused, caplog):
    with caplog.at_level(logging.WARNING):
        doorbell.ring()

    assert "Redis did not answer" in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


def test_f08_a_broker_that_fails_after_the_doorbell_answered_is_no_error_either(monkeypatch):
    from kombu.exceptions import OperationalError

    def refuse(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.drain_screenings, "apply_async", refuse)

    doorbell.ring()

    assert time.monotonic() < pokes._left_alone_until


def test_f12_the_brokers_own_address_is_the_one_the_hints_use():
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
        connection.default_channel.client.set("test.same-redis", "yes", ex=5)
    prefixed = f"{settings.REDIS_PREFIX}.celery.test.same-redis"
    assert pokes.client().get(prefixed) == b"yes"


def test_a_bug_of_ours_is_not_taken_for_an_absent_redis():
    def wrong(connection: redis.Redis) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pokes.hint(wrong)
