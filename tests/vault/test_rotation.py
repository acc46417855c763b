"""S17: keys change one by one; what was sealed with the old one stays readable."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as ours
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import Entry
from peersupport.database_roles import WEB, address_as
from tests.vault.test_operations import PLANTED, opened, rows
from vault import post, rotation
from vault.cipher import KeyMissing, ring
from vault.details import Details
from vault.operations import keep
from vault.rotation import RetiredTooEarly, insist_on_needed_keys, keys_in_use, rotate

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
OLD, NEW = (f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2"))


@pytest.fixture
def people(db: None, settings: Any) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault.identity; DELETE FROM vault.letter")
    settings.VAULT_KEYS = OLD
    handles = [uuid4() for _ in range(3)]
    for handle in handles:
        keep(handle=handle, details=PLANTED, at=AT)
    post.send(handle=handles[0], subject="Hello", body="Hello")
    return handles


def test_s17_rotation_seals_every_row_anew_and_the_old_key_can_be_retired(
    people: list[UUID], settings: Any, capsys: pytest.CaptureFixture[str]
):
    before = [rows(handle) for handle in people]
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    assert [opened(handle) for handle in people] == [PLANTED.given()] * 3

    call_command("rotate_vault_keys", batch=4)

    said = capsys.readouterr().out
    assert f"{3 * len(PLANTED.given()) + 1} rows" in said
    assert "'k1' holds nothing any more" in said
    assert keys_in_use() == {"k2"}
    settings.VAULT_KEYS = NEW
    insist_on_needed_keys()
    assert [opened(handle) for handle in people] == [PLANTED.given()] * 3
    for handle, old in zip(people, before, strict=True):
        assert all(rows(handle)[field].data != sealed.data for field, sealed in old.items())
    entry = Entry.objects.get(verb="rotate vault keys")
    assert entry.detail == {"to": "k2", "rows": 22, "may be retired": ["k1"]}


def test_s17_letters_that_wait_are_sealed_anew_as_well(
    people: list[UUID], settings: Any, letterbox: Any
):
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    rotate(at=AT)
    settings.VAULT_KEYS = NEW

    assert post.deliver_due() == 1
    assert letterbox.to == [[PLANTED.email]]


def test_s17_a_rotation_that_was_stopped_goes_on_from_there(
    people: list[UUID], settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    real, batches = rotation._one_batch, []

    def until_the_power_goes(*arguments: Any) -> int:
        if len(batches) == 2:
            raise KeyboardInterrupt
        batches.append(1)
        return real(*arguments)

    monkeypatch.setattr(rotation, "_one_batch", until_the_power_goes)
    with pytest.raises(KeyboardInterrupt):
        rotate(at=AT, batch=5)
    assert keys_in_use() == {"k1", "k2"}
    assert [opened(handle) for handle in people] == [PLANTED.given()] * 3

    monkeypatch.undo()
    assert rotate(at=AT, batch=5).rows == 22 - 10


def test_s17_a_key_retired_too_early_is_refused_in_a_sentence(people: list[UUID], settings: Any):
    settings.VAULT_KEYS = NEW

    with pytest.raises(RetiredTooEarly, match="only these keys open: k1"):
        insist_on_needed_keys()
    with pytest.raises(CommandError, match="only these keys open: k1"):
        call_command("rotate_vault_keys")
    with pytest.raises(CommandError, match="only these keys open: k1"):
        call_command("prepare", verbosity=0)
    with pytest.raises(KeyMissing, match="'k1' is needed"):
        opened(people[0])


def test_s17_an_old_key_that_is_still_named_second_is_nobodys_problem(
    people: list[UUID], settings: Any
):
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    insist_on_needed_keys()
    keep(handle=people[0], details=Details(name="Ada"), at=AT)

    assert keys_in_use() == {"k1", "k2"}
    assert opened(people[0])["name"] == "Ada"
    assert ring().first == "k2"


# As a server of several processes loads it: inside its loop.
IN_A_LOOP = """
import asyncio
async def load():
    import peersupport.asgi
asyncio.run(load())
"""
STARTS = {
    "web": ["-c", "import peersupport.asgi"],
    "a web of several": ["-c", IN_A_LOOP],
    "worker": ["-m", "celery", "--app=peersupport", "worker", "--pool=solo", "--queues=none"],
    "sentinel": ["manage.py", "sentinel"],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", STARTS)
def test_s17_nothing_starts_without_a_key_that_is_needed(what: str, settings: Any):
    handle = uuid4()
    settings.VAULT_KEYS = OLD
    keep(handle=handle, details=Details(name="Ada"), at=AT)
    try:
        started = start(what, vault_keys=NEW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM vault.identity WHERE handle = %s", [handle])

    assert started.returncode != 0
    assert "The vault still holds what only these keys open: k1" in started.stderr
    assert NEW not in started.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["web", "a web of several"])
def test_it_starts_with_the_keys_it_needs(what: str):
    started = start(what, vault_keys=OLD)

    assert started.returncode == 0, started.stderr


def start(what: str, *, vault_keys: str) -> subprocess.CompletedProcess[str]:
    """A process of the house's, on the test's database."""
    known = connection.settings_dict
    address = f"postgresql://app@/{known['NAME']}?host={known['HOST'] or known['OPTIONS']['host']}"
    environment = {
        **{k: v for k, v in os.environ.items() if k != "PEERSUPPORT_TESTING"},
        "DATABASE_URL": address_as(WEB, address), "DEMO": "1", "VAULT_KEYS": vault_keys,
        "DJANGO_SETTINGS_MODULE": "peersupport.settings",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *STARTS[what]],
        env=environment, cwd=Path(ours.BASE_DIR), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
