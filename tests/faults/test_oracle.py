"""An oracle that cannot say no proves nothing: here it is shown what it must refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.oracle import PLACES, Witnesses


def test_the_oracle_refuses_each_promise_that_is_broken(watched: Callable[..., Witnesses]) -> None:
    witnesses = watched()
    house = witnesses.house
    witnesses.load.run_for(4)
    witnesses.must_hold(catch_up=5)

    # A catch-up that nobody could keep.
    with pytest.raises(AssertionError, match="catch-up took"):
        witnesses.it_caught_up(0.0, since=0.0)

    # I3: nobody is left who moves up what is late.
    for name in ("sentinel-1", "sentinel-2"):
        house[name].kill()
    mine = f"locality_id IN ({PLACES})"
    house.rows(f"UPDATE risk_alert SET next_action_at = now() - interval '1 minute' WHERE {mine}")
    with pytest.raises(AssertionError, match="next action did not happen"):
        witnesses.what_was_late_moved_up()

    # I2: an alert is gone, and no person closed it.
    witnesses.each_worry_has_one_alert()
    house.rows(f"DELETE FROM risk_alert WHERE id = (SELECT max(id) FROM risk_alert WHERE {mine})")
    with pytest.raises(AssertionError, match="exactly one open alert"):
        witnesses.each_worry_has_one_alert()

    # I1: a text that was promised a reading waits still, and then a promised post is gone.
    witnesses.accepted_saved_and_screened_are_the_same()
    house.rows(
        "UPDATE risk_screening SET state = 'pending', screened_at = NULL WHERE id ="
        f" (SELECT max(id) FROM risk_screening WHERE {mine})"
    )
    with pytest.raises(AssertionError, match="not screened exactly once"):
        witnesses.accepted_saved_and_screened_are_the_same()
    lost = (
        "SELECT max(id) FROM community_post WHERE author_id IN (SELECT author_id FROM risk_alert)"
    )
    house.rows(f"UPDATE community_post SET public_id = 'gone' WHERE id = ({lost})")
    with pytest.raises(AssertionError, match="not both"):
        witnesses.accepted_saved_and_screened_are_the_same()
