"""An open desk hears nothing, and shows what is so all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.faults.house import Blueprint
from tests.faults.oracle import Witnesses
from tests.faults.wire import Wire


def test_f31_every_socket_message_is_dropped_and_the_desk_is_right_by_asking_alone(
    watched: Callable[..., Witnesses], blueprint: Blueprint, tmp_path: Path
) -> None:
    """The socket stays open, so that nothing tells the desk that it has gone deaf."""
    with Wire(tmp_path, str(blueprint.servers.sockets / "redis.sock")) as wire:
        witnesses = watched(web_redis_url=wire.redis_url)
        witnesses.house.wait_for(lambda: witnesses.desk.pokes, "the desk hears", seconds=20)
        wire.deaf = True
        witnesses.load.run_for(2)
        heard = witnesses.desk.pokes
        witnesses.hurry_alerts()
        witnesses.load.run_for(18)
        witnesses.must_hold(catch_up=5)
        assert wire.dropped
        assert witnesses.desk.pokes == heard
        assert witnesses.desk.connections == 1
        # Somewhere an alert waited for the timer: what is proved is the timer's own work.
        assert witnesses.figures["desk behind"] > 3
