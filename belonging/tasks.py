from celery import shared_task
from django.utils import timezone

from belonging import erasure


@shared_task(ignore_result=True)
def erase_the_departed() -> None:
    """Every hour: what was promised to those who left, and is due."""
    erasure.erase_the_departed(now=timezone.now())
