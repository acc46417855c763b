"""CPU, queries and bytes of the pages people open most, at two sizes of the wall."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.client import Client
from bench.processes import cpu_ms, environment, run_python, server_pids, web

SIZES = (10_000, 1_000_000)
READ = ("feed", "deep", "thread", "search")
PAGES = (*READ, "publish")
REPETITIONS = 7
# The kernel counts in hundredths of a second: fewer would round away what growth is.
REQUESTS = 500
WARM_UP = 40
REPLY = "Thank you for writing this. I read it twice. You are not the only one."


@dataclass
class Cell:
    """One page at one size: how to ask for it, and what each repetition cost."""

    page: str
    size: int
    ask: Callable[[], Any]
    pid: int
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def measure(self) -> None:
        pids = [self.pid, *server_pids()]
        cpu, wall = cpu_ms(pids), time.perf_counter()
        for _ in range(REQUESTS):
            self.ask()
        self.cpu.append((cpu_ms(pids) - cpu) / REQUESTS)
        self.wall.append((time.perf_counter() - wall) * 1000 / REQUESTS)


def database(size: int) -> str:
    return f"peersupport_bench_{size}"


def fill(sizes: tuple[int, ...]) -> dict[int, dict[str, Any]]:
    """Each wall after the other, because the second fills the machine; what to ask of each."""

    def town(size: int) -> dict[str, Any]:
        said = run_python("-m", "bench.town", str(size), env=environment(database(size)))
        targets: dict[str, Any] = json.loads(said.splitlines()[-1])
        return targets

    return {size: town(size) for size in sizes}


def measure(targets: dict[int, dict[str, Any]], say: Callable[[str], None]) -> dict[str, Any]:
    """Every page at every size, interleaved, so that a busy moment meets them all alike."""
    with contextlib.ExitStack() as stack:
        cells: list[Cell] = []
        for size, known in targets.items():
            url, pid = stack.enter_context(web(environment(database(size), WEB_THREADS="1")))
            cells += list(cells_of(url, pid, size, known))
        biggest = max(targets)
        url, pid = stack.enter_context(
            web(environment(database(biggest)), application="bench.bare:application")
        )
        cells.append(bare_cell(url, pid, biggest, targets[biggest]))
        for cell in cells:
            for _ in range(WARM_UP):
                cell.ask()
        for number in range(REPETITIONS):
            say(f"  repetition {number + 1} of {REPETITIONS}")
            for cell in cells:
                cell.measure()
        sizes_in_bytes = weigh(cells)
    figures: dict[str, Any] = {
        "cpu_ms": {f"{cell.page} {cell.size}": summary(cell.cpu) for cell in cells},
        "wall_ms": {f"{cell.page} {cell.size}": summary(cell.wall) for cell in cells},
        "bytes": sizes_in_bytes,
        "queries": {size: count_queries(size, known) for size, known in targets.items()},
    }
    figures["growth"] = {
        page: round(
            statistics.median(
                large / small
                for small, large in zip(
                    *(of(cells, page, size).cpu for size in sorted(targets)), strict=True
                )
            ),
            3,
        )
        for page in PAGES
    }
    return figures


def cells_of(url: str, pid: int, size: int, known: dict[str, Any]) -> Iterator[Cell]:
    client = Client(url, known["session"])

    def get(paths: list[str]) -> Callable[[], bytes]:
        turn = itertools.cycle(paths)

        def ask() -> bytes:
            path = next(turn)
            got = client.get(path)
            assert got.status == 200, f"{path} answered {got.status}"
            return got.body

        return ask

    threads = itertools.cycle(known["reply_to"])

    def publish() -> bytes:
        got = client.post(next(threads), {"body": REPLY, "key": str(uuid.uuid4())})
        assert got.status == 302, f"publishing was answered {got.status}"
        return got.body

    for page in READ:
        yield Cell(page, size, get(known[page]), pid)
    yield Cell("publish", size, publish, pid)


def bare_cell(url: str, pid: int, size: int, known: dict[str, Any]) -> Cell:
    client = Client(url, known["bare_session"])

    def ask() -> bytes:
        got = client.get("/rows/")
        assert got.status == 200
        assert b"User " in got.body, "the bare page did not know who is signed in"
        return got.body

    return Cell("bare Django, 20 rows", size, ask, pid)


def weigh(cells: list[Cell]) -> dict[str, dict[str, int]]:
    return {
        f"{cell.page} {cell.size}": {
            "raw": len(body := cell.ask()),
            "gzip": len(gzip.compress(body, 6)),
        }
        for cell in cells
        if cell.page != "publish"
    }


def count_queries(size: int, known: dict[str, Any]) -> dict[str, int]:
    said = subprocess.run(
        [sys.executable, "-m", "bench.queries"],
        env=environment(database(size)), input=json.dumps(known),
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    counts: dict[str, int] = json.loads(said.splitlines()[-1])
    return counts


def of(cells: list[Cell], page: str, size: int) -> Cell:
    return next(cell for cell in cells if (cell.page, cell.size) == (page, size))


def summary(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }
