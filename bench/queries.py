"""How many SQL queries each page asks: `python -m bench.queries`, targets as JSON on stdin."""

from __future__ import annotations

import json
import sys
import uuid

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402


def main() -> None:
    targets = json.load(sys.stdin)
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = targets["session"]
    counts = {}
    for name in ("feed", "deep", "thread", "search"):
        first, another = (targets[name] * 2)[:2]
        client.get(first)  # what is asked once a process is not a page's cost
        with CaptureQueriesContext(connection) as asked:
            assert client.get(another).status_code == 200
        counts[name] = len(asked)
    fields = {"body": "A reply of ours.", "key": str(uuid.uuid4())}
    with CaptureQueriesContext(connection) as asked:
        assert client.post(targets["reply_to"][-1], fields).status_code == 302
    counts["publish"] = len(asked)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
