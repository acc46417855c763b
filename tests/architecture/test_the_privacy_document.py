"""docs/privacy.md says of every table what it holds, for how long, and who sees it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from peersupport import privacy
from peersupport.privacy import (
    DOCUMENT,
    KEPT,
    KINDS,
    OTHER_TABLES,
    Keeping,
    document,
    our_models,
    tables_in_the_database,
    tables_of_ours,
)
from tests.architecture.test_every_field_is_classified import sorted_fields


def test_the_document_is_up_to_date():
    call_command("write_privacy_tables", check=True, stdout=StringIO())


def test_a_document_that_is_old_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(KEPT, "community.Post", Keeping("for ever", "anybody"))

    with pytest.raises(CommandError, match="is old"):
        call_command("write_privacy_tables", check=True, stdout=StringIO())


def test_each_of_our_tables_has_been_spoken_for():
    labels = {model._meta.label for model in our_models()}

    assert labels - set(KEPT) == set(), "say in peersupport/privacy.py how long, and who sees it"
    assert set(KEPT) - labels == set(), "these are no models any more"
    assert all(stays.strip(" ?") and seen_by.strip(" ?") for stays, seen_by in KEPT.values())


@pytest.mark.django_db
def test_no_table_of_the_database_is_missing():
    there = tables_in_the_database()

    assert there - tables_of_ours() - set(OTHER_TABLES) == set(), "say what lies in these"
    assert set(OTHER_TABLES) - there == set(), "these tables are not there any more"


def test_every_field_is_in_the_document_under_its_kind():
    parts = dict(zip(KINDS, _parts(DOCUMENT.read_text()), strict=True))
    for model in our_models():
        for kind in KINDS:
            rows = [row for row in parts[kind].splitlines() if f"**{model._meta.db_table}**" in row]
            for name in getattr(model.Privacy, kind, ()):
                assert f"`{name}`" in rows[0], f"{model._meta.label}.{name}"
        assert sorted_fields(model), model


def test_only_the_tables_are_written_by_the_machine():
    before = DOCUMENT.read_text()
    head, foot = before.split(privacy.BEGIN)[0], before.split(privacy.END)[1]

    now = document(f"{head}{privacy.BEGIN}\nold\n{privacy.END}{foot}")

    assert now == before
    assert "special category data" in foot
    assert "](docs/privacy.md)" in (DOCUMENT.parent.parent / "README.md").read_text()


def _parts(text: str) -> list[str]:
    tables = text.split(privacy.BEGIN)[1].split(privacy.END)[0]
    return tables.split("\n### ")[1:]
