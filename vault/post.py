"""
The post office: letters to people whose address no page knows.

A page queues a letter; a worker, whose database role may ask for the address of one letter,
sends it. The address and the words lie encrypted in the vault's own schema for as long as the
letter waits, at most a day, and are never in Redis: a task is given the row's id alone.
"""

from __future__ import annotations

import json
import logging
import re
import smtplib
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, connections, transaction
from django.template.loader import render_to_string
from kombu.exceptions import OperationalError

from vault.cipher import KeyMissing, Sealed, Tampered, ring
from vault.operations import place_of

logger = logging.getLogger(__name__)

# A mail server that does not answer is left alone for a moment, so that a worker which also
# has words to read waits for it once and not once a letter (F35).
LEAVE_ALONE_SECONDS = 30.0
_left_alone_until = 0.0

# What a mail server says to an address that it has no mailbox for (RFC 5321, RFC 3463). Not
# that a mailbox is full, nor that it mistrusts us.
NO_SUCH_MAILBOX = {550, 551, 553}
FINER_CODE = re.compile(r"\b5\.(\d{1,3})\.\d{1,3}\b")


def send(*, handle: UUID, subject: str, body: str) -> None:
    """
    Have a letter sent to the address that the vault holds under a handle.

    Commits or not with the caller. Where nothing is held, nothing is sent.
    """
    _queue({"subject": subject, "body": body}, handle=handle, address=None)


def send_news(
    *,
    handle: UUID,
    subject: str,
    body: str,
    html: str = "",
    headers: Mapping[str, str] | None = None,
) -> None:
    """
    Have news sent, with its looks beside the plain words.

    Not where the mail server has said that there is no such mailbox, or such a letter has come
    back: until the member gives another address, only letters about their sign-in go there.
    """
    words = {"subject": subject, "body": body, "html": html, "headers": dict(headers or {})}
    _queue(words, handle=handle, address=None, is_news=True)


def drop_news(*, handle: UUID) -> None:
    """Let go of the news that still waits to be sent to somebody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.drop_news(%s)", [handle])


def comes_back(*, handle: UUID) -> bool:
    """Whether letters to the address under this handle come back, as far as we have heard."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.is_undeliverable(%s)", [handle])
        return bool(cursor.fetchone()[0])


def send_to(*, address: str, letter: str, context: dict[str, Any]) -> None:
    """
    Have a letter sent to an address that was just typed.

    ``letters/<letter>.txt`` is rendered with the context: its first line is the subject, and
    the body follows after an empty line. Whether anybody has a sign-in with this address
    changes nothing about what happens here, nor how long it takes.
    """
    subject, _, body = render_to_string(f"letters/{letter}.txt", context).strip().partition("\n")
    _queue({"subject": subject, "body": body.strip()}, handle=None, address=address)


@transaction.atomic
def _queue(
    letter: dict[str, Any], *, handle: UUID | None, address: str | None, is_news: bool = False
) -> None:
    for line in (letter["subject"], *letter.get("headers", {}).values()):
        if "\n" in line or "\r" in line:
            raise ValueError("A letter's subject is one line.")
    letter_id, keys = uuid4(), ring()
    words = keys.seal(json.dumps(letter), place=f"letter:{letter_id}:words")
    sealed = keys.seal(address, place=f"letter:{letter_id}:address") if address else None
    with connection.cursor() as cursor:
        if is_news:
            cursor.execute(
                "SELECT vault.queue_news(%s, %s, %s, %s)",
                [letter_id, handle, words.key_id, words.data],
            )
        else:
            cursor.execute(
                "SELECT vault.queue_letter(%s, %s, %s, %s, %s)",
                [letter_id, handle, words.key_id, sealed.data if sealed else None, words.data],
            )
    transaction.on_commit(lambda: _hint(letter_id), robust=True)


def _hint(letter_id: UUID) -> None:
    """Wake a worker. Without one, beat and then the sentinel find the row."""
    from vault import tasks

    try:
        tasks.send_letter.apply_async(kwargs={"letter_id": str(letter_id)}, retry=False)
    except OperationalError:
        logger.warning("No worker could be woken for a letter; it is sent a little later")


# -- in the worker -------------------------------------------------------------------------


