"""
What moves by itself in conversations: the sentinel's work, with Postgres and nothing else.

Rows are taken with SKIP LOCKED and read again locked, so that any number of sentinels, members and
guides can act at once. Nothing here ever closes a conversation: a person does, after a goodbye.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from audit.operations import record
from conversations.enums import Said, State
from conversations.models import RESTS_AFTER, STILL_HERE_AFTER, Conversation
from conversations.operations import say_as_house
from conversations.telling import poke
from live.pokes import poke_seniors
from risk.models import PASS_UP_EVERY

BATCH = 200


@transaction.atomic
def move(*, now: datetime) -> dict[str, int]:
    """
    See to every conversation whose next action is due.

    Whoever waits too long for a guide is passed up to the seniors, again and again until
    somebody answers. Whoever has fallen silent is told that this is fine, and later it rests.
    """
    moved = {"conversations_passed_up": 0, "conversations_resting": 0}
    due = (
        Conversation.objects.due_for_action(now=now)
        .select_related("member__user")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    for held in due:
        if held.waiting_since is not None:
            _pass_up(held, now=now)
            moved["conversations_passed_up"] += 1
        elif held.still_here_at is None:
            say_as_house(held, Said.STILL_HERE, at=now)
            # Counted from when the guide wrote, so that a late look does not make them wait.
            rests_at = max(held.last_line_at + RESTS_AFTER, now + STILL_HERE_AFTER)
            held.change(still_here_at=now, next_action_at=rests_at)
        else:
            say_as_house(held, Said.RESTS, at=now)
            held.change(state=State.RESTING, next_action_at=None)
            record(actor="sentinel", verb="rest", subject=f"conversation:{held.pk}", at=now)
            moved["conversations_resting"] += 1
        poke(held)
    if moved["conversations_passed_up"]:
        poke_seniors()
    return moved


def _pass_up(held: Conversation, *, now: datetime) -> None:
    held.change(
        passed_up_at=held.passed_up_at or now,
        passed_up_times=F("passed_up_times") + 1,
        next_action_at=now + PASS_UP_EVERY,
    )
    record(actor="sentinel", verb="pass up", subject=f"conversation:{held.pk}", at=now)
