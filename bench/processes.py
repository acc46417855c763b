"""Starting what is measured, and reading from the kernel what it cost."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def database_url(name: str) -> str:
    """The address of another database on the server that $DATABASE_URL names."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def environment(database: str, **more: str) -> dict[str, str]:
    """As `make demo` serves, on a database of the bench's own."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "peersupport.settings",
        "DATABASE_URL": database_url(database),
        "REDIS_PREFIX": database,
        "DEMO": "1",
        "DEMO_WITHOUT_SECOND_FACTOR": "1",
        "LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore",  # the table is what is read here
        **more,
    }


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextlib.contextmanager
def running(*arguments: str, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of the project's, stopped at the block's end."""
    process = subprocess.Popen([sys.executable, *arguments], env=env)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def web(
    env: dict[str, str], *, application: str = "peersupport.asgi:application", workers: int = 1
) -> Iterator[tuple[str, int]]:
    """A web server: its address, and the process whose tree serves."""
    port = free_port()
    with running(
        *("-m", "uvicorn", application, "--host=127.0.0.1", f"--port={port}", "--lifespan=off"),
        *(
            "--no-access-log",
            "--log-level=error",
            "--ws-per-message-deflate=false",
            f"--workers={workers}",
            "--timeout-keep-alive=600",
        ),
        env=env,
    ) as process:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not _answers(url + "/livez"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The server {application} did not come up.")
            time.sleep(0.1)
        yield url, process.pid


def run_python(*arguments: str, env: dict[str, str]) -> str:
    """Run a part of the bench in a process of its own, and return what it printed."""
    return subprocess.run(
        [sys.executable, *arguments], env=env, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def cpu_ms(pids: list[int]) -> float:
    """CPU that these processes and all below them have used so far."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name may hold anything; what follows its last bracket does not.
            fields = path.read_text().rpartition(")")[2].split()
            pid = int(path.parent.name)
            parents[pid] = int(fields[1])
            # Own user and system time, and that of children which have ended.
            used[pid] = sum(int(ticks) for ticks in fields[11:15]) * TICK_MS
    tree = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return sum(used.get(pid, 0.0) for pid in tree)


def server_pids() -> list[int]:
    """The processes of Postgres and Redis, where they are our own."""
    home = os.environ.get("PEERSUPPORT_SERVERS")
    if not home:
        return []
    from peersupport.embedded import Servers

    pids = Servers(home).pids()
    return [pids["postgres"], pids["redis"]]


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=5).status == 200)  # noqa: S310
    except urllib.error.HTTPError:
        return True  # it has no such page, and says so: it is up
    except (urllib.error.URLError, OSError):
        return False
