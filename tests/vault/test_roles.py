"""S04, S11, S18: what each role may do in the database, tried by connecting as it."""

from __future__ import annotations

from uuid import uuid4

import psycopg2
import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg2.errors import InsufficientPrivilege

from peersupport.database_roles import POST, REPORTS, VAULT, WEB, address_as, lay_roles
from tests.database_roles import connected_as

# A handle that nobody has; always the same, so that parallel runs collect the same tests.
SOMEBODY = "00000000-0000-4000-8000-000000000000"

pytestmark = pytest.mark.django_db


def tables(schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return sorted(name for (name,) in cursor.fetchall())


def refused(role: str, statement: str) -> None:
    with connected_as(role) as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute(statement)


def test_s11_the_vault_has_tables_and_so_something_to_refuse():
    assert tables("vault") == ["identity", "letter", "push", "sent", "undeliverable"]


@pytest.mark.parametrize("role", [WEB, POST, REPORTS])
@pytest.mark.parametrize("table", ["identity", "letter", "push"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM vault.{table}",
        "SELECT count(*) FROM vault.{table}",
        "SELECT sealed FROM vault.identity",
        "COPY vault.{table} TO STDOUT",
        "INSERT INTO vault.{table} SELECT",
        "UPDATE vault.{table} SET key_id = key_id RETURNING *",
        "DELETE FROM vault.{table} RETURNING *",
        "TRUNCATE vault.{table}",
        "CREATE VIEW public.mine AS SELECT * FROM vault.{table}",
        "ALTER TABLE vault.{table} OWNER TO CURRENT_USER",
        "GRANT SELECT ON vault.{table} TO CURRENT_USER",
    ],
)
def test_s11_nobody_who_signs_in_reads_or_changes_the_vaults_tables(
    role: str, table: str, statement: str
):
    with connected_as(role) as cursor, pytest.raises(psycopg2.Error) as said:
        cursor.execute(statement.format(table=table))
    # Whatever else is wrong with it, what is said is that it is not allowed.
    assert isinstance(said.value, InsufficientPrivilege)
    assert "permission denied" in str(said.value) or "must be owner" in str(said.value)


@pytest.mark.parametrize("role", [WEB, POST, REPORTS])
@pytest.mark.parametrize("table", ["sent", "undeliverable"])
def test_s11_nor_whom_letters_went_to_or_came_back_from(role: str, table: str):
    refused(role, f"SELECT handle FROM vault.{table}")
    refused(role, f"DELETE FROM vault.{table}")


@pytest.mark.parametrize("role", [WEB, POST, REPORTS])
@pytest.mark.parametrize(
    "statement",
    [
        f"SET ROLE {VAULT}",
        f"GRANT {VAULT} TO CURRENT_USER",
        "SET session_replication_role = replica",
        "CREATE TABLE public.identity (field text)",
        "CREATE TEMPORARY TABLE audit_entry (seq bigint, hash text)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION vault.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION vault.held(uuid) SECURITY INVOKER",
        "DROP FUNCTION vault.held(uuid)",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "CREATE ROLE another",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_s11_nor_becomes_anybody_who_could(role: str, statement: str):
    refused(role, statement)


@pytest.mark.parametrize("role", [WEB, REPORTS])
@pytest.mark.parametrize(
    "call",
    [
        "vault.letters_due()", f"vault.address_for_letter('{SOMEBODY}')",
        f"vault.letter_done('{SOMEBODY}')", "vault.drop_old_letters()",
        f"vault.address_for_push('{SOMEBODY}')", f"vault.letter_came_back('{SOMEBODY}')",
    ],
)  # fmt: skip
def test_s11_only_the_post_office_asks_for_an_address(role: str, call: str):
    refused(role, f"SELECT {call}")


@pytest.mark.parametrize("role", [POST, REPORTS])
@pytest.mark.parametrize(
    "call",
    [
        f"vault.keep('{SOMEBODY}', 'name', 'k', '', now())",
        f"vault.forget('{SOMEBODY}', ARRAY['name'])",
        f"vault.held('{SOMEBODY}')",
        f"vault.queue_letter('{SOMEBODY}', '{SOMEBODY}', 'k', NULL, '')",
        f"vault.queue_news('{SOMEBODY}', '{SOMEBODY}', 'k', '')",
        f"vault.keep_push('{SOMEBODY}', 's', 'k', '')",
        f"vault.forget_pushes(ARRAY['{SOMEBODY}']::uuid[])",
    ],
)
def test_s11_only_pages_put_things_in(role: str, call: str):
    refused(role, f"SELECT {call}")


def test_pages_can_keep_know_of_and_forget_without_ever_reading():
    handle = uuid4()
    with connected_as(WEB) as cursor:
        cursor.execute(f"SELECT vault.keep('{handle}', 'name', 'k', 'x', now())")
        cursor.execute(f"SELECT vault.held('{handle}')")
        assert cursor.fetchall() == [("name",)]
        cursor.execute(f"SELECT vault.forget('{handle}', ARRAY['name'])")
        cursor.execute(f"SELECT vault.held('{handle}')")
        assert cursor.fetchall() == []


def test_every_function_of_the_vault_fixes_its_search_path_and_is_the_vaults_own():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_userbyid(proowner), proconfig, proacl::text, "
            "prosecdef OR NOT (has_function_privilege(%s, oid, 'EXECUTE') "
            "OR has_function_privilege(%s, oid, 'EXECUTE')) "
            "FROM pg_proc WHERE pronamespace = 'vault'::regnamespace",
            [WEB, POST],
        )
        found = cursor.fetchall()
    assert len(found) >= 10
    for name, owner, settings, rights, as_owner in found:
        assert owner == VAULT, name
        assert settings == ["search_path=pg_catalog, pg_temp"], name
        assert as_owner, name
        # "=X" would be everybody.
        assert "{=X" not in rights, name
        assert ",=X" not in rights, name


def test_the_vaults_role_is_nobody_who_can_sign_in():
    with pytest.raises(psycopg2.OperationalError, match="not permitted to log in"):
        connected_as(VAULT).__enter__()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET verb = 'release'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_refuse_row",
        "DROP TRIGGER audit_chain ON audit_entry",
        "ALTER FUNCTION audit_refuse() OWNER TO CURRENT_USER",
        "DELETE FROM django_migrations",
    ],
)
@pytest.mark.parametrize("role", [WEB, POST, REPORTS])
def test_s18_no_role_that_serves_changes_the_log_even_without_its_trigger(
    role: str, statement: str
):
    refused(role, statement)


