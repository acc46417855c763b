"""A case whose member's details are in the vault, and time that passes at the door."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from escalation.cases import open_case
from escalation.models import Case, IdentityRequest
from tests.cast import Cast
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory
from vault.details import Details
from vault.operations import keep

PLANTED = Details(
    name="Persephone Quillfeather",
    born_on="1999-02-03",
    email="p.quillfeather@example.invalid",
    phone="01632 960123",
    postcode="ZZ99 9ZZ",
    emergency_name="Barnaby Quillfeather",
    emergency_phone="01632 960456",
)
REASON = "They wrote that they will not be here tomorrow, and do not answer."


def a_case_with_details(cast: Cast) -> Case:
    """An open case about a member of Leeds, whose details are planted in the vault."""
    AgreedProtocolFactory(locality=cast.leeds)
    now = timezone.now()
    keep(handle=cast.member.user.handle, details=PLANTED, at=now)
    alert = AlertFactory(author=cast.member)
    return open_case(alert=alert, by=cast.guide, note="Worried.", version=None, at=now)


def time_passes(asked: IdentityRequest, by: str) -> None:
    """As if it had all been that much earlier: the door goes by the database's own clock."""
    columns = ("asked_at", "decided_at", "opens_until", "review_due_at", "shown_from")
    moved = ", ".join(f"{column} = {column} - interval '{by}'" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE escalation_identityrequest SET {moved} WHERE id = %s", [asked.pk])
    asked.refresh_from_db()
