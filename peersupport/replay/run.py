"""Plays posts at a constant rate, come what may, and waits until they have arrived."""

from __future__ import annotations

import contextlib
import csv
import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from accounts.models import Session
from community.models import BODY_MAX_LENGTH
from peersupport.replay.comparison import (
    Findings,
    compare,
    percentiles,
    read_database,
    read_surplus,
)
from peersupport.replay.journal import Accepted, Journal, fingerprint, read_journal
from peersupport.replay.people import CannotBegin, DeskWatcher, Writer, sign_in

# Posting may lag when a server is away; more posts than this at once would be an attack.
POSTS_AT_ONCE = 64
LOOK_AGAIN_AFTER = 0.5
DESK_IS_WELL_WITHIN = 5.0

Say = Callable[[str], None]


class Row(NamedTuple):
    id: str
    text: str


def read_rows(path: Path) -> list[Row]:
    """
    The posts of a CSV file with the columns id and text.

    :raises CannotBegin: if it is not such a file
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [Row(line["id"], line["text"]) for line in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise CannotBegin(f"{path} is not a CSV file with the columns id and text.") from error
    fit = [row for row in rows if row.text and 0 < len(row.text.strip()) <= BODY_MAX_LENGTH]
    if not fit:
        raise CannotBegin(f"{path} holds no post that fits on the wall.")
    return fit


def insist_on_one_database(client: httpx.Client) -> None:
    """:raises CannotBegin: if the server keeps its sessions where this command doesn't look"""
    keys = list(client.cookies.values())
    if not Session.objects.filter(session_key__in=keys).exists():
        raise CannotBegin(
            f"{client.base_url} uses another database than this command: "
            "what it saves could not be compared."
        )


@dataclass
class Replay:
    """One run against one server."""

    base_url: str
    rows: list[Row]
    rate: float
    count: int
    journal_path: Path
    say: Say
    settle_within: float
    refused: list[str] = field(default_factory=list)
    answered_at: dict[str, float] = field(default_factory=dict)
    late_starts: list[float] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    settled_at: float = 0.0
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def run(self, *, members: list[tuple[str, str]], guide: tuple[str, str]) -> dict[str, Any]:
        """
        Post, watch, settle and compare. The answer holds figures, and no words.

        :raises CannotBegin: if somebody cannot sign in
        """
        with contextlib.ExitStack() as clients:
            writers = [Writer(self.signed_in(clients, *member)) for member in members]
            watching = self.signed_in(clients, *guide)
            insist_on_one_database(watching)
            desk = clients.enter_context(DeskWatcher(watching))
            journal = clients.enter_context(Journal(self.journal_path))
            began_at = time.monotonic()
            self.post_all(writers, journal)
            posted_at = time.monotonic()
            self.say(f"Posted {self.count}; waiting until all has arrived …")
            findings = self.settle(desk)
        return self.figures(findings, desk, began_at=began_at, posted_at=posted_at)

    def signed_in(self, clients: contextlib.ExitStack, email: str, password: str) -> httpx.Client:
        """A signed-in client that is closed with the rest."""
        return clients.enter_context(contextlib.closing(sign_in(self.base_url, email, password)))

    def post_all(self, writers: list[Writer], journal: Journal) -> None:
        """An open loop: the next post is sent when its time has come, answered or not."""
        topics = itertools.cycle(writers[0].topics)
        started = time.monotonic()
        next_word = started + 10
        with ThreadPoolExecutor(POSTS_AT_ONCE) as pool:
            for number, row in enumerate(self.posts(), start=1):
                due = started + (number - 1) / self.rate
                if (wait := due - time.monotonic()) > 0:
                    time.sleep(wait)
                writer = writers[number % len(writers)]
                pool.submit(self.post_one, writer, journal, number, row, next(topics), due)
                if time.monotonic() > next_word:
                    next_word += 10
                    self.say(
                        f"  {number} of {self.count} sent, {len(self.answered_at)} accepted,"
                        f" {len(self.refused)} refused"
                    )

    def posts(self) -> Iterator[Row]:
        return itertools.islice(itertools.cycle(self.rows), self.count)

    def post_one(
        self, writer: Writer, journal: Journal, number: int, row: Row, topic: str, due: float
    ) -> None:
        late = time.monotonic() - due
        key = str(uuid.uuid4())
        self.keys.add(key)
        answer = writer.post(row.text, topic=topic, key=key)
        answered_at = time.monotonic()
        with self._one_at_a_time:
            self.late_starts.append(late)
            if answer.public_id is None:
                self.refused.append(answer.status)
                return
            self.answered_at[answer.public_id] = answered_at
        journal.write(
            Accepted(
                number=number,
                row=row.id,
                key=key,
                public_id=answer.public_id,
                sha256=fingerprint(row.text),
                accepted_at=datetime.now(UTC).isoformat(),
                attempts=answer.attempts,
                seconds=round(answer.seconds, 4),
            )
        )

    def settle(self, desk: DeskWatcher) -> Findings:
        """Compare until nothing is missing, or until the time for it is over."""
        deadline = time.monotonic() + self.settle_within
        journal = read_journal(self.journal_path)
        texts = {accepted.sha256 for accepted in journal}
        while True:
            kept = read_database([accepted.public_id for accepted in journal])
            surplus = read_surplus(keys=self.keys, texts=texts, since=self.began)
            findings = compare(journal, kept, set(desk.watch.seen), surplus)
            if not findings.missing or time.monotonic() > deadline:
                break
            time.sleep(LOOK_AGAIN_AFTER)
        self.settled_at = time.monotonic()
        # All is there, and the desk is about to say so too; unless something is away for good.
        deadline = time.monotonic() + DESK_IS_WELL_WITHIN
        while not desk.watch.is_well and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN_AFTER)
        return findings

    def figures(
        self,
        findings: Findings,
        desk: DeskWatcher,
        *,
        began_at: float,
        posted_at: float,
    ) -> dict[str, Any]:
        journal = read_journal(self.journal_path)
        # The desk may show an alert before the member's own answer has come back.
        took = [
            max(desk.watch.seen[public_id] - answered_at, 0.0)
            for public_id, answered_at in self.answered_at.items()
            if public_id in desk.watch.seen
        ]
        problems = [
            {
                "sentence": problem.sentence,
                "first_seen_s": round(problem.first_seen - began_at, 1),
                "cleared_s": problem.cleared and round(problem.cleared - began_at, 1),
            }
            for problem in sorted(desk.watch.problems.values(), key=lambda one: one.first_seen)
        ]
        return {
            "ok": not findings.missing and not self.refused and findings.accepted == self.count,
            "sent": self.count,
            "accepted": findings.accepted,
            "refused": {status: self.refused.count(status) for status in set(self.refused)},
            "retried": sum(accepted.attempts > 1 for accepted in journal),
            "saved": findings.saved,
            "screened": findings.screened,
            "alerts": findings.alerts,
            "alerts_seen": findings.alerts_seen,
            "missing": findings.missing,
            "post_seconds": percentiles([accepted.seconds for accepted in journal]),
            "alert_seconds": percentiles(took),
            "posting_took_s": round(posted_at - began_at, 1),
            "settled_after_s": round(self.settled_at - posted_at, 1),
            "latest_start_s": round(max(self.late_starts, default=0.0), 3),
            "problems": problems,
            "desk_well_at_end": desk.watch.is_well,
            "desk_polls": desk.watch.polls,
            "desk_polls_failed": desk.watch.failed_polls,
            "pokes": desk.watch.pokes,
            "journal": str(self.journal_path),
        }
