"""
What members agree to, in words that they can repeat.

The house rules, who can learn who somebody is, and three questions that show whether the words
were plain. The words have a version and a hash: other words under an old version fail a test,
and a new version asks every member again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.enums import HouseRule
from accounts.models import ConsentGiven, ConsentTerms, Member, TeachBackCount
from accounts.ways_back import is_within
from audit.operations import record
from commissioning.models import Locality

# Raise VERSION with every change of the words, and write the new hash beside it: the failing
# test says what it is. Old versions stay, for what was agreed to under them.
VERSION = 1
HASHES = {
    1: "a71698a6c9c3b01dbbc66364ca396c0430aca1f65421c145776c5f9c67a986dc",
}
# Where a commissioner has not said: see `Commissioner.episode_retention_months`.
RETENTION_MONTHS = 240
# A count below this could be about one person who is known to have joined.
FEWEST_SHOWN = 5

HOUSE_RULES = tuple(rule.label for rule in HouseRule)


@dataclass(frozen=True)
class Option:
    slug: str
    words: Any


@dataclass(frozen=True)
class Question:
    """A question about what was just read. ``why`` is how it is, whatever was answered."""

    slug: str
    words: Any
    options: tuple[Option, ...]
    right: str
    why: Any


QUESTIONS = (
    Question(
        "who",
        _("On a normal day, who here can see your real name or e-mail?"),
        (
            Option("members", _("Other members")),
            Option("nobody", _("Nobody")),
            Option("payer", _("Those who gave me my place")),
        ),
        "nobody",
        _(
            "On a normal day, nobody can. Members and wall guides see the name you pick. "
            "Your e-mail is locked away."
        ),
    ),
    Question(
        "when",
        _("When can someone look up who you are?"),
        (
            Option("danger", _("When they fear that a life is at risk, or someone is not safe")),
            Option("asked", _("When a wall guide wants to know")),
            Option("never", _("Never, come what may")),
        ),
        "danger",
        _(
            "Only when they fear that someone is not safe. They must write down why. "
            "You can see each time that they looked."
        ),
    ),
    Question(
        "payer",
        _("What do those who gave you your place get to see?"),
        (
            Option("words", _("What I write")),
            Option("name", _("My name, if they ask")),
            Option("numbers", _("Numbers, such as how many people joined")),
        ),
        "numbers",
        _("They get numbers. They do not get your words or your name from this wall."),
    ),
)


@dataclass(frozen=True)
class WhoCanLearn:
    """What `accounts/_who_can_learn.html` says about one place: plain data, handed in."""

    commissioner: str
    locality: str
    retention_months: int
    # Whom the agreed steps tell, in the protocol's own words, in the order of the steps.
    told: tuple[str, ...] = ()

    @property
    def retention_years(self) -> int | None:
        """The term in whole years, where it is some."""
        years, months = divmod(self.retention_months, 12)
        return years if years and not months else None


def for_place(locality: Locality, *, told: tuple[str, ...] = ()) -> WhoCanLearn:
    """Who can learn who a member of this place is."""
    commissioner = locality.commissioner
    return WhoCanLearn(
        commissioner=commissioner.name,
        locality=locality.name,
        retention_months=getattr(commissioner, "episode_retention_months", None)
        or RETENTION_MONTHS,
        told=told,
    )


def is_current(member: Member) -> bool:
    """Whether a member has agreed to the words as they are now."""
    return member.consented_version >= VERSION


@transaction.atomic
def give_consent(*, member: Member, version: int, at: datetime) -> None:
    """Write down that a member agreed to a version. Agreeing twice is agreeing once."""
    terms, _new = ConsentTerms.objects.get_or_create(
        version=version, defaults={"words_hash": HASHES[version], "published_at": at}
    )
    _given, is_new = ConsentGiven.objects.get_or_create(
        member=member, terms=terms, defaults={"given_at": at}
    )
    Member.objects.filter(pk=member.pk, consented_version__lt=version).update(
        consented_version=version
    )
    member.consented_version = max(member.consented_version, version)
    if is_new:
        record(
            actor=f"member:{member.pk}", verb="consent", subject=f"member:{member.pk}", at=at,
            detail={"version": version},
        )  # fmt: skip


def kept(data: QueryDict, *, to: str) -> dict[str, str]:
    """What was being sent when the terms came first, as two hidden fields carry it along."""
    fields = [
        (name, value)
        for name, values in data.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    return {"to": to, "fields": json.dumps(fields)}


@dataclass(frozen=True)
class Kept:
    """What was being sent, and where."""

    to: str
    fields: tuple[tuple[str, str], ...]

    @property
    def body(self) -> str:
        return dict(self.fields).get("body", "")

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in self.fields if pair[0] != "body")


def kept_in(data: QueryDict) -> Kept | None:
    """What came along; None if nothing did, or if it would lead away from here."""
    to = data.get("kept_to", "")
    if not is_within(to):
        return None
    try:
        fields = tuple(
            (str(name), str(value)) for name, value in json.loads(data.get("kept_fields", ""))
        )
    except (KeyError, TypeError, ValueError):
        return None
    return Kept(to, fields)


def answers_in(data: Mapping[str, str]) -> dict[str, str]:
    """What was picked for each question; empty where nothing that is offered was."""
    return {
        question.slug: picked
        if (picked := data.get(f"answer-{question.slug}", ""))
        in {option.slug for option in question.options}
        else ""
        for question in QUESTIONS
    }


def count_answers(answers: Mapping[str, str], *, at: datetime) -> None:
    """Count what was picked, under this month and nobody's name."""
    month = at.date().replace(day=1)
    # Always in one order, so that two who answer at once never wait for one another.
    for question in QUESTIONS:
        key = {
            "version": VERSION, "question": question.slug,
            "option": answers.get(question.slug, ""), "month": month,
        }  # fmt: skip
        counted = TeachBackCount.objects.filter(**key)
        if counted.update(times=F("times") + 1):
            continue
        try:
            with transaction.atomic():
                TeachBackCount.objects.create(**key, times=1)
        except IntegrityError:
            counted.update(times=F("times") + 1)


def words_hash() -> str:
    """The hash of every word that is agreed to, in the language they are written in."""
    template = settings.BASE_DIR / "templates/accounts/_who_can_learn.html"
    marked = re.sub(r'{% translate "(.*?)" %}', r"\1", template.read_text())
    bare = re.sub(r"{% comment %}.*?{% endcomment %}|{%.*?%}|<.*?>", " ", marked, flags=re.DOTALL)
    sentences = [" ".join(bare.split())]
    sentences += [_source(rule) for rule in HOUSE_RULES]
    for question in QUESTIONS:
        sentences += [_source(question.words), _source(question.why), question.right]
        sentences += [f"{option.slug}: {_source(option.words)}" for option in question.options]
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()


def _source(lazy: Any) -> str:
    """The words of a lazy translation before any translation."""
    with translation.override(None):
        return str(lazy)
