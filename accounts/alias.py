"""
The name a member goes by: offered from warm words, changed at will, and never a way to find them.

Offering and checking. What makes two members of one name impossible is the database: `Member`
keeps each alias's skeleton, which is unique.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.confusables import digits_in, skeleton
from accounts.models import Member, WallGuide

MAX_LENGTH = 30
# Five digits in all: less is a lucky number, more is a number to call (S28).
TOO_MANY_DIGITS = 5
# The button that asks for another alias, where a page's script does not answer it first.
AGAIN = "alias_again"

_WORDS = Path(__file__).parent / "alias_words.yaml"
# A word refused wherever it stands, also inside another, must be as long as this.
_LONG_ENOUGH_TO_RUN_ON = 6

TAKEN = _("Somebody here has that name, or one that looks like it. Please pick another.")
_HOLDS_YOU = _("This name holds a part of your own name or e-mail. Pick one that does not tell.")

_ADDRESS = re.compile(r"@|://|\bwww\b|\w\s?[.．。]\s?[a-z]{2,}\b|[#_/\\]", re.IGNORECASE)


@lru_cache(maxsize=1)
def words() -> dict[str, tuple[str, ...]]:
    """The lists of alias_words.yaml: first, second, staff, clinical, slurs, elsewhere."""
    lists = yaml.safe_load(_WORDS.read_text())
    return {name: tuple(text.split()) for name, text in lists.items()}


def offer() -> str:
    """A fresh alias that nobody has or could be taken for: two warm words, or three."""
    for turn in range(24):
        # In a house so full that two words are mostly taken there are millions of three.
        parts = [secrets.choice(words()["first"]), secrets.choice(words()["second"])]
        if turn >= 12:
            parts.insert(0, secrets.choice(words()["first"]))
        alias = " ".join(parts)
        if len(alias) <= MAX_LENGTH and len(set(parts)) == len(parts) and not is_taken(alias):
            return alias
    raise RuntimeError("there is no free alias left to offer")


def with_another(data: QueryDict) -> QueryDict | None:
    """What a form sent, with a fresh alias in it, if its "another name" button was pressed."""
    if AGAIN not in data:
        return None
    changed = data.copy()
    changed["alias"] = offer()
    return changed


def tidy(alias: str) -> str:
    """An alias as it is kept: composed letters, single spaces, nothing that cannot be seen."""
    composed = unicodedata.normalize("NFC", alias)
    seen = "".join(letter for letter in composed if unicodedata.category(letter) != "Cf")
    return " ".join(seen.split())


def check(alias: str, *, email: str = "", name: str = "", member: Member | None = None) -> None:
    """
    See that an alias gives nothing away and is nobody else's.

    :param email: the address that its member signs in with, if it is known at this moment
    :param name: their real name, if they gave one
    :param member: whose own alias, now, does not stand in the way
    :raises ValidationError: with one kind sentence that says what to change
    """
    alias = tidy(alias)
    refusal = _leads_to_them(alias) or _shape(alias)
    refusal = refusal or _holds(alias, email, name) or _says_too_much(alias)
    if refusal is not None:
        raise ValidationError(refusal[1], code=refusal[0])
    if is_taken(alias, except_for=member):
        raise ValidationError(TAKEN, code="taken")


def is_taken(alias: str, *, except_for: Member | None = None) -> bool:
    """Whether a member or a wall guide goes by this, or by what looks like it."""
    bare = skeleton(alias)
    members = Member.objects.filter(alias_skeleton=bare)
    if except_for is not None:
        members = members.exclude(pk=except_for.pk)
    return members.exists() or bare in {
        skeleton(name) for name in WallGuide.objects.values_list("name", flat=True)
    }


@contextmanager
def races_settled() -> Iterator[None]:
    """
    Save a member's alias inside this: of two who pick one name at once, one gets it.

    :raises ValidationError: for the other, in the words of `check`
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if "alias" in (getattr(diagnosis, "constraint_name", None) or ""):
            # From nothing: the database's own words would carry the alias into a log.
            raise ValidationError(TAKEN, code="taken") from None
        raise


Refusal = tuple[str, Any]


def _shape(alias: str) -> Refusal | None:
    letters = sum(letter.isalpha() for letter in alias)
    if not alias:
        return "empty", _("Pick a name to go by here.")
    if len(alias) > MAX_LENGTH:
        return "long", _("That name is too long. Keep it to 30 letters.")
    if _ADDRESS.search(alias):
        return "address", _("That looks like an address. Pick a name that leads nowhere else.")
    if letters < 2 or len(skeleton(alias)) < 2:
        return "short", _("That name is very short. Use two letters or more.")
    marks = 0
    for letter in unicodedata.normalize("NFKD", alias):
        kind = unicodedata.category(letter)[0]
        marks = marks + 1 if kind == "M" else 0
        if (kind not in "LMN" and letter not in " -'’") or marks > 2:
            return "letters", _("Please use letters, spaces and a number or two. No signs.")
    return None


def _leads_to_them(alias: str) -> Refusal | None:
    # No number that rings anybody is shorter, in whatever script it is written.
    if digits_in(alias) >= TOO_MANY_DIGITS:
        return "digits", _("That has a lot of numbers. Others could find you by them.")
    return None


def _holds(alias: str, email: str, name: str) -> Refusal | None:
    bare, own_words = skeleton(alias), {skeleton(word) for word in _apart(alias)}
    local = email.partition("@")[0].partition("+")[0]
    for part in [local, *_apart(local)]:
        shape = skeleton(part)
        if len(part) >= 3 and len(shape) >= 2 and shape in bare:
            return "own", _HOLDS_YOU
    whole = skeleton(local)
    # The other way about: a long word of the alias inside the address gives it away as well.
    if any(len(word) >= 4 and word in whole for word in own_words):
        return "own", _HOLDS_YOU
    for part in _apart(name):
        shape = skeleton(part)
        if shape in own_words or (len(part) >= 3 and shape and shape in bare):
            return "own", _HOLDS_YOU
    return None


def _says_too_much(alias: str) -> Refusal | None:
    sentences = {
        "staff": _("That sounds like somebody who works here. Pick a name of your own."),
        "clinical": _("Others see this name each time. Pick one that is easy to meet."),
        "slurs": _("That word hurts people here. Pick another one."),
        "elsewhere": _("That points to another place. Pick a name that leads nowhere else."),
    }
    bare, own_words = skeleton(alias), {skeleton(word) for word in _apart(alias)}
    for kind, sentence in sentences.items():
        refused = _refused(kind)
        if (
            own_words & refused
            or bare in refused
            or any(word in bare for word in refused if len(word) >= _LONG_ENOUGH_TO_RUN_ON)
        ):
            return kind, sentence
    return None


@lru_cache(maxsize=8)
def _refused(kind: str) -> frozenset[str]:
    return frozenset(skeleton(word) for word in words()[kind])


def _apart(text: str) -> list[str]:
    """The words of a name or an address: cut at signs and digits, and at a capital inside."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    pieces = [*re.split(r"[\W\d_]+", spaced), *re.split(r"[\s.\-_]+", text)]
    return [piece for piece in pieces if piece]
