"""
Stopping a letter with one tap and without signing in.

The link opens nothing else: its token says whose letter of which kind it stops, sealed so that
whoever reads the address learns neither.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from django.db import transaction
from django.urls import reverse

from accounts.models import Member
from accounts.preferences import choose
from audit.operations import record
from notifications.models import Notice
from vault import boxes, post
from vault.boxes import BoxWillNotOpen

PURPOSE = "stop a letter"


class Letter(Enum):
    """The letters there are, by the name of the member's choice about them."""

    REPLIES = "letter_of_replies"
    WEEK = "weekly_letter"


def address_for(member: Member, letter: Letter) -> str:
    """Where this letter to this member is stopped. It never wears out."""
    token = boxes.lock(f"{letter.value}:{member.user.handle}", purpose=PURPOSE)
    return reverse("notifications:stop", args=[token])


def read(token: str) -> tuple[Member, Letter] | None:
    """Whose letter of which kind a token stops; None if it is no token of ours, or they left."""
    try:
        name, _, handle = boxes.unlock(token, purpose=PURPOSE).partition(":")
    except BoxWillNotOpen:
        return None
    member = Member.objects.select_related("preferences").filter(user__handle=handle).first()
    return (member, Letter(name)) if member is not None else None


@transaction.atomic
def stop(*, member: Member, letter: Letter, at: datetime) -> None:
    """Write no such letter any more; what waits to be sent is let go. Safe to do twice."""
    choose(member=member, **{letter.value: False})
    if letter is Letter.REPLIES:
        Notice.objects.filter(member=member).exclude(letter_at=None).update(letter_at=None)
    post.drop_news(handle=member.user.handle)
    record(
        actor=f"member:{member.pk}", verb="stop a letter", subject=f"member:{member.pk}", at=at,
        detail={"letter": letter.value},
    )  # fmt: skip
