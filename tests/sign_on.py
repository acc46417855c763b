"""An organisation's sign-on on this machine, for the tests of coming in through one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLIENT_ID, CLIENT_SECRET = "the-wall", "a secret between the two of them"
PASSWORD = "their own password there"
PEOPLE = {
    "agnes.planted": ("Agnes", "Planted", "agnes.planted@students.example.org"),
    "boris.planted": ("Boris", "Planted", "boris.planted@students.example.org"),
}
SERVER = Path(__file__).with_name("sign_on_server.py")


@contextmanager
def a_sign_on(*, back_to: str) -> Iterator[str]:
    """The address of a provider that knows us, and may send people back to ``back_to``."""
    # Its own settings would be read from an environment that is full of ours.
    keep = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
    process = subprocess.Popen(
        [sys.executable, "-P", str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={name: os.environ[name] for name in keep if name in os.environ},
    )
    told = {
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "back_to": [back_to],
        "people": PEOPLE, "password": PASSWORD,
    }  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        address = process.stdout.readline().strip()
        assert address, "the sign-on server did not start"
        yield address
    finally:
        process.kill()
        process.communicate()
