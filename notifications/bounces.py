"""
Letters that come back.

What a mail server sends back is read for one thing: the number of the letter, which is in the
envelope it was sent in and in its Message-ID. The address in it is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from uuid import UUID

from vault import post

NUMBER = re.compile(r"(?<![0-9a-f])([0-9a-f]{32})(?![0-9a-f])")
# No such mailbox, or no such house: not that it is full, nor that the road was blocked.
FOR_GOOD = re.compile(r"5\.1\.\d{1,3}|5\.0\.0|5\.4\.4")
MAX_BYTES = 1_000_000


def take(raw: bytes) -> bool:
    """
    Read one message that came to BOUNCES_TO; True if a letter of ours has come back for good.

    A report of a delay, an answer from a holiday and whatever else comes to a mailbox change
    nothing.
    """
    message = message_from_bytes(raw[:MAX_BYTES], policy=policy.compat32)
    if not any(_is_for_good(report) for report in _reports(message)):
        return False
    return any(post.came_back(UUID(number)) for number in dict.fromkeys(_numbers(message)))


def _reports(message: Message) -> Iterator[Message]:
    """What a delivery report says of each address (RFC 3464)."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            groups = part.get_payload()
            yield from (
                (each for each in groups if isinstance(each, Message))
                if isinstance(groups, list)
                else ()
            )


def _is_for_good(report: Message) -> bool:
    failed = str(report.get("Action", "")).strip().lower() == "failed"
    return failed and FOR_GOOD.search(str(report.get("Status", ""))) is not None


def _numbers(message: Message) -> Iterator[str]:
    """The letter's number: from the envelope that the report came to, and the letter itself."""
    for part in message.walk():
        headers = ("To", "Delivered-To", "X-Original-To") if part is message else ("Message-ID",)
        for name in headers:
            for value in part.get_all(name, []):
                yield from NUMBER.findall(str(value).lower())
        if part.get_content_type() == "text/rfc822-headers":
            said = part.get_payload(decode=True)
            if isinstance(said, bytes):
                returned = message_from_bytes(said, policy=policy.compat32)
                yield from NUMBER.findall(str(returned.get("Message-ID", "")).lower())
