"""
What an attacker would have somebody's browser run (S31), where it is planted, and how a page is
read to see that it stayed words.

A new place where people write is one row in `WORDS`; `test_every_place_for_words_is_planted`
fails until it is there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from community.paragraphs import as_paragraphs

MARK = "pwn31"
# What a template language would make of 7 * 31337 in one of the payloads.
WORKED_OUT = str(7 * 31337)


def read() -> list[str]:
    """Every payload. Lines end in a plain newline only: some hold other ends of lines."""
    text = (Path(__file__).parent / "xss_payloads.txt").read_bytes().decode()
    return [line for line in text.split("\n") if line and not line.startswith("#: ")]


ALL = read()
WHOLE = "\n".join(ALL)

# What people type, or what another system tells us of them, and pages show. The rest below.
WORDS: dict[str, tuple[str, ...]] = {
    "accounts.Administrator": ("name",),
    "accounts.CommissioningLead": ("name",),
    "accounts.Invitation": ("name",),
    "accounts.Member": ("alias", "suspended_reason", "paused_because"),
    "accounts.SecondFactorReset": ("reason",),
    "accounts.WallGuide": ("name",),
    "commissioning.Campaign": ("name",),
    "commissioning.Commissioner": ("name", "elsewhere"),
    "commissioning.Locality": ("name",),
    "commissioning.Signpost": ("name", "phone", "hours"),
    "commissioning.WayIn": ("name",),
    "community.Act": ("reason", "before"),
    "community.Appeal": ("body", "answer"),
    "community.Draft": ("body",),
    "community.Group": ("name", "blurb"),
    "community.GroupMember": ("ended_because",),
    "community.GuideNote": ("words",),
    "community.HandOver": ("words",),
    "community.LoadCheck": ("note",),
    "community.Matter": ("words_for_reporters",),
    "community.Post": ("body", "body_html", "hidden_reason"),
    "community.Reply": ("body", "body_html", "hidden_reason", "quote"),
    "community.Report": ("body",),
    "community.ThreadCooling": ("reason",),
    "community.Topic": ("name", "blurb"),
    "community.WallPolicy": ("note",),
    "conversations.HandOverNote": ("body",),
    "conversations.Line": ("body", "body_html"),
    "conversations.ReplyTemplate": ("name", "words"),
    "escalation.Case": ("closing_note",),
    "escalation.CaseStep": ("note",),
    "escalation.IdentityRequest": ("reason", "decision_note", "review_note", "delay_reason"),
    "escalation.Protocol": ("introduction", "office_hours"),
    "escalation.ProtocolStep": (
        "hours", "contact", "contact_details", "action", "plain_words",
    ),
    "measures.Goal": ("words",),
    "risk.Alert": ("senior_question", "senior_answer", "closing_note"),
    "risk.Screening": ("text",),
    "risk.TermChange": ("reason", "ended_because"),
}  # fmt: skip
# Long enough for words, and yet none that anybody types: keys, hashes, addresses of ours.
NO_WORDS = {
    "accounts.ConsentTerms": {"words_hash"},
    "accounts.Invitation": {"token_hash", "address_seal"},
    "accounts.Member": {"alias_skeleton"},
    "accounts.Session": {"session_key", "session_data"},
    "accounts.Tally": {"key"},
    "accounts.User": {"password", "address_seal"},
    "audit.Entry": {"actor", "verb", "subject", "prev_hash", "hash"},
    "commissioning.Commissioner": {"slug"},
    "commissioning.Locality": {"slug", "time_zone"},
    "commissioning.SignOnProvider": {"server_url", "client_id", "locked_secret"},
    "commissioning.WayIn": {"code", "token_hash"},
    "community.Draft": {"place"},
    "community.ReadingPlace": {"feed"},
    "community.Topic": {"slug"},
    "escalation.Heartbeat": {"name"},
    "escalation.ThemeRise": {"theme"},
    "notifications.Notice": {"about", "url_name"},
    "risk.Label": {"lexicon_version", "model_version"},
    "risk.ModelRelease": {"sha256"},
    "risk.Screening": {"lexicon_version", "model_version", "raised_because", "why_not_higher"},
    "risk.TermChange": {"term"},
    "risk.TermTrouble": {"error"},
}
# The database reads these: hours as hours, or keeps them unlike one another.
READ_BY_US = {("escalation.Protocol", "office_hours"), ("escalation.ProtocolStep", "hours")}
UNLIKE_ONE_ANOTHER = {"name", "alias"}


def plant() -> None:
    """Write payloads over every word that people have written, whatever a form would refuse."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Some rows never change once they are written: but for this.
        cursor.execute("SET LOCAL session_replication_role = replica")
        _plant()


def _plant() -> None:
    turn = itertools.cycle(range(0, len(ALL), 7))
    for label, names in WORDS.items():
        model = apps.get_model(label)
        for row in model._default_manager.all():
            given: dict[str, Any] = {}
            for name in names:
                if (label, name) in READ_BY_US or not getattr(row, name):
                    continue
                field = model._meta.get_field(name)
                if name.endswith("_html"):
                    given[name] = as_paragraphs(WHOLE)
                elif isinstance(field, models.TextField):
                    given[name] = WHOLE
                else:
                    given[name] = short(field.max_length or 0, begin=next(turn), key=row.pk)
                    if name not in UNLIKE_ONE_ANOTHER:
                        given[name] = given[name].rpartition(" ")[0] or given[name]
            if given:
                model._default_manager.filter(pk=row.pk).update(**given)


def short(limit: int, *, begin: int, key: Any) -> str:
    """As many payloads as fit, from a place in the corpus on, unlike any other row's."""
    end = f" {key}"
    room = limit - len(end)
    words = ""
    for payload in [*ALL[begin:], *ALL[:begin]]:
        if len(words) + len(payload) + 1 <= room:
            words = f"{words} {payload}".strip()
        if len(words) > room - 8:
            break
    return (words or f"<b>{MARK}"[:room]) + end


class Reader(HTMLParser):
    """Every tag and attribute of a page, and each address in it."""

    ADDRESSES = ("href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: set[tuple[str, str]] = set()
        self.addresses: set[str] = set()
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts |= {(tag, ""), *((tag, name) for name, _ in attrs)}
        given = dict(attrs)
        if tag == "script" and "src" not in given:
            self.parts.add((tag, f"that is inline {given.get('type', '')}"))
        self.addresses |= {value or "" for name, value in attrs if name in self.ADDRESSES}

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


# What a form has only once something in it was wrong; all of it from our own templates.
OF_REFUSALS = {
    (tag, name)
    for tag in ("input", "textarea", "select", "fieldset")
    for name in ("aria-invalid", "aria-describedby")
}


def parts_of(page: str) -> set[tuple[str, str]]:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader.parts


def faults(page: str, *, known: set[tuple[str, str]]) -> Iterator[str]:
    """Whatever on this page is more than words: a part that no page of ours has, say."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    for tag, name in sorted(reader.parts - known - OF_REFUSALS):
        yield f"<{tag} {name}>"
    for address in reader.addresses:
        begins = re.sub(r"[\x00-\x20\u2000]", "", address).lower()
        if MARK in begins and not begins.startswith(("/", "?", "#", "tel:", "sms:")):
            yield f"leads to {address[:80]}"
        if begins.startswith(("javascript:", "data:text", "vbscript:", "//")):
            yield f"leads to {address[:80]}"
    if reader.comments:
        yield f"a comment: {reader.comments[0][:60]}"
    if WORKED_OUT in page:
        yield "a template worked something out"
