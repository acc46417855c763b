"""
Nudging open pages. Fire and forget: a page also asks by itself every 15 seconds.

One message a transaction, on the one channel to which each web process listens (live.hub).
"""

from __future__ import annotations

import functools
import json
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

from live import groups
from live.groups import LOOK_AGAIN, TO_GUIDES

logger = logging.getLogger(__name__)

# After a failure Redis is left alone for a moment, so that its absence costs one short
# wait and not one a request (F08).
LEAVE_ALONE_SECONDS = 5.0
_left_alone_until = 0.0


@functools.cache
def client() -> redis.Redis:
    """A Redis client that gives up quickly: what it does is only ever a hint."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def hint(do: Any) -> bool:
    """
    Run ``do(redis_client)``, and say whether Redis took it.

    Never raises for a Redis that is away, and does not ask it again for five seconds.
    """
    global _left_alone_until
    if time.monotonic() < _left_alone_until:
        return False
    try:
        do(client())
    except redis.RedisError:
        _left_alone_until = time.monotonic() + LEAVE_ALONE_SECONDS
        logger.warning("Redis did not answer; going on without it for a few seconds")
        return False
    return True


def poke_localities(locality_ids: Iterable[int]) -> None:
    """After commit, tell the open desks of these localities to look again."""
    _after_commit(TO_GUIDES, (groups.of_locality(pk) for pk in locality_ids))


def poke_seniors() -> None:
    """After commit, tell the open desks of senior guides to look again."""
    _after_commit(TO_GUIDES, [groups.SENIORS])


def poke_user(user_id: int, changed: str = "news") -> None:
    """After commit, tell one person's own open pages that something of theirs has changed."""
    _after_commit(changed, [groups.of_user(user_id)])


def poke_thread(post_pk: int) -> None:
    """After commit, tell the pages on which this thread is open that somebody has answered."""
    _after_commit("thread", [groups.of_thread(post_pk)])


def poke_wall() -> None:
    """After commit, tell the pages that show the wall that there is something new on it."""
    _after_commit("wall", [groups.WALL])


def close_sockets_of(user_id: int) -> None:
    """After commit, have every socket of one person looked at again: may it stay?"""
    _after_commit(LOOK_AGAIN, [groups.of_user(user_id)])


class _Pokes:
    """What one transaction has to say, sent as one message when it is committed."""

    def __init__(self) -> None:
        self.names: dict[str, set[str]] = {}
        self.are_sent = False

    def send(self) -> None:
        self.are_sent = True
        publish(self.names)


def _after_commit(changed: str, names: Iterable[str]) -> None:
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        publish({changed: names})
        return
    hooks = (getattr(hook, "__self__", None) for _, hook, _ in connection.run_on_commit)
    waiting = (each for each in hooks if isinstance(each, _Pokes) and not each.are_sent)
    pokes = next(waiting, None)
    if pokes is None:
        pokes = _Pokes()
        transaction.on_commit(pokes.send, robust=True)
    pokes.names.setdefault(changed, set()).update(names)


def publish(said: Mapping[str, Iterable[str]]) -> bool:
    """Say ``{what changed: who listens}`` now, and whether Redis took it."""
    message = {changed: sorted(set(names)) for changed, names in said.items()}
    if not any(message.values()):
        return True
    packed = json.dumps(message)
    return hint(lambda connection: connection.publish(settings.LIVE_CHANNEL, packed))
