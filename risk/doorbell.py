"""
Rings for a worker when writing waits to be screened.

A hint and nothing more: the pending rows are the queue. Rung only when no ring is
outstanding, because one task a post saturates two cores at a hundred posts a second.
"""

from __future__ import annotations

import logging

import redis
from django.conf import settings
from kombu.exceptions import OperationalError

from live import pokes

logger = logging.getLogger(__name__)

KEY = f"{settings.REDIS_PREFIX}.doorbell.screening"
# A ring that nobody answers is forgotten after this, and the next post rings again.
RING_LASTS_MS = 2000


def ring() -> None:
    """Wake a worker, unless one has been rung for already. Never raises, never waits long."""
    from risk import tasks

    def ring_once(connection: redis.Redis) -> None:
        if connection.set(KEY, 1, nx=True, px=RING_LASTS_MS):
            try:
                tasks.drain_screenings.apply_async(retry=False)
            except OperationalError as error:
                raise redis.ConnectionError from error

    pokes.hint(ring_once)


def answer() -> None:
    """Whoever drains says so first, so that what is written from now on rings again."""
    pokes.hint(lambda connection: connection.delete(KEY))
