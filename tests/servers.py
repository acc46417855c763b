"""
A pytest plugin (see addopts): real servers, before anything reads Django's settings.

Their addresses go into the environment, which pytest-django reads earlier than any
conftest. With DATABASE_URL and REDIS_URL set, those are used instead.
"""

from __future__ import annotations

import base64
import os

from peersupport.embedded import Servers

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
_servers: Servers | None = None

if not _worker and not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _servers = Servers.unshared("test", durable=False).up()
    os.environ["DATABASE_URL"] = _servers.database_url
    os.environ["REDIS_URL"] = _servers.redis_url
# Parallel workers share one Redis and must not hear one another.
os.environ["REDIS_PREFIX"] = f"test{_worker}"
os.environ["PEERSUPPORT_TESTING"] = "1"
os.environ.setdefault("SECRET_KEY", "only-for-tests-and-nothing-else")
os.environ.setdefault("VAULT_SEAL_KEY", "only-for-tests-and-no-house")
_key = base64.b64encode(b"only-for-tests-and-for-no-house-").decode()
os.environ.setdefault("VAULT_KEYS", f"t1:{_key}")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in this thread


def pytest_unconfigure() -> None:
    if _servers is not None:
        _servers.down()
