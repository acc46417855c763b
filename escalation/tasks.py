from celery import shared_task
from django.utils import timezone

from escalation import safety


@shared_task(ignore_result=True)
def beat_is_alive() -> None:
    """Beat keeps time and a worker writes it down, so this proves both."""
    safety.beat("beat", at=timezone.now())
