"""A Celery worker of its own process, as in production, on the database of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def celery_worker() -> Iterator[None]:
    from django.conf import settings
    from django.db import connection

    address = urlsplit(os.environ["DATABASE_URL"])
    # By now Django's settings name the database that the tests made.
    database = address._replace(path=f"/{connection.settings_dict['NAME']}")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "celery", "--app=peersupport", "worker", "--pool=solo",
            "--queues=default", "--loglevel=INFO", "--without-gossip", "--without-mingle",
            "--without-heartbeat",
        ],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": urlunsplit(database)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        heard = []
        for line in process.stderr:
            heard.append(line)
            if " ready." in line:
                break
        else:
            raise AssertionError(f"the worker did not start: {''.join(heard)}")
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)
