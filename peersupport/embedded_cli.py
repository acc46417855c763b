"""
`python -m peersupport.embedded`: servers beside a command, and a look at them.

    exec [--name demo] [--with-parent] -- COMMAND …
    info [--name demo]      where the data and sockets are, what runs, as JSON
    start [--name demo]     start again what was killed, while somebody still uses the rest
    stop [--name demo]      stop the servers, whoever uses them

`exec` sets DATABASE_URL, REDIS_URL and SECRET_KEY where they are unset, and starts only the
servers that are then needed. When COMMAND ends, whatever it left running is ended too.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import ctypes
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from peersupport.embedded import (
    PR_SET_PDEATHSIG,
    EmbeddedError,
    Servers,
    adopt_orphans,
    default_home,
    die_with_parent,
    kept_secret,
)

# What `exec` makes once where the environment does not set it, and the file that keeps it.
SECRETS = {"SECRET_KEY": "secret-key", "VAULT_SEAL_KEY": "seal-key"}
SI_USER = 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m peersupport.embedded",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("do", choices=["exec", "info", "start", "stop"])
    name = os.environ.get("PEERSUPPORT_NAME", "demo")
    parser.add_argument("--name", default=name, help="which servers (demo unless told)")
    parser.add_argument("--fast", action="store_true", help="give up surviving a power cut")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent does")
    split = arguments.index("--") if "--" in arguments else len(arguments)
    ours, command = arguments[:split], arguments[split + 1 :]
    options = parser.parse_args(ours)
    try:
        match options.do:
            case "exec":
                if not command:
                    parser.error("exec needs a command after --")
                return run_beside_servers(
                    command,
                    home=default_home(options.name),
                    durable=not options.fast,
                    with_parent=options.with_parent,
                )
            case "info":
                return show(Servers(default_home(options.name)))
            case "start":
                return start_again(Servers(default_home(options.name)))
            case _:
                stopped = Servers(default_home(options.name)).stop()
                say("Stopped." if stopped else "They were not running.")
                return 0
    except (EmbeddedError, TimeoutError) as problem:
        say(str(problem))
        return 1


def say(words: str) -> None:
    sys.stderr.write(words + "\n")


def show(servers: Servers) -> int:
    known = {
        "data": str(servers.home),
        "sockets": str(servers.sockets),
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "pids": servers.pids(),
    }
    sys.stdout.write(json.dumps(known, indent=2) + "\n")
    return 0


def start_again(servers: Servers) -> int:
    if not servers.pids():
        say("Nobody uses these servers now, so they would stop at once: use exec.")
        return 1
    with servers:
        sys.stdout.write(json.dumps(servers.pids()) + "\n")
    return 0


def run_beside_servers(command: list[str], *, home: Path, durable: bool, with_parent: bool) -> int:
    """Run a command with servers beside it; its exit status is ours."""
    if with_parent:
        end_with_parent()
    environment = dict(os.environ)
    needed = tuple(
        name
        for name, variable in (("postgres", "DATABASE_URL"), ("redis", "REDIS_URL"))
        if not environment.get(variable)
    )
    # Orphans become our children, the keeper among them, so that none is left behind, not
    # even as a zombie where process 1 reaps late.
    adopt_orphans()
    servers = Servers(home, durable=durable, only=needed)
    try:
        if needed:
            if not (home / "pg/PG_VERSION").exists():
                say(f"Making a private Postgres and Redis in {home} …")
            servers.up()
        if "postgres" in needed:
            environment["DATABASE_URL"] = servers.database_url
        if "redis" in needed:
            environment["REDIS_URL"] = servers.redis_url
        if needed:
            environment["PEERSUPPORT_SERVERS"] = str(home)
        for name, kept in SECRETS.items():
            if not environment.get(name):
                environment[name] = kept_secret(home, kept)
        if not environment.get("VAULT_KEYS"):
            key = hashlib.sha256(kept_secret(home, "vault-key").encode()).digest()
            environment["VAULT_KEYS"] = f"k1:{base64.b64encode(key).decode()}"
        status = run(command, environment)
        end_orphans(but=servers.pids().get("keeper") if needed else None)
        return status
    finally:
        servers.down()
        reap()


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM when our parent (make) dies, even by -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() == 1:
            os.kill(os.getpid(), signal.SIGTERM)


def run(command: list[str], environment: dict[str, str]) -> int:
    """
    Run a command in the foreground and outlive it, so that the servers can be stopped after it.

    Ctrl-C in a terminal reaches the command by itself, so it is not passed on; a signal sent
    to this process alone is.
    """
    watched = {signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    tie_to_us = die_with_parent(signal.SIGTERM)

    def in_the_child() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        tie_to_us()

    try:
        process = subprocess.Popen(  # noqa: S603
            command, env=environment, preexec_fn=in_the_child
        )
    except OSError as error:
        raise EmbeddedError(f"{command[0]} does not run: {error.strerror}.") from error
    while process.poll() is None:
        told = signal.sigwaitinfo(watched)
        if told.si_signo == signal.SIGCHLD:
            reap(but=process.pid)
            continue
        if told.si_signo in (signal.SIGTERM, signal.SIGHUP) or told.si_code <= SI_USER:
            process.send_signal(told.si_signo)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    # A shell reports a death by signal as 128 + its number.
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def end_orphans(*, but: int | None, patience: float = 8.0) -> None:
    """End whatever the command left behind: asked first, then killed."""
    deadline = time.monotonic() + patience
    asked: set[int] = set()
    while left := reap() - {but}:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in asked:
                    os.kill(pid, signal.SIGTERM)
                    asked.add(pid)
        time.sleep(0.05)


def reap(*, but: int | None = None) -> set[int]:
    """Wait for the children that have ended; the process ids of those that haven't."""
    children = {
        int(pid)
        for listing in Path("/proc/self/task").glob("*/children")
        for pid in listing.read_text().split()
    }
    for pid in children - {but}:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)
    return children
