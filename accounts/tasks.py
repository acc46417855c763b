from celery import shared_task
from django.utils import timezone

from accounts.models import Session, Tally


@shared_task(ignore_result=True)
def tidy() -> None:
    """Every hour: sessions that have ended by themselves, and what no brake counts any more."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    Tally.objects.filter(forget_at__lt=now).delete()
