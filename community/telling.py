"""What this room tells members of in their own list: that something is there, never what."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Member
from community.models import Post
from notifications.enums import Kind
from notifications.operations import tell


def tell_of_invitation(*, member: Member, post: Post, at: datetime) -> None:
    """Somebody waits for a first answer, and this member offered to be asked."""
    tell(
        member=member, kind=Kind.INVITED_TO_HELP, at=at, url_name="community:asked",
        args=[post.public_id], about=post.public_id,
    )  # fmt: skip


def tell_of_load_check(*, member: Member, at: datetime) -> None:
    """They have been there for others a lot: how is it for them?"""
    tell(member=member, kind=Kind.LOAD_CHECK, at=at, url_name="community:load", args=[])
