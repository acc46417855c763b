"""
From "your post is on the wall" to the alert on an open desk, at a constant rate of posts.

`python -m bench.alerts`, on a filled database: a web server, one Celery worker with two
processes, and a guide's desk that listens on the socket and asks its queue again when
poked, as the page does. What the desk has seen is closed soon after, as guides would, so
that the queue stays as long as a queue is.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import django

django.setup()

import httpx  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import WallGuide  # noqa: E402
from bench.processes import cpu_ms, running, server_pids, web  # noqa: E402
from bench.town import session_of, user_of  # noqa: E402
from community.models import Post  # noqa: E402
from peersupport import demo_town  # noqa: E402
from peersupport.replay.comparison import percentiles  # noqa: E402
from peersupport.replay.people import DeskWatcher, Watch  # noqa: E402
from risk.enums import AlertOutcome  # noqa: E402
from risk.models import Alert, Screening  # noqa: E402

# Posts a second, and for how many seconds.
RATES = ((5, 40), (50, 20), (200, 15))
SETTLE_WITHIN = 60.0
# The page asks by itself this often; what is measured is the poke.
PAGE_POLLS_EVERY = 15.0
BACKEND = "accounts.backends.EmailBackend"


def main() -> None:
    Alert.objects.open().update(**closing())
    members = [session_of(BACKEND, one.email) for one in demo_town.replay_members()]
    guide = session_of(BACKEND, demo_town.replay_guide().email)
    env = {**os.environ, "WEB_THREADS": "4"}
    with (
        web(env, workers=2) as (url, web_pid),
        running(
            *("-m", "celery", "--app=peersupport", "worker", "--concurrency=2"),
            *("--loglevel=ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"),
            env=env,
        ) as worker,
        httpx.Client(base_url=url, cookies={settings.SESSION_COOKIE_NAME: guide}) as client,
    ):
        wait_for_the_worker(url, members)
        parts = {"web": [web_pid], "worker": [worker.pid], "servers": server_pids()}
        figures = {
            str(rate): measure(url, client, members, parts, rate=rate, seconds=seconds)
            for rate, seconds in RATES
        }
    print(json.dumps(figures))


def measure(
    url: str,
    client: httpx.Client,
    members: list[str],
    parts: dict[str, list[int]],
    *,
    rate: int,
    seconds: int,
) -> dict[str, Any]:
    with (
        DeskWatcher(client, poll_every=PAGE_POLLS_EVERY) as desk,
        closing_what_was_seen(desk.watch),
        backlog() as waiting,
    ):
        before = {name: cpu_ms(pids) for name, pids in parts.items()}
        posts = load(url, members, rate=rate, seconds=seconds)
        used = {name: cpu_ms(pids) - before[name] for name, pids in parts.items()}
        stopped = time.monotonic()
        waited = settle(posts, desk)
    took = [
        max(desk.watch.seen[post["public_id"]] - post["answered_at"], 0.0)
        for post in posts
        if post["worrying"] and post["public_id"] in desk.watch.seen
    ]
    worrying = sum(post["worrying"] for post in posts)
    lasted = max(post["answered_at"] for post in posts) - min(
        post["answered_at"] - post["took"] for post in posts
    )
    during = [count for moment, count in waiting if moment <= stopped]
    return {
        "posts": len(posts),
        "accepted": sum(post["public_id"] is not None for post in posts),
        "achieved_per_second": round(len(posts) / lasted, 1),
        "alerts_expected": worrying,
        "alerts_seen": len(took),
        "alert_s": percentiles(took),
        "post_s": percentiles([post["took"] for post in posts]),
        "backlog_max": max(during, default=0),
        "backlog_at_end": during[-1] if during else 0,
        "all_seen_after_s": round(waited, 2),
        "cpu_ms_a_post": {name: round(ms / len(posts), 2) for name, ms in used.items()},
        "desk_asked": desk.watch.polls,
    }


def load(url: str, members: list[str], *, rate: int, seconds: int) -> list[dict[str, Any]]:
    said = subprocess.run(
        [sys.executable, "-m", "bench.load", url, str(rate), str(seconds)],
        input=json.dumps(members), stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    return [json.loads(line) for line in said.splitlines()]


def settle(posts: list[dict[str, Any]], desk: DeskWatcher) -> float:
    """Wait until the desk has seen every alert there will be; how long that took."""
    wanted = {post["public_id"] for post in posts if post["worrying"]}
    began = time.monotonic()
    while time.monotonic() - began < SETTLE_WITHIN and wanted - set(desk.watch.seen):
        time.sleep(0.05)
    return time.monotonic() - began


@contextlib.contextmanager
def backlog() -> Iterator[list[tuple[float, int]]]:
    """How many screenings wait, twice a second, by the monotonic clock."""
    samples: list[tuple[float, int]] = []

    def look() -> None:
        samples.append((time.monotonic(), Screening.objects.pending().count()))

    with every(0.5, look):
        yield samples


@contextlib.contextmanager
def closing_what_was_seen(watch: Watch) -> Iterator[None]:
    """Guides close what they have read, soon after."""
    fields = closing()
    closed: set[str] = set()

    def close() -> None:
        read = set(watch.seen) - closed
        posts = Post.objects.filter(public_id__in=read).values("pk")
        Alert.objects.open().filter(subject_id__in=posts).update(**fields)
        closed.update(read)

    with every(0.5, close):
        yield


def closing() -> dict[str, Any]:
    return {
        "closed_at": timezone.now(),
        "closed_by": WallGuide.objects.get(user=user_of(demo_town.replay_guide().email)),
        "outcome": AlertOutcome.WATCHING,
        "next_action_at": None,
    }


@contextlib.contextmanager
def every(seconds: float, do: Any) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(seconds):
            do()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_for_the_worker(url: str, members: list[str]) -> None:
    """Warm both web processes and the worker, until what was posted has been screened."""
    load(url, members, rate=20, seconds=4)
    deadline = time.monotonic() + 60
    while Screening.objects.pending().exists():
        if time.monotonic() > deadline:
            raise SystemExit("The worker screens nothing.")
        time.sleep(0.1)
    Alert.objects.open().update(**closing())


if __name__ == "__main__":
    main()
