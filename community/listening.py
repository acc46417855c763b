from __future__ import annotations

from typing import Any

from accounts.audience import role_of
from accounts.models import Member, User
from community.models import Post
from live import groups
from live.consumers import LiveConsumer


class ThreadConsumer(LiveConsumer):
    """Tells a member who has a thread open that somebody has answered there."""

    @classmethod
    def names_for(cls, asked: list[tuple[User, dict[str, Any]]]) -> list[frozenset[str]]:
        wanted = {place["public_id"] for _person, place in asked}
        # One query for all who read what everybody may; one each for the few who read more.
        on_the_wall = dict(
            Post.objects.on_the_wall().filter(public_id__in=wanted).values_list("public_id", "pk")
        )
        found = []
        for person, place in asked:
            member = role_of(person, "member")
            names = groups.joinable_by(person)
            if member is None or groups.WALL not in names:
                found.append(frozenset[str]())
                continue
            pk = on_the_wall.get(place["public_id"]) or _shown_to(member, place["public_id"])
            found.append(
                frozenset({groups.of_user(person.pk), groups.of_thread(pk)})
                if pk
                else frozenset[str]()
            )
        return found


def _shown_to(member: Member, public_id: str) -> int | None:
    shown = Post.objects.shown_to(member).filter(public_id=public_id)
    return shown.values_list("pk", flat=True).first()
