"""A real mail server on this machine, and what it was given."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import override_settings

SENDER = "no-reply@wall.example.org"


class Letterbox:
    """
    The letters that came, in order, to whom and from whom, as the envelope has it.

    ``refuses`` is what it says to a letter instead, ``refuses_people`` to an address.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.senders: list[str] = []
        self.refuses = self.refuses_people = ""

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses_people:
            return self.refuses_people
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refuses:
            return self.refuses
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        self.to.append(envelope.rcpt_tos)
        self.senders.append(envelope.mail_from or "")
        return "250 OK"


@contextmanager
def open_letterbox() -> Iterator[Letterbox]:
    """While it is open, Django's mail goes there over SMTP."""
    box = Letterbox()
    # Its own talk is not our log, in which tests look for addresses.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with socket.create_server(("127.0.0.1", 0)) as briefly:
        port = briefly.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            POST_SENDER=SENDER,
        ):
            yield box
    finally:
        controller.stop()


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    with open_letterbox() as box:
        yield box
