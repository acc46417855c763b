"""How those in a conversation learn that there is something new. Never what it is."""

from __future__ import annotations

from datetime import datetime

from conversations.models import Conversation
from live.pokes import poke_localities, poke_user


def poke(conversation: Conversation) -> None:
    """After commit, have the open pages of both sides look again."""
    poke_localities([conversation.locality_id])
    poke_user(conversation.member.user_id, changed="conversation")


def tell(conversation: Conversation, *, at: datetime) -> None:
    """A guide has written: the member's open pages look again."""
    poke(conversation)
