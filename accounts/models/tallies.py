from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models


class Tally(models.Model):
    """When something was tried, for the brakes. Whose tries they were is only a keyed hash."""

    key = models.CharField(max_length=64, primary_key=True)
    times: models.Field[list[datetime], list[datetime]] = ArrayField(models.DateTimeField())
    is_full = models.BooleanField()
    forget_at = models.DateTimeField(db_index=True)

    # One statement, so that fifty tries at once are counted as fifty.
    _PRESS: ClassVar[str] = """
        INSERT INTO accounts_tally AS tally (key, times, is_full, forget_at)
        VALUES (%(key)s, ARRAY[%(at)s::timestamptz], false, %(forget_at)s)
        ON CONFLICT (key) DO UPDATE SET (times, is_full, forget_at) = (
            SELECT CASE WHEN cardinality(kept) < %(most)s
                        THEN kept || %(at)s::timestamptz ELSE kept END,
                   cardinality(kept) >= %(most)s,
                   %(forget_at)s::timestamptz
            FROM (SELECT coalesce(array_agg(t ORDER BY t), '{}') AS kept
                  FROM unnest(tally.times) AS t WHERE t > %(since)s) AS still
        )
        RETURNING is_full, times[1]
    """

    class Privacy:
        identifying = ("key",)
        operational = ("times", "is_full", "forget_at")

    @classmethod
    def press(
        cls, key: str, *, most: int, since: datetime, at: datetime, forget_at: datetime
    ) -> tuple[bool, datetime]:
        """Count one try, if there are fewer than ``most``. Was it too many; and the oldest one."""
        values: dict[str, Any] = {
            "key": key,
            "most": most,
            "since": since,
            "at": at,
            "forget_at": forget_at,
        }
        with connection.cursor() as cursor:
            cursor.execute(cls._PRESS, values)
            too_many, oldest = cursor.fetchone()
        return too_many, oldest

    @classmethod
    def give_back(cls, key: str, *, at: datetime) -> None:
        """Forget the try made at ``at``."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE accounts_tally SET times = array_remove(times, %s) WHERE key = %s",
                [at, key],
            )
