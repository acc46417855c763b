"""
Who may do what in the database.

The owner migrates. Pages, workers and sentinels are `peersupport_web`: they read and write
the house's rows, add to the audit log and never change it, and cannot read the vault. Letters
are addressed as `peersupport_post`. Commissioners' figures are counted as
`peersupport_reports`, which can call a few counting functions and read nothing. The vault's
functions run as `peersupport_vault`, as which nobody can sign in.

The vault's first migration makes the roles; what they may do is laid here, after every
migration, so that no table is ever forgotten. Doing it again changes nothing.
"""

from __future__ import annotations

import os
from urllib.parse import quote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from psycopg2 import sql

WEB, POST, REPORTS, VAULT = (f"peersupport_{name}" for name in ("web", "post", "reports", "vault"))
# Where a password is asked for, each role's own is in the environment of `prepare` alone.
PASSWORDS = {
    WEB: "WEB_POSTGRES_PASSWORD",
    POST: "POST_POSTGRES_PASSWORD",
    REPORTS: "REPORTS_POSTGRES_PASSWORD",
}
# What pages may do with a table, where that is not everything.
ONLY = {
    "audit_entry": "SELECT, INSERT",
    "django_migrations": "SELECT",
    "escalation_identityrequest": "SELECT",
    "escalation_identitylook": "SELECT",
}
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"


@transaction.atomic
def lay_roles() -> None:
    """
    Give each role what it may do, and take away what it may not. Run as the owner.

    :raises ImproperlyConfigured: if run as a role that may not migrate
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        owner, database = cursor.fetchone()
        if owner in (WEB, POST, REPORTS):
            raise ImproperlyConfigured(
                f"This is connected as {owner}, which may not change the database. "
                "Set DATABASE_OWNER_URL to the address of the role that owns it."
            )
        # One at a time: two that lay the same roles at once would trip over each other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('peersupport roles'))")
        names = {name: sql.Identifier(name) for name in (WEB, POST, REPORTS, VAULT, owner)}

        def run(statement: str, **parts: sql.Composable) -> None:
            cursor.execute(
                sql.SQL(statement).format(
                    web=names[WEB], post=names[POST], reports=names[REPORTS],
                    owner=names[owner], database=sql.Identifier(database), **parts,
                )
            )  # fmt: skip

        # A table of its own could stand in front of ours, in a search path that is not fixed.
        run("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
        run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        run("GRANT CONNECT ON DATABASE {database} TO {web}, {post}, {reports}")
        run("GRANT USAGE ON SCHEMA public TO {web}")
        run(f"GRANT {EVERYTHING} ON ALL TABLES IN SCHEMA public TO {{web}}")
        run("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {web}")
        for kind, rights in (("TABLES", EVERYTHING), ("SEQUENCES", "USAGE, SELECT")):
            run(
                f"ALTER DEFAULT PRIVILEGES FOR ROLE {{owner}} IN SCHEMA public "
                f"GRANT {rights} ON {kind} TO {{web}}"
            )
        tables = connection.introspection.table_names(cursor)
        for table, rights in ONLY.items():
            if table in tables:
                run(f"REVOKE ALL ON {{table}} FROM {{web}}; GRANT {rights} ON {{table}} TO {{web}}",
                    table=sql.Identifier(table))  # fmt: skip
        # Not inherited: a page counts as this role only where it says so (reporting.counts).
        cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [WEB, REPORTS])
        if not cursor.fetchone()[0]:
            run("GRANT {reports} TO {web}")
        for role, variable in PASSWORDS.items():
            if password := os.environ.get(variable):
                run("ALTER ROLE {role} PASSWORD {password}",
                    role=names[role], password=sql.Literal(password))  # fmt: skip


def address_as(role: str, address: str) -> str:
    """
    The same database for another role, where the server trusts whoever reaches its socket.

    So it is with the private servers of a demo or of tests; in production each address has
    its role and password written in it.
    """
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=f"{quote(role)}@{parts.netloc.rpartition('@')[2]}"))
