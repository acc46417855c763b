"""S18: what was written down stays as it was written, or the verifier says where it was touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.chain import GENESIS, Broken, Head, verify
from audit.models import Entry
from audit.operations import record
from tests.races import at_once

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 4, 12, 30, 15, 123456, tzinfo=UTC)


def write(count: int = 1) -> None:
    for number in range(count):
        record(actor=f"guide:{number}", verb="claim", subject=f"alert:{number}", at=AT,
               detail={"number": number, "wörter": "ü", "nested": [1, {"a": None}]})  # fmt: skip


def sql(statement: str, *arguments: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)


def behind_its_back(statement: str, *arguments: object) -> None:
    """As somebody with every right on the database could: the guards put to sleep first."""
    for trigger in ("audit_refuse_row", "audit_chain"):
        sql(f"ALTER TABLE audit_entry DISABLE TRIGGER {trigger}")
    sql(statement, *arguments)
    for trigger in ("audit_refuse_row", "audit_chain"):
        sql(f"ALTER TABLE audit_entry ENABLE TRIGGER {trigger}")


# --- it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET verb = 'release'",
        "UPDATE audit_entry SET hash = hash WHERE seq = 1",
        "DELETE FROM audit_entry WHERE seq = 2",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_entry (seq, at, actor, verb, subject, detail) VALUES"
        " (1, now(), 'x', 'x', 'x', '{}') ON CONFLICT (seq) DO UPDATE SET verb = 'x'",
    ],
)
def test_s18_nothing_written_can_be_changed_or_removed(statement: str):
    # Tests that flush have this one put to sleep; see tests/conftest.py.
    sql("ALTER TABLE audit_entry ENABLE TRIGGER audit_refuse_all")
    write(2)
    before = list(Entry.objects.values())

    if statement.startswith("INSERT"):
        sql(statement)  # its number is not its own to choose, so there is no conflict
        assert list(Entry.objects.values())[:2] == before
        assert Entry.objects.count() == 3
    else:
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            sql(statement)
        assert list(Entry.objects.values()) == before
    assert isinstance(verify(), Head)


def test_s18_the_orm_is_refused_as_well():
    write()
    entry = Entry.objects.get()
    entry.verb = "release"

    for change in (entry.save, entry.delete, Entry.objects.all().delete,
                   partial(Entry.objects.update, verb="release")):  # fmt: skip
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            change()


def test_s18_nobody_chooses_an_entrys_number_or_hash():
    sql(
        "INSERT INTO audit_entry (seq, at, actor, verb, subject, detail, prev_hash, hash)"
        " VALUES (99, now(), 'guide:1', 'claim', 'alert:1', '{}', 'a', 'b')"
    )

    entry = Entry.objects.get()
    assert (entry.seq, entry.prev_hash, len(entry.hash)) == (1, GENESIS, 64)
    assert isinstance(verify(), Head)


# --- it notices -----------------------------------------------------------------------------


def test_an_untouched_log_is_whole_and_has_a_head():
    assert verify() == Head(0, GENESIS)

    write(5)

    last = Entry.objects.last()
    assert verify() == Head(5, last.hash)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "guide:8"),
        ("verb", "clain"),
        ("subject", "alert:8"),
        ("detail", '{"number": 8}'),
        ("at", AT + timedelta(microseconds=1)),
        ("hash", "0" * 64),
    ],
)
def test_s18_one_changed_value_is_found_and_its_entry_named(column: str, value: object):
    write(6)

    behind_its_back(f"UPDATE audit_entry SET {column} = %s WHERE seq = 3", value)

    assert verify() == Broken(3, "its content is not what was hashed when it was written")


def test_s18_one_flipped_bit_anywhere_is_found_and_its_entry_named():
    write(4)
    for seq in (1, 2, 4):
        with transaction.atomic():
            behind_its_back(
                "UPDATE audit_entry SET actor = overlay(actor placing"
                " chr(ascii(right(actor, 1)) # 1) from length(actor)) WHERE seq = %s",
                seq,
            )
            found = verify()
            transaction.set_rollback(True)
        assert isinstance(found, Broken)
        assert found.seq == seq


@pytest.mark.parametrize("dropped", [1, 3, 5])
def test_s18_a_dropped_entry_is_found_and_named(dropped: int):
    write(6)

    behind_its_back("DELETE FROM audit_entry WHERE seq = %s", dropped)

    assert verify() == Broken(dropped, "it is missing")


def test_s18_a_dropped_entry_whose_gap_was_closed_is_found():
    write(6)

    behind_its_back("DELETE FROM audit_entry WHERE seq = 3")
    behind_its_back("UPDATE audit_entry SET seq = seq - 1000 WHERE seq > 3")
    behind_its_back("UPDATE audit_entry SET seq = seq + 999 WHERE seq < 0")

    assert verify() == Broken(3, "it does not follow from the entry before it")


def test_s18_two_swapped_entries_are_found():
    write(6)

    behind_its_back("UPDATE audit_entry SET seq = CASE seq WHEN 2 THEN -4 WHEN 4 THEN -2 END"
                    " WHERE seq IN (2, 4)")  # fmt: skip
    behind_its_back("UPDATE audit_entry SET seq = -seq WHERE seq < 0")

    assert verify() == Broken(2, "it does not follow from the entry before it")


def test_s18_an_inserted_entry_is_found():
    write(3)

    behind_its_back(
        "INSERT INTO audit_entry (seq, at, actor, verb, subject, detail, prev_hash, hash)"
        " SELECT 4, at, 'guide:9', verb, subject, detail, hash, repeat('a', 64)"
        " FROM audit_entry WHERE seq = 3"
    )

    assert verify() == Broken(4, "its content is not what was hashed when it was written")


def test_s18_words_moved_from_one_field_to_the_next_are_found():
    record(actor="guide:1", verb="ask senior", subject="alert:1", at=AT)

    behind_its_back("UPDATE audit_entry SET actor = 'guide:1ask', verb = 'senior'")

    assert isinstance(verify(), Broken)


def test_s18_a_log_cut_short_is_whole_in_itself_and_found_by_a_head_noted_earlier():
    write(6)
    noted = verify()
    assert isinstance(noted, Head)

    behind_its_back("DELETE FROM audit_entry WHERE seq > 4")

    assert isinstance(verify(), Head)
    assert verify(expected=noted) == Broken(6, "the head noted earlier is no longer in the log")


def test_s18_a_log_written_anew_is_found_by_a_head_noted_earlier():
    write(4)
    noted = verify()
    assert isinstance(noted, Head)
    behind_its_back("DELETE FROM audit_entry WHERE seq > 2")
    for _ in range(4):
        record(actor="guide:7", verb="claim", subject="alert:1", at=AT)

    assert isinstance(verify(), Head)
    assert isinstance(verify(expected=noted), Broken)


def test_a_log_that_grew_since_still_contains_the_head_noted_earlier():
    write(3)
    noted = verify()
    assert isinstance(noted, Head)
    write(3)

    assert isinstance(verify(expected=noted), Head)


def test_s18_a_cut_connection_setting_cannot_change_what_is_hashed():
    """Another time zone or date style in the session that writes or reads is no tampering."""
    sql("SET LOCAL TIME ZONE 'Pacific/Auckland'")
    sql("SET LOCAL DateStyle = 'German'")
    write(2)
    sql("SET LOCAL TIME ZONE 'America/New_York'")

    assert isinstance(verify(), Head)


# --- many at once ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_s18_thirty_writers_at_once_keep_the_chain_whole_and_without_gaps():
    def write_some(actor: int) -> None:
        for number in range(5):
            with transaction.atomic():
                record(actor=f"guide:{actor}", verb="claim", subject=f"alert:{number}", at=AT)

    came_of_it = at_once([partial(write_some, actor) for actor in range(30)])

    assert came_of_it == [None] * 30
    head = verify()
    assert isinstance(head, Head)
    assert head.seq == Entry.objects.count() == 150


@pytest.mark.django_db(transaction=True)
def test_s18_what_is_rolled_back_leaves_no_gap():
    write()
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    write()

    assert verify() == Head(2, Entry.objects.get(seq=2).hash)


def test_what_was_done_and_what_is_written_of_it_go_together_or_not_at_all():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert not Entry.objects.exists()


# --- the command ----------------------------------------------------------------------------


def head_of(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("verify_audit")
    return capsys.readouterr().out.strip().rpartition("Head: ")[2]


def test_the_command_prints_a_head_and_takes_it_back(capsys):
    write(3)

    head = head_of(capsys)

    assert head.startswith("3:")
    call_command("verify_audit", head=head)
    assert "whole" in capsys.readouterr().out


def test_s18_the_command_names_the_first_entry_that_was_touched():
    write(4)
    behind_its_back("UPDATE audit_entry SET verb = 'x' WHERE seq IN (2, 3)")

    with pytest.raises(CommandError, match="entry 2"):
        call_command("verify_audit")


def test_s18_the_command_finds_a_log_cut_short_by_its_head(capsys):
    write(4)
    head = head_of(capsys)
    behind_its_back("DELETE FROM audit_entry WHERE seq = 4")

    with pytest.raises(CommandError, match="entry 4"):
        call_command("verify_audit", head=head)


@pytest.mark.parametrize("head", ["4", "four:abc", ":abc", "4:"])
def test_a_head_that_is_none_is_answered_in_words(head: str):
    with pytest.raises(CommandError, match="SEQ:HASH"):
        call_command("verify_audit", head=head)


def test_entries_carry_pseudonyms_and_no_words_of_anybodys():
    """Whatever the operations write down about a whole alert's life, checked for what it is."""
    from accounts.operations import suspend_member
    from escalation import desk
    from risk.enums import Urgency
    from risk.operations import Judgement
    from tests.factories.accounts import SeniorGuideFactory, WallGuideFactory
    from tests.factories.risk import AlertFactory

    alert = AlertFactory(body="Planted words Q7x.")
    guide, senior = WallGuideFactory(name="Planted Guide Q7x"), SeniorGuideFactory()
    now = timezone.now()
    act = {"alert": alert, "by": guide, "version": None, "at": now}
    desk.ask_senior(question="Planted Q7x?", **act)
    desk.answer_guide(answer="Planted Q7x.", **{**act, "by": senior})
    desk.release_claim(alert=alert, by=guide, at=now)
    desk.hide_writing(rule="kind", reason="Planted Q7x.", **act)
    desk.close_alert(
        outcome="content_hidden", note="Planted Q7x.", judgement=Judgement(Urgency.AMBER), **act
    )
    suspend_member(member=alert.author, by=guide, reason="Planted Q7x.", at=now)

    written = str(list(Entry.objects.values("actor", "verb", "subject", "detail")))
    assert Entry.objects.count() >= 7
    assert "Q7x" not in written
    assert alert.author.alias not in written
    assert alert.author.user.address_seal not in written
    assert str(alert.author.user.handle) not in written
