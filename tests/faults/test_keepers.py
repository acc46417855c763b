"""Beat and sentinels: who keeps time is missed by nobody, who keeps watch is replaced."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.oracle import GRACE_SECONDS, Witnesses

Watched = Callable[..., Witnesses]
# What holds where nothing is broken: 99 of 100 alerts are on the desk by then.
NO_FAULT_SECONDS = 5


def test_f18_beat_is_dead_and_nothing_that_keeps_people_safe_differs(watched: Watched) -> None:
    """Twenty seconds of the hour: nothing counts how long beat has been away."""
    witnesses = watched()
    house = witnesses.house
    house["beat"].kill()
    witnesses.load.run_for(10)
    witnesses.hurry_alerts()
    witnesses.load.run_for(8)
    witnesses.must_hold(catch_up=NO_FAULT_SECONDS)
    assert house.rows("SELECT at FROM escalation_heartbeat WHERE name = 'canary'")


def test_f20_the_leading_sentinel_is_killed_or_stops_and_the_other_leads(watched: Watched) -> None:
    witnesses = watched()
    house = witnesses.house

    first = house.leader()
    assert first is not None
    house[first].kill()
    witnesses.hurry_alerts()
    after_death = house.wait_for(
        lambda: house.leader() not in (None, first), "the standby leads", seconds=GRACE_SECONDS
    )
    house[first].start()
    house.wait_for(lambda: house.is_connected(first), "the dead one stands by")

    second = house.leader()
    assert second is not None
    house[second].freeze()
    witnesses.hurry_alerts()
    after_silence = house.wait_for(
        lambda: house.leader() == first, "the standby leads", seconds=GRACE_SECONDS
    )
    witnesses.load.run_for(8)
    house[second].thaw()
    witnesses.load.run_for(6)
    # Back from its stop it must not believe that it still leads.
    assert house.leader() == first
    witnesses.figures |= {
        "led after a death": round(after_death, 1),
        "led after a stop": round(after_silence, 1),
    }
    witnesses.must_hold(catch_up=NO_FAULT_SECONDS)
    assert house[second].is_alive
    verified = house.manage("verify_audit")
    assert verified.returncode == 0, verified.stdout + verified.stderr
