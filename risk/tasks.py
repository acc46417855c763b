from celery import shared_task
from django.utils import timezone

from risk import doorbell, sampling, screening


@shared_task(ignore_result=True)
def drain_screenings() -> None:
    """Screen all that waits. Rung by a new post, and every two seconds by beat."""
    doorbell.answer()
    screening.drain(now=timezone.now)


@shared_task(ignore_result=True)
def draw_audit_sample() -> None:
    """Hourly: which unflagged texts a person should read blind."""
    sampling.draw(now=timezone.now())
