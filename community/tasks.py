from celery import shared_task
from django.utils import timezone

from community import drafts


@shared_task(ignore_result=True)
def forget_old_drafts() -> None:
    """Every few hours: what was begun and left lying for a month."""
    drafts.forget_old(now=timezone.now())
