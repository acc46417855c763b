"""Houses to break, one a test, and a table of what each one showed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peersupport.embedded import Servers
from tests.faults.house import Blueprint, House, draw_blueprint, guarded
from tests.faults.oracle import Witnesses

HERE = Path(__file__).parent
# Modest, so that two cores shared with others measure the house and not the machine.
POSTS_A_SECOND = 6.0

# One line a request would bury what matters.
logging.getLogger("httpx").setLevel(logging.WARNING)

figures_of: dict[str, dict[str, Any]] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def blueprint() -> Iterator[Blueprint]:
    """Servers as durable as production's: a promise about a crash is made to a disk."""
    servers = Servers.unshared("faults", durable=True)
    with servers, guarded() as mark:
        yield draw_blueprint(servers, mark)


@pytest.fixture
def build(blueprint: Blueprint, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Build a house that this test may break; it is closed whatever happens."""
    houses: list[House] = []

    def build_house(**wanted: Any) -> House:
        houses.append(House(blueprint, at=tmp_path, **wanted))
        return houses[-1].open()

    yield build_house
    for house in houses:
        house.close()


@pytest.fixture
def watched(
    build: Callable[..., House], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Witnesses]]:
    """Build a house, let members post in it, and look on."""
    begun: list[Witnesses] = []

    def begin(*, rate: float = POSTS_A_SECOND, **wanted: Any) -> Witnesses:
        begun.append(Witnesses.of(build(**wanted), rate=rate).start())
        return begun[-1]

    yield begin
    for witnesses in begun:
        witnesses.stop()
        figures_of[request.node.name] = witnesses.figures


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What a reader wants to know of a fault that was survived: how well."""
    if figures_of:
        terminalreporter.section("what the faults showed (seconds)")
    for name, figures in figures_of.items():
        said = ", ".join(f"{what} {figure}" for what, figure in figures.items())
        terminalreporter.write_line(f"{name}\n    {said or 'it did not get that far'}")
