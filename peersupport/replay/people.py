"""The members who post and the wall guide who watches, as browsers would."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

HIDDEN_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TOPIC_CHOICE = re.compile(r'name="topic" value="([^"]+)"')
IN_THREAD = re.compile(r"/wall/posts/([^/?]+)/")

# A broken connection is tried again this often, with the same key, waiting longer each time.
ATTEMPTS = 6
WAIT_AFTER_FAILURE = 0.25
POLL_EVERY = 0.25


class CannotBegin(Exception):
    """Something is missing before the first post; the message says what."""


def sign_in(base_url: str, email: str, password: str) -> httpx.Client:
    """
    A client signed in through the page that people sign in through.

    :raises CannotBegin: if the server doesn't answer, or doesn't let this person in
    """
    client = httpx.Client(
        base_url=base_url,
        timeout=20,
        headers={"Origin": base_url.rstrip("/")},
        trust_env=False,  # a proxy between would be what gets measured
    )
    with contextlib.ExitStack() as unless_signed_in:
        unless_signed_in.callback(client.close)
        try:
            page = client.get("/account/login/")
            token = HIDDEN_TOKEN.search(page.text)
            words = {"login": email, "password": password}
            words["csrfmiddlewaretoken"] = token[1] if token else ""
            answer = client.post("/account/login/", data=words)
        except httpx.TransportError as error:
            raise CannotBegin(f"{base_url} does not answer ({type(error).__name__}).") from error
        if answer.status_code != httpx.codes.FOUND:
            raise CannotBegin(
                f"{email} could not sign in at {base_url} (status {answer.status_code}). "
                "Replay needs the demo town's people: is that server a demo?"
            )
        unless_signed_in.pop_all()
    return client


@dataclass(frozen=True)
class Answer:
    """What came of one post: its place on the wall, or why it has none."""

    public_id: str | None
    status: str
    attempts: int
    seconds: float


class Writer:
    """A member who posts through the ordinary form."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        page = client.get("/wall/new/")
        token = HIDDEN_TOKEN.search(page.text)
        self.topics = TOPIC_CHOICE.findall(page.text)
        if token is None or not self.topics:
            raise CannotBegin(f"The form for a new post is not there (status {page.status_code}).")
        self.token = token[1]

    def post(self, body: str, *, topic: str, key: str) -> Answer:
        """Send until there is an answer. The key makes sending twice one post."""
        began = time.monotonic()
        status = "no answer"
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                time.sleep(WAIT_AFTER_FAILURE * 2 ** (attempt - 2))
            try:
                answer = self.client.post(
                    "/wall/new/",
                    data={
                        "body": body,
                        "topic": topic,
                        "key": key,
                        "csrfmiddlewaretoken": self.token,
                    },
                )
            except httpx.TransportError as error:
                status = type(error).__name__
                continue
            status = str(answer.status_code)
            place = IN_THREAD.search(answer.headers.get("Location", ""))
            if answer.is_redirect and place:
                return Answer(place[1], status, attempt, time.monotonic() - began)
            if not answer.is_server_error:
                break  # refused, and it would be again
        return Answer(None, status, attempt, time.monotonic() - began)


@dataclass
class Problem:
    """A sentence with which the desk said that something is wrong, and for how long."""

    sentence: str
    first_seen: float
    last_seen: float
    cleared: float | None = None


@dataclass
class Watch:
    """What the guide's desk has shown, and when, by the monotonic clock."""

    seen: dict[str, float] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    polls: int = 0
    failed_polls: int = 0
    pokes: int = 0

    def note(self, public_ids: list[str], problems: str, *, at: float) -> None:
        self.polls += 1
        for public_id in public_ids:
            self.seen.setdefault(public_id, at)
        # "has waited 17 seconds" is the same problem as "has waited 18 seconds".
        saying = {re.sub(r"\d+", "…", sentence) for sentence in _sentences(problems)}
        for sentence in saying:
            problem = self.problems.setdefault(sentence, Problem(sentence, at, at))
            problem.last_seen, problem.cleared = at, None
        for sentence, problem in self.problems.items():
            if sentence not in saying and problem.cleared is None:
                problem.cleared = at

    @property
    def is_well(self) -> bool:
        return all(problem.cleared is not None for problem in self.problems.values())


class DeskWatcher:
    """
    A wall guide's open desk: asks four times a second, and at once when poked.

    Both ways are the page's own; the socket only says "look again".
    """

    def __init__(self, client: httpx.Client, *, poll_every: float = POLL_EVERY) -> None:
        self.client = client
        self.poll_every = poll_every
        self.watch = Watch()
        self._poked = threading.Event()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._poll, self._listen)
        ]

    def __enter__(self) -> DeskWatcher:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._poked.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def look(self) -> None:
        try:
            answer = self.client.get("/desk/queue/", headers={"Accept": "application/json"})
            answer.raise_for_status()
            queue = answer.json()
        except (httpx.HTTPError, ValueError):
            self.watch.failed_polls += 1
            return
        self.watch.note(
            [alert["subject"]["public_id"] for alert in queue["alerts"]],
            answer.headers.get("X-Safety") or queue["problems"],
            at=time.monotonic(),
        )

    def _poll(self) -> None:
        while not self._stop.is_set():
            self._poked.wait(self.poll_every)
            self._poked.clear()
            self.look()

    def _listen(self) -> None:
        base = str(self.client.base_url).rstrip("/")
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        while not self._stop.is_set():
            try:
                with connect(
                    base.replace("http", "ws", 1) + "/live/",
                    origin=Origin(base),
                    proxy=None,
                    additional_headers={"Cookie": cookies},
                    open_timeout=5,
                    close_timeout=1,
                ) as socket:
                    self._hear(socket)
            except (OSError, WebSocketException):
                self._stop.wait(1.0)

    def _hear(self, socket: ClientConnection) -> None:
        while not self._stop.is_set():
            try:
                socket.recv(timeout=0.5)
            except TimeoutError:
                continue
            self.watch.pokes += 1
            self._poked.set()


def _sentences(problems: str | list[str]) -> list[str]:
    if isinstance(problems, str):
        problems = problems.split(". ")
    return [sentence.strip(" .") + "." for sentence in problems if sentence.strip(" .")]
