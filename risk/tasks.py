from celery import shared_task
from django.utils import timezone

from risk import doorbell, screening


@shared_task(ignore_result=True)
def drain_screenings() -> None:
    """Screen all that waits. Rung by a new post, and every two seconds by beat."""
    doorbell.answer()
    screening.drain(now=timezone.now)
