"""Imports point down the house, never up, never sideways."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

# From the bottom up; rooms on one floor are strangers to one another.
FLOORS = [
    {"commissioning", "audit"},
    {"accounts"},
    {"live"},
    {"risk"},
    {"community"},
    {"escalation"},
    {"reporting"},
    {"peersupport"},
]
ROOMS = set().union(*FLOORS)


def lint(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--config", config],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_import_linter_finds_every_floor_kept():
    done = lint(settings.BASE_DIR / "pyproject.toml")

    assert done.returncode == 0, done.stdout


def test_import_linter_would_find_one_that_is_not(tmp_path: Path):
    upside_down = tmp_path / "pyproject.toml"
    upside_down.write_text(
        '[tool.importlinter]\nroot_packages = ["risk", "community"]\n'
        '[[tool.importlinter.contracts]]\nname = "Upside down"\ntype = "layers"\n'
        'layers = ["risk", "community"]\n'
    )

    assert lint(upside_down).returncode == 1


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_uses_only_the_rooms_below_it(room: str):
    """The same by reading the lines, so that an import inside a function counts too."""
    floor = next(number for number, rooms in enumerate(FLOORS) if room in rooms)
    below = set().union(*FLOORS[:floor]) | {room}
    found = {
        (path.relative_to(settings.BASE_DIR).as_posix(), name)
        for path in (settings.BASE_DIR / room).rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
        if name in ROOMS - below
    }

    assert found == set()


def test_other_rooms_use_only_risks_front_doors():
    """`risk` is asked through its models, enums and operations; how it screens is its own."""
    front_doors = {"models", "enums", "operations"}
    # Whoever runs the machine itself, and why.
    let_in = {
        "escalation/sentinel.py": "screens what nobody else does",
        "peersupport/celery.py": "warms a worker up",
        "peersupport/demo_fairness.py": "has what was reported and taken off screened first",
        "peersupport/demo_groups.py": "has what was written in groups screened",
        "peersupport/demo_labels.py": "has ten days of posts screened, and draws from them",
        "peersupport/demo_town.py": "has the town's posts screened before it opens",
        "peersupport/demo_talks.py": "and what its members say to the guides",
        "peersupport/health.py": "asks whether the model's file is whole",
    }
    found = {
        path.relative_to(settings.BASE_DIR).as_posix()
        for room in ROOMS - {"risk"}
        for path in (settings.BASE_DIR / room).rglob("*.py")
        for module, names in re.findall(
            r"^\s*from risk(\.\w+)* import ([\w, ]+)", path.read_text(), re.MULTILINE
        )
        if not ({module.lstrip(".")} if module else set(names.split(", "))) <= front_doors
    }

    assert found - set(let_in) == set()


@pytest.mark.parametrize("name", ["core", "common", "utils", "helpers", "services", "signals"])
def test_there_is_no_junk_drawer(name: str):
    drawers = [
        path
        for room in ROOMS
        for path in (settings.BASE_DIR / room).rglob("*")
        if path.stem == name and "__pycache__" not in path.parts
    ]

    assert drawers == []


def test_no_file_is_longer_than_a_person_reads():
    long = {
        path.relative_to(settings.BASE_DIR).as_posix()
        for room in [*ROOMS, "tests"]
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if path.stat().st_size > 32 * 1024
    }

    assert long == set()
