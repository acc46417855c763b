"""Every group name there is, who may listen to which, and the few things that are said."""

from accounts.audience import role_of
from accounts.models import Member, User

SENIORS = "seniors"
WALL = "wall"

# What is said to guides alone: there is something to read. Members are only ever told of what
# is theirs, of a thread they have open, and of the wall.
TO_GUIDES = "alerts"
# What pages are told after a gap, in which anything may have been missed.
AGAIN = "again"
# Said to no page: it has some sockets looked at again at once.
LOOK_AGAIN = "?"


def of_locality(locality_id: int) -> str:
    return f"locality.{locality_id}"


def of_user(user_id: int) -> str:
    return f"user.{user_id}"


def of_thread(post_pk: int) -> str:
    return f"thread.{post_pk}"


def joinable_by(user: User) -> frozenset[str]:
    """The groups a signed-in person may listen to: their work as a guide, their own as a member."""
    names: set[str] = set()
    if guide := role_of(user, "wall_guide"):
        localities = {of_locality(locality.pk) for locality in guide.covers.all()}
        names |= {of_user(user.pk), *localities, *([SENIORS] if guide.is_senior else [])}
    if member := role_of(user, "member"):
        names |= _of_a_member(member)
    return frozenset(names)


def _of_a_member(member: Member) -> set[str]:
    if member.leaving_at is not None:
        return set()
    # Somebody who is paused does not read the wall, but their own news are theirs.
    mine = {of_user(member.user_id)}
    return mine if member.suspended_at is not None else mine | {WALL}
