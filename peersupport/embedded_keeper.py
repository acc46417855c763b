"""
The keeper: the process that owns a private Postgres and Redis (see embedded.py).

Started as a script by `Servers.up()`; it puts itself in the background and answers one JSON
line with another on a unix socket. An open connection is somebody using the servers. When
the last one closes, the keeper stops them and ends. Being their parent, it also reaps them:
where process 1 reaps late, a killed postmaster would otherwise stay a zombie, which
Postgres's own lock file takes for alive.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# A script, run with -I: its own folder comes last on the path, and the package around it,
# which would bring Celery along, is not imported.
sys.path.append(str(Path(__file__).resolve().parent))

from embedded import (
    BOTH,
    REDIS_DATABASES,
    EmbeddedError,
    Servers,
    _locked,
    adopt_orphans,
    die_with_parent,
    find_postgres,
    find_redis,
    postgres_major,
)

PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Keeper:
    """Starts, kills, reaps and stops the servers of one home."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.home = servers.home
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        # The account goes in by number: Popen drops privileges before it runs the program.
        self.identity: dict[str, Any] = {}
        if account := servers.account:
            self.identity = {
                "user": account.pw_uid, "group": account.pw_gid, "extra_groups": [],
            }  # fmt: skip

    # -- one server ----------------------------------------------------------------------

    def start(self, name: str) -> None:
        self.reap()
        if name not in self.running:
            {"postgres": self.start_postgres, "redis": self.start_redis}[name]()

    def start_postgres(self) -> None:
        data, sockets = self.home / "pg", self.servers.sockets
        made_by = data / "PG_VERSION"
        major = int(made_by.read_text()) if made_by.exists() else None
        programs, tree = find_postgres(major=major)
        version = major or postgres_major(programs)
        programs = self.within_reach(programs / "postgres", tree, f"postgres-{version}").parent
        if major is None:
            self.make_cluster(programs, data)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "shared_buffers": "64MB",
            "max_connections": "100",
            "jit": "off",
            "TimeZone": "UTC",
            "log_timezone": "UTC",
            # An error must not copy what a member wrote into a log.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.servers.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        command = [str(programs / "postgres"), "-D", str(data)]
        for setting, value in settings.items():
            command += ["-c", f"{setting}={value}"]

        deadline = time.monotonic() + 60
        while True:
            self.clear_dead_lock(data)
            process = self.spawn(command, log="postgres.log", parent_dies=signal.SIGINT)
            while process.poll() is None and time.monotonic() < deadline:
                if self.postgres_is_ready(data, process.pid):
                    self.running["postgres"] = process
                    return
                time.sleep(0.02)
            process.kill()
            process.wait()
            # Children of a killed postmaster need a moment to notice and let go of its memory.
            if "still in use" not in self.tail("postgres.log") or time.monotonic() > deadline:
                raise EmbeddedError(f"Postgres did not start: {self.tail('postgres.log')}")
            time.sleep(0.2)

    def make_cluster(self, programs: Path, data: Path) -> None:
        # A first start that was interrupted leaves half a cluster, which initdb refuses.
        for left_over in data.iterdir():
            shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
        made = subprocess.run(  # noqa: S603
            [
                *(str(programs / "initdb"), "-D", str(data), "-U", "app", "--auth=trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            cwd="/", env=PLAIN_ENVIRONMENT, capture_output=True, text=True, check=False,
            **self.identity,
        )  # fmt: skip
        if made.returncode:
            raise EmbeddedError(f"Postgres made no data directory: {made.stderr.strip()}")

    @staticmethod
    def postgres_is_ready(data: Path, pid: int) -> bool:
        """Whether that postmaster has written "ready" in its own lock file, as pg_ctl asks."""
        with contextlib.suppress(OSError, IndexError, ValueError):
            lines = (data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]) == pid and lines[7].strip() == "ready"
        return False

    def clear_dead_lock(self, data: Path) -> None:
        """Remove a dead postmaster's lock; wait for one that is alive but not ours to end."""
        lock = data / "postmaster.pid"
        deadline = time.monotonic() + 30
        while lock.exists():
            try:
                pid = int(lock.read_text().split()[0])
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except (OSError, ValueError, IndexError):
                command = []
            # A zombie's command line is empty; a recycled number's names another program.
            if os.fsencode(data) not in command:
                for stale in (lock, *self.servers.sockets.glob(".s.PGSQL.*")):
                    stale.unlink(missing_ok=True)
                return
            # Its keeper was killed; it was told to stop, and is told once more.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.1)

    def start_redis(self) -> None:
        program, tree = find_redis()
        program = self.within_reach(program, tree, "redis")
        path = self.servers.sockets / "redis.sock"
        process = self.spawn(
            [
                *(str(program), "--port", "0", "--unixsocket", str(path)),
                *("--unixsocketperm", "700", "--databases", str(REDIS_DATABASES)),
                *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
                *("--dir", str(self.home / "redis")),
            ],
            log="redis.log",
            parent_dies=signal.SIGTERM,
        )
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            # The socket of a killed Redis is a file still; only an answer counts.
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(path))
                client.sendall(b"PING\r\n")
                if client.recv(7).startswith(b"+PONG"):
                    self.running["redis"] = process
                    return
            time.sleep(0.01)
        process.kill()
        process.wait()
        raise EmbeddedError(f"Redis did not start: {self.tail('redis.log')}")

    # -- processes -----------------------------------------------------------------------

    def spawn(
        self, command: list[str], *, log: str, parent_dies: signal.Signals
    ) -> subprocess.Popen[bytes]:
        # A file, never our pipes: a server would hold them open long after we are gone.
        with (self.home / log).open("ab") as output:
            return subprocess.Popen(  # noqa: S603
                command,
                cwd="/",
                env=PLAIN_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent(parent_dies),
                **self.identity,
            )

    def within_reach(self, program: Path, tree: Path | None, name: str) -> Path:
        """
        A program that the servers' account can run, copied out of a closed directory if need be.

        A wheel's libraries are found by a path relative to its programs
        ($ORIGIN/../../../<package>.libs), so the copy keeps that shape.
        """
        try:
            ran = subprocess.run(  # noqa: S603
                [str(program), "--version"],
                cwd="/", env=PLAIN_ENVIRONMENT, capture_output=True, check=False,
                **self.identity,
            )  # fmt: skip
            if ran.returncode == 0:
                return program
            why = ran.stderr.decode(errors="replace").strip()
        except OSError as error:
            why = str(error)
        if tree is None:
            raise EmbeddedError(f"{program} does not run: {why}")
        # Its date is in the name, so that an upgraded wheel is copied anew.
        copy = self.home / "programs" / f"{name}-{int(program.stat().st_mtime)}"
        if not copy.exists():
            print("copying", tree, "to", copy, flush=True)  # noqa: T201  (the keeper's log)
            half = copy.with_name(f".{copy.name}.half")
            shutil.rmtree(half, ignore_errors=True)
            ours_alone = os.umask(0o022)  # the servers' account is to read it
            shutil.copytree(tree, half / tree.parent.name / tree.name, symlinks=True)
            libraries = tree.parent.with_name(f"{tree.parent.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, half / libraries.name, symlinks=True)
            (half / tree.parent.name / program.relative_to(tree.parent)).chmod(0o755)
            os.umask(ours_alone)
            half.rename(copy)
        return copy / tree.parent.name / program.relative_to(tree.parent)

    def reap(self) -> None:
        """Forget servers that have ended, and wait for the orphans that they left."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                del self.running[name]
        ours = {process.pid for process in self.running.values()}
        for listing in Path("/proc/self/task").glob("*/children"):
            for pid in {int(pid) for pid in listing.read_text().split()} - ours:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def kill(self, name: str) -> int | None:
        process = self.running.pop(name, None)
        if process is None:
            return None
        process.kill()
        process.wait()
        return process.pid

    def stop(self) -> None:
        """End the servers in order: Redis at once, Postgres with its fast shutdown."""
        self.reap()
        for name, sign in (("redis", signal.SIGTERM), ("postgres", signal.SIGINT)):
            if process := self.running.pop(name, None):
                process.send_signal(sign)
                for harder in (signal.SIGQUIT, signal.SIGKILL, signal.SIGKILL):
                    try:
                        process.wait(timeout=20)
                        break
                    except subprocess.TimeoutExpired:
                        process.send_signal(harder)

    def tail(self, log: str) -> str:
        lines = (self.home / log).read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:])

    # -- people ----------------------------------------------------------------------------

    def answer(self, request: dict[str, Any], *, others: int) -> dict[str, Any]:
        """Do what one connection asks, and say how it went."""
        self.reap()
        names = [name for name in request.get("names", ()) if name in BOTH]
        try:
            match request.get("do"):
                case "start":
                    for name in names:
                        self.start(name)
                case "kill":
                    return {"killed": next(self.kill(name) for name in names)}
                case "bye":
                    return {"others": others}
        except (EmbeddedError, OSError, subprocess.SubprocessError) as error:
            return {"error": str(error)}
        pids = {name: process.pid for name, process in self.running.items()}
        return {"pids": {**pids, "keeper": os.getpid()}, "durable": self.servers.durable}

    def serve(self, listener: socket.socket) -> None:
        """Answer until nobody is left, then stop the servers."""
        # The children of a killed postmaster become ours, to be reaped like it.
        adopt_orphans()
        woken, wake = socket.socketpair()
        woken.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        ended = []
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: ended.append(True))

        users: set[socket.socket] = set()
        anyone_yet = False
        with selectors.DefaultSelector() as waiting:
            waiting.register(listener, selectors.EVENT_READ)
            waiting.register(woken, selectors.EVENT_READ)
            while not ended and (users or not anyone_yet):
                # Whoever launched the keeper is about to connect; if it died first, give up.
                ready = waiting.select(timeout=None if anyone_yet else 30)
                if not ready and not anyone_yet:
                    break
                for key, _ in ready:
                    if key.fileobj is woken:
                        woken.recv(4096)
                        self.reap()
                    elif key.fileobj is listener:
                        user = listener.accept()[0]
                        user.settimeout(30)
                        users.add(user)
                        waiting.register(user, selectors.EVENT_READ)
                        anyone_yet = True
                    elif isinstance(user := key.fileobj, socket.socket):
                        request = self.hear(user)
                        if request is None:
                            waiting.unregister(user)
                            users.discard(user)
                            user.close()
                        elif request.get("do") == "stop" or (
                            request.get("do") == "bye" and len(users) == 1
                        ):
                            # Answered by the line going dead, once all is down.
                            ended.append(True)
                        else:
                            reply = self.answer(request, others=len(users) - 1)
                            with contextlib.suppress(OSError):
                                user.sendall(json.dumps(reply).encode() + b"\n")
        # New users must find nobody here, and wait for a keeper of their own.
        (self.servers.sockets / "keeper").unlink(missing_ok=True)
        listener.close()
        self.stop()

    @staticmethod
    def hear(user: socket.socket) -> dict[str, Any] | None:
        """One line from a user; None if they have gone."""
        line = b""
        try:
            while not line.endswith(b"\n"):
                chunk = user.recv(4096)
                if not chunk:
                    return None
                line += chunk
            request = json.loads(line)
        except (OSError, ValueError):
            return None
        return request if isinstance(request, dict) else None


def main(home: str, durability: str) -> None:
    """Take the keeper's place for this home, go into the background, and serve."""
    servers = Servers(home, durable=durability == "durable")
    log_path = servers.home / "keeper.log"
    # An older keeper that is still stopping its servers is waited for.
    with _locked(servers.home / "keeper.lock", patience=90):
        path = servers.sockets / "keeper"
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(64)
        if os.fork():
            os._exit(0)  # the launcher may connect now; the lock lives on in the child
        os.setsid()
        with log_path.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        os.umask(0o077)
        print("keeping:", shlex.join(sys.argv), os.getpid(), flush=True)  # noqa: T201
        Keeper(servers).serve(listener)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except (EmbeddedError, TimeoutError) as problem:
        sys.exit(str(problem))
