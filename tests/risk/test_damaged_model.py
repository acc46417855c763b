"""F23, seen from the house: a model that cannot be used never means "all quiet"."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from risk import classifier, model, screening
from risk.enums import AlertReason, ScreeningState, Urgency
from risk.models import Alert, Screening
from tests.factories.community import PostFactory

pytestmark = pytest.mark.django_db

QUIET = "I went for a walk and the sun came out."
WORRYING = "I want to kill myself tonight."


def missing(files: Path) -> None:
    (files / "screening.npz").unlink()


def truncated(files: Path) -> None:
    whole = (files / "screening.npz").read_bytes()
    (files / "screening.npz").write_bytes(whole[: len(whole) // 2])


def bit_flipped(files: Path) -> None:
    whole = bytearray((files / "screening.npz").read_bytes())
    whole[len(whole) // 2] ^= 1
    (files / "screening.npz").write_bytes(whole)


def another_than_its_manifest_says(files: Path) -> None:
    manifest = json.loads((files / "manifest.json").read_text())
    (files / "manifest.json").write_text(json.dumps({**manifest, "sha256": "0" * 64}))


def without_a_manifest(files: Path) -> None:
    (files / "manifest.json").unlink()


DAMAGE = [missing, truncated, bit_flipped, another_than_its_manifest_says, without_a_manifest]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the model that a test may damage."""
    return Path(shutil.copytree(model.HERE, tmp_path / "model"))


@pytest.fixture
def in_use(files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The copy is the one this process uses."""
    load, read = model.load, model.read
    monkeypatch.setattr(model, "load", lambda: load(files))
    monkeypatch.setattr(model, "read", lambda directory=files: read(directory))
    # The model alone: reading the lexicon again would only cost time.
    classifier._model.cache_clear()
    yield files
    classifier._model.cache_clear()


def assert_nothing_passed_for_quiet() -> None:
    rows = {row.text: row for row in Screening.objects.all()}
    assert {row.state for row in rows.values()} == {ScreeningState.LEFT_TO_A_PERSON}
    alerts = {alert.screening.text: alert for alert in Alert.objects.open()}
    assert set(alerts) == {QUIET, WORRYING}
    assert alerts[QUIET].urgency == Urgency.AMBER
    # The words are still read without the model, and ask as urgently as ever.
    assert alerts[WORRYING].urgency == Urgency.CRISIS
    assert {alert.reason for alert in alerts.values()} == {AlertReason.UNREAD_BY_MACHINE}
    assert rows[WORRYING].spans


@pytest.mark.parametrize("damage", DAMAGE)
def test_f23_with_its_model_damaged_the_house_is_not_ready_and_leaves_everything_to_people(
    damage: Callable[[Path], None], in_use: Path
):
    PostFactory(body=QUIET)
    PostFactory(body=WORRYING)
    damage(in_use)

    answer = Client().get("/readyz")
    screening.drain(now=timezone.now)

    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["model"] != "ok"
    assert answer.json()["postgres"] == "ok"
    assert_nothing_passed_for_quiet()


def test_f23_with_its_model_whole_the_same_posts_are_read(in_use: Path):
    PostFactory(body=QUIET)
    PostFactory(body=WORRYING)

    screening.drain(now=timezone.now)

    assert Client().get("/readyz").status_code == 200
    assert set(Screening.objects.values_list("state", flat=True)) == {ScreeningState.SCREENED}
    assert Alert.objects.get().screening.text == WORRYING


def test_f23_once_the_file_is_mended_posts_are_read_again_without_a_restart(in_use: Path):
    missing(in_use)
    PostFactory(body=QUIET)
    screening.drain(now=timezone.now)
    assert Screening.objects.get().state == ScreeningState.LEFT_TO_A_PERSON

    shutil.copy(model.HERE / "screening.npz", in_use)
    second = PostFactory(body=QUIET)
    screening.drain(now=timezone.now)

    assert second.screenings.get().state == ScreeningState.SCREENED
    assert Client().get("/readyz").status_code == 200


START = """
import django
django.setup()
from django.test import Client
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from peersupport.celery import warm_the_classifier
warm_the_classifier()
from risk import tasks
tasks.drain_screenings()
print(Client().get("/readyz").status_code)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("damage", [missing, bit_flipped])
def test_f23_a_worker_that_starts_with_a_damaged_model_starts_and_leaves_everything_to_people(
    damage: Callable[[Path], None], files: Path
):
    PostFactory(body=QUIET)
    PostFactory(body=WORRYING)
    damage(files)
    address = urlsplit(os.environ["DATABASE_URL"])

    started = subprocess.run(
        [sys.executable, "-c", START],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "peersupport.settings",
            "DATABASE_URL": address._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
            "PEERSUPPORT_MODEL_DIR": str(files),
        },
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert started.returncode == 0, started.stderr
    assert started.stdout.strip() == "503"
    assert_nothing_passed_for_quiet()
