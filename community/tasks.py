from __future__ import annotations

from celery import shared_task

from community import search_words


@shared_task(ignore_result=True)
def gather_search_words() -> None:
    """Hourly: the words that are offered for a misspelt one, from what stands on the wall now."""
    search_words.gather()
