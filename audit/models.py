from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Entry(models.Model):
    """
    One thing that was done.

    The database fills ``seq``, ``prev_hash`` and ``hash`` (a trigger, see the first
    migration) and refuses every change afterwards. There are no foreign keys, so that
    the log never stands in the way of an erasure; people appear as "guide:7".
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "entries"
        ordering: ClassVar[Any] = ["seq"]
        indexes = [models.Index(fields=["subject", "seq"], name="audit_by_subject")]

    class Privacy:
        operational = ("seq", "at", "actor", "verb", "subject", "detail", "prev_hash", "hash")
