"""Workers die, stop, hang or read nothing, and nobody's words are lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import httpx

from tests.faults.oracle import Witnesses

Watched = Callable[..., Witnesses]


def test_f01_a_pool_child_is_killed_mid_screening_twenty_times(watched: Watched) -> None:
    witnesses = watched()
    house = witnesses.house
    for _ in range(20):
        with house.alerts_held_up() as child:
            os.kill(child, signal.SIGKILL)
        # A moment, so that it is twenty deaths and not one text's bad luck.
        witnesses.load.run_for(1)
    assert house["worker"].is_alive
    witnesses.hurry_alerts()
    witnesses.must_hold(catch_up=15, within=60)


def test_f02_the_whole_worker_is_killed_and_nobody_starts_it_again(watched: Watched) -> None:
    """A minute of the five: after that the sentinel only does the same again."""
    witnesses = watched()
    witnesses.load.run_for(5)
    witnesses.house["worker"].kill()
    witnesses.hurry_alerts()
    witnesses.load.run_for(12)
    witnesses.must_hold(catch_up=45)


def test_f03_a_deployment_ends_the_worker_with_two_hundred_waiting(watched: Watched) -> None:
    witnesses = watched()
    house = witnesses.house
    house["worker"].freeze()
    witnesses.load.post_now(200)
    house.wait_for(lambda: witnesses.pending() >= 200, "two hundred wait", seconds=25)
    deployed_at = time.time()
    house["worker"].thaw()
    house["worker"].terminate()
    house["worker"].start()
    witnesses.load.run_for(2)
    # Filling the queue is no part of the fault, so the clock starts with the deployment.
    figures = witnesses.must_hold(catch_up=15, since=deployed_at)
    assert figures["left to a person"] == 0


def test_f04_a_worker_stops_mid_screening_and_comes_back_late(watched: Watched) -> None:
    """
    Thirty-seven seconds of the two minutes: by then the sentinel has read what the worker holds.

    The worker stops with a screening half recorded, so that it comes back as a duplicate.
    """
    witnesses = watched()
    house = witnesses.house
    with house.alerts_held_up():
        house["worker"].freeze()
    witnesses.load.run_for(37)
    house["worker"].thaw()
    witnesses.hurry_alerts()
    witnesses.load.run_for(3)
    witnesses.must_hold(catch_up=45)


def test_f22_a_worker_is_alive_and_takes_nothing_from_the_queue(watched: Watched) -> None:
    """
    The last good canary is put back by a minute, so that the two minutes take one.
    """
    witnesses = watched()
    house = witnesses.house
    witnesses.load.run_for(3)
    house.wait_for(lambda: house.rows(CANARY_AGE), "the canary has come through")
    stopped = house.celery("control", "cancel_consumer", "default")
    assert stopped.returncode == 0, stopped.stderr
    house.rows("UPDATE escalation_heartbeat SET at = now() - interval '1 minute'"
               " WHERE name = 'canary'")  # fmt: skip
    put_back_at = time.time()
    witnesses.hurry_alerts()
    witnesses.load.run_for(10)
    witnesses.load.pause()

    def the_monitor_is_told() -> bool:
        answer = httpx.get(
            f"{house.web()}/safety",
            headers={"Cookie": f"sessionid={house.blueprint.people.senior}"},
        )
        return answer.status_code == 503 and "test post" in " ".join(answer.json()["problems"])

    house.wait_for(the_monitor_is_told, "the canary's silence is noticed", seconds=60)
    witnesses.figures["canary missed after"] = round(60 + time.time() - put_back_at, 1)
    assert house["worker"].is_alive
    witnesses.must_hold(catch_up=45)


CANARY_AGE = "SELECT at FROM escalation_heartbeat WHERE name = 'canary'"
