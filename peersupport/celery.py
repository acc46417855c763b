"""The Celery app. Tasks are hints: whatever they do is also done without them."""

import logging
import os
from functools import partial
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peersupport.settings")

logger = logging.getLogger(__name__)


class Hinting(Celery):  # type: ignore[misc]  # Celery has no types
    """Celery as this house uses it: what is published is a hint and may be lost."""

    def connection_for_write(self, *args: Any, **kwargs: Any) -> Any:
        """
        A connection that gives up at once, because a member's page waits for it.

        The doorbell asks Redis before it publishes, but Redis can hang in between: then the
        worker's patience, five seconds and four tries, was the member's too (F09).
        """
        kwargs["transport_options"] = {
            **(kwargs.get("transport_options") or {}),
            "socket_timeout": 0.5,
            "max_retries": 0,
        }
        return super().connection_for_write(*args, **kwargs)

    def connection_for_read(self, *args: Any, **kwargs: Any) -> Any:
        """
        The worker's own connection, asked for every two seconds while Redis is away.

        Celery would wait two seconds longer each time, up to thirty, and read nothing for
        so long after Redis was back (F08).
        """
        connection = super().connection_for_read(*args, **kwargs)
        connection.ensure_connection = partial(connection.ensure_connection, interval_step=0)
        return connection


app = Hinting("peersupport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def insist_on_the_vaults_keys(**_kwargs: object) -> None:
    """A worker that could not open the address of a letter says so and does not start."""
    from django.core.exceptions import ImproperlyConfigured

    from vault.rotation import insist_at_start

    try:
        insist_at_start()
    except ImproperlyConfigured as refused:
        # Celery logs what a signal's receiver raises and goes on; it does not catch this.
        raise SystemExit(str(refused)) from refused


@worker_init.connect
def warm_the_classifier(**_kwargs: object) -> None:
    """
    Load lexicon and model before the first post arrives, and before the pool forks.

    A child inherits them and is ready at once. Loaded in each child they cost a second of
    its start, and on a busy machine more than Celery waits for a child: it killed every
    one that it had just started, and none ever read a post (F01).
    """
    from risk import classifier, current

    try:
        classifier.load()
        current.warm()
    except Exception:
        # A worker that cannot read must still run: it leaves what it takes to a person.
        logger.exception("The classifier could not be loaded")
