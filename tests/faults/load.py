"""
Members who post while the house breaks, and a journal of what they were promised.

A post is accepted when its member was sent on to its thread. An attempt that failed is
sent again with the same key, as a member would press the button again.
"""

from __future__ import annotations

import json
import queue
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.faults.house import House

# Our own words: bare terms that the screening must always stop at, and nothing more.
WORRYING = (
    "I want to die.",
    "I want to kill myself.",
    "I feel suicidal tonight.",
    "I don't want to be alive any more.",
    "Some days I wish I was dead.",
    "I am thinking about ending my life.",
)
ORDINARY = (
    "Went for a walk by the canal and fed the ducks.",
    "My exams are next week and I feel nervous.",
    "Does anyone else find Sundays long?",
    "Made soup from scratch today and it was good.",
    "My sister called and we laughed a lot.",
    "The new job is busy but the people are kind.",
    "The bus was late again, so I read a book.",
)
CSRF = "f" * 32
GIVE_UP_AFTER_SECONDS = 60.0
HANDS = 12


@dataclass(frozen=True)
class Accepted:
    """One line of the journal: a post that its member was told is on the wall."""

    public_id: str
    key: str
    planted: bool
    at: float
    attempts: int


@dataclass
class Attempt:
    """One sending: how long its answer took, and what it was (0 for none at all)."""

    took: float
    status: int
    at: float


@dataclass
class Submission:
    number: int
    planted: bool
    body: str
    key: str = field(default_factory=lambda: str(uuid.uuid4()))


class Load:
    """Posts at a steady rate from many members at once; one post in five is worrying."""

    def __init__(self, house: House, journal: Path, *, rate: float, seed: int = 7) -> None:
        self.house = house
        self.journal = journal
        self.rate = rate
        self.attempts: list[Attempt] = []
        self.accepted: list[Accepted] = []
        self.refused: list[Submission] = []
        self._random = random.Random(seed)
        self._numbers = 0
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._under_way = 0
        self._waiting: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._hands = [
            threading.Thread(target=self._work, args=(number,), daemon=True)
            for number in range(HANDS)
        ]
        self._pace = threading.Thread(target=self._keep_pace, daemon=True)

    def start(self) -> Load:
        for thread in (*self._hands, self._pace):
            thread.start()
        return self

    def run_for(self, seconds: float) -> None:
        """Let them post for so long."""
        self._paused.clear()
        self._stop.wait(seconds)

    def pause(self) -> None:
        """No new posts; those under way are finished, or given up after a minute."""
        self._paused.set()
        while self._under_way and any(hand.is_alive() for hand in self._hands):
            time.sleep(0.05)

    def stop(self) -> None:
        if not self._stop.is_set() and self._pace.is_alive():
            self._stop.set()
            self._pace.join()
            self.pause()
            for _ in self._hands:
                self._waiting.put(None)
            for hand in self._hands:
                hand.join()

    def post_now(self, count: int) -> None:
        """A burst on top of the pace."""
        for _ in range(count):
            self._waiting.put(self._next())

    @property
    def planted(self) -> set[str]:
        with self._lock:
            return {post.public_id for post in self.accepted if post.planted}

    def took(self, *, since: float = 0.0) -> list[float]:
        """How long each answered attempt took, those that were never answered included."""
        with self._lock:
            return [attempt.took for attempt in self.attempts if attempt.at >= since]

    # -- one thread keeps the pace, many post ------------------------------------------------

    def _next(self) -> Submission:
        with self._lock:
            self._numbers += 1
            self._under_way += 1
            planted = self._random.random() < 0.2
            words = self._random.choice(WORRYING if planted else ORDINARY)
            return Submission(self._numbers, planted, f"{words} This is note {self._numbers}.")

    def _keep_pace(self) -> None:
        next_at = time.monotonic()
        while not self._stop.is_set():
            if self._paused.is_set():
                next_at = time.monotonic() + 0.1
            else:
                self._waiting.put(self._next())
                next_at += 1 / self.rate
            self._stop.wait(max(0.0, next_at - time.monotonic()))

    def _work(self, number: int) -> None:
        with signed_in(self.house, number) as client:
            while submission := self._waiting.get():
                self._post(client, submission)
                with self._lock:
                    self._under_way -= 1

    def _post(self, client: httpx.Client, submission: Submission) -> None:
        began = time.monotonic()
        attempts = 0
        while time.monotonic() - began < GIVE_UP_AFTER_SECONDS:
            attempts += 1
            started = time.time()
            public_id, status = send(client, self.house, submission)
            with self._lock:
                self.attempts.append(Attempt(time.time() - started, status, started))
            if public_id:
                self.note(submission, public_id, attempts)
                return
            time.sleep(0.5)  # a member who tries again
        with self._lock:
            self.refused.append(submission)

    def note(self, submission: Submission, public_id: str, attempts: int = 1) -> None:
        """Write down what a member was promised."""
        accepted = Accepted(public_id, submission.key, submission.planted, time.time(), attempts)
        with self._lock:
            self.accepted.append(accepted)
            with self.journal.open("a") as journal:
                journal.write(json.dumps(vars(accepted)) + "\n")


def signed_in(house: House, number: int) -> httpx.Client:
    """A member's browser."""
    session = house.blueprint.people.members[number]
    return httpx.Client(cookies={"sessionid": session, "csrftoken": CSRF}, timeout=20)


def answer_to(
    client: httpx.Client, house: House, submission: Submission, *, base: str | None = None
) -> httpx.Response:
    """Press the button once, at the web process given or at any."""
    topics = house.blueprint.people.topics
    return client.post(
        f"{base or house.web()}/wall/new/",
        data={
            "csrfmiddlewaretoken": CSRF,
            "topic": topics[submission.number % len(topics)],
            "body": submission.body,
            "key": submission.key,
        },
    )


def send(client: httpx.Client, house: House, submission: Submission) -> tuple[str | None, int]:
    """Send one post; its public id if it was accepted, and the status (0 for no answer)."""
    try:
        answer = answer_to(client, house, submission)
    except httpx.HTTPError:
        return None, 0
    return public_id_in(answer), answer.status_code


def public_id_in(answer: httpx.Response) -> str | None:
    """The post's public id, if the answer sends its member on to its thread."""
    place = answer.headers.get("Location", "")
    if answer.status_code == 302 and place.startswith("/wall/posts/"):
        return str(place.split("/")[3])
    return None


def read_journal(path: Path) -> list[Accepted]:
    """What was promised, from the file alone."""
    if not path.exists():
        return []
    return [Accepted(**json.loads(line)) for line in path.read_text().splitlines()]