def deliver_due() -> int:
    """Send every letter that is due, let go of those too old, and say how many were sent."""
    with _counter().cursor() as cursor:
        cursor.execute("SELECT vault.drop_old_letters()")
        if dropped := cursor.fetchone()[0]:
            logger.error("%s letters could not be sent within a day and were let go", dropped)
        cursor.execute("SELECT vault.letters_due()")
        due = [letter_id for (letter_id,) in cursor.fetchall()]
    return sum(deliver(letter_id) for letter_id in due)


def deliver(letter_id: UUID) -> bool:
    """
    Send one letter and forget it; False if it is not due, has no address, or failed.

    One that failed stays, and is tried again later, each time after a longer wait.
    """
    global _left_alone_until
    if time.monotonic() < _left_alone_until:
        return False
    with transaction.atomic(using=_counter().alias), _counter().cursor() as cursor:
        cursor.execute("SELECT * FROM vault.address_for_letter(%s)", [letter_id])
        taken = cursor.fetchone()
    if taken is None:
        return False
    handle, words_key, words, address_key, address = taken
    if address is None:
        _call("letter_done", letter_id)
        return False
    place = place_of(handle, "email") if handle else f"letter:{letter_id}:address"
    keys = ring()
    try:
        to = keys.open(Sealed(address_key, bytes(address)), place=place)
        said = keys.open(Sealed(words_key, bytes(words)), place=f"letter:{letter_id}:words")
        _written(letter_id, json.loads(said), to=to).send()
    except smtplib.SMTPRecipientsRefused as refused:
        for_good = any(_no_such_mailbox(*answer) for answer in refused.recipients.values())
        logger.warning("A letter was refused by whoever takes letters there")
        if for_good:
            _call("letter_refused", letter_id)
        return False
    except (OSError, KeyMissing, Tampered) as problem:
        # Its name only: what a mail server says often quotes the address.
        logger.warning("A letter could not be sent (%s)", type(problem).__name__)
        if isinstance(problem, OSError) and not isinstance(problem, smtplib.SMTPResponseException):
            _left_alone_until = time.monotonic() + LEAVE_ALONE_SECONDS
        return False
    _call("letter_sent", letter_id)
    return True


def came_back(letter_id: UUID) -> bool:
    """
    A letter of ours has come back: no more news goes to that address.

    False where it is none of ours, was sent too long ago, or was heard of already.
    """
    with _counter().cursor() as cursor:
        cursor.execute("SELECT vault.letter_came_back(%s)", [letter_id])
        return bool(cursor.fetchone()[0])


def _written(letter_id: UUID, letter: dict[str, Any], *, to: str) -> EmailMultiAlternatives:
    """
    The letter as it goes out. It carries its number, so that it is known if it comes back.

    Where there is a mailbox for those, the number is in the envelope too (BOUNCES_TO).
    """
    domain = settings.POST_SENDER.rpartition("@")[2].rstrip(">") or "localhost"
    headers = {
        "From": settings.POST_SENDER,
        "Message-ID": f"<{letter_id.hex}@{domain}>",
        # Holiday notes and the like are for people who wrote.
        "Auto-Submitted": "auto-generated",
        **letter.get("headers", {}),
    }
    sender = settings.POST_SENDER
    if settings.BOUNCES_TO:
        mailbox, _, host = settings.BOUNCES_TO.rpartition("@")
        sender = f"{mailbox}+{letter_id.hex}@{host}"
    written = EmailMultiAlternatives(
        letter["subject"], letter["body"], sender, [to], headers=headers
    )
    if html := letter.get("html"):
        written.attach_alternative(html, "text/html")
    return written


def _no_such_mailbox(code: int, said: bytes) -> bool:
    finer = FINER_CODE.search(said.decode(errors="replace"))
    return code in NO_SUCH_MAILBOX and (finer is None or finer[1] == "1")


def waiting_longer_than(*, seconds: int) -> int:
    """How many letters should have been sent so long ago, for the sentinel."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.letters_waiting(%s * interval '1 second')", [seconds])
        return int(cursor.fetchone()[0])


def _call(function: str, letter_id: UUID) -> None:
    with _counter().cursor() as cursor:
        cursor.execute(f"SELECT vault.{function}(%s)", [letter_id])


def post_office() -> str:
    """The connection that may ask for addresses: the worker's own role, where there is one."""
    return "post" if "post" in settings.DATABASES else "default"


def _counter() -> Any:
    return connections[post_office()]
