"""The trained model is damaged, and says so instead of saying that all is well."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from peersupport.embedded import CHECKOUT
from tests.faults.oracle import PLACES, Witnesses


def missing(model: Path) -> None:
    model.unlink()


def truncated(model: Path) -> None:
    model.write_bytes(model.read_bytes()[: model.stat().st_size // 2])


def flipped(model: Path) -> None:
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)


@pytest.mark.parametrize("damage", [missing, truncated, flipped])
def test_f23_the_model_is_damaged_at_the_start(
    watched: Callable[..., Witnesses], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Not ready, and every text is read by the lexicon and left to a person."""
    copy = tmp_path / "model"
    shutil.copytree(CHECKOUT / "risk/model_files", copy)
    damage(next(copy.glob("*.npz")))
    witnesses = watched(settings={"PEERSUPPORT_MODEL_DIR": str(copy)})
    house = witnesses.house
    ready = httpx.get(f"{house.web()}/readyz")
    assert ready.status_code == 503
    assert ready.json()["model"] != "ok"
    witnesses.load.run_for(4)
    witnesses.hurry_alerts()
    witnesses.must_hold(catch_up=15)
    silently_low = house.one(
        f"SELECT count(*) FROM risk_screening WHERE state = 'screened' AND urgency = 0"
        f" AND locality_id IN ({PLACES})"
    )
    assert silently_low == 0
    unasked = house.one(
        f"SELECT count(*) FROM risk_screening AS screening WHERE locality_id IN ({PLACES})"
        f" AND NOT EXISTS (SELECT 1 FROM risk_alert WHERE screening_id = screening.id)"
    )
    assert unasked == 0
    by_the_lexicon = house.one(
        f"SELECT count(*) FROM risk_alert WHERE urgency >= 2 AND locality_id IN ({PLACES})"
    )
    assert by_the_lexicon >= witnesses.figures["planted"]
