"""
What the server said it accepted, written down by us and not by it.

Numbers, addresses and hashes only: a member's words are in no journal.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Accepted:
    """One post that was answered with yes."""

    number: int
    row: str
    key: str
    public_id: str
    sha256: str
    accepted_at: str
    attempts: int
    seconds: float


class Journal:
    """A file of JSON lines. A line is on the disk before the next post is counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("x", encoding="utf-8")
        self._one_at_a_time = threading.Lock()

    def write(self, accepted: Accepted) -> None:
        with self._one_at_a_time:
            self._file.write(json.dumps(asdict(accepted)) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def read_journal(path: Path) -> list[Accepted]:
    with path.open(encoding="utf-8") as lines:
        return [Accepted(**json.loads(line)) for line in lines]


def fingerprint(text: str) -> str:
    """The same for a text as it was typed and as the wall keeps it."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return hashlib.sha256(kept.encode()).hexdigest()
