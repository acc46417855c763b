"""
What an operator's term may look like, and whether a change to one strengthens or weakens.

All of it is decided here, from the two entries and the lexicon, and nothing of it by a form. In
doubt a change weakens: that costs a second signature, and the other error could cost an alert.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from risk.enums import Category, TermAct, TermKind, Urgency
from risk.lexicon import Lexicon

PATTERNS_AT_MOST = 50
PATTERN_AT_MOST = 200
# Ways in which one pattern may be tried at one word. It bounds the work on hostile text (S37).
WAYS_AT_MOST = 64
NOTE_AT_MOST = 300
# Addresses of their own under /operator/terms/.
_RESERVED = frozenset({"new", "changes"})
_ID = re.compile(r"[a-z][a-z0-9-]{2,58}")
_TAG = re.compile(r"[a-z][a-z_]{1,30}")
_PART = re.compile(r"\{[a-z_]+\}|~\d|[()|?^$#]|[^\s(){}|?^$#~]+")
# Tags that let a term stand against the rules that would explain it away.
_STANDS_FIRM = frozenset({"firm", "mine", "present"})
_OTHERS_LOOK = "a term without a category explains other terms away"

Entry = dict[str, Any]


class TermRefused(ValueError):
    """An entry cannot be used. `problems` says why, in sentences, by field."""

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        self.problems = {name: list(said) for name, said in problems.items()}
        super().__init__("; ".join(said for each in self.problems.values() for said in each))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a change does, and why it is called so."""

    kind: TermKind
    because: tuple[str, ...]
    asks_for_crisis: bool


def entry_of(raw: Mapping[str, Any]) -> Entry:
    """An entry of the lexicon with every key, in the one shape that is stored and compared."""

    def words(key: str) -> str:
        value = raw.get(key) or ""
        return " ".join(sorted(value.split() if isinstance(value, str) else map(str, value)))

    level = raw.get("level") or "green"
    return {
        "id": str(raw["id"]),
        "category": str(raw["category"]) if raw.get("category") else None,
        "level": (level.name if isinstance(level, Urgency) else str(level)).lower(),
        "patterns": [" ".join(str(each).split()) for each in raw.get("patterns", ())],
        "needs": words("needs"),
        "blockers": words("blockers"),
        "tags": words("tags"),
        "context": words("context"),
        "note": str(raw.get("note") or ""),
        "family": str(raw.get("family") or "operator"),
        "reviewed_on": str(raw.get("reviewed_on") or ""),
    }


def mark_of(act: str, entry: Entry) -> str:
    """A short mark of everything that is proposed: another mark, another change."""
    return hashlib.sha256(json.dumps([act, entry], sort_keys=True).encode()).hexdigest()[:16]


def check(entry: Entry, *, known: Lexicon, before: Entry | None) -> None:
    """
    See that an entry is within the limits. Whether it can be read is for `lexicon.load` to say.

    What the term had before, such as a long shipped pattern, may stay.

    :raises TermRefused: with every problem, by field
    """
    problems: dict[str, list[str]] = {}

    def say(name: str, sentence: str) -> None:
        problems.setdefault(name, []).append(sentence)

    if not _ID.fullmatch(entry["id"]) or entry["id"] in _RESERVED:
        say("term", "Name it with small letters, digits and dashes, such as skip-meals-secret.")
    tags = {tag for term in known.terms for tag in term.tags}
    for name in ("needs", "blockers", "tags"):
        for tag in entry[name].split():
            # A new family may be named by the term that makes it, and only there.
            if tag not in tags and not (name == "tags" and _TAG.fullmatch(tag)):
                say(name, f"No family of terms is called “{tag}”.")
    if entry["category"] is None and entry["level"] != "green":
        say("level", "A term without a category has no level of its own: choose Green.")
    if entry["category"] is None and not entry["tags"]:
        say("tags", "A term without a category needs a family, or it would say nothing.")
    if entry["category"] is not None and entry["level"] == "green":
        say("level", "A term with a category is read Amber, Red or Crisis.")
    _check_patterns(entry, before, say)
    if problems:
        raise TermRefused(problems)


def _check_patterns(entry: Entry, before: Entry | None, say: Any) -> None:
    had = set(before["patterns"]) if before else set()
    given = entry["patterns"]
    if not given:
        say("patterns", "Write at least one pattern.")
    if len(given) > max(PATTERNS_AT_MOST, len(had)):
        say("patterns", f"{len(given)} patterns are too many: a term has at most 50.")
    for pattern in given:
        if pattern in had:
            continue
        if len(pattern) > PATTERN_AT_MOST:
            say("patterns", f"“{pattern[:40]}…” is longer than {PATTERN_AT_MOST} characters.")
        elif sentence := wrong_with(pattern):
            say("patterns", f"“{pattern}”: {sentence}")


def wrong_with(pattern: str) -> str:
    """What is wrong with one pattern, in a sentence; empty where nothing is."""
    left = _PART.sub("", pattern).strip()
    if left:
        return f"“{left[0]}” cannot stand where it does."
    parts = _PART.findall(pattern)
    try:
        ways, end, needed = _ways(parts, 0, depth=0)
    except IndexError:
        return "a bracket is not closed."
    if end != len(parts):
        return "there is a closing bracket too many, or a | outside brackets."
    if not needed:
        return "it has no word that must be there, and would be found everywhere."
    if ways > WAYS_AT_MOST:
        return (
            "it leaves too much open, so that reading a long text would take too long. "
            "Use fewer gaps, choices and words that may be missing, or write two patterns."
        )
    return ""


