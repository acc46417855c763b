"""
The post office: letters to people whose address no page knows.

A page queues a letter; a worker, whose database role may ask for the address of one letter,
sends it. The address and the words lie encrypted in the vault's own schema for as long as the
letter waits, at most a day, and are never in Redis: a task is given the row's id alone.
"""

from __future__ import annotations

import json
import logging
import smtplib
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, connections, transaction
from django.template.loader import render_to_string
from kombu.exceptions import OperationalError

from vault.cipher import KeyMissing, Sealed, Tampered, ring
from vault.operations import place_of

logger = logging.getLogger(__name__)


def send(*, handle: UUID, subject: str, body: str) -> None:
    """
    Have a letter sent to the address that the vault holds under a handle.

    Commits or not with the caller. Where nothing is held, nothing is sent.
    """
    _queue(subject=subject, body=body, handle=handle, address=None)


def send_to(*, address: str, letter: str, context: dict[str, Any]) -> None:
    """
    Have a letter sent to an address that was just typed.

    ``letters/<letter>.txt`` is rendered with the context: its first line is the subject, and
    the body follows after an empty line. Whether anybody has a sign-in with this address
    changes nothing about what happens here, nor how long it takes.
    """
    subject, _, body = render_to_string(f"letters/{letter}.txt", context).strip().partition("\n")
    _queue(subject=subject, body=body.strip(), handle=None, address=address)


@transaction.atomic
def _queue(*, subject: str, body: str, handle: UUID | None, address: str | None) -> None:
    if "\n" in subject or "\r" in subject:
        raise ValueError("A letter's subject is one line.")
    letter_id, keys = uuid4(), ring()
    words = keys.seal(
        json.dumps({"subject": subject, "body": body}), place=f"letter:{letter_id}:words"
    )
    sealed = keys.seal(address, place=f"letter:{letter_id}:address") if address else None
    with connection.cursor() as cursor:
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
    with transaction.atomic(using=_counter().alias), _counter().cursor() as cursor:
        cursor.execute("SELECT * FROM vault.address_for_letter(%s)", [letter_id])
        taken = cursor.fetchone()
    if taken is None:
        return False
    handle, words_key, words, address_key, address = taken
    if address is None:
        _done(letter_id)
        return False
    place = place_of(handle, "email") if handle else f"letter:{letter_id}:address"
    keys = ring()
    try:
        to = keys.open(Sealed(address_key, bytes(address)), place=place)
        said = keys.open(Sealed(words_key, bytes(words)), place=f"letter:{letter_id}:words")
        letter = json.loads(said)
        EmailMessage(letter["subject"], letter["body"], settings.POST_SENDER, [to]).send()
    except (smtplib.SMTPException, OSError, KeyMissing, Tampered) as problem:
        # Its name only: what a mail server says often quotes the address.
        logger.warning("A letter could not be sent (%s)", type(problem).__name__)
        return False
    _done(letter_id)
    return True


def waiting_longer_than(*, seconds: int) -> int:
    """How many letters should have been sent so long ago, for the sentinel."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault.letters_waiting(%s * interval '1 second')", [seconds])
        return int(cursor.fetchone()[0])


def _done(letter_id: UUID) -> None:
    with _counter().cursor() as cursor:
        cursor.execute("SELECT vault.letter_done(%s)", [letter_id])


def _counter() -> Any:
    """The connection that may ask for addresses: the worker's own role, where there is one."""
    return connections["post" if "post" in settings.DATABASES else "default"]
