"""
Ends what the tests started if they can't do so themselves, having been killed with -9.

A frozen process hears no signal but one, and nobody would be left to send it. Run beside
the tests with a pipe from them: when that closes, whoever bears their mark is ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

# In the environment of everything that a house starts, so that it is found again.
MARK = "PEERSUPPORT_FAULTS_HOUSE"


def processes_with(mark: str) -> dict[int, str]:
    """Every process whose mark begins like this, with its command line."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (directory / "environ").read_bytes():
                words = (directory / "cmdline").read_bytes().split(b"\0")
                found[int(directory.name)] = b" ".join(words).decode(errors="replace").strip()
    return found


def end_all(mark: str, *, patience: float) -> list[str]:
    """Wait for them to end by themselves, end those that don't, and name them."""
    deadline = time.monotonic() + patience
    while (found := processes_with(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return list(found.values())


if __name__ == "__main__":
    # Ctrl-C is for the tests, which then close the pipe in their own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_all(sys.argv[1], patience=1)
