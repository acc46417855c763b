"""
The reader that is in force: the shipped lexicon, the operator's own terms over it, the model.

Whoever screens asks for it with each batch, which costs one small query; it is built anew
where something has taken force since. Nothing here may stop screening: terms that cannot be
used are left out, and /safety and the desk say so.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.utils import timezone

from risk import champion, classifier
from risk import lexicon as lexicon_files
from risk.classifier import Reader
from risk.lexicon import Lexicon
from risk.model import Model, ModelUnusable
from risk.models import TermChange, TermTrouble
from risk.term_rules import Entry, TermRefused

logger = logging.getLogger(__name__)

# What could not be built may be built a minute later: a disk may have been full.
TRY_AGAIN_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class Overlay:
    """What the operator has laid over the shipped lexicon, as `lexicon.load` takes it."""

    mark: int
    extra: tuple[Entry, ...]
    retired: frozenset[str]

    def with_change(self, *, term: str, entry: Entry | None) -> Overlay:
        """The same with one more change in force; `entry` is None for a retirement."""
        extra = [each for each in self.extra if each["id"] != term]
        if entry is not None:
            extra.append(entry)
        retired = self.retired - {term} if entry is not None else self.retired | {term}
        return Overlay(mark=self.mark, extra=_sorted(extra), retired=retired)


@dataclass(slots=True)
class _Kept:
    """What this process has built, and of which state."""

    mark: int
    champion: int | None
    reader: Reader
    is_whole: bool
    built_at: float


_lock = threading.Lock()
_kept: _Kept | None = None


def reader() -> Reader:
    """
    The reader in force now: the operator's terms, and the champion of the released models.

    It never raises for what the terms say, or for a champion that is damaged.
    """
    try:
        mark = TermChange.objects.mark()
        best = champion.champion_id()
    except DatabaseError as error:
        logger.error("Which terms are in force cannot be asked: %s", type(error).__name__)
        return _kept.reader if _kept is not None else classifier.shipped()
    if mark == 0 and best is None:
        return classifier.shipped()
    with _lock:
        return _of_state(mark, best)


def lexicon() -> Lexicon:
    """
    The lexicon of the reader in force.

    :raises LexiconError: if not even the shipped one could be loaded
    """
    return lexicon_of(reader())


def shipped_lexicon() -> Lexicon:
    """
    The lexicon that came with the code.

    :raises LexiconError: if it could not be loaded
    """
    return lexicon_of(classifier.shipped())


def lexicon_of(built: Reader) -> Lexicon:
    """
    The lexicon of a reader.

    :raises LexiconError: if it has none
    """
    if built.lexicon is None:
        raise lexicon_files.LexiconError("The shipped word list cannot be used.")
    return built.lexicon


def current_overlay() -> Overlay:
    """The operator's own terms as they are in force now."""
    newest = list(TermChange.objects.newest_of_each())
    in_use = [each for each in newest if each.act != "retired"]
    return Overlay(
        mark=max((each.force_order or 0, each.pk) for each in newest)[1] if newest else 0,
        extra=_sorted([each.entry for each in in_use]),
        retired=frozenset(each.term for each in newest if each.act == "retired"),
    )


def build(overlay: Overlay) -> Reader:
    """
    A reader of the shipped lexicon with this over it.

    :raises TermRefused: if a pattern cannot be read or the whole cannot be built
    """
    shipped = classifier.shipped()
    try:
        loaded = lexicon_files.load(extra=overlay.extra, retired=overlay.retired)
    except lexicon_files.LexiconError as error:
        raise TermRefused({"patterns": [_in_plain_words(error)]}) from error
    return Reader(loaded, shipped.model)


def warm() -> None:
    """Build it now, and leave no connection that a forked child would share."""
    reader()
    connection.close()


def forget() -> None:
    """Forget what was built, so that the next batch builds it anew."""
    global _kept
    with _lock:
        _kept = None


def _of_state(mark: int, best: int | None) -> Reader:
    global _kept
    if _kept is not None and (_kept.mark, _kept.champion) == (mark, best):
        rested = time.monotonic() - _kept.built_at
        if _kept.is_whole or rested < TRY_AGAIN_AFTER:
            return _kept.reader
    model = _champion(best)
    try:
        overlay = current_overlay()
        built, is_whole = build(overlay), True
    except Exception as error:
        # By name alone: what it says may quote the operator's words.
        logger.error("The operator's own terms cannot be used: %s", type(error).__name__)
        built, is_whole = classifier.shipped(), False
        _note_trouble(mark, type(error).__name__)
    else:
        # Something may have taken force while this was built: the next batch asks again.
        mark = overlay.mark
        _note_no_trouble(mark)
    if model is not None:
        built = Reader(built.lexicon, model)
    _kept = _Kept(
        mark, best, built, is_whole and (best is None or model is not None), time.monotonic()
    )
    return built


def _champion(best: int | None) -> Model | None:
    """The champion's model, or None where there is none, or nothing at all can be used."""
    if best is None:
        return None
    try:
        return champion.champion()
    except ModelUnusable as error:
        logger.error("No model can be used: %s", type(error).__name__)
        return None


def _note_trouble(mark: int, error: str) -> None:
    try:
        TermTrouble.objects.update_or_create(
            mark=mark, defaults={"noticed_at": timezone.now(), "error": error[:60]}
        )
    except DatabaseError as failure:
        logger.error("That could not be noted either: %s", type(failure).__name__)


def _note_no_trouble(mark: int) -> None:
    try:
        TermTrouble.objects.filter(mark=mark).delete()
    except DatabaseError as failure:
        logger.error("An old trouble could not be cleared: %s", type(failure).__name__)


def _sorted(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda each: str(each["id"])))


def _in_plain_words(error: lexicon_files.LexiconError) -> str:
    """What is wrong with a pattern, as whoever wrote it would say it."""
    said = str(error).removeprefix("The lexicon cannot be understood: ")
    for theirs, ours in (
        ("no class is called", "There is no set of words called"),
        ("a bracket is not closed", "A bracket is not closed"),
        ("gaps and edges cannot stand inside a choice", "A gap or an edge cannot stand in here"),
        ("readings are too many", "There are too many choices in one pattern"),
        ("nothing in the pattern can be looked for", "A pattern has no word to look for"),
        ("would be found everywhere", "A pattern would be found everywhere"),
        ("cannot read", "A pattern cannot be read"),
    ):
        if theirs in said:
            tail = said.rpartition(theirs)[2].strip(" '\"") if theirs.endswith("called") else ""
            return f"{ours} {tail}".strip() + "."
    return "The patterns cannot be read. Look at the help beside them."
