from uuid import UUID

from celery import shared_task

from vault import post


@shared_task(ignore_result=True)
def send_letter(*, letter_id: str) -> None:
    """Send one letter: the task knows its row and nothing about it."""
    post.deliver(UUID(letter_id))


@shared_task(ignore_result=True)
def send_due_letters() -> None:
    """Every half minute: the letters nobody was woken for, and those to be tried again."""
    post.deliver_due()
