"""Django's sessions in Postgres, in a table that knows whose each one is (SESSION_ENGINE)."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.db import models
from django.utils import timezone

from accounts.models import Member, Preferences, Session, User
from accounts.prepared import rows_of
from commissioning.models import Locality

JOINED = """
    FROM accounts_session
    LEFT JOIN accounts_user ON accounts_user.id = accounts_session.user_id
      AND accounts_user.is_active
    LEFT JOIN accounts_member ON accounts_member.user_id = accounts_user.id
    LEFT JOIN commissioning_locality ON commissioning_locality.id = accounts_member.locality_id
    LEFT JOIN accounts_preferences ON accounts_preferences.member_id = accounts_member.id
    WHERE accounts_session.session_key = %(key)s AND accounts_session.expire_date > %(now)s
"""
WORKS_HERE = """
    EXISTS (SELECT FROM accounts_wallguide AS one WHERE one.user_id = accounts_user.id)
    OR EXISTS (SELECT FROM accounts_commissioninglead AS one WHERE one.user_id = accounts_user.id)
    OR EXISTS (SELECT FROM accounts_administrator AS one WHERE one.user_id = accounts_user.id)
"""
PEOPLE: tuple[type[models.Model], ...] = (Session, User, Member, Locality, Preferences)


class SessionStore(DatabaseSessions):
    """
    The engine: what Django's own does, and the person beside it.

    A member's session brings the member along, in the same query, because every page of the
    wall asks for both. `accounts.middleware.know_who_asks` decides whether it is truly theirs.
    """

    brought: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Session = super().create_model_instance(data)  # type: ignore[assignment]
        session.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return session

    def _get_session_from_db(self) -> Session | None:
        rows = rows_of(_select(), key=self.session_key, now=timezone.now())
        if not rows:
            self._session_key = None
            return None
        (row,) = rows
        session: Session
        session, user, member, locality, preferences = _people(row)
        if member is not None and not row[-1]:
            self.brought = _put_together(user, member, locality, preferences)
        return session


@cache
def _select() -> str:
    columns = [
        f"{model._meta.db_table}.{field.attname}"
        for model in PEOPLE
        for field in model._meta.concrete_fields
    ]
    return f"SELECT {', '.join(columns)}, {WORKS_HERE} {JOINED}"


def _people(row: tuple[Any, ...]) -> list[Any]:
    """An instance of each model in PEOPLE; None where the row has none."""
    found: list[Any] = []
    start = 0
    for model in PEOPLE:
        names = _names(model)
        values = row[start : start + len(names)]
        start += len(names)
        # The first column is the key, and no row is without one.
        found.append(None if values[0] is None else model.from_db("default", names, values))
    return found


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _put_together(
    user: User, member: Member, locality: Locality, preferences: Preferences | None
) -> User:
    """A member who is nothing else, with all that pages ask about them."""
    member.user = user
    member.locality = locality
    if preferences is not None:
        preferences.member = member
    known = user._state.fields_cache
    known["member"] = member
    member._state.fields_cache["preferences"] = preferences
    for role in ("wall_guide", "commissioning_lead", "administrator"):
        known[role] = None
    return user
