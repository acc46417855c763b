"""Letters: sent by a worker, to an address that nothing else ever holds in plain."""

from __future__ import annotations

import base64
import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from audit.models import Entry
from tests.letterbox import SENDER, Letterbox
from vault import post, tasks
from vault.details import Details
from vault.operations import forget, keep

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
ADDRESS = "p.quillfeather@example.invalid"
pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(tmp_path: Path, settings: Any) -> Path:
    templates = [dict(settings.TEMPLATES[0])]
    templates[0]["DIRS"] = [tmp_path, *templates[0]["DIRS"]]
    settings.TEMPLATES = templates
    (tmp_path / "letters").mkdir()
    return tmp_path / "letters"


def waiting() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM vault.letter ORDER BY queued_at")
        return [letter_id for (letter_id,) in cursor.fetchall()]


def move(column: str, by: str) -> None:
    """As if time had passed: these clocks are the database's own."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE vault.letter SET {column} = {column} - interval '{by}'")


@pytest.fixture
def handle() -> UUID:
    handle = uuid4()
    keep(handle=handle, details=Details(email=ADDRESS), at=AT)
    return handle


def test_a_letter_reaches_the_address_in_the_vault_and_is_gone(letterbox: Letterbox, handle: UUID):
    post.send(handle=handle, subject="A sign-in changed", body="Was it you?\n\nThe wall")

    tasks.send_letter(letter_id=str(waiting()[0]))

    [letter] = letterbox.letters
    assert letterbox.to == [[ADDRESS]]
    assert (letter["Subject"], letter["From"]) == ("A sign-in changed", SENDER)
    assert letter.get_content().splitlines() == ["Was it you?", "", "The wall"]
    assert waiting() == []


def test_a_letter_to_a_typed_address_is_rendered_from_its_template(
    letterbox: Letterbox, letters: Path
):
    (letters / "hello.txt").write_text("Your code\n\nIt is {{ code }}.\n")

    post.send_to(address=ADDRESS, letter="hello", context={"code": "<3141>"})
    post.deliver_due()

    [letter] = letterbox.letters
    assert letterbox.to == [[ADDRESS]]
    assert letter["Subject"] == "Your code"
    assert "3141" in letter.get_content()
    assert waiting() == []


def test_s15_neither_address_nor_words_lie_in_the_queue_in_plain(handle: UUID, letters: Path):
    (letters / "hello.txt").write_text("Your code\n\nIt is {{ code }}.\n")
    post.send_to(address=ADDRESS, letter="hello", context={"code": "3141-plant"})
    post.send(handle=handle, subject="Planted subject", body="Planted body")

    with connection.cursor() as cursor:
        cursor.execute("SELECT letter::text FROM vault.letter AS letter")
        dump = "\n".join(row for (row,) in cursor.fetchall())
    assert len(waiting()) == 2
    for planted in (ADDRESS, "3141-plant", "Planted"):
        assert planted not in dump
        assert planted.encode().hex() not in dump


def test_s16_a_task_is_given_the_row_and_nothing_about_it(
    handle: UUID, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
):
    rung: list[Any] = []
    monkeypatch.setattr(tasks.send_letter, "apply_async", lambda **said: rung.append(said))

    with django_capture_on_commit_callbacks(execute=True):
        post.send(handle=handle, subject="Planted subject", body="Planted body")
        assert rung == []

    [said] = rung
    assert said == {"kwargs": {"letter_id": str(waiting()[0])}, "retry": False}
    assert str(handle) not in str(said)


def test_s16_nothing_of_a_letter_is_in_redis(handle: UUID, django_capture_on_commit_callbacks: Any):
    with django_capture_on_commit_callbacks(execute=True):
        post.send(handle=handle, subject="Planted subject", body="Planted body")

    client = redis.Redis.from_url(settings.REDIS_URL)
    queue = f"{settings.REDIS_PREFIX}.celery.default"
    messages = [json.loads(message) for message in client.lrange(queue, 0, -1)]
    client.delete(queue)
    # The body of a Celery message is base64, so what is looked for is looked for in it.
    told = str(messages) + str([base64.b64decode(message["body"]) for message in messages])
    assert str(waiting()[0]) in told
    for planted in (ADDRESS, "Planted", str(handle)):
        assert planted not in told


def test_s14_reading_an_address_for_a_letter_leaves_a_row_that_names_nobody(
    letterbox: Letterbox, handle: UUID
):
    post.send(handle=handle, subject="Hello", body="Hello")
    [letter_id] = waiting()

    post.deliver(letter_id)

    entry = Entry.objects.get(verb="address a letter")
    assert (entry.actor, entry.subject, entry.detail) == ("post", f"letter:{letter_id}", {})


def test_a_letter_that_fails_is_tried_again_each_time_later(
    letterbox: Letterbox, handle: UUID, caplog: pytest.LogCaptureFixture
):
    post.send(handle=handle, subject="Hello", body="Hello")
    letterbox.refuses = f"451 {ADDRESS} cannot have this now"

    assert post.deliver_due() == 0
    assert post.deliver_due() == 0  # not due yet, so not tried
    waits = []
    for _ in range(4):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM next_try_at - clock_timestamp()) FROM vault.letter"
            )
            waits.append(round(float(cursor.fetchone()[0])))
        move("next_try_at", "1 hour")
        post.deliver_due()
    assert waits == [30, 60, 120, 240]

    # What the mail server said quotes the address, and is in no log.
    assert "could not be sent" in caplog.text
    assert ADDRESS not in caplog.text

    letterbox.refuses = ""
    move("next_try_at", "1 hour")
    assert post.deliver_due() == 1
    assert waiting() == []


def test_a_letter_is_let_go_after_a_day(letterbox: Letterbox, handle: UUID, caplog: Any):
    post.send(handle=handle, subject="Hello", body="Hello")
    move("queued_at", "25 hours")

    with caplog.at_level(logging.ERROR):
        post.deliver_due()

    assert (waiting(), letterbox.letters) == ([], [])
    assert "1 letters could not be sent within a day" in caplog.text


def test_without_an_address_nothing_is_sent_and_nothing_waits(letterbox: Letterbox):
    post.send(handle=uuid4(), subject="Hello", body="Hello")

    assert post.deliver_due() == 0
    assert (waiting(), letterbox.letters) == ([], [])


def test_forgetting_somebody_forgets_the_letters_to_them(handle: UUID):
    post.send(handle=handle, subject="Hello", body="Hello")

    forget(handle=handle, at=AT)

    assert waiting() == []


def test_a_worker_that_is_away_delays_a_letter_and_stops_nobody(
    handle: UUID,
    letterbox: Letterbox,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
):
    def nobody_there(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.send_letter, "apply_async", nobody_there)
    with django_capture_on_commit_callbacks(execute=True):
        post.send(handle=handle, subject="Hello", body="Hello")

    assert post.waiting_longer_than(seconds=60) == 0
    move("next_try_at", "2 minutes")
    assert post.waiting_longer_than(seconds=60) == 1
    tasks.send_due_letters()
    assert len(letterbox.letters) == 1


def test_a_subject_of_two_lines_is_refused(handle: UUID):
    with pytest.raises(ValueError, match="one line"):
        post.send(handle=handle, subject="Hello\nBcc: all@example.invalid", body="Hello")


def test_the_sentinel_sends_what_neither_a_worker_nor_beat_has_sent(
    handle: UUID, letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch
):
    from escalation import sentinel

    sent: list[int] = []
    monkeypatch.setattr(sentinel, "_send_letters", lambda: sent.append(post.deliver_due()))
    one, now = sentinel.Sentinel(name="one"), AT
    post.send(handle=handle, subject="Hello", body="Hello")

    def look(minutes: int) -> None:
        before = set(threading.enumerate())
        one.send_letters(now=now + timedelta(minutes=minutes))
        for thread in set(threading.enumerate()) - before:
            thread.join()

    look(0)
    assert sent == []  # not late: a worker has two minutes
    move("next_try_at", "121 seconds")
    look(0)
    assert sent == []  # looked within a minute
    monkeypatch.setattr(threading.Thread, "start", lambda thread: thread.run())
    look(1)
    assert sent == [1]
    assert len(letterbox.letters) == 1
