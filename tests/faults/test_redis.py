"""Redis goes away, hangs, forgets everything or drops every message. It is only a hint."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.house import Blueprint
from tests.faults.oracle import Witnesses, percentile
from tests.faults.wire import Wire

Watched = Callable[..., Witnesses]


def test_f08_redis_refuses_while_members_post(watched: Watched) -> None:
    """Until all is read, instead of ten minutes: every post waits its whole way without Redis."""
    witnesses = watched()
    house = witnesses.house
    witnesses.load.run_for(4)
    away_since = time.time()
    house.kill_server("redis")
    witnesses.hurry_alerts()
    witnesses.load.run_for(12)
    witnesses.settle(within=65)
    assert any("Redis is away" in said for said in witnesses.queue.said)
    assert percentile(witnesses.load.took(since=away_since), 99) <= 1
    assert {attempt.status for attempt in witnesses.load.attempts} == {302}
    house.start_servers()
    the_fast_way_is_back(witnesses)
    witnesses.must_hold(catch_up=45)


def test_f09_redis_hangs_and_no_request_hangs_with_it(watched: Watched) -> None:
    """A quarter of a minute of the five: a request that hangs does so at once."""
    witnesses = watched()
    house = witnesses.house
    witnesses.load.run_for(4)
    hung_since = time.time()
    house.freeze("redis")
    witnesses.hurry_alerts()
    witnesses.load.run_for(15)
    slowest = {
        "post": max(witnesses.load.took(since=hung_since)),
        "queue": max(witnesses.queue.took),
        "crisis page": max(witnesses.in_need.took),
    }
    house.thaw("redis")
    witnesses.figures |= {f"slowest {what}": round(took, 2) for what, took in slowest.items()}
    assert max(slowest.values()) <= 3
    assert percentile(witnesses.load.took(since=hung_since), 99) <= 1
    the_fast_way_is_back(witnesses)
    witnesses.must_hold(catch_up=45)


def test_f09_redis_hangs_between_the_question_and_the_ring(
    watched: Watched, blueprint: Blueprint, tmp_path: Path
) -> None:
    """The doorbell asks Redis first and then publishes; a member waits for neither."""
    with Wire(tmp_path, str(blueprint.servers.sockets / "redis.sock")) as wire:
        witnesses = watched(web_redis_url=wire.redis_url)
        witnesses.load.run_for(3)
        hung_since = time.time()
        wire.hangs_at = b"LPUSH"
        witnesses.load.run_for(9)
        slowest = max(witnesses.load.took(since=hung_since))
        assert wire.dropped
        wire.hangs_at = None
        witnesses.figures["slowest post"] = round(slowest, 2)
        assert slowest <= 3
        witnesses.hurry_alerts()
        # Beat still rings every two seconds: the worker's own way to Redis is whole.
        witnesses.must_hold(catch_up=5)


def test_f10_redis_dies_with_two_hundred_waiting_and_comes_back_empty(watched: Watched) -> None:
    witnesses = watched()
    house = witnesses.house
    house["worker"].freeze()
    witnesses.load.post_now(200)
    house.wait_for(lambda: witnesses.pending() >= 200, "two hundred wait", seconds=25)
    house.kill_server("redis")
    house["worker"].thaw()
    witnesses.load.run_for(3)
    house.start_servers()
    witnesses.hurry_alerts()
    the_fast_way_is_back(witnesses)
    witnesses.must_hold(catch_up=45)


def test_f11_everything_in_redis_is_flushed(watched: Watched) -> None:
    """Open desks stay connected and are poked again; nobody is signed out."""
    witnesses = watched()
    house = witnesses.house
    for _ in range(3):
        witnesses.load.run_for(3)
        house.redis().flushall()
    witnesses.hurry_alerts()
    pokes = witnesses.desk.pokes
    witnesses.load.run_for(6)
    witnesses.must_hold(catch_up=45)
    assert witnesses.desk.pokes > pokes, "the open desk was poked no more"
    assert witnesses.desk.connections == 1, "the open desk was cut off"
    assert {attempt.status for attempt in witnesses.load.attempts} == {302}


def the_fast_way_is_back(witnesses: Witnesses) -> None:
    """The worker screens within two seconds again, and the open desk is poked again."""
    before = time.time()
    pokes = witnesses.desk.pokes
    while not witnesses.house.rows(QUICKLY, before) or witnesses.desk.pokes == pokes:
        assert time.time() - before < 30, "half a minute later the fast way is not back"
        witnesses.load.run_for(0.3)
    witnesses.figures["fast again after"] = round(time.time() - before, 1)


QUICKLY = """
    SELECT 1 FROM risk_screening WHERE state = 'screened'
      AND requested_at > to_timestamp(%s) AND screened_at - requested_at < interval '2 seconds'
"""
