"""What every test has: see tests/servers.py for the servers it runs against."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.away import (  # noqa: F401 -- servers that are not there
    database_away,
    redis_hung,
    redis_is_asked_again,
    redis_moves_to,
    redis_refused,
)
from tests.cast import cast  # noqa: F401 -- a fixture for every test
from tests.letterbox import letterbox  # noqa: F401 -- a mail server for tests that ask for one
from tests.live_server import asgi_house, asgi_server  # noqa: F401 -- the house over real sockets
from tests.push_service import push_service  # noqa: F401 -- and one that nudges phones


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Roles as `prepare` lays them; and tests that flush may empty the audit log."""
    from django.db import connection

    from peersupport.database_roles import lay_roles

    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        lay_roles()
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_refuse_all")
    yield
    # A thread of some test's server may hold a connection yet, and would keep the database.
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def the_vault_is_emptied_too(
    request: pytest.FixtureRequest, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """After a test that commits: what empties the tables then knows only those of models."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        from django.db import connection

        with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(
                "DELETE FROM vault.identity; DELETE FROM vault.letter; DELETE FROM vault.sent; "
                "DELETE FROM vault.undeliverable; DELETE FROM vault.push"
            )


@pytest.fixture
def client() -> Client:
    """As pytest-django's, but `force_login` is the whole sign-in (tests/sign_ins.py)."""
    from tests.sign_ins import SignedIn

    return SignedIn()


@pytest.fixture(autouse=True)
def nothing_fails_unheard(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """
    Fail on whatever a robust on_commit hook swallowed.

    `robust=True` keeps a member's post when a hint fails; it would keep our bugs too.
    """
    yield
    swallowed = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.ERROR and "on_commit" in record.getMessage()
    ]
    assert not swallowed, swallowed
