"""Web or Postgres dies between a member's words and the answer to them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx

from tests.faults.house import address
from tests.faults.load import Submission, answer_to, public_id_in, signed_in
from tests.faults.oracle import Witnesses

Watched = Callable[..., Witnesses]


def test_f15_postgres_is_killed_and_every_accepted_post_is_there(watched: Watched) -> None:
    witnesses = watched()
    house = witnesses.house
    for _ in range(2):
        witnesses.load.run_for(5)
        house.kill_server("postgres")
        words = "These words must not be lost, whatever happens."
        with signed_in(house, 0) as client:
            refused = answer_to(client, house, Submission(0, False, words))
        assert refused.status_code == 503
        assert words in refused.text
        assert "/help-now/" in refused.text
        witnesses.load.run_for(2)
        house.start_servers()
    witnesses.hurry_alerts()
    witnesses.load.run_for(8)
    figures = witnesses.must_hold(catch_up=45)
    assert figures["retried"], "nobody posted while Postgres was away"
    verified = house.manage("verify_audit")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_f32_web_is_killed_between_commit_and_reply_and_a_retry_is_one_post(
    watched: Watched,
) -> None:
    """A hung Redis holds the reply back after the commit, for the half second that is needed."""
    witnesses = watched(webs=2, rate=3)
    house = witnesses.house
    witnesses.load.run_for(3)
    doomed = house.webs[0]
    words = Submission(0, False, "Sent once, and once more because no answer came.")
    answers: list[httpx.Response] = []

    def press() -> None:
        with signed_in(house, 1) as client:
            try:
                answers.append(answer_to(client, house, words, base=address(doomed)))
            except httpx.HTTPError:
                return

    saved = "SELECT public_id FROM community_post WHERE idempotency_key = %s"
    house.freeze("redis")
    pressing = threading.Thread(target=press)
    pressing.start()
    house.wait_for(lambda: house.rows(saved, words.key), "the post is committed", seconds=5)
    house[doomed].kill()
    pressing.join()
    house.thaw("redis")
    assert not answers, "the reply was quicker than the kill, so nothing was tried"

    with signed_in(house, 1) as client:
        first = public_id_in(answer_to(client, house, words))
        again = public_id_in(answer_to(client, house, words))
    assert [(first,)] == [(again,)] == house.rows(saved, words.key)
    # The witnesses know nothing of it, so it goes into the journal by hand.
    witnesses.load.note(words, str(first))
    witnesses.hurry_alerts(1)
    witnesses.load.run_for(5)
    witnesses.must_hold(catch_up=5)