def test_s18_pages_add_to_the_log_and_read_it():
    with connected_as(WEB) as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO audit_entry (at, actor, verb, subject, detail) "
            "VALUES (now(), 'guide:1', 'claim', 'alert:1', '{}') RETURNING seq"
        )
        [(seq,)] = cursor.fetchall()
        cursor.execute("SELECT length(hash) FROM audit_entry WHERE seq = %s", [seq])
        assert cursor.fetchall() == [(64,)]
        cursor.execute("ROLLBACK")


def test_s04_the_reports_role_reads_no_table_at_all():
    everywhere = tables("public")
    assert {"community_post", "accounts_member", "risk_alert", "accounts_user"} <= set(everywhere)

    with connected_as(REPORTS) as cursor:
        for table in everywhere:
            with pytest.raises(InsufficientPrivilege):
                cursor.execute(f"SELECT * FROM {table}")
            cursor.execute(
                "SELECT has_any_column_privilege(%s::regclass, 'SELECT, INSERT, UPDATE')",
                [f"public.{table}"],
            )
            assert cursor.fetchone() == (False,), table


def test_s04_pages_count_as_the_reports_role_and_only_where_they_say_so():
    call = "SELECT * FROM reports.joined(ARRAY[1]::bigint[], now(), now())"
    with connected_as(WEB) as cursor:
        with pytest.raises(InsufficientPrivilege):
            cursor.execute(call)
        cursor.execute(f"SET ROLE {REPORTS}")
        cursor.execute(call)
        assert cursor.fetchall() == []
        with pytest.raises(InsufficientPrivilege):
            cursor.execute("SELECT * FROM community_post")


def test_s04_a_page_of_figures_reads_no_row_itself():
    from reporting.role import counting

    for table in ("accounts_member", "risk_alert", "risk_screening", "community_post"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            counting() as cursor,
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")
    with counting() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (REPORTS,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() != (REPORTS,)


def test_tables_of_a_later_migration_are_the_pages_own_at_once():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.of_tomorrow (id bigserial)")
        cursor.execute("SELECT has_table_privilege(%s, 'of_tomorrow', 'INSERT')", [WEB])
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT has_table_privilege(%s, 'of_tomorrow', 'TRUNCATE')", [WEB])
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT has_table_privilege(%s, 'of_tomorrow', 'SELECT')", [REPORTS])
        assert cursor.fetchone() == (False,)


def test_laying_the_roles_twice_changes_nothing():
    def rights() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname, relacl::text FROM pg_class WHERE relacl IS NOT NULL "
                "AND relnamespace = 'public'::regnamespace ORDER BY relname"
            )
            return cursor.fetchall()

    lay_roles()
    before = rights()
    lay_roles()

    assert rights() == before


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://app@/postgres?host=/tmp/x", f"postgresql://{WEB}@/postgres?host=/tmp/x"),
        ("postgres://a:b@db:5432/name", f"postgres://{WEB}@db:5432/name"),
    ],
)
def test_an_address_for_another_role_keeps_its_place(address: str, expected: str):
    assert address_as(WEB, address) == expected
