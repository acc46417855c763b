from celery import shared_task
from django.utils import timezone

from notifications import letters, pushes, reading


@shared_task(ignore_result=True)
def send_due_nudges() -> None:
    """Every twenty seconds: whoever is to be nudged on their phone."""
    pushes.send_due(clock=timezone.now)


@shared_task(ignore_result=True)
def write_due_letters() -> None:
    """Every five minutes: whoever is to have a letter, which the post office then sends."""
    letters.write_due(now=timezone.now())


@shared_task(ignore_result=True)
def forget_old_news() -> None:
    """Every hour: what members were told so long ago that nobody looks for it."""
    reading.forget_old(now=timezone.now())
