"""Those who look on while the house breaks: a program, an open desk, and someone in need."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from abc import ABC, abstractmethod
from typing import Any

import httpx
import websockets

from peersupport.embedded import CHECKOUT
from tests.faults.house import House

# The open desk asks as often as the page's own script says.
EVERY_SECONDS = (
    int(
        re.search(  # type: ignore[union-attr]
            r"const EVERY = (\d+)", (CHECKOUT / "static/js/live.js").read_text()
        )[1]
    )
    / 1000
)
LOOK_EVERY_SECONDS = 0.4
JSON = {"Accept": "application/json"}


class Watcher(ABC):
    """A thread that looks again and again until told to stop."""

    every = LOOK_EVERY_SECONDS

    def __init__(self, house: House) -> None:
        self.house = house
        self.took: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Any:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=20) as client:
            while not self._stop.is_set():
                started = time.time()
                self.look(client)
                self.took.append(time.time() - started)
                self._stop.wait(self.every)

    @abstractmethod
    def look(self, client: httpx.Client) -> None:
        """Ask once, and note what was seen."""


class Queue(Watcher):
    """A covering guide's queue, asked for as JSON: when did each alert become visible?"""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.seen: dict[str, float] = {}
        self.vanished: set[str] = set()
        self.said: list[str] = []
        self.failures = 0

    def look(self, client: httpx.Client) -> None:
        answer = _ask_for_queue(client, self.house, self.house.blueprint.people.guide)
        if answer is None or answer.status_code != 200:
            self.failures += 1
            return
        now = time.time()
        found = answer.json()
        if found["problems"] not in self.said[-1:]:
            self.said.append(found["problems"])
        there = {alert["subject"]["public_id"] for alert in found["alerts"]}
        # Nobody closes anything in these tests, so what was there must stay there.
        self.vanished |= self.seen.keys() - there
        for public_id in there - self.seen.keys():
            self.seen[public_id] = now


class Desk:
    """
    An open desk as live.js keeps it: a socket, a re-fetch on every poke and (re)connect,
    and a timer. What it shows is `rows`, id to version; `seen` says since when.
    """

    def __init__(self, house: House, *, session: str | None = None) -> None:
        self.house = house
        self.session = session or house.blueprint.people.guide
        self.rows: dict[int, int] = {}
        self.seen: dict[int, float] = {}
        self.pokes = 0
        self.connections = 0
        self.closed_by_server = 0
        self._asked_at = 0.0
        self._stop = threading.Event()
        self._ask = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep_asking, daemon=True),
            threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True),
        ]

    def start(self) -> Desk:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        self._ask.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _keep_asking(self) -> None:
        etag = None
        with httpx.Client(timeout=10) as client:
            while not self._stop.is_set():
                self._ask.wait(timeout=max(0.05, self._asked_at + EVERY_SECONDS - time.time()))
                self._ask.clear()
                self._asked_at = time.time()
                answer = _ask_for_queue(client, self.house, self.session, etag=etag)
                if answer is None or answer.status_code != 200:
                    continue
                etag = answer.headers.get("ETag")
                self.rows = {alert["id"]: alert["version"] for alert in answer.json()["alerts"]}
                now = time.time()
                for alert in self.rows.keys() - self.seen.keys():
                    self.seen[alert] = now

    async def _listen(self) -> None:
        while not self._stop.is_set():
            base = self.house.web()
            try:
                async with websockets.connect(
                    f"{base.replace('http', 'ws', 1)}/live/",
                    origin=base,  # type: ignore[arg-type]
                    additional_headers={"Cookie": f"sessionid={self.session}"},
                    open_timeout=10,
                    ping_interval=None,
                ) as socket:
                    self.connections += 1
                    self._ask.set()
                    while not self._stop.is_set():
                        try:
                            await asyncio.wait_for(socket.recv(), timeout=0.25)
                        except TimeoutError:
                            continue
                        self.pokes += 1
                        self._ask.set()
            except (OSError, TimeoutError, websockets.WebSocketException):
                self.closed_by_server += 1
            deadline = time.monotonic() + 1 + random.random() * 9
            while not self._stop.is_set() and time.monotonic() < deadline:
                await asyncio.sleep(0.1)


class SomeoneInNeed(Watcher):
    """Opens the crisis page again and again: it must always be there (I6)."""

    every = 0.5

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.failures: list[str] = []

    def look(self, client: httpx.Client) -> None:
        web = self.house.web()
        try:
            answer = client.get(f"{web}/help-now/", timeout=5)
        except httpx.HTTPError as error:
            # A web process that was killed is not asked twice; its neighbour answers.
            if self.house[f"web-{web.rsplit(':', 1)[1]}"].is_alive:
                self.failures.append(repr(error))
            return
        if answer.status_code != 200:
            self.failures.append(str(answer.status_code))


def _ask_for_queue(
    client: httpx.Client, house: House, session: str, *, etag: str | None = None
) -> httpx.Response | None:
    headers = {**JSON, "Cookie": f"sessionid={session}"}
    if etag:
        headers["If-None-Match"] = etag
    try:
        return client.get(f"{house.web()}/desk/queue/", headers=headers)
    except httpx.HTTPError:
        return None
