"""
From a poke to 500 open pages: `python -m bench.sockets`, on a filled database.

One web process with the whole app; the pages are real sockets in a process of their own,
each with a session of its own. Pokes carry nothing, so the nth to arrive is the nth sent.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402

from accounts.models import Member, Session  # noqa: E402
from bench.processes import cpu_ms, environment, server_pids, web  # noqa: E402
from bench.town import session_of_user  # noqa: E402
from live import pokes  # noqa: E402
from peersupport.replay.comparison import percentiles  # noqa: E402

PAGES = 500
POKES_A_SECOND = 8
SECONDS = 20
# After the last poke, for what is still on its way.
SETTLE_SECONDS = 2.0


def main() -> None:
    sessions = sessions_for(PAGES)
    with (
        web(environment(_database(), WEB_THREADS="1")) as (url, web_pid),
        subprocess.Popen(
            [sys.executable, "-m", "bench.listeners", url, "/live/"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as pages,
    ):  # fmt: skip
        empty = pss_mib(web_pid)
        assert pages.stdin is not None
        assert pages.stdout is not None
        pages.stdin.write(json.dumps(sessions) + "\n")
        pages.stdin.flush()
        if pages.stdout.readline().strip() != "open":
            raise SystemExit("The pages did not open.")
        pids = {"web": [web_pid], "servers": server_pids()}
        before = {name: cpu_ms(these) for name, these in pids.items()}
        sent = poke_steadily()
        time.sleep(SETTLE_SECONDS)
        used = {name: cpu_ms(these) - before[name] for name, these in pids.items()}
        memory = pss_mib(web_pid)
        said = json.loads(pages.communicate(timeout=60)[0])
    Session.objects.filter(session_key__in=sessions).delete()
    print(json.dumps(figures(sent, said, used) | {"pss_mib": {"empty": empty, "full": memory}}))


def sessions_for(count: int) -> list[str]:
    """So many signed-in browsers of the town's members."""
    people = [member.user for member in Member.objects.select_related("user").filter(
        suspended_at=None, leaving_at=None, user__is_active=True)]  # fmt: skip
    return [session_of_user(person) for person in itertools.islice(itertools.cycle(people), count)]


def poke_steadily() -> list[float]:
    """Poke everybody's wall at a constant rate, whatever came of the poke before."""
    began = time.monotonic() + 0.5
    sent = []
    for number in range(POKES_A_SECOND * SECONDS):
        time.sleep(max(0.0, began + number / POKES_A_SECOND - time.monotonic()))
        sent.append(time.monotonic())
        pokes.poke_wall()
    return sent


def figures(sent: list[float], said: dict[str, Any], used: dict[str, float]) -> dict[str, Any]:
    took = [
        arrived - left
        for came in said["came"]
        if len(came) == len(sent)
        for arrived, left in zip(came, sent, strict=True)
    ]
    deliveries = sum(map(len, said["came"]))
    return {
        "pages": len(said["came"]),
        "pokes": len(sent),
        "deliveries": deliveries,
        "lost": len(sent) * len(said["came"]) - deliveries,
        "closed": said["closed"],
        "took_s": percentiles(took),
        "cpu_us_a_delivery": round(used["web"] * 1000 / max(deliveries, 1), 1),
        "cpu_us_a_delivery_of_servers": round(used["servers"] * 1000 / max(deliveries, 1), 1),
        "at": timezone.now().isoformat(timespec="seconds"),
    }


def pss_mib(pid: int) -> float:
    """What a process holds, with its share of what it shares."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        line = next(line for line in rollup if line.startswith("Pss:"))
    return round(int(line.split()[1]) / 1024, 1)


def _database() -> str:
    from django.conf import settings

    return str(settings.DATABASES["default"]["NAME"])


if __name__ == "__main__":
    main()
