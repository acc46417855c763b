"""How those in a conversation learn that there is something new. Never what it is."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Member
from conversations.models import Conversation
from live.pokes import poke_localities, poke_user
from notifications.enums import Kind
from notifications.operations import tell as put_into_their_list
from notifications.reading import come_across


def poke(conversation: Conversation) -> None:
    """After commit, have the open pages of both sides look again."""
    poke_localities([conversation.locality_id])
    poke_user(conversation.member.user_id, changed="conversation")


def tell(conversation: Conversation, *, at: datetime) -> None:
    """A guide has written: one line in the member's own list, and what follows from it."""
    put_into_their_list(
        member=conversation.member,
        kind=Kind.CONVERSATION,
        at=at,
        url_name="conversations:talk",
        about=_about(conversation),
    )


def seen_by(member: Member, conversation: Conversation, *, at: datetime) -> None:
    """The member has the page open: what told them of it is read. No guide learns of this."""
    if member.has_news:
        come_across(member=member, about=_about(conversation), at=at)


def _about(conversation: Conversation) -> str:
    return f"conversation:{conversation.pk}"
