from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from community import drafts, policy, search_words


@shared_task(ignore_result=True)
def forget_old_drafts() -> None:
    """Every few hours: what was begun and left lying for a month."""
    drafts.forget_old(now=timezone.now())


@shared_task(ignore_result=True)
def gather_search_words() -> None:
    """Hourly: the words that are offered for a misspelt one, from what stands on the wall now."""
    search_words.gather()


@shared_task(ignore_result=True)
def apply_policy() -> None:
    """Fold or hold what was screened and asks for it. The sentinel does the same without Celery."""
    policy.apply_due(now=timezone.now())
