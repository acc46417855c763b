"""A command typed by hand means the demo that runs, and nothing else if anything is set."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from peersupport import running_demo


@pytest.fixture
def unconfigured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout where nothing says which servers to use; its .run directory."""
    monkeypatch.setattr(running_demo, "CHECKOUT", tmp_path)
    monkeypatch.setenv("PEERSUPPORT_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for name in (*running_demo.CONFIGURED_BY, "DEMO"):
        os.environ.pop(name, None)
    (tmp_path / ".run").mkdir()
    return tmp_path / ".run"


def running(run: Path, *, supervisor: int, port: int = 8000) -> None:
    run.mkdir(exist_ok=True)
    (run / "demo.json").write_text(
        json.dumps(
            {
                "url": f"http://127.0.0.1:{port}",
                "supervisor": supervisor,
                "database_url": f"postgresql://demo-{port}",
                "redis_url": f"unix://demo-{port}",
                "keys": {"VAULT_SEAL_KEY": f"seal-{port}", "VAULT_KEYS": f"k1:{port}"},
                "ready_at": port,
            }
        )
    )


def test_it_joins_the_demo_that_runs(unconfigured: Path):
    running(unconfigured, supervisor=os.getpid())

    running_demo.join_if_unconfigured()

    assert os.environ["DATABASE_URL"] == "postgresql://demo-8000"
    assert os.environ["REDIS_URL"] == "unix://demo-8000"
    assert os.environ["DEMO"] == "1"
    assert os.environ["VAULT_SEAL_KEY"] == "seal-8000"
    assert os.environ["VAULT_KEYS"] == "k1:8000"


def test_of_several_it_joins_the_one_that_the_command_names(
    unconfigured: Path, monkeypatch: pytest.MonkeyPatch
):
    running(unconfigured, supervisor=os.getpid())
    running(unconfigured / "second", supervisor=os.getpid(), port=8123)
    monkeypatch.setattr(sys, "argv", ["manage.py", "replay", "--url=http://127.0.0.1:8000"])

    running_demo.join_if_unconfigured()

    assert os.environ["DATABASE_URL"] == "postgresql://demo-8000"


@pytest.mark.parametrize("name", running_demo.CONFIGURED_BY)
def test_whatever_is_configured_stays(unconfigured: Path, name: str):
    running(unconfigured, supervisor=os.getpid())
    os.environ[name] = "chosen"

    running_demo.join_if_unconfigured()

    assert os.environ[name] == "chosen"
    assert "DEMO" not in os.environ


def test_a_file_of_settings_counts_as_configured(unconfigured: Path):
    running(unconfigured, supervisor=os.getpid())
    (unconfigured.parent / ".env").touch()

    running_demo.join_if_unconfigured()

    assert "DATABASE_URL" not in os.environ


def test_a_demo_that_has_ended_is_not_joined(unconfigured: Path):
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    running(unconfigured, supervisor=gone)

    running_demo.join_if_unconfigured()

    assert "DATABASE_URL" not in os.environ
