from celery import shared_task
from django.utils import timezone

from notifications import letters, pushes


@shared_task(ignore_result=True)
def send_due_nudges() -> None:
    """Every twenty seconds: whoever is to be nudged on their phone."""
    pushes.send_due(clock=timezone.now)


@shared_task(ignore_result=True)
def write_due_letters() -> None:
    """Every five minutes: whoever is to have a letter, which the post office then sends."""
    letters.write_due(now=timezone.now())
