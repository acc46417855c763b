"""
Lets a command by itself join the demo that runs on this machine.

`make` gives a command its servers through the environment. Somebody who types
`python manage.py replay …` while `make demo` runs has no such environment, and means that
demo. Only the standard library is used: this runs before any settings are read.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
CONFIGURED_BY = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")


def join_if_unconfigured() -> None:
    """Where nothing says which servers to use and a demo runs, use the demo's."""
    if any(os.environ.get(name) for name in CONFIGURED_BY) or (CHECKOUT / ".env").exists():
        return
    demos = running()
    # Of several, the one that the command names, as in --url http://127.0.0.1:8123.
    named = [demo for demo in demos if any(demo["url"] in word for word in sys.argv)]
    demo = next(iter(named or demos), None)
    if demo is None:
        return
    sys.stderr.write(f"Using the database of the demo at {demo['url']}\n")
    os.environ |= {
        "DEMO": "1",
        "DATABASE_URL": demo["database_url"],
        "REDIS_URL": demo["redis_url"],
        # Nothing that this command signs is ever shown to the running demo.
        "SECRET_KEY": secrets.token_urlsafe(50),
        **demo["keys"],
    }


def running() -> list[dict[str, Any]]:
    """What the demos that run have written down about themselves, the newest first."""
    from peersupport.embedded import default_home

    demos = []
    for place in (CHECKOUT / ".run", default_home().parent):
        for path in [place / "demo.json", *place.glob("*/demo.json")]:
            with suppress(OSError, ValueError, KeyError):
                demo: dict[str, Any] = json.loads(path.read_text())
                os.kill(demo["supervisor"], 0)  # raises if it has ended without tidying up
                demos.append(demo)
    return sorted(demos, key=lambda demo: -demo["ready_at"])
