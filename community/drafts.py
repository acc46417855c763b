"""
What members have begun and not sent: kept for them alone, and forgotten when it is sent or old.

Nothing here is screened and no guide reads it: a draft is not yet said to anybody (ADR 0023).
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Member
from accounts.prepared import rows_of
from community.models import Draft, Post, Reply, Topic

KEPT_FOR = timedelta(days=30)
# So many places at once; the oldest makes room. Nobody loses what they began this month.
AT_MOST = 30
_PLACE = re.compile(r"post|(?:reply|edit|group)-[\w-]{1,20}")

NEW_POST = "post"


def reply_to(post: Post) -> str:
    return f"reply-{post.public_id}"


def change_of(writing: Post | Reply) -> str:
    return f"edit-{writing.public_id}"


def is_a_place(place: str) -> bool:
    return _PLACE.fullmatch(place) is not None


@transaction.atomic
def keep(
    *,
    member: Member,
    place: str,
    body: str,
    key: uuid.UUID,
    at: datetime,
    topic: Topic | None = None,
    content_note: str = "",
) -> bool:
    """
    Keep what stands in a box, or forget it where the box is empty.

    False where the same submission has been published already: a page that saves a moment
    too late must not bring back what was sent.
    """
    if any(
        model._default_manager.filter(author=member, idempotency_key=key).exists()
        for model in (Post, Reply)
    ):
        return False
    if not body.strip():
        forget(member=member, place=place)
        return True
    Draft.objects.update_or_create(
        member=member,
        place=place,
        defaults={
            "body": body, "topic": topic, "content_note": content_note, "updated_at": at,
        },
    )  # fmt: skip
    too_many = Draft.objects.filter(member=member).values("pk")[AT_MOST : AT_MOST + 10]
    Draft.objects.filter(pk__in=list(too_many.values_list("pk", flat=True))).delete()
    return True


_FORGET = """
    DELETE FROM community_draft WHERE member_id = %(member)s AND place = %(place)s RETURNING id"""


def forget(*, member: Member, place: str) -> None:
    rows_of(_FORGET, member=member.pk, place=place)


def begun(*, member: Member, place: str) -> Draft | None:
    """What this member has begun there."""
    return Draft.objects.filter(member=member, place=place).first()


def forget_old(*, now: datetime) -> int:
    """Forget what nobody has touched for a month; how many that was."""
    return Draft.objects.filter(updated_at__lt=now - KEPT_FOR).delete()[0]
