from celery import shared_task
from django.utils import timezone

from risk import days, doorbell, releases, sampling, screening
from risk.models import ModelRelease


@shared_task(ignore_result=True)
def drain_screenings() -> None:
    """Screen all that waits. Rung by a new post, and every two seconds by beat."""
    doorbell.answer()
    screening.drain(now=timezone.now)


@shared_task(ignore_result=True)
def draw_audit_sample() -> None:
    """Hourly: which unflagged texts a person should read blind."""
    sampling.draw(now=timezone.now())


@shared_task(ignore_result=True)
def count_days() -> None:
    """Each whole day of screening in counts, for the drift charts."""
    days.count_days(now=timezone.now())


@shared_task(ignore_result=True, time_limit=900)
def assess_challenger(*, release_id: int) -> None:
    """Put a challenger to the gate: asked for on the staff's page, and too long for a page."""
    release = ModelRelease.objects.filter(pk=release_id).first()
    if release is not None:
        releases.assess(release, at=timezone.now())