def _ways(parts: list[str], at: int, *, depth: int) -> tuple[int, int, bool]:
    """In how many ways the parts from `at` on can be tried, where they end, and if a word must."""
    ways, needed = 1, False
    while at < len(parts):
        part = parts[at]
        at += 1
        if part in {")", "|"}:
            return ways, at - 1, needed
        here, must = 1, False
        if part.startswith("~"):
            # Nothing follows a last gap, so that it is never tried twice.
            here = int(part[1:]) + 1 if at < len(parts) or depth else 1
        elif part == "(":
            here, at, must = _choice(parts, at, depth=depth + 1)
        elif part.startswith("{"):
            here, must = 3, True  # "end", "end it" and "end it all" may all be there
        elif part not in {"^", "$", "#", "?"}:
            must = any(letter.isalpha() for letter in part)
            if part.endswith("?"):
                here = 2
        if at < len(parts) and parts[at] == "?":
            # After a plain word it is a letter that may be missing; after a bracket all of it.
            at, here = at + 1, here + 1
            must = must and part != "(" and not part.startswith("{") and len(part) > 1
        ways, needed = ways * here, needed or must
        if ways > 10**6:
            return ways, len(parts), True
    return ways, at, needed


def _choice(parts: list[str], at: int, *, depth: int) -> tuple[int, int, bool]:
    """The same of what stands between brackets; `at` is behind the closing one."""
    inside: list[int] = []
    lengths: set[int] = set()
    must = True
    while True:
        begun = at
        ways, at, needed = _ways(parts, at, depth=depth)
        must = must and needed
        inside.append(ways)
        lengths.add(sum(1 for part in parts[begun:at] if part not in "()|?"))
        at += 1
        if parts[at - 1] == ")":  # IndexError: not closed
            break
    # Of plain words at most one of a length can stand at a place.
    return max(len(lengths), sum(ways for ways in inside if ways > 1), 1), at, must


def judge(
    *, act: str, before: Entry | None, after: Entry, known: Lexicon, falls: Collection[str] = ()
) -> Verdict:
    """
    Say whether a change strengthens or weakens, and whether it can ask for CRISIS.

    :param before: the term as it is in force, None where there is none
    :param falls: what the check of the texts that must be caught found to be read lower
    """
    because = []
    if act == TermAct.RETIRED:
        because.append("the term is no longer looked for")
    elif before is None:
        if after["category"] is None:
            because.append(_OTHERS_LOOK)
    else:
        because.extend(_weaker(before, after))
    if act != TermAct.RETIRED:
        had = set(before["tags"].split()) if before else set()
        lowering = set(after["tags"].split()) - had - _raising(known)
        if after["category"] is not None and lowering:
            because.append(f"the family {_named(lowering)} can explain terms away")
    if falls:
        because.append("texts that must be caught would be read as less urgent")
    return Verdict(
        kind=TermKind.WEAKENING if because else TermKind.STRENGTHENING,
        because=tuple(because),
        asks_for_crisis=act != TermAct.RETIRED and _asks_for_crisis(before, after, known),
    )


def _weaker(before: Entry, after: Entry) -> list[str]:
    """What of a changed term could lower a reading, in words."""
    said = []
    if before["category"] != after["category"]:
        said.append("the category changes")
    elif after["category"] is None and _without_words(before) != _without_words(after):
        said.append(_OTHERS_LOOK)
    if Urgency[after["level"].upper()] < Urgency[before["level"].upper()]:
        said.append("the level is lower")
    dropped = set(before["patterns"]) - set(after["patterns"])
    if dropped:
        said.append("a pattern is dropped" if len(dropped) == 1 else "patterns are dropped")
    for name, sentence in (
        ("needs", "it needs something more beside it"),
        ("blockers", "something more keeps it from counting"),
    ):
        if set(after[name].split()) - set(before[name].split()):
            said.append(sentence)
    if set(before["tags"].split()) - set(after["tags"].split()):
        said.append("it leaves a family")
    if before["context"] != after["context"]:
        said.append("other rules of context act on it")
    return said


def _without_words(entry: Entry) -> Entry:
    return {key: value for key, value in entry.items() if key not in {"note", "reviewed_on"}}


def _raising(known: Lexicon) -> set[str]:
    """Families that only ever raise: part of a combination, and never a way out of anything."""
    raising = {tag for each in known.combinations for tags in each.all_of for tag in tags}
    ways_out = {tag for each in known.combinations for tag in each.none_of}
    ways_out |= {tag for term in known.terms for tag in term.blockers}
    # A cue's family may be one that the rules of context know by name.
    cues = {tag for term in known.terms if term.category is None for tag in term.tags}
    return (raising - ways_out - cues) | _STANDS_FIRM


def _asks_for_crisis(before: Entry | None, after: Entry, known: Lexicon) -> bool:
    if after["level"] == "crisis":
        return True
    crisis = {
        tag
        for each in known.combinations
        if each.level == Urgency.CRISIS
        for tags in each.all_of
        for tag in tags
    }
    had = set(before["tags"].split()) if before else set()
    return bool((set(after["tags"].split()) - had) & crisis)


def _named(tags: Collection[str]) -> str:
    return ", ".join(f"“{tag}”" for tag in sorted(tags))


def category_of(entry: Entry) -> Category | None:
    return Category(entry["category"]) if entry["category"] else None
