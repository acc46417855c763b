"""
Nudging open pages. Fire and forget: a page also asks by itself every 15 seconds.

The message is put straight onto the Redis channel that channels_redis' Pub/Sub layer
listens to, in its own wire format. Going through ``async_to_sync(group_send)`` would
open a loop and a connection for each poke in a worker.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Iterable
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from live import groups

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
    _after_commit([groups.of_locality(pk) for pk in sorted(set(locality_ids))])


def poke_seniors() -> None:
    """After commit, tell the open desks of senior guides to look again."""
    _after_commit([groups.SENIORS])


def poke_user(user_id: int, changed: str = "news") -> None:
    """After commit, tell one person's own open pages that something of theirs has changed."""
    _after_commit([groups.of_user(user_id)], {"type": "page.changed", "changed": changed})


def poke_thread(post_pk: int) -> None:
    """After commit, tell the pages on which this thread is open that somebody has answered."""
    _after_commit([groups.of_thread(post_pk)], {"type": "page.changed", "changed": "thread"})


def poke_wall() -> None:
    """After commit, tell the pages that show the wall that there is something new on it."""
    _after_commit([groups.WALL], {"type": "page.changed", "changed": "wall"})


def close_sockets_of(user_id: int) -> None:
    """After commit, have every socket of one person check again whether it may stay."""
    _after_commit([groups.of_user(user_id)], {"type": "check.again"})


def _after_commit(names: list[str], message: dict[str, str] | None = None) -> None:
    message = message or {"type": "page.changed", "changed": "alerts"}
    transaction.on_commit(lambda: publish(names, message), robust=True)


def publish(names: list[str], message: dict[str, str]) -> bool:
    """Put a message onto some groups now, and say whether Redis took it."""
    packed = get_channel_layer().serialize(message)

    prefix = settings.LIVE_PREFIX

    def send(connection: redis.Redis) -> None:
        with connection.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.publish(f"{prefix}__group__{name}", packed)
            pipeline.execute()

    return hint(send)
