"""`replay` must see what is lost: a check that cannot fail proves nothing."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from community.models import Post
from peersupport import demo_town
from peersupport.management.commands.replay import how_many
from peersupport.replay.comparison import (
    Kept,
    compare,
    percentiles,
    read_database,
    read_surplus,
)
from peersupport.replay.journal import Accepted, Journal, fingerprint, read_journal
from peersupport.replay.people import CannotBegin, Watch
from peersupport.replay.run import read_rows
from risk import screening
from risk.enums import Urgency
from risk.models import Alert, Screening
from tests.factories.community import PostFactory

# Ours, plain words, enough of them worrying for the desk to have something to show.
SENTENCES = [
    "The rain stopped and I went out for bread.",
    "I want to die and I do not know whom to tell.",
    "Exams are over. I slept until noon.",
    "I hurt myself again last night.",
    "My sister called. We talked about nothing for an hour.",
    "I can't go on like this. I want to end my life.",
    "Has anybody tried writing lists before bed?",
    "New job on Monday. I am scared and pleased.",
    "I keep thinking about killing myself.",
    "The cat sat on my homework. It was the best part of the day.",
]


@pytest.fixture
def posts_csv(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows((f"S{n}", text) for n, text in enumerate(SENTENCES, start=1))
    return path


@pytest.fixture
def a_worker(transactional_db: None) -> Iterator[None]:
    """Drains what waits, as a Celery worker would, until the test ends."""
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.wait(0.05):
                screening.drain(now=timezone.now)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name="a_worker")
    thread.start()
    yield
    stop.set()
    thread.join(10)


def test_what_the_server_accepts_is_saved_screened_and_seen(
    settings: LazySettings,
    asgi_server: str,
    a_worker: None,
    posts_csv: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    settings.DEMO = True
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    demo_town.build(at=timezone.now())
    journal = tmp_path / "journal.jsonl"

    call_command("replay", str(posts_csv), url=asgi_server, rate=20, limit=20, journal=journal)

    said = capsys.readouterr().out
    figures = json.loads(said.splitlines()[-1])
    assert figures["ok"]
    assert figures["sent"] == figures["accepted"] == figures["saved"] == figures["screened"] == 20
    assert figures["alerts"] == figures["alerts_seen"] >= 6
    assert figures["missing"] == {}
    assert figures["alert_seconds"]["p99"] < 5
    assert len(read_journal(journal)) == 20
    for text in SENTENCES:
        assert text not in said
        assert text not in journal.read_text()


def test_it_ends_with_status_1_when_something_is_missing(
    settings: LazySettings,
    asgi_server: str,
    posts_csv: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    """Nobody screens here, so nothing reaches the desk, and replay has to say so."""
    settings.DEMO = True
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    demo_town.build(at=timezone.now())

    with pytest.raises(SystemExit) as ended:
        call_command(
            "replay", str(posts_csv), url=asgi_server, rate=20, limit=4, settle=0.5,
            journal=tmp_path / "journal.jsonl",
        )  # fmt: skip

    assert ended.value.code == 1
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert not figures["ok"]
    assert figures["saved"] == 4
    assert len(figures["missing"]["not_screened"]) == 4


@pytest.mark.django_db
def test_it_says_what_it_needs_before_it_begins(posts_csv: Path):
    with pytest.raises(CommandError, match="no demo town"):
        call_command("replay", str(posts_csv))


# -- the comparison, which must be able to fail ----------------------------------------------


def accepted(public_id: str = "a", text: str = "A quiet day.", key: str = "k") -> Accepted:
    return Accepted(
        number=1, row="R1", key=key, public_id=public_id, sha256=fingerprint(text),
        accepted_at="2026-01-01T00:00:00+00:00", attempts=1, seconds=0.01,
    )  # fmt: skip


def kept(
    text: str = "A quiet day.",
    *,
    key: str = "k",
    screened: bool = True,
    worrying: bool = False,
    alerts: int = 0,
) -> Kept:
    return Kept(
        key=key, sha256=fingerprint(text), screened=screened, worrying=worrying, alerts=alerts
    )


def test_nothing_is_missing_when_all_is_there():
    findings = compare([accepted()], {"a": kept()}, seen=set())

    assert findings.missing == {}
    assert (findings.accepted, findings.saved, findings.screened) == (1, 1, 1)


@pytest.mark.parametrize(
    ("how", "in_database", "seen"),
    [
        ("not_saved", {}, set()),
        ("saved_otherwise", {"a": kept("A loud day.")}, set()),
        ("saved_otherwise", {"a": kept(key="another")}, set()),
        ("not_screened", {"a": kept(screened=False)}, set()),
        ("worrying_without_one_alert", {"a": kept(worrying=True)}, set()),
        ("worrying_without_one_alert", {"a": kept(worrying=True, alerts=2)}, {"a"}),
        ("alerts_not_seen", {"a": kept(worrying=True, alerts=1)}, {"b"}),
    ],
)
def test_each_way_of_losing_a_post_is_found(how: str, in_database: dict[str, Kept], seen: set[str]):
    assert compare([accepted()], in_database, seen).missing == {how: ["a"]}


def test_a_retry_that_made_a_second_post_is_found():
    assert compare([accepted()], {"a": kept()}, set(), ["b"]).missing == {"saved_twice": ["b"]}


@pytest.mark.django_db
def test_the_database_is_read_past_every_page():
    began = timezone.now()
    quiet = PostFactory(body="A quiet day.")
    worrying = PostFactory(body="I want to kill myself tonight.")
    unread = PostFactory(body="Nobody has read this.")
    lost = PostFactory(body="This one is lost.")
    screening.drain(now=timezone.now)
    Screening.objects.filter(subject_id=unread.pk).update(state="pending", screened_at=None)
    Screening.objects.filter(subject_id=lost.pk).delete()
    assert Alert.objects.get().urgency >= Urgency.RED

    found = read_database([post.public_id for post in Post.objects.all()])

    assert found[quiet.public_id] == kept(key=str(quiet.idempotency_key))
    assert found[worrying.public_id].worrying
    assert found[worrying.public_id].alerts == 1
    assert not found[unread.public_id].screened
    assert not found[lost.public_id].screened
    assert read_surplus(
        keys={str(quiet.idempotency_key)},
        texts={fingerprint("A quiet day."), fingerprint("This one is lost.")},
        since=began,
    ) == [lost.public_id]


# -- its parts -------------------------------------------------------------------------------


def test_a_journal_is_read_as_it_was_written_and_never_written_over(tmp_path: Path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.write(accepted())

    assert read_journal(path) == [accepted()]
    with pytest.raises(FileExistsError):
        Journal(path)


def test_a_text_keeps_its_fingerprint_on_its_way_through_a_form():
    assert fingerprint("One.\n\nTwo.") == fingerprint("  One.\r\n\r\nTwo.\n")
    assert fingerprint("One.") != fingerprint("one.")


def test_a_problem_is_one_problem_while_its_numbers_change():
    watch = Watch()
    watch.note([], "Screening is behind: it has waited 17 seconds.", at=1.0)
    watch.note([], "Screening is behind: it has waited 18 seconds.", at=2.0)
    assert not watch.is_well
    watch.note(["a"], "", at=3.0)

    assert watch.is_well
    assert [(one.first_seen, one.cleared) for one in watch.problems.values()] == [(1.0, 3.0)]
    assert watch.seen == {"a": 3.0}


def test_percentiles_are_figures_that_were_measured():
    assert percentiles([0.1 * n for n in range(1, 101)]) == pytest.approx(
        {"p50": 5.0, "p95": 9.5, "p99": 9.9, "max": 10.0}
    )
    assert percentiles([]) == {"p50": None, "p95": None, "p99": None, "max": None}


@pytest.mark.parametrize(
    ("minutes", "limit", "wanted"),
    [(None, None, 1493), (None, 500, 500), (2, None, 600), (2, 500, 500), (10, 2000, 2000)],
)
def test_how_many_posts_are_played(minutes: float | None, limit: int | None, wanted: int):
    assert how_many(1493, rate=5, minutes=minutes, limit=limit) == wanted


def test_a_file_without_posts_is_refused_in_a_sentence(tmp_path: Path):
    path = tmp_path / "posts.csv"
    path.write_text("name,words\na,b\n")

    with pytest.raises(CannotBegin, match="columns id and text"):
        read_rows(path)
