"""`make demo`: ready, five sign-ins that work, and nothing left behind however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.platform.compose import CHECKOUT
from tests.platform.house import free_port

pytestmark = pytest.mark.faults


class Demo:
    """One run of the Makefile's demo, in a process group of its own as a terminal gives it."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        environment = {
            key: value
            for key, value in os.environ.items()
            if key not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PEERSUPPORT_TESTING")
        }
        # A name of its own: a demo that somebody runs beside the tests is left alone.
        environment["PEERSUPPORT_HOME"] = str(home)
        environment["PEERSUPPORT_NAME"] = "demo-under-test"
        self.said = home / "said"
        with self.said.open("wb") as said:
            self.make = subprocess.Popen(
                ["make", "demo", f"PORT={self.port}"],
                cwd=CHECKOUT, env=environment, stdout=said, stderr=said, process_group=0,
            )  # fmt: skip
        deadline = time.monotonic() + 240
        while "\nReady: " not in self.words():
            assert self.make.poll() is None, self.words()
            assert time.monotonic() < deadline, self.words()
            time.sleep(0.1)

    def words(self) -> str:
        return self.said.read_text()

    def state(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(
            (CHECKOUT / ".run/demo-under-test/demo.json").read_text()
        )
        return known

    def everyone(self) -> set[int]:
        """Every process of this demo: make's descendants and the keeper's."""
        found = {self.make.pid}
        parents = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found | set(self.state()["pids"].values())


def alive(pids: set[int]) -> set[int]:
    living = set()
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z":
            living.add(pid)
    return living


def all_gone(pids: set[int], seconds: float = 40) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="demo-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)
    shutil.rmtree(CHECKOUT / ".run/demo-under-test", ignore_errors=True)


@pytest.fixture
def demo(home: Path) -> Iterator[Demo]:
    running = Demo(home)
    everyone = running.everyone()
    yield running
    if running.make.poll() is None:
        os.killpg(running.make.pid, signal.SIGTERM)
        running.make.wait(timeout=60)
    assert all_gone(everyone)


def test_every_printed_sign_in_opens_its_own_door(demo):
    state = demo.state()
    assert [person["kind"] for person in state["sign_ins"]] == [
        *("member", "wall guide", "senior wall guide", "commissioner", "admin"),
    ]
    doors = []
    for person in state["sign_ins"]:
        assert person["email"] in demo.words()
        with httpx.Client(base_url=state["url"], follow_redirects=True, timeout=30) as browser:
            page = browser.get("/account/login/").text
            token = page.split('name="csrfmiddlewaretoken" value="', 1)[1].split('"', 1)[0]
            form = {"login": person["email"], "password": person["password"]}
            answer = browser.post("/account/login/", data={**form, "csrfmiddlewaretoken": token})
            assert answer.status_code == 200
            doors.append(answer.url.path)
    assert doors == ["/wall/", "/desk/", "/desk/", "/commissioner/", "/operator/protocols/"]


def test_f02_a_killed_worker_is_reported_and_stays_dead(demo):
    worker = demo.state()["pids"]["worker"]
    os.kill(worker, signal.SIGKILL)
    line = f"worker (process {worker}) was ended by signal 9"
    deadline = time.monotonic() + 10
    while line not in demo.words():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert httpx.get(f"{demo.state()['url']}/readyz", timeout=10).status_code == 200
    assert demo.make.poll() is None


def test_ctrl_c_stops_everything_it_started(demo):
    everyone = demo.everyone()
    os.killpg(demo.make.pid, signal.SIGINT)
    demo.make.wait(timeout=60)
    assert all_gone(everyone, seconds=2)
    assert demo.words().rstrip().splitlines()[-1].endswith(("Stopped.", "Interrupt"))


@pytest.mark.parametrize("which", ["supervisor", "make"])
def test_even_kill_minus_9_leaves_no_process_behind(demo, which):
    everyone = demo.everyone()
    os.kill(demo.make.pid if which == "make" else demo.state()["supervisor"], signal.SIGKILL)
    demo.make.wait(timeout=60)
    assert all_gone(everyone)
