"""Everything at once on this machine: what `make demo` and `make dev` run."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from escalation.models import Heartbeat
from notifications.keys import new_key
from peersupport import demo_town
from peersupport.celery import app as celery_app
from peersupport.database_roles import POST, WEB, address_as
from peersupport.embedded import Servers, default_home
from peersupport.supervisor import DiedEarlyError, Supervisor, same_python

READY_WITHIN_SECONDS = 120.0
# Whoever serves pages cannot ask for an address.
SENDS_LETTERS = {"worker", "sentinel-1", "sentinel-2"}
LOOPBACK = "127.0.0.1"


class Command(BaseCommand):
    help = "Build the demo town and run web, worker, beat and two sentinels until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000)
        parser.add_argument("--reload", action="store_true", help="start again on every change")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This shows sign-ins that everybody knows: run it by `make demo`.")
        insist_on_a_free_port(port)
        run = run_directory()
        # The town's first letters lead here, as those that its worker writes.
        settings.SITE_URL = os.environ.setdefault("SITE_URL", f"http://{LOOPBACK}:{port}")
        children = Supervisor(logs=run / "logs" / str(port), say=self.say)
        children.listen_for_signals()
        self.say("Preparing the database …")
        call_command("prepare", verbosity=0)
        if not children.told_to_stop:
            self.say("Building the demo town (some seconds the first time) …")
            demo_town.build(at=timezone.now())
        # Children must not inherit a connection, and the supervisor needs none while it waits.
        connections.close_all()
        state = run / "demo.json"
        try:
            if self.start(children, port=port, run=run, reload=options["reload"]):
                write_state(state, children, port=port)
                self.show(port, children.logs)
                children.watch()
        except DiedEarlyError as problem:
            raise CommandError(str(problem)) from problem
        finally:
            self.say("Stopping …")
            children.stop()
            forget_state(state)
            self.say("Stopped.")

    def start(self, children: Supervisor, *, port: int, run: Path, reload: bool) -> bool:
        """Start every process and wait until each has shown that it works."""
        if children.told_to_stop:
            return False
        started_at = timezone.now()
        environment = environment_of_children(letters=run / "letters")
        environment.setdefault("PUSH_KEY", push_key(run / "push-key"))
        worker = f"demo-{port}@{socket.gethostname()}"
        todo = commands(port=port, worker=worker, run=run)

        def begin(*names: str) -> None:
            for name in names:
                command = with_reload(name, todo[name]) if reload else todo[name]
                given = environment if name in SENDS_LETTERS else without_the_post(environment)
                children.start(name, command, environment=given)

        # Those that are waited for come first: on two cores the others would only delay them.
        begin("web", "worker", "sentinel-1")
        awaited = (
            ("the pages answer", lambda: answers(f"http://{LOOPBACK}:{port}/readyz")),
            ("the sentinel keeps watch", lambda: sentinel_watches_since(started_at)),
            ("the worker answers", lambda: worker_answers(worker)),
        )
        for what, ready in awaited:
            if not children.wait_until(what, ready, seconds=READY_WITHIN_SECONDS):
                if not children.told_to_stop:
                    raise CommandError(
                        f"After {READY_WITHIN_SECONDS:.0f} seconds it is still not so that {what}:"
                        f" the logs are in {children.logs}."
                    )
                return False
            self.say(f"  {what}")
        begin("beat", "sentinel-2")
        return True

    def show(self, port: int, logs: Path) -> None:
        people = [(kind, email, password) for kind, email, password in demo_town.sign_ins()]
        widths = [max(len(person[column]) for person in people) for column in range(3)]
        self.say(f"\nReady: http://{LOOPBACK}:{port}/\n\nSign in as")
        for person in people:
            self.say("  " + "   ".join(map(str.ljust, person, widths)).rstrip())
        self.say("\nJoin with an access code")
        for name, code in demo_town.codes():
            self.say(f"  {name}   {code}")
        self.say(f"\nThe letters it sends are at http://{LOOPBACK}:{port}/demo/mail/")
        self.say(f"Logs are in {logs}.")
        self.say("Ctrl-C stops everything.\n")

    def say(self, words: str) -> None:
        # A closed terminal or pipe must not stand in the way of stopping the rest.
        with contextlib.suppress(OSError):
            self.stdout.write(words)
            self.stdout.flush()


def environment_of_children(*, letters: Path) -> dict[str, str]:
    """
    What the processes are given: as in production they are not the database's owner.

    There is no mail server here, so letters are put into a directory.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PEERSUPPORT_AS_OWNER"}
    # Nobody who tries a demo has enrolled a phone. Set it to 0 to see the second factor.
    environment.setdefault("DEMO_WITHOUT_SECOND_FACTOR", "1")
    environment.setdefault("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
    environment.setdefault("EMAIL_FILE_PATH", str(letters))
    if "DATABASE_OWNER_URL" in environment:
        del environment["DATABASE_OWNER_URL"]
    elif "PEERSUPPORT_SERVERS" in environment:
        address = environment["DATABASE_URL"]
        environment["DATABASE_URL"] = address_as(WEB, address)
        environment["POST_DATABASE_URL"] = address_as(POST, address)
    return environment


def push_key(path: Path) -> str:
    """This demo's own key for nudges, kept so that browsers need not say yes at each start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(new_key())
    return path.read_text().strip()


def without_the_post(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != "POST_DATABASE_URL"}


def port_number(text: str) -> int:
    """A port as somebody typed it."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text!r} is not a port: a port is a number from 1 to 65535.")
    return int(text)


