from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from community.models.writing import Post, Reply

SEARCH_WORD_MAX_LENGTH = 24


class Searchable(models.Model):
    """
    The words of a post or a reply as the search finds them.

    The database keeps it beside the writing by itself, as it does an index: no act can forget
    it, and words that are changed or emptied are so here too. It says nothing of who may read
    them; that is asked of the writing's own row, each time.
    """

    # No constraint to check on each publishing: a trigger takes the row away with the writing.
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    # Nobody where it is the post's own words.
    reply = models.OneToOneField(
        Reply, on_delete=models.CASCADE, related_name="+", null=True, blank=True,
        db_constraint=False,
    )  # fmt: skip
    published_at = models.DateTimeField()
    words: Any = SearchVectorField()

    class Meta:
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="searchable_newest_first"),
            models.Index(fields=["post"], condition=Q(reply=None), name="searchable_of_post"),
            # What is new waits in a short list, which every search reads through.
            GinIndex(fields=["words"], gin_pending_list_limit=256, name="searchable_by_word"),
        ]

    class Privacy:
        clinical = ("words",)
        operational = ("id", "post", "reply", "published_at")


class SearchWord(models.Model):
    """
    A word that several members have used on the wall, to offer for one that finds nothing.

    Made anew every hour: no word stays that is not on the wall any more, and none is here that
    only one or two people use.
    """

    word = models.CharField(max_length=SEARCH_WORD_MAX_LENGTH, primary_key=True)
    writers = models.PositiveIntegerField()
    # The word with each of its letters left out, and whole: two words that share one are near.
    near: Any = ArrayField(models.CharField(max_length=SEARCH_WORD_MAX_LENGTH))

    class Meta:
        indexes = [GinIndex(fields=["near"], name="search_word_near")]

    class Privacy:
        operational = ("word", "writers", "near")
