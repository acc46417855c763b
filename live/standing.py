"""Who is behind each open socket now: asked for many at once, by the same rules as a page."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import second_factor
from accounts.backends import with_who_they_are
from accounts.models import Session, User
from accounts.session_store import SessionStore


def people_behind(session_keys: Iterable[str]) -> dict[str, User]:
    """
    The signed-in person of each session that is still good; the others are left out.

    Three queries, however many are asked about: sessions, people, and what the guides cover.
    """
    store = SessionStore()
    rows = Session.objects.filter(
        session_key__in=set(session_keys), expire_date__gt=timezone.now(), user__isnull=False
    )
    sessions = {row.session_key: store.decode(row.session_data) for row in rows}
    people = {
        str(person.pk): person
        for person in with_who_they_are(
            User.objects.filter(pk__in={row.user_id for row in rows}, is_active=True)
        ).prefetch_related("wall_guide__covers")
    }
    found = {}
    for key, session in sessions.items():
        person = people.get(session.get(SESSION_KEY, ""))
        if person is not None and _is_theirs(session, person):
            found[key] = person
    return found


def _is_theirs(session: second_factor.Session, person: User) -> bool:
    """As django.contrib.auth.get_user judges it, and with the second factor that a page asks."""
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    proof = str(session.get(HASH_SESSION_KEY, ""))
    good = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    if not any(constant_time_compare(proof, each) for each in good):
        return False
    return not second_factor.is_missing(session, person)
