"""What a member's open page may listen to, beyond their own news: the wall, or one thread."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.audience import role_of
from accounts.models import Member, User
from community import reading
from community.models import Post
from live import groups
from live.consumers import LiveConsumer

NOTHING: frozenset[str] = frozenset()


class WallConsumer(LiveConsumer):
    """Tells a member whose page shows the wall that there is something new on it."""

    def missed(self) -> list[str]:
        news = super().missed()
        if groups.WALL not in self.names or not self.seen:
            return news
        newest = (
            Post.objects.on_the_wall()
            .filter(group=None)
            .newest_first()
            .values_list("public_id", flat=True)
        )
        return [*news, "wall"] if newest.first() != self.seen else news


class ThreadConsumer(LiveConsumer):
    """Tells a member who has a thread open that somebody has answered there."""

    def missed(self) -> list[str]:
        news = super().missed()
        if not self.seen.isdecimal():
            return news
        more = Post.objects.filter(
            public_id=self.place["public_id"], reply_count__gt=int(self.seen[:9])
        )
        return [*news, "thread"] if more.exists() else news

    @classmethod
    def names_for(cls, asked: list[tuple[User, dict[str, Any]]]) -> list[frozenset[str]]:
        wanted = {place["public_id"] for _person, place in asked}
        # One query for all who read what everybody may; one each for the few who read more.
        on_the_wall = dict(
            Post.objects.on_the_wall()
            .filter(public_id__in=wanted, group=None)
            .values_list("public_id", "pk")
        )
        found = []
        for person, place in asked:
            member = role_of(person, "member")
            # Whoever may not read the wall now may not read a thread of it.
            if member is None or groups.WALL not in groups.joinable_by(person):
                found.append(NOTHING)
                continue
            pk = on_the_wall.get(place["public_id"]) or _shown_to(member, place["public_id"])
            mine = {groups.of_user(person.pk), groups.of_thread(pk)} if pk else NOTHING
            found.append(frozenset(mine))
        return found


def _shown_to(member: Member, public_id: str) -> int | None:
    post = reading.post_seen_by(member, public_id=public_id, now=timezone.now())
    return post.pk if post else None
