"""
A test post each minute that goes the real way, in a locality no guide covers.

It is the only check that notices a worker which is alive and reads nothing.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Member, User
from commissioning.enums import CommissionerKind
from commissioning.models import Commissioner, Locality
from community.models import Post, Topic
from community.operations import publish_post
from escalation import safety
from risk.enums import AlertOutcome
from risk.models import Alert, Screening

EVERY = timedelta(minutes=1)
# Later than this the sentinel itself screens, and the canary would prove nothing.
REAL_WAY_TAKES_AT_MOST = timedelta(seconds=20)
KEPT_FOR = timedelta(days=1)
# Bare words that the lexicon must always find.
WORDS = "This is the canary. It says: I want to die."


@transaction.atomic
def home() -> Member:
    """The canary's own member, made the first time."""
    commissioner, _ = Commissioner.objects.get_or_create(
        slug="canary",
        defaults={"name": "Canary", "kind": CommissionerKind.CHARITY, "is_hidden": True},
    )
    locality, _ = Locality.objects.get_or_create(
        slug="canary",
        defaults={
            "commissioner": commissioner, "name": "Canary", "time_zone": "UTC", "is_hidden": True,
        },
    )  # fmt: skip
    member = Member.objects.filter(locality=locality).select_related("locality").first()
    if member is None:
        # Nobody can sign in as the canary: inactive, and without a usable password.
        user = User.objects.create_user("canary@canary.invalid", None, is_active=False)
        member = Member.objects.create(
            user=user,
            alias="Canary",
            locality=locality,
            joined_at=user.joined_at,
        )
    return member


def sing(*, member: Member, at: datetime) -> Post | None:
    """Publish the next test post, or none where the wall has no topic yet."""
    topic = Topic.objects.first()
    if topic is None:
        return None
    return publish_post(author=member, topic=topic, body=WORDS, idempotency_key=uuid.uuid4(), at=at)


def listen(*, now: datetime) -> int:
    """Close the alerts that came of test posts; note the time if one came the real way."""
    arrived = Alert.objects.open().filter(locality__is_hidden=True).select_related("screening")
    for alert in arrived:
        screened_at = alert.screening.screened_at
        took = screened_at - alert.screening.requested_at if screened_at else None
        if took is not None and took <= REAL_WAY_TAKES_AT_MOST:
            safety.beat("canary", at=now)
        alert.change(closed_at=now, outcome=AlertOutcome.CANARY, next_action_at=None)
    return len(arrived)


@transaction.atomic
def forget(*, now: datetime) -> None:
    """Remove yesterday's test posts and all that hung on them."""
    old = Post.objects.filter(
        author__locality__is_hidden=True, published_at__lt=now - KEPT_FOR
    ).exclude(screenings__state="pending")
    pks = list(old.values_list("pk", flat=True))
    screenings = Screening.objects.filter(
        locality__is_hidden=True, requested_at__lt=now - KEPT_FOR, subject_id__in=pks
    )
    Alert.objects.filter(screening__in=screenings).delete()
    screenings.delete()
    Post.objects.filter(pk__in=pks).delete()