def insist_on_a_free_port(port: int) -> None:
    with socket.socket() as trial:
        # A connection that has just been closed doesn't count; a listener does.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is in use; choose another, such as: make demo PORT={port + 123}"
                ) from error
            raise CommandError(f"Port {port} cannot be used: {error.strerror}.") from error


def run_directory() -> Path:
    """
    Where logs and demo.json go: .run in the checkout, wherever that can be written.

    A demo beside servers of another name (`embedded exec --name design`) has a place of its own.
    """
    nearest = settings.BASE_DIR / ".run"
    writable = os.access(nearest if nearest.exists() else nearest.parent, os.W_OK | os.X_OK)
    run = nearest if writable else default_home().parent
    name = Path(os.environ.get("PEERSUPPORT_SERVERS", "demo")).name
    if name != "demo":
        run /= name
    run.mkdir(parents=True, exist_ok=True)
    return run


def commands(*, port: int, worker: str, run: Path) -> dict[str, list[str]]:
    """What docker-compose.yml runs as containers, as processes."""
    celery = same_python("-m", "celery", "--app=peersupport")
    sentinel = same_python("manage.py", "sentinel")
    return {
        "web": same_python(
            *("-m", "uvicorn", "peersupport.asgi:application", f"--host={LOOPBACK}"),
            *(f"--port={port}", "--lifespan=off", "--no-access-log"),
            *("--timeout-graceful-shutdown=3", "--ws-per-message-deflate=false"),
        ),
        "worker": [
            *(*celery, "worker", "--queues=default", "--concurrency=2", "--loglevel=INFO"),
            *("--without-gossip", "--without-mingle", f"--hostname={worker}"),
        ],
        "beat": [
            *(*celery, "beat", f"--schedule={run / f'beat-{port}'}", "--pidfile="),
            "--loglevel=WARNING",
        ],
        "sentinel-1": sentinel,
        "sentinel-2": sentinel,
    }


def with_reload(name: str, command: list[str]) -> list[str]:
    """The same command, started again whenever a Python file changes."""
    rooms = sorted({path.parent.name for path in settings.BASE_DIR.glob("*/apps.py")})
    if name == "web":
        return [*command, "--reload", *(f"--reload-dir={room}" for room in rooms)]
    return same_python("-m", "watchfiles", "--filter=python", " ".join(command), *rooms)


def answers(url: str) -> bool:
    with contextlib.suppress(urllib.error.URLError, OSError):
        return urllib.request.urlopen(url, timeout=5).status == 200  # noqa: S310  (loopback)
    return False


def sentinel_watches_since(moment: datetime) -> bool:
    try:
        return Heartbeat.objects.filter(name="sentinel", at__gte=moment).exists()
    finally:
        connections.close_all()


def worker_answers(name: str) -> bool:
    with contextlib.suppress(OSError, celery_app.connection().connection_errors):
        return bool(celery_app.control.ping(destination=[name], timeout=0.5))
    return False


def write_state(path: Path, children: Supervisor, *, port: int) -> None:
    """Tell tests and tools what runs where; its passwords are the demo's own."""
    pids = {child.name: child.pid for child in children.children}
    if home := os.environ.get("PEERSUPPORT_SERVERS"):
        pids |= Servers(home).pids()
    known = {
        "url": f"http://{LOOPBACK}:{port}",
        "port": port,
        "supervisor": os.getpid(),
        "pids": pids,
        "database_url": os.environ["DATABASE_URL"],
        "redis_url": os.environ["REDIS_URL"],
        # With other keys a command that joins this demo would know nobody and open nothing.
        "keys": {name: os.environ[name] for name in ("VAULT_SEAL_KEY", "VAULT_KEYS")},
        "logs": str(children.logs),
        "ready_at": time.time(),
        "sign_ins": [
            {"kind": kind, "email": email, "password": password}
            for kind, email, password in demo_town.sign_ins()
        ],
    }
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(known, indent=2) + "\n")
    unfinished.rename(path)


def forget_state(path: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        if json.loads(path.read_text())["supervisor"] == os.getpid():
            path.unlink()
