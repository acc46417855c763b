"""The Celery app. Tasks are hints: whatever they do is also done without them."""

import logging
import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peersupport.settings")

logger = logging.getLogger(__name__)

app = Celery("peersupport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def warm_the_classifier(**_kwargs: object) -> None:
    """
    Load lexicon and model before the first post arrives, and before the pool forks.

    A child inherits them and is ready at once. Loaded in each child they cost a second of
    its start, and on a busy machine more than Celery waits for a child: it killed every
    one that it had just started, and none ever read a post (F01).
    """
    from risk import classifier

    try:
        classifier.load()
    except Exception:
        # A worker that cannot read must still run: it leaves what it takes to a person.
        logger.exception("The classifier could not be loaded")
