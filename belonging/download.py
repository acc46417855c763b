"""
Everything about a member in one file: for a person to read, and for a program.

What is in it comes from `belonging.holdings`, so that no room of the house is forgotten. Others'
words are not: a reply is theirs, and only said to be there.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime, time
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from audit.models import Entry
from audit.operations import record
from belonging.details import known_of
from belonging.holdings import HOLDINGS, OF_THE_HOUSE, Holding
from community.models import Post, Reply
from escalation.identity import looks_for

# What the fields are called by those who read them; the others by Django's own name.
NAMES: dict[str, Any] = {
    "body": gettext_lazy("words"),
    "text": gettext_lazy("words"),
    "published_at": gettext_lazy("written"),
    "edited_at": gettext_lazy("changed"),
    "revision": gettext_lazy("version"),
    "hidden_at": gettext_lazy("taken off the wall"),
    "hidden_reason": gettext_lazy("why it was taken off"),
    "taken_away_at": gettext_lazy("taken away because you left"),
    "public_id": gettext_lazy("its address on the wall"),
    "requested_at": gettext_lazy("written"),
    "screened_at": gettext_lazy("read by the computer"),
    "urgency": gettext_lazy("how soon a person should read it"),
    "urgency_of_words": gettext_lazy("how soon, by the words alone"),
    "probability": gettext_lazy("how sure the computer was, from 0 to 1"),
    "level": gettext_lazy("how soon a person should have read it"),
    "raised_at": gettext_lazy("asked"),
    "acknowledged_at": gettext_lazy("a wall guide began to read"),
    "closed_at": gettext_lazy("ended"),
    "opened_at": gettext_lazy("began"),
    "step": gettext_lazy("what was done"),
    "locality": gettext_lazy("place"),
}


def everything_about(member: Member, *, at: datetime) -> dict[str, Any]:
    """All that is told to a member, as plain lists and words that JSON can hold."""
    sections = []
    left_out = []
    for holding in reversed(HOLDINGS):
        if holding.left_out:
            left_out.append({"what": _name_of_rows(holding), "why": str(holding.left_out)})
            continue
        # What is only how the house works is said once, and not field by field.
        left_out += [
            {"what": f"{holding.title}: {_name_of(holding, field)}", "why": str(why)}
            for field, why in holding.withheld.items()
            if why != OF_THE_HOUSE
        ]
        sections.append(_section(holding, member))
    return {
        "made_at": at.isoformat(timespec="seconds"),
        "sections": sections,
        "what_you_changed": [
            {"at": entry.at.isoformat(timespec="seconds"), "what": entry.verb}
            for entry in Entry.objects.filter(actor=f"member:{member.pk}")
        ],
        "looks_at_who_you_are": [
            {
                "at": look.looked_at.isoformat(timespec="seconds"),
                "why": str(look.why.label),
                "by": _("a senior wall guide") if look.who_was_senior else _("a wall guide"),
                "because_of_danger_to_life": look.life_at_risk,
            }
            for look in looks_for(member, now=at)
        ],
        "in_the_vault": [
            {"what": str(known.part.name), "held": known.is_held} for known in known_of(member)
        ],
        "not_in_this_file": left_out,
    }


def as_zip(about: dict[str, Any], *, commissioner: str) -> bytes:
    """The same twice in one file: a page to read, and JSON."""
    page = render_to_string("belonging/download_page.html", {**about, "commissioner": commissioner})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("about-me.html", page)
        zipped.writestr("about-me.json", json.dumps(about, ensure_ascii=False, indent=2))
    return packed.getvalue()


def note_download(member: Member, *, at: datetime) -> None:
    """That somebody took a copy is worth knowing, should it not have been them."""
    record(actor=f"member:{member.pk}", verb="download", subject=f"member:{member.pk}", at=at)


def _section(holding: Holding, member: Member) -> dict[str, Any]:
    rows = holding.model_class._default_manager.filter(**{holding.of: member.pk}).order_by("pk")
    return {
        "title": str(holding.title),
        "rows": [_row(holding, row, member) for row in rows.distinct()],
    }


def _row(holding: Holding, row: Model, member: Member) -> list[dict[str, Any]]:
    told = [
        {"name": str(_name_of(holding, field)), "value": _plain(_value(holding, row, field))}
        for field in holding.shown
    ]
    if isinstance(row, Post):
        told.append({"name": _("answers"), "value": _answers(row, member)})
    if isinstance(row, Reply):
        mine = row.post.author_id == member.pk
        told.append(
            {
                "name": _("an answer to"),
                "value": _("a post of yours") if mine else _("a post by someone else"),
            }
        )
    return told


def _answers(post: Post, member: Member) -> list[str]:
    """What stood under a post: the member's own words, and of others only that they were there."""
    return [
        reply.body if reply.author_id == member.pk else _("A reply by someone else was here.")
        for reply in post.replies.filter(is_visible=True).oldest_first()
    ]


def _value(holding: Holding, row: Any, field: str) -> Any:
    if display := getattr(row, f"get_{field}_display", None):
        return str(display())
    for part in holding.instead.get(field, field).split("__"):
        row = None if row is None else getattr(row, part)
    return row


def _name_of(holding: Holding, field: str) -> str | Promise:
    if field in NAMES:
        return NAMES[field]  # type: ignore[no-any-return]
    found = holding.model_class._meta.get_field(field)
    return getattr(found, "verbose_name", field.replace("_", " "))


def _name_of_rows(holding: Holding) -> str:
    return str(holding.model_class._meta.verbose_name_plural)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(value)
