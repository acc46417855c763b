"""Real posts through a running server, and whether each was saved, screened and seen."""

from __future__ import annotations

import json
import logging
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from peersupport import demo_town


class Command(BaseCommand):
    help = (
        "Post the texts of a CSV file (columns id, text) as members of the demo town, at a "
        "constant rate, while a wall guide watches the desk; then compare what was accepted "
        "with the database and the desk. Ends with status 1 if anything is missing. The last "
        "line is one JSON object. No text is written anywhere but to the server."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path, metavar="CSV")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="the running server")
        parser.add_argument("--rate", type=float, default=5.0, help="posts a second")
        parser.add_argument("--minutes", type=float, help="for how long (else each row once)")
        parser.add_argument("--limit", type=int, help="no more posts than this")
        parser.add_argument(
            "--settle", type=float, default=120.0, help="seconds to wait for the last of them"
        )
        parser.add_argument("--journal", type=Path, help="where to note each accepted post")

    def handle(self, *args: Any, **options: Any) -> None:
        # What speaks HTTP here is installed for tests and demos, not where people are served.
        try:
            from peersupport.replay.people import CannotBegin
            from peersupport.replay.run import Replay, read_rows
        except ModuleNotFoundError as missing:
            raise CommandError(f"replay needs {missing.name}: run `make install`.") from missing

        # A line for each request would bury the figures.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        if options["rate"] <= 0:
            raise CommandError("--rate is posts a second, more than 0.")
        if not demo_town.stands():
            raise CommandError(
                "There is no demo town in this database; replay posts as its people."
            )
        started = timezone.now()
        path = options["journal"] or Path(
            tempfile.gettempdir(), f"replay-{started:%Y%m%dT%H%M%S}-{started.microsecond}.jsonl"
        )
        if path.exists():
            raise CommandError(f"{path} is there already; a journal is never written over.")
        try:
            rows = read_rows(options["csv"])
            replay = Replay(
                base_url=options["url"].rstrip("/"),
                rows=rows,
                rate=options["rate"],
                count=how_many(
                    len(rows),
                    rate=options["rate"],
                    minutes=options["minutes"],
                    limit=options["limit"],
                ),
                journal_path=path,
                say=self.stdout.write,
                settle_within=options["settle"],
            )
            self.stdout.write(f"Posting {replay.count} at {replay.rate:g} a second; journal {path}")
            figures = replay.run(
                members=[(email, password) for _, email, password in demo_town.replay_members()],
                guide=demo_town.replay_guide()[1:],
            )
        except CannotBegin as problem:
            raise CommandError(str(problem)) from problem
        self.show(figures)
        self.stdout.write(json.dumps(figures))
        if not figures["ok"]:
            raise SystemExit(1)

    def show(self, figures: dict[str, Any]) -> None:
        say = self.stdout.write
        say(
            f"accepted {figures['accepted']} = saved {figures['saved']}"
            f" = screened {figures['screened']};"
            f" alerts {figures['alerts']}, seen on the desk {figures['alerts_seen']}"
        )
        for name, what in (
            ("post_seconds", "post to its answer"),
            ("alert_seconds", "answer to the desk"),
        ):
            p = figures[name]
            say(f"{what}: p50 {p['p50']} s, p95 {p['p95']} s, p99 {p['p99']} s, max {p['max']} s")
        for problem in figures["problems"]:
            cleared = problem["cleared_s"]
            until = f"until {cleared} s" if cleared is not None else "and still does"
            say(f"the desk said from {problem['first_seen_s']} s {until}: {problem['sentence']}")
        for how, numbers in figures["missing"].items():
            say(f"MISSING ({how.replace('_', ' ')}): {len(numbers)}, first {numbers[:10]}")


def how_many(rows: int, *, rate: float, minutes: float | None, limit: int | None) -> int:
    """Rate times minutes, or each row once; never more than the limit."""
    wanted = round(rate * minutes * 60) if minutes else limit or rows
    return max(1, min(wanted, limit or wanted))
