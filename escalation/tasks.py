from celery import shared_task
from django.utils import timezone

from community import load
from escalation import care, safety, themes


@shared_task(ignore_result=True)
def beat_is_alive() -> None:
    """Beat keeps time and a worker writes it down, so this proves both."""
    safety.beat("beat", at=timezone.now())


@shared_task(ignore_result=True)
def answer_the_unanswered() -> None:
    """What the first-reply clock finds due. The sentinel does the same, should nobody else."""
    care.look_at_clocks(now=timezone.now())


@shared_task(ignore_result=True)
def look_after_peers() -> None:
    load.look(now=timezone.now())


@shared_task(ignore_result=True)
def watch_themes() -> None:
    themes.watch(now=timezone.now())
