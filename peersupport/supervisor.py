"""
Runs the demo's processes side by side and leaves none of them behind.

Each child leads a session of its own, so Ctrl-C reaches only the supervisor, which ends
them in order, and a child's own children (Celery's pool) can be ended with it. Each asks
the kernel for SIGTERM when the supervisor dies, so even `kill -9` here leaves nothing. A
child that dies is reported in one line and not started again: what the house does then is
what the demo is there to show.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from peersupport.embedded import die_with_parent

WORTH_SHOWING = re.compile(r"(^|[ :])(WARNING|ERROR|CRITICAL)[ /:]")
# The same complaint again within this time is in the log and not on the screen.
SAY_AGAIN_AFTER_SECONDS = 60.0
LONGEST_LOG = 5_000_000


class DiedEarlyError(Exception):
    """A child ended before everything was ready."""


@dataclass
class Child:
    """One running process and the log it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    read_up_to: int
    reported: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def how_it_ended(self) -> str:
        code = self.process.returncode
        if code is not None and code < 0:
            return f"was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"ended with status {code}"

    def signal_all(self, sign: signal.Signals) -> None:
        """Signal the child and whatever it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, sign)

    def new_lines(self) -> list[str]:
        with self.log.open("rb") as log:
            log.seek(self.read_up_to)
            fresh = log.read()
        whole = fresh.rfind(b"\n") + 1
        self.read_up_to += whole
        return fresh[:whole].decode(errors="replace").splitlines()


@dataclass
class Supervisor:
    """Starts children, watches them, and stops them. One thread, no callbacks."""

    logs: Path
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    told_to_stop: int = 0
    _said: dict[str, float] = field(default_factory=dict)

    def listen_for_signals(self) -> None:
        """Ctrl-C, `kill` and a closed terminal all mean: stop everything, then end."""

        def stop(*_: object) -> None:
            self.told_to_stop += 1

        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, stop)

    def start(
        self,
        name: str,
        command: list[str],
        *,
        environment: dict[str, str],
        directory: Path | None = None,
    ) -> Child:
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LONGEST_LOG:
            log.unlink()
        # A file and not a pipe: a child must never wait for its reader.
        with log.open("ab") as output:
            # Before the child starts: it shares this file's position, and moves it on.
            begins_at = output.tell()
            child = Child(
                name=name,
                process=subprocess.Popen(  # noqa: S603
                    command,
                    env=environment,
                    cwd=directory,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    preexec_fn=die_with_parent(signal.SIGTERM),
                ),
                log=log,
                read_up_to=begins_at,
            )
        self.children.append(child)
        return child

    def wait_until(self, what: str, ready: Callable[[], bool], *, seconds: float) -> bool:
        """
        Wait for something to be ready; False if it didn't become so, or we are to stop.

        :raises DiedEarlyError: if a child ended meanwhile
        """
        deadline = time.monotonic() + seconds
        while not self.told_to_stop and time.monotonic() < deadline:
            for child in self.children:
                if child.has_ended():
                    raise DiedEarlyError(
                        f"{child.name} {child.how_it_ended()} before {what}; its last words:\n"
                        + "\n".join(child.log.read_text(errors="replace").splitlines()[-12:])
                    )
            if ready():
                return True
            time.sleep(0.1)
        return False

    def watch(self) -> None:
        """Show warnings and report deaths until told to stop."""
        while not self.told_to_stop:
            self.look()
            time.sleep(0.3)

    def look(self) -> None:
        for child in self.children:
            for line in child.new_lines():
                if WORTH_SHOWING.search(line):
                    self.pass_on(child, line)
            if child.has_ended() and not child.reported:
                child.reported = True
                self.say(f"{child.name} (process {child.pid}) {child.how_it_ended()};"
                         " it is not started again, and the rest goes on.")  # fmt: skip
                # A pool without its parent takes no work; it must not linger either.
                child.signal_all(signal.SIGTERM)

    def pass_on(self, child: Child, line: str) -> None:
        """Show a warning, unless much the same was shown a moment ago."""
        gist = child.name + re.sub(r"[\d:.,-]+", "", line)
        now = time.monotonic()
        if now - self._said.get(gist, -SAY_AGAIN_AFTER_SECONDS) >= SAY_AGAIN_AFTER_SECONDS:
            self._said[gist] = now
            self.say(f"[{child.name}] {line[:300]}")

    def stop(self, *, patience: float = 12.0) -> None:
        """Ask every child to end, wait, and end those that don't. A second Ctrl-C hurries."""
        asked = self.told_to_stop
        for child in self.children:
            if not child.has_ended():
                with contextlib.suppress(ProcessLookupError):
                    child.process.terminate()
        deadline = time.monotonic() + patience
        while (
            any(not child.has_ended() for child in self.children)
            and time.monotonic() < deadline
            and self.told_to_stop <= asked
        ):
            time.sleep(0.05)
        for child in self.children:
            child.signal_all(signal.SIGKILL)
            child.process.wait()


def same_python(*arguments: str) -> list[str]:
    """A command run by this very Python."""
    return [sys.executable, *arguments]
