"""The private servers start anywhere, survive what faults do to them, and leave nothing behind."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from peersupport import embedded
from peersupport.embedded import CHECKOUT, EmbeddedError, Servers

EXEC = [sys.executable, "-m", "peersupport.embedded", "exec"]


@contextlib.contextmanager
def directory() -> Iterator[Path]:
    """A directory that the servers' account can enter, unlike root's own tmp_path."""
    made = Path(tempfile.mkdtemp(prefix="ps-"))
    made.chmod(0o711)
    yield made
    # A keeper that has just been let go of tidies up its own files at this very moment.
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def place() -> Iterator[Path]:
    with directory() as made:
        yield made


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One home for the tests that leave it as they found it: a first start takes a second."""
    with directory() as made:
        yield made / "one"


@pytest.fixture
def servers(home: Path) -> Iterator[Servers]:
    with Servers(home) as running:
        yield running


def rows(servers: Servers, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(psycopg2.connect(servers.database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []


def ping(servers: Servers) -> bool:
    with contextlib.closing(redis.Redis.from_url(servers.redis_url)) as client:
        return bool(client.ping())


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def eventually(true: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def environment(place: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    kept.pop("SECRET_KEY", None)
    return {**kept, "PEERSUPPORT_HOME": str(place), **more}


def run_beside(place: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EXEC, "--fast", "--", *command],
        cwd=CHECKOUT,
        env=environment(place, **more),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_both_answer_on_unix_sockets_and_listen_on_no_port(servers):
    assert rows(servers, "select current_user::text") == [("app",)]
    assert rows(servers, "show listen_addresses") == [("",)]
    assert ping(servers)
    with contextlib.closing(redis.Redis.from_url(servers.redis_url)) as client:
        assert client.config_get("port") == {"port": "0"}


def test_no_other_account_can_reach_the_sockets_or_the_data(servers):
    for private in (servers.sockets, servers.home / "pg", servers.home / "redis"):
        assert private.stat().st_mode & 0o077 == 0


def test_up_twice_changes_nothing(servers):
    before = servers.pids()
    assert servers.up().pids() == before


def test_a_killed_redis_comes_back_on_the_same_socket(servers):
    killed = servers.kill("redis")
    assert not lives(killed)
    with pytest.raises(redis.ConnectionError):
        ping(servers)
    servers.start()
    assert ping(servers)
    assert servers.pids()["redis"] != killed


def test_a_killed_postgres_comes_back_with_all_that_was_committed(servers):
    rows(servers, "create table kept (n int); insert into kept values (7)")
    with contextlib.closing(psycopg2.connect(servers.database_url)):  # an open connection, too
        os.kill(servers.pids()["postgres"], signal.SIGKILL)
        assert eventually(lambda: "postgres" not in servers.pids())
        servers.start()
    assert rows(servers, "select n from kept") == [(7,)]


def test_two_users_share_them_and_the_last_one_out_stops_them(servers):
    with Servers(servers.home) as second:
        assert second.pids() == servers.pids()
    pids = servers.pids()
    assert all(lives(pid) for pid in pids.values())
    servers.down()
    assert eventually(lambda: not any(lives(pid) for pid in pids.values()))


def test_two_starts_at_once_make_one_pair_of_servers(place):
    show = "from peersupport.embedded import *; import sys, json; s = Servers(sys.argv[1]).up();"
    show += "print(json.dumps(s.pids()), flush=True); sys.stdin.read()"
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", show, str(place / "one")],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        pids = [json.loads(one.stdout.readline()) for one in starting]
    finally:
        for one in starting:
            one.communicate(timeout=60)
    assert pids[0] == pids[1] == pids[2]


def test_a_user_killed_with_minus_9_leaves_nothing_running(place):
    launcher = subprocess.Popen(
        [*EXEC, "--fast", "--", sys.executable, "-c", "import sys; print(1, flush=True);"
         "import signal; signal.pause()"],
        cwd=CHECKOUT, env=environment(place), stdout=subprocess.PIPE,
    )  # fmt: skip
    with launcher.stdout as output:
        output.readline()
    pids = Servers(place / "demo").pids()
    (child,) = (
        int(pid)
        for pid in Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
        if int(pid) != pids["keeper"]
    )
    launcher.kill()
    launcher.wait()
    assert eventually(lambda: not any(lives(pid) for pid in [child, *pids.values()]))


def test_a_keeper_killed_with_minus_9_takes_them_along_and_the_next_start_works(servers):
    pids = servers.pids()
    os.kill(pids["keeper"], signal.SIGKILL)
    assert eventually(lambda: not any(lives(pid) for pid in pids.values()))
    assert ping(servers.up())
    assert rows(servers, "select 1") == [(1,)]


def test_a_dead_postmasters_lock_with_a_living_process_number_is_seen_through(servers):
    servers.down()
    lock = servers.home / "pg/postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{servers.home / 'pg'}\n")
    assert rows(servers.up(), "select 1") == [(1,)]


def test_a_start_that_was_interrupted_half_way_is_begun_afresh(place):
    servers = Servers(place / "one", durable=False)
    servers._make_directories()
    (servers.home / "pg/base").mkdir()
    with servers:
        assert rows(servers, "select 1") == [(1,)]


def test_a_path_too_long_for_a_socket_gets_a_short_one_elsewhere(place):
    with Servers(place / ("a long name " * 12), durable=False) as servers:
        assert len(str(servers.sockets)) < embedded.LONGEST_SOCKET_DIR
        assert ping(servers)
        assert rows(servers, "select 1") == [(1,)]
    shutil.rmtree(servers.sockets)


def test_a_socket_directory_that_somebody_else_put_there_is_refused(place):
    servers = Servers(place / "one")
    servers.home.mkdir()
    servers.sockets.symlink_to(place)
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        servers.up()


def test_data_of_another_postgres_are_answered_with_a_sentence(place):
    servers = Servers(place / "one")
    servers._make_directories()
    (servers.home / "pg/PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 9, which isn't here"):
        servers.up()


def test_the_wheels_serve_where_debian_has_nothing(place, monkeypatch):
    monkeypatch.setenv("PEERSUPPORT_PREFER", "wheels")
    with Servers(place / "one", durable=False) as servers:
        running = Path(f"/proc/{servers.pids()['redis']}/exe").readlink()
        assert running.name.startswith("valkey")
        assert "pginstall" in str(Path(f"/proc/{servers.pids()['postgres']}/exe").readlink())
        assert rows(servers, "select 1") == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another account")
def test_data_that_nobody_owns_are_served_as_nobody(place):
    home = place / "one"
    (home / "pg").mkdir(parents=True, mode=0o700)
    (home / "sockets").mkdir(mode=0o700)
    for mine in (home / "pg", home / "sockets"):
        shutil.chown(mine, "nobody")
    with Servers(home, durable=False) as servers:
        owner = Path(f"/proc/{servers.pids()['postgres']}").owner()
        assert owner == "nobody"
        assert rows(servers, "select 1") == [(1,)]


def test_two_test_runs_at_once_get_servers_of_their_own(place, monkeypatch):
    monkeypatch.setenv("PEERSUPPORT_HOME", str(place))
    with Servers.unshared() as first, Servers.unshared() as second:
        assert first.home != second.home
        assert first.pids()["redis"] != second.pids()["redis"]
    again = Servers.unshared()
    assert again.home == first.home
    again.down()


def test_each_redis_database_has_an_address_of_its_own(servers):
    assert servers.redis_url_for(3).endswith("redis.sock?db=3")
    with pytest.raises(ValueError, match="not between"):
        servers.redis_url_for(64)


def test_exec_gives_its_command_three_settings_and_its_exit_status(place):
    asks = (
        "import os, redis, psycopg2, sys;"
        "redis.Redis.from_url(os.environ['REDIS_URL']).ping();"
        "psycopg2.connect(os.environ['DATABASE_URL']).close();"
        "print(os.environ['SECRET_KEY']); sys.exit(5)"
    )
    first = run_beside(place, sys.executable, "-W", "ignore", "-c", asks)
    assert (first.returncode, len(first.stdout.strip())) == (5, 67)
    second = run_beside(place, sys.executable, "-W", "ignore", "-c", asks)
    assert second.stdout == first.stdout
    assert (place / "demo/secret-key").stat().st_mode & 0o777 == 0o600
    assert Servers(place / "demo").pids() == {}


def test_exec_starts_nothing_that_is_already_set(place):
    shown = run_beside(
        place,
        *("sh", "-c", "echo $DATABASE_URL $REDIS_URL $SECRET_KEY"),
        DATABASE_URL="postgres://elsewhere/db",
        REDIS_URL="redis://elsewhere:6379/0",
        SECRET_KEY="mine",
    )
    assert shown.stdout == "postgres://elsewhere/db redis://elsewhere:6379/0 mine\n"
    assert not (place / "demo/pg").exists()


def test_exec_says_in_one_line_that_a_command_is_not_there(place):
    answered = run_beside(place, "no-such-command")
    assert answered.returncode == 1
    assert answered.stderr.splitlines()[-1] == (
        "no-such-command does not run: No such file or directory."
    )


def test_exec_passes_sigterm_on_and_ends_what_its_command_left_behind(place):
    # The command leaves a child in a session of its own, as a badly behaved server would.
    stray = "sleep 300 & echo $! >stray; wait"
    launcher = subprocess.Popen(
        [*EXEC, "--fast", "--", "sh", "-c", f"cd {place}; setsid sh -c '{stray}' & echo ok; wait"],
        cwd=CHECKOUT,
        env=environment(place),
        stdout=subprocess.PIPE,
    )
    with launcher.stdout as output:
        output.readline()
    written = place / "stray"
    assert eventually(lambda: written.exists() and written.read_text().endswith("\n"))
    servers = Servers(place / "demo").pids()
    launcher.terminate()
    assert launcher.wait(timeout=60) == 128 + signal.SIGTERM
    assert not any(lives(pid) for pid in [int(written.read_text()), *servers.values()])


def test_it_is_imported_without_django_or_anything_else_installed():
    loads = (
        "import sys; sys.path.append('peersupport'); import embedded;"
        "sys.exit('django' in sys.modules)"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", loads], cwd=CHECKOUT, check=True)


def test_a_socket_that_nobody_listens_on_counts_as_down(place):
    servers = Servers(place / "one", durable=False)
    servers._make_directories()
    for name in ("keeper", "redis.sock", ".s.PGSQL.5432"):
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(servers.sockets / name))
    with servers:
        assert ping(servers)
        assert rows(servers, "select 1") == [(1,)]
