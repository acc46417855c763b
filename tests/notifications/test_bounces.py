"""Letters that are refused or come back: news goes there no more, a way in still does."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from notifications import bounces
from tests.letterbox import Letterbox
from vault import post
from vault.details import Details
from vault.operations import forget, keep

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
ADDRESS = "p.quillfeather@example.invalid"
pytestmark = pytest.mark.django_db

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.invalid
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain

It did not work.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.invalid
Arrival-Date: Wed, 04 Mar 2026 12:00:00 +0000

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no

--=_b
Content-Type: {returned}

{headers}

--=_b--
"""


@pytest.fixture
def handle() -> UUID:
    handle = uuid4()
    keep(handle=handle, details=Details(email=ADDRESS), at=AT)
    return handle


def news(handle: UUID) -> None:
    post.send_news(handle=handle, subject="Something new for you", body="Hello", html="<p>Hello")


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault.letter")
        return int(cursor.fetchone()[0])


def due_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault.letter SET next_try_at = next_try_at - interval '1 hour'")


def report(
    letterbox: Letterbox, *, action: str = "failed", status: str = "5.1.1",
    returned: str = "text/rfc822-headers", to: str = "bounces@wall.example.org",
    headers: str | None = None,
) -> bytes:  # fmt: skip
    number = letterbox.letters[-1]["Message-ID"]
    said = headers if headers is not None else f"Message-ID: {number}\nSubject: x"
    return REPORT.format(
        to=to, address=ADDRESS, action=action, status=status, returned=returned, headers=said
    ).encode()


@pytest.mark.parametrize(
    ("answer", "for_good"),
    [
        ("550 No such user here", True), ("550 5.1.1 unknown", True), ("553 5.1.3 bad", True),
        ("550 5.7.1 we do not like you", False), ("552 5.2.2 full", False),
        ("451 4.3.0 later", False), ("554 5.7.1 no", False),
    ],
)  # fmt: skip
def test_a_mailbox_that_is_not_there_gets_no_more_news(
    letterbox: Letterbox, handle: UUID, answer: str, for_good: bool, caplog: Any
):
    letterbox.refuses_people = f"{answer} <{ADDRESS}>"
    news(handle)

    assert not post.deliver_due()

    assert post.comes_back(handle=handle) is for_good
    assert waiting() == (0 if for_good else 1)
    assert ADDRESS not in caplog.text

    letterbox.refuses_people = ""
    news(handle)
    due_again()
    post.deliver_due()
    assert (letterbox.letters == []) is for_good
    assert waiting() == 0


def test_a_way_in_is_still_sent_where_news_is_not(letterbox: Letterbox, handle: UUID):
    letterbox.refuses_people = "550 5.1.1 unknown"
    post.send(handle=handle, subject="Your link", body="Here")
    post.deliver_due()
    assert post.comes_back(handle=handle)
    assert waiting() == 1

    letterbox.refuses_people = ""
    due_again()
    assert post.deliver_due() == 1
    assert [letter["Subject"] for letter in letterbox.letters] == ["Your link"]


def test_another_address_is_written_to_again(letterbox: Letterbox, handle: UUID):
    letterbox.refuses_people = "550 5.1.1 unknown"
    news(handle)
    post.deliver_due()
    letterbox.refuses_people = ""

    keep(handle=handle, details=Details(email="other@example.invalid"), at=AT)

    assert not post.comes_back(handle=handle)
    news(handle)
    assert post.deliver_due() == 1
    assert letterbox.to == [["other@example.invalid"]]


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_letter_that_comes_back_is_known_by_its_number(
    letterbox: Letterbox, handle: UUID, returned: str
):
    news(handle)
    post.deliver_due()
    assert bounces.take(report(letterbox, returned=returned))
    assert post.comes_back(handle=handle)
    assert not bounces.take(report(letterbox, returned=returned))


def test_the_envelope_alone_is_enough_where_there_is_a_mailbox_for_it(
    letterbox: Letterbox, handle: UUID, settings: Any
):
    settings.BOUNCES_TO = "bounces@wall.example.org"
    news(handle)
    post.deliver_due()
    [sender] = letterbox.senders
    assert sender.startswith("bounces+")
    assert letterbox.letters[0]["From"] == settings.POST_SENDER

    assert bounces.take(report(letterbox, to=sender, headers="Subject: x"))
    assert post.comes_back(handle=handle)


@pytest.mark.parametrize(
    "different",
    [
        {"action": "delayed", "status": "4.4.1"}, {"action": "failed", "status": "5.2.2"},
        {"action": "failed", "status": "5.7.1"}, {"action": "delivered", "status": "2.0.0"},
        {"headers": "Message-ID: <0123456789abcdef0123456789abcdef@wall.example.org>"},
        {"headers": "Subject: x"},
    ],
)  # fmt: skip
def test_what_is_no_letter_of_ours_gone_for_good_changes_nothing(
    letterbox: Letterbox, handle: UUID, different: dict[str, str]
):
    news(handle)
    post.deliver_due()
    assert not bounces.take(report(letterbox, **different))
    assert not post.comes_back(handle=handle)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"From: a\n\nI am on holiday.",
        b"Content-Type: message/delivery-status\n\n",
    ],
)  # fmt: skip
def test_whatever_else_comes_to_a_mailbox_is_read_without_harm(raw: bytes):
    assert not bounces.take(raw)


def test_the_command_reads_one_message_and_says_nothing_of_it(
    letterbox: Letterbox, handle: UUID, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    news(handle)
    post.deliver_due()
    raw = io.BytesIO(report(letterbox))
    monkeypatch.setattr(sys, "stdin", type("In", (), {"buffer": raw})())

    call_command("take_bounces")

    assert capsys.readouterr().out == "Noted.\n"
    assert post.comes_back(handle=handle)


def test_who_is_erased_leaves_no_number_behind(letterbox: Letterbox, handle: UUID):
    news(handle)
    post.deliver_due()
    bounces.take(report(letterbox))
    news(handle)
    post.deliver_due()
    forget(handle=handle, at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM vault.sent) + (SELECT count(*) FROM vault.undeliverable)"
        )
        assert cursor.fetchone() == (0,)


def test_what_was_sent_is_forgotten_after_ten_days(letterbox: Letterbox, handle: UUID):
    news(handle)
    post.deliver_due()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault.sent SET sent_at = sent_at - interval '11 days'")
    post.deliver_due()
    assert not bounces.take(report(letterbox))


def test_f35_a_mail_server_that_is_away_is_asked_once_and_then_left_alone(
    handle: UUID, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    asked: list[UUID] = []
    written = post._written

    def write(number: UUID, *args: Any, **more: Any) -> Any:
        asked.append(number)
        return written(number, *args, **more)

    monkeypatch.setattr(post, "_written", write)
    for _ in range(5):
        news(handle)

    assert post.deliver_due() == 0

    assert len(asked) == 1
    assert waiting() == 5
