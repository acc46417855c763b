"""The Celery app. Tasks are hints: whatever they do is also done without them."""

import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peersupport.settings")

app = Celery("peersupport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def warm_the_classifier(**_kwargs: object) -> None:
    """Load lexicon and model before the first post arrives, not during it."""
    from risk import classifier

    classifier.load()
