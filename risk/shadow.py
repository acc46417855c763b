"""
The challenger reads what the champion has read. Nobody is told and nothing is raised.

Only once what waited is recorded, for a share of it, and never for long: the desk comes first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from django.conf import settings

from risk import champion, classifier, releases, wording
from risk.model import ModelUnusable
from risk.models import Screening, ShadowReading

logger = logging.getLogger(__name__)

# A worker may be rung for while it reads in the shadow, so it stops after this.
SECONDS_AT_MOST = 0.25


@dataclass(slots=True)
class _Loaded:
    release_id: int | None = None
    reader: classifier.Reader | None = None


_loaded = _Loaded()


def is_drawn(screening_id: int) -> bool:
    """Whether the challenger reads this one: the same answer each time."""
    return crc32(f"shadow:{screening_id}".encode()) / 2**32 < settings.SHADOW_SHARE


def read(screening_ids: Sequence[int], *, at: datetime) -> int:
    """Read a share of these in the shadow, and say how many. Never raises."""
    try:
        return _read([pk for pk in screening_ids if is_drawn(pk)], at=at)
    except Exception as error:
        # Its name and no more: a message may quote what a member wrote.
        logger.error("The shadow could not be read: %s", type(error).__name__)
        return 0


def _read(screening_ids: list[int], *, at: datetime) -> int:
    if not screening_ids:
        return 0
    release_id = releases.newest_challenger_id()
    if release_id is None:
        return 0
    if release_id != _loaded.release_id:
        _load(release_id)
    if _loaded.reader is None:
        return 0
    began, readings = time.monotonic(), []
    rows = Screening.objects.filter(pk__in=screening_ids, urgency__isnull=False)
    for row in rows.select_related("in_reply_to"):
        found = _loaded.reader.classify(row.text, reply_to=wording.replied_to(row))
        readings.append(
            ShadowReading(
                screening=row,
                release_id=release_id,
                urgency=found.urgency,
                probability=found.probability,
                read_at=at,
            )
        )
        if time.monotonic() - began > SECONDS_AT_MOST:
            break
    ShadowReading.objects.bulk_create(readings, ignore_conflicts=True)
    return len(readings)


def _load(release_id: int) -> None:
    """Load the newest challenger once; one that cannot be used is left alone until another."""
    release = releases.newest_challenger()
    _loaded.release_id, _loaded.reader = release_id, None
    if release is None or release.pk != release_id:
        return
    try:
        _loaded.reader = classifier.Reader(releases.lexicon_in_use(), champion.load(release))
    except ModelUnusable:
        logger.error("Challenger %s cannot be used and reads no shadow", release_id)
