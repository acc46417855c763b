"""
A whole house of real processes on private servers, and the hands to break it with.

Each process is what docker-compose.yml runs as a container. Every house has a database, a
Redis prefix and ports of its own; `close` leaves no process behind, however the house was
broken, and says so if something had to be hunted down.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import redis

from peersupport.embedded import CHECKOUT, Servers, die_with_parent
from tests.faults.guard import MARK, end_all

LOOPBACK = "127.0.0.1"
READY_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class People:
    """Who lives in every house, with the sessions that they are signed in by."""

    members: list[str]
    guide: str
    senior: str
    topics: list[str]


@dataclass(frozen=True)
class Blueprint:
    """What houses are built from: servers, and a furnished database to copy."""

    servers: Servers
    template: str
    people: People
    secret_key: str
    mark: str


class Piece:
    """One process of the house, with whatever it has started itself."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path):
        self.name = name
        self.command = command
        self.environment = environment
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.started_from = 0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.started_from = output.tell()
            self.process = subprocess.Popen(
                self.command,
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # Whatever ends the tests ends the house; what it cannot reach, the guard can.
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End it and what it has started with -9, as a machine's death would."""
        if self.process is not None:
            self.signal_all(signal.SIGKILL)
            self.process.wait(timeout=10)

    def freeze(self) -> None:
        """Alive to the kernel, dead to the world."""
        self.signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal_all(signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to end as a deployment does, and wait until it has."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=60)

    def signal_all(self, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, sign)

    def children(self) -> list[int]:
        """What it has started itself: a worker's pool."""
        listings = Path(f"/proc/{self.pid}/task").glob("*/children")
        with contextlib.suppress(OSError):
            return [int(pid) for listing in listings for pid in listing.read_text().split()]
        return []

    def said(self) -> str:
        """What it has logged since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self.started_from)
            return log.read().decode(errors="replace")


class House:
    """Web, worker, beat and two sentinels. Break one with `house["worker"].kill()`."""

    def __init__(
        self,
        blueprint: Blueprint,
        *,
        at: Path,
        webs: int = 1,
        settings: dict[str, str] | None = None,
        web_redis_url: str | None = None,
    ) -> None:
        self.blueprint = blueprint
        self.servers = blueprint.servers
        self.at = at
        name = secrets.token_hex(6)
        self.mark = f"{blueprint.mark}.{name}"
        self.database = f"house_{name}"
        self.database_url = self.servers.database_url.replace("/postgres?", f"/{self.database}?")
        self.pieces: dict[str, Piece] = {}
        self._turn = 0
        environment = {
            **environment_of_a_house(self.blueprint),
            "DATABASE_URL": self.database_url,
            "REDIS_PREFIX": f"house.{self.mark}",
            MARK: self.mark,
            **(settings or {}),
        }
        self.environment = environment
        celery = [sys.executable, "-m", "celery", "--app=peersupport"]
        for port in free_ports(webs):
            self._add(
                f"web-{port}",
                [
                    *(sys.executable, "-m", "uvicorn", "peersupport.asgi:application"),
                    *(f"--host={LOOPBACK}", f"--port={port}", "--lifespan=off"),
                    *("--no-access-log", "--timeout-graceful-shutdown=3"),
                ],
                REDIS_URL=web_redis_url or self.servers.redis_url,
            )
        self._add(
            "worker",
            [
                *(*celery, "worker", "--queues=default", "--concurrency=2", "--loglevel=INFO"),
                *("--without-gossip", "--without-mingle", f"--hostname=worker@{self.mark}"),
            ],
        )
        self._add(
            "beat",
            [
                *celery,
                "beat",
                f"--schedule={at / 'beat-schedule'}",
                "--pidfile=",
                "--loglevel=INFO",
            ],
        )
        for number in (1, 2):
            self._add(f"sentinel-{number}", [sys.executable, "manage.py", "sentinel"])

    def _add(self, name: str, command: list[str], **environment: str) -> None:
        self.pieces[name] = Piece(
            name,
            command,
            # libpq's own variable: so that Postgres can say who holds a lock.
            {**self.environment, "PGAPPNAME": name, **environment},
            self.at / f"{name}.log",
        )

    def __getitem__(self, name: str) -> Piece:
        return self.pieces[name]

    # -- opening and closing ---------------------------------------------------------------

    def open(self) -> House:
        """Start everything and wait until each piece has shown that it works."""
        self.servers.up()
        with self.servers_sql() as cursor:
            cursor.execute(
                f'CREATE DATABASE "{self.database}" TEMPLATE "{self.blueprint.template}"'
            )
        for piece in self.pieces.values():
            piece.start()
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        for web in self.webs:
            self.wait_for(lambda web=web: self.answers(web), f"{web} answers")
        self.wait_for(lambda: " ready." in self["worker"].said(), "the worker is ready")
        self.wait_for(lambda: "beat: Starting" in self["beat"].said(), "beat keeps time")
        # The classifier is loaded before the first look, so whoever has asked is ready.
        for name in ("sentinel-1", "sentinel-2"):
            self.wait_for(lambda name=name: self.is_connected(name), f"{name} watches")
        self.wait_for(lambda: self.leader() is not None, "a sentinel leads")

    def close(self) -> None:
        """End everything and remove the house's database; complain if something lived on."""
        for piece in self.pieces.values():
            piece.kill()
        left = end_all(self.mark, patience=3)
        with contextlib.suppress(Exception):
            self.thaw("redis")
            self.thaw("postgres")
            self.servers.up()
            self.redis().flushall()
            with self.servers_sql() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        assert not left, f"The house left processes behind: {left}"

    # -- asking ----------------------------------------------------------------------------

    @property
    def webs(self) -> list[str]:
        return [name for name in self.pieces if name.startswith("web-")]

    def web(self) -> str:
        """The address of a web process that lives, each in its turn, as a proxy would."""
        living = [name for name in self.webs if self[name].is_alive] or self.webs
        self._turn += 1
        return address(living[self._turn % len(living)])

    def answers(self, web: str) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{address(web)}/livez", timeout=5).status_code == 200
        return False

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the house's database, past all of the house's own code."""
        with contextlib.closing(psycopg2.connect(self.database_url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, parameters or None)
                return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *parameters: Any) -> Any:
        return self.rows(query, *parameters)[0][0]

    @contextlib.contextmanager
    def servers_sql(self) -> Iterator[Any]:
        with contextlib.closing(psycopg2.connect(self.servers.database_url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def is_connected(self, name: str) -> bool:
        return bool(
            self.one("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", name)
        )

    def leader(self) -> str | None:
        """The sentinel whose connection holds the advisory lock."""
        holders = self.rows(
            """
            SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND datname = current_database()
              AND application_name LIKE 'sentinel%'
            """
        )
        return holders[0][0] if holders else None

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT, env=self.environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    def celery(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "celery", "--app=peersupport", *arguments],
            cwd=CHECKOUT, env=self.environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    def wait_for(
        self, happens: Callable[[], Any], what: str, *, seconds: float = READY_WITHIN_SECONDS
    ) -> float:
        """Wait until something is so, and say how long that took."""
        began = time.monotonic()
        while True:
            # While a server is down, "not yet" is the answer.
            with contextlib.suppress(psycopg2.Error, redis.RedisError):
                if happens():
                    return time.monotonic() - began
            for piece in self.pieces.values():
                if (code := piece.process.poll() if piece.process else None) not in (None, -9, 0):
                    raise AssertionError(
                        f"{piece.name} ended with {code}:\n" + piece.said()[-2000:]
                    )
            if time.monotonic() - began > seconds:
                raise AssertionError(f"After {seconds:.0f} s it is still not so that {what}.")
            time.sleep(0.05)

    @contextlib.contextmanager
    def alerts_held_up(self) -> Iterator[int]:
        """
        While this lasts a child of the worker's pool waits, its screening half recorded.

        The kernel chooses when a signal strikes; this chooses where. Yields the child's
        process id.
        """
        with contextlib.closing(psycopg2.connect(self.database_url)) as connection:
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE risk_alert IN SHARE ROW EXCLUSIVE MODE")
            before = {child: times_it_waited(child) for child in self["worker"].children()}
            self.wait_for(lambda: self.waits_for_a_lock("worker"), "a worker is held up")
            # An idle child has slept through; the one that worked has waited for Postgres.
            yield max(
                self["worker"].children(),
                key=lambda child: times_it_waited(child) - before.get(child, 0),
            )
            connection.rollback()

    def waits_for_a_lock(self, name: str) -> bool:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(self.one(f"{waiting} AND application_name = %s", name))

    # -- Redis and Postgres ------------------------------------------------------------------

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.servers.redis_url, socket_timeout=5)

    def kill_server(self, name: str) -> None:
        self.servers.kill(name)

    def start_servers(self) -> None:
        self.servers.up()

    def freeze(self, name: str) -> None:
        os.kill(self.servers.pids()[name], signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        if pid := self.servers.pids().get(name):
            os.kill(pid, signal.SIGCONT)


def environment_of_a_house(blueprint: Blueprint) -> dict[str, str]:
    """The environment, less what belongs to the tests that started it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "COV_")) and name != "DJANGO_ALLOW_ASYNC_UNSAFE"
    }
    return {
        **kept,
        "DATABASE_URL": blueprint.servers.database_url,
        "REDIS_URL": blueprint.servers.redis_url,
        "SECRET_KEY": blueprint.secret_key,
        "PEERSUPPORT_TESTING": "1",
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def guarded() -> Iterator[str]:
    """A mark for everything that is started, and somebody to end it if we can't."""
    mark = secrets.token_hex(6)
    guard = subprocess.Popen(
        [sys.executable, "-I", str(Path(__file__).with_name("guard.py")), mark],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert guard.stdin is not None
    try:
        yield mark
    finally:
        guard.stdin.close()
        guard.wait(timeout=30)


def draw_blueprint(servers: Servers, mark: str) -> Blueprint:
    """Make the database that every house begins with: tables, topics, people, sessions."""
    template = f"blueprint_{secrets.token_hex(6)}"
    key = secrets.token_urlsafe(40)
    bare = Blueprint(servers, template, People([], "", "", []), key, mark)
    with contextlib.closing(psycopg2.connect(servers.database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for (old,) in _databases(cursor):
                cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{template}"')
    furnished = subprocess.run(
        [sys.executable, "-m", "tests.faults.furnish"],
        cwd=CHECKOUT,
        env={
            **environment_of_a_house(bare),
            "DATABASE_URL": servers.database_url.replace("/postgres?", f"/{template}?"),
        },
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert furnished.returncode == 0, furnished.stderr[-3000:]
    people = People(**json.loads(furnished.stdout.splitlines()[-1]))
    return replace(bare, people=people)


def _databases(cursor: Any) -> list[tuple[str]]:
    """What earlier runs that were killed have left in these servers."""
    cursor.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'house\\_%' "
        "OR datname LIKE 'blueprint\\_%'"
    )
    return list(cursor.fetchall())


def times_it_waited(pid: int) -> int:
    """How often a process has waited for something, by the kernel's count."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                return int(line.split()[1])
    return 0


def address(web: str) -> str:
    return f"http://{LOOPBACK}:{web.removeprefix('web-')}"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as trials:
        sockets = [trials.enter_context(socket.socket()) for _ in range(count)]
        for trial in sockets:
            trial.bind((LOOPBACK, 0))
        return [trial.getsockname()[1] for trial in sockets]
