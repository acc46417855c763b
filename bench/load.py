"""
Posts at a constant rate: `python -m bench.load URL RATE SECONDS`, sessions as JSON on stdin.

An open loop in a process of its own, so that the clock of those who wait is not its own.
Prints one JSON line for each post: its public id, when it was answered, how long that took.
"""

from __future__ import annotations

import json
import queue
import re
import sys
import threading
import time
import uuid

from bench.client import Client

IN_THREAD = re.compile(r"/wall/posts/([^/?]+)/")
CONNECTIONS = 16
# One in five worries. More would measure a desk that no number of guides could read.
WORRYING_ONE_IN = 5
QUIET = "I went for a walk before work and the light was good. Small things, but they count."
WORRYING = "I can't go on. I want to end my life and I have told nobody."


def main(url: str, rate: float, seconds: float, sessions: list[str]) -> None:
    due: queue.SimpleQueue[tuple[int, float] | None] = queue.SimpleQueue()
    printing = threading.Lock()

    def work(session: str) -> None:
        client = Client(url, session)
        while (one := due.get()) is not None:
            number, due_at = one
            worrying = number % WORRYING_ONE_IN == 0
            fields = {
                "topic": "just-sharing",
                "body": WORRYING if worrying else QUIET,
                "key": str(uuid.uuid4()),
            }
            got = client.post("/wall/new/", fields)
            answered_at = time.monotonic()
            place = IN_THREAD.search(got.location)
            line = {
                "public_id": place[1] if place else None,
                "status": got.status,
                "worrying": worrying,
                "answered_at": answered_at,
                "took": answered_at - due_at,
            }
            with printing:
                print(json.dumps(line))

    threads = [
        threading.Thread(target=work, args=[sessions[n % len(sessions)]])
        for n in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    for number in range(int(rate * seconds)):
        due_at = started + number / rate
        time.sleep(max(0.0, due_at - time.monotonic()))
        due.put((number, due_at))
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), json.load(sys.stdin))
