"""
Reply templates: words to begin with, for everybody or a guide's own.

Seniors look after everybody's. Each change is written in the audit log, with the words' version.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.models import WallGuide
from audit.operations import record
from conversations.enums import Situation
from conversations.models import ReplyTemplate


class ChangedMeanwhile(Exception):
    """Another guide changed these words, or took them out of use, first."""


def by_situation(guide: WallGuide) -> list[tuple[str, list[ReplyTemplate]]]:
    """What this guide may put in, under the situations, in the order of a conversation."""
    offered = list(ReplyTemplate.objects.offered_to(guide).select_related("owner"))
    groups = ((each.label, [t for t in offered if t.situation == each]) for each in Situation)
    return [(label, found) for label, found in groups if found]


def words_of(chosen: str, *, guide: WallGuide) -> str:
    """The words of a template that was chosen in a form; none if it is not offered."""
    if not chosen.isdecimal():
        return ""
    found = ReplyTemplate.objects.offered_to(guide).filter(pk=int(chosen[:9])).first()
    return found.words if found is not None else ""


@transaction.atomic
def add(
    *, by: WallGuide, shared: bool, situation: Situation, name: str, words: str, at: datetime
) -> ReplyTemplate:
    """Keep new words: everybody's if a senior says so, else the guide's own."""
    template = ReplyTemplate.objects.create(
        owner=None if shared and by.is_senior else by,
        situation=situation,
        name=name,
        words=words,
        written_by=by,
        written_at=at,
    )
    _record("add reply template", template, by=by, at=at)
    return template


@transaction.atomic
def change(
    *,
    template: ReplyTemplate,
    by: WallGuide,
    situation: Situation,
    name: str,
    words: str,
    version: int | None,
    at: datetime,
) -> None:
    """:raises ChangedMeanwhile: if it is no longer at ``version``, or no longer in use"""
    still = ReplyTemplate.objects.in_use().filter(pk=template.pk)
    if version is not None:
        still = still.filter(version=version)
    changed = still.update(
        situation=situation, name=name, words=words, written_by=by, written_at=at,
        version=F("version") + 1,
    )  # fmt: skip
    if not changed:
        raise ChangedMeanwhile
    template.refresh_from_db()
    _record("change reply template", template, by=by, at=at)


@transaction.atomic
def retire(*, template: ReplyTemplate, by: WallGuide, at: datetime) -> None:
    if template.retire(by=by, at=at):
        _record("retire reply template", template, by=by, at=at)


def _record(verb: str, template: ReplyTemplate, *, by: WallGuide, at: datetime) -> None:
    record(
        actor=f"guide:{by.pk}", verb=verb, subject=f"reply_template:{template.pk}", at=at,
        detail={"version": template.version},
    )  # fmt: skip
