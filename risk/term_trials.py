"""
What a change to a term would do, tried before it does it.

The *gate* reads every text that must be caught as it is read now and as it would be. The *dry
run* does the same to what members wrote in the last weeks, and counts. Neither writes a word
of a text down anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import OperationalError, connection, transaction

from commissioning.models import Locality
from risk import wording
from risk.classifier import WINDOW, Classification, Reader
from risk.corpus import corpus
from risk.current import lexicon_of
from risk.enums import Category, Urgency
from risk.models import Label, Screening

MayDiffer = Callable[[str, str | None], bool]

DRY_RUN_DAYS = 30
DRY_RUN_AT_MOST = 20_000
DRY_RUN_SECONDS = 8.0
EXAMPLES_AT_MOST = 20
EXAMPLE_LENGTH = 600
FALLS_SHOWN = 20
# A term found in more of our own ordinary posts than this would be found everywhere.
ORDINARY_SHARE = 0.05
_CHUNK = 500
_CHUNK_MAY_TAKE = "4s"


@dataclass(frozen=True, slots=True)
class MustCatch:
    """A text that must be caught, and how soon at the latest a person should read it."""

    text: str
    lowest: Urgency
    reply_to: str | None = None
    # What a member wrote and a guide has labelled: counted, and shown to nobody here.
    is_members: bool = False


@dataclass(frozen=True, slots=True)
class Fall:
    """A text that must be caught and would be read as less urgent than now."""

    before: Urgency
    after: Urgency
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a change may pass, of which state of the terms, and what falls if not."""

    mark: int
    texts: int
    falls: tuple[Fall, ...]
    ordinary: int
    found_in_ordinary: int
    found_before: int
    seconds: float

    @property
    def is_everywhere(self) -> bool:
        wide = self.found_in_ordinary > max(1, self.ordinary * ORDINARY_SHARE)
        return wide and self.found_in_ordinary > self.found_before

    @property
    def passed(self) -> bool:
        return not self.falls and not self.is_everywhere

    @property
    def shown(self) -> list[Fall]:
        """The worst first."""
        return sorted(self.falls, key=lambda fall: (fall.after - fall.before, -fall.before))[
            :FALLS_SHOWN
        ]

    def as_dict(self) -> dict[str, Any]:
        """The figures, to be kept with the change; no text."""
        return {
            "passed": self.passed,
            "mark": self.mark,
            "texts": self.texts,
            "falls": len(self.falls),
            "ordinary": self.ordinary,
            "found_in_ordinary": self.found_in_ordinary,
            "seconds": round(self.seconds, 1),
        }


def confirmed_texts() -> list[MustCatch]:
    """What members wrote and wall guides have said should be read within hours or sooner."""
    confirmed = Label.objects.confirmed(at_least=Urgency.AMBER).select_related(
        "screening__in_reply_to"
    )
    lowest: dict[int, MustCatch] = {}
    for label in confirmed.order_by("level", "pk"):
        # Of several answers about one text the most urgent, which comes last, counts.
        lowest[label.screening_id] = MustCatch(
            label.screening.text,
            Urgency(label.level or 0),
            reply_to=wording.replied_to(label.screening),
            is_members=True,
        )
    return list(lowest.values())


@lru_cache(maxsize=1)
def _corpus() -> tuple[tuple[MustCatch, ...], tuple[str, ...]]:
    examples = corpus()
    return (
        tuple(MustCatch(each.text, each.lowest) for each in examples if each.lowest),
        tuple(each.text for each in examples if each.highest == Urgency.GREEN),
    )


def check_must_catch(*, before: Reader, after: Reader, term: str, mark: int) -> Gate:
    """
    Read every text that must be caught before and after a change.

    None that was RED or CRISIS and must be may fall below RED; none that was not GREEN may
    become GREEN. Both are asked of the whole reader and of the rules alone: the model knows our
    own texts by heart and would hide that a rule no longer catches what members will write.
    """
    begun = time.monotonic()
    texts, ordinary = _corpus()
    may_differ = differing(before, after, term=term)
    confirmed = [*texts, *confirmed_texts()]
    must_catch = [each for each in confirmed if may_differ(each.text, each.reply_to)]
    falls: dict[str, Fall] = {}
    pairs = [
        ("the rules alone", Reader(before.lexicon, None), Reader(after.lexicon, None)),
        ("everything", before, after),
    ]
    for by, reads, would_read in pairs:
        for each in must_catch:
            if each.text in falls:
                continue
            was = _level(reads, each)
            if was == Urgency.GREEN:
                continue
            will_be = _level(would_read, each)
            below_red = each.lowest >= Urgency.RED and was >= Urgency.RED > will_be
            if below_red or will_be == Urgency.GREEN:
                shown = "" if each.is_members else each.text
                falls[each.text] = Fall(was, will_be, by, shown)
    touched = [text for text in ordinary if may_differ(text, None)]
    found_before, found = (
        sum(1 for text in touched if _stands(rules.classify(text), term))
        for rules in (Reader(before.lexicon, None), Reader(after.lexicon, None))
    )
    return Gate(
        mark=mark,
        texts=len(confirmed),
        falls=tuple(falls.values()),
        ordinary=len(ordinary),
        found_in_ordinary=found,
        found_before=found_before,
        seconds=time.monotonic() - begun,
    )


def differing(before: Reader, after: Reader, *, term: str) -> MayDiffer:
    """
    Says of a text, cheaply, whether two readers that differ in one term may read it otherwise.

    They cannot where it is turned into the same words, none of which only one of them knows, in
    which the same terms stand at the same places and the changed one does not. That spares the
    whole reading of all but a few texts in a thousand, and looking for any term in most.
    """
    one, other = lexicon_of(before), lexicon_of(after)
    spelt_anew = one.normaliser.words ^ other.normaliser.words
    known_to_one = spelt_anew | (one.readable ^ other.readable)

    def may_hold(words: Collection[str]) -> bool:
        return one.may_hold(term, words) or other.may_hold(term, words)

    def is_touched(text: str) -> bool:
        if len(text) > WINDOW:
            return True
        was = one.normaliser.view(text)
        if not known_to_one.isdisjoint(was.words):
            return True
        if not spelt_anew and not may_hold(was.words):
            return False
        will_be = other.normaliser.view(text)
        if was.text != will_be.text:
            return True
        if not may_hold(was.words):
            return False
        stood, stands = one.find(was), other.find(will_be)
        return (
            any(hit.term.id == term for hit in (*stood, *stands))
            or was.partial != will_be.partial
            or [(hit.term.id, hit.first, hit.last) for hit in stood]
            != [(hit.term.id, hit.first, hit.last) for hit in stands]
        )

    def may_differ(text: str, reply_to: str | None) -> bool:
        return is_touched(text) or (reply_to is not None and is_touched(reply_to))

    return may_differ


def _level(reader: Reader, each: MustCatch) -> Urgency:
    reading = reader.classify(each.text, reply_to=each.reply_to)
    # Without a model a text is left to a person at AMBER, which no rule has asked for.
    if reader.model is None and not reading.complete and not reading.spans:
        return Urgency.GREEN
    return Urgency(reading.urgency)


def _stands(reading: Classification, term: str) -> bool:
    return any(span.rule == term for span in reading.spans)


@dataclass(slots=True)
class Counts:
    """What would change, in numbers of texts."""

    read: int = 0
    would_find: int = 0
    finds: int = 0
    newly: int = 0
    no_longer: int = 0
    higher: int = 0
    lower: int = 0

    def as_dict(self) -> dict[str, int]:
        return {
            "read": self.read, "finds": self.finds, "would_find": self.would_find,
            "newly": self.newly, "no_longer": self.no_longer, "higher": self.higher,
            "lower": self.lower,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One text whose reading would change, for a clinician who covers its locality."""

    text: str
    locality: str
    written_at: datetime
    before: Urgency
    after: Urgency

    @property
    def weight(self) -> int:
        return abs(int(self.before) - int(self.after))


@dataclass(slots=True)
class DryRun:
    """What the last weeks would have been like."""

    since: datetime
    counts: Counts = field(default_factory=Counts)
    by_locality: dict[str, Counts] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    # Why not everything was read, in a sentence; empty where everything was.
    stopped: str = ""

    @property
    def changes_nothing(self) -> bool:
        counts = self.counts
        return not (counts.higher or counts.lower or counts.finds != counts.would_find)

    def as_dict(self) -> dict[str, Any]:
        """The counts, to be kept with a change; no text and no place."""
        return {**self.counts.as_dict(), "since": self.since.date().isoformat()}


def dry_run(
    *,
    before: Reader,
    after: Reader,
    term: str,
    localities: Collection[Locality],
    with_texts: bool,
    now: datetime,
) -> DryRun:
    """
    Read what members of these localities wrote in the last weeks, before and after a change.

    Newest first, and no more than is read in a few seconds: `stopped` says where it ended.

    :param with_texts: give examples; for a clinician who covers these localities, and no other
    """
    run = DryRun(since=now - timedelta(days=DRY_RUN_DAYS))
    names = {each.pk: f"{each.commissioner.name}: {each.name}" for each in localities}
    until = time.monotonic() + DRY_RUN_SECONDS
    may_differ = differing(before, after, term=term)
    try:
        for row in _rows(list(names), since=run.since):
            if run.counts.read >= DRY_RUN_AT_MOST:
                run.stopped = f"Only the newest {DRY_RUN_AT_MOST:,} texts were read."
                break
            if time.monotonic() > until:
                run.stopped = (
                    f"Only the newest {run.counts.read:,} texts were read: there was no time for "
                    "more."
                )
                break
            if may_differ(row[2], row[4]):
                _read_row(run, row, names[row[1]], before, after, term, with_texts=with_texts)
            run.counts.read += 1
            run.by_locality.setdefault(names[row[1]], Counts()).read += 1
    except OperationalError:
        run.stopped = (
            f"Only the newest {run.counts.read:,} texts were read: the database is too busy."
        )
    run.examples.sort(key=lambda each: (-each.weight, -each.written_at.timestamp()))
    del run.examples[EXAMPLES_AT_MOST:]
    return run


def count_hits(term: str, *, localities: Collection[Locality], now: datetime) -> int | None:
    """In how many texts of the last weeks a term was found; None where counting takes too long."""
    found = Screening.objects.filter(
        locality__in=[each.pk for each in localities],
        requested_at__gte=now - timedelta(days=DRY_RUN_DAYS),
        spans__contains=[{"rule": term}],
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{_CHUNK_MAY_TAKE}'")
            return found.count()
    except OperationalError:
        return None


_Row = tuple[int, int, str, datetime, str | None]


def _rows(localities: Sequence[int], *, since: datetime) -> Iterator[_Row]:
    """Newest first, in chunks, each a statement of its own that may not take long."""
    below: int | None = None
    while True:
        rows = Screening.objects.filter(locality__in=localities, requested_at__gte=since)
        if below is not None:
            rows = rows.filter(pk__lt=below)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{_CHUNK_MAY_TAKE}'")
            chunk = list(
                rows.order_by("-pk").values_list(
                    "pk", "locality_id", "text", "requested_at", "in_reply_to__text"
                )[:_CHUNK]
            )
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        below = chunk[-1][0]


def _read_row(
    run: DryRun,
    row: _Row,
    locality: str,
    before: Reader,
    after: Reader,
    term: str,
    *,
    with_texts: bool,
) -> None:
    _pk, _locality, text, written_at, reply_to = row
    reads = before.classify(text, reply_to=reply_to)
    would_read = after.classify(text, reply_to=reply_to)
    finds, would_find = _stands(reads, term), _stands(would_read, term)
    was, will_be = Urgency(reads.urgency), Urgency(would_read.urgency)
    for counts in (run.counts, run.by_locality.setdefault(locality, Counts())):
        counts.finds += finds
        counts.would_find += would_find
        counts.newly += was == Urgency.GREEN != will_be
        counts.no_longer += was != Urgency.GREEN == will_be
        counts.higher += will_be > was
        counts.lower += will_be < was
    if with_texts and (was != will_be or finds != would_find):
        shown = text if len(text) <= EXAMPLE_LENGTH else text[:EXAMPLE_LENGTH] + " …"
        run.examples.append(Example(shown, locality, written_at, was, will_be))
        if len(run.examples) > 40 * EXAMPLES_AT_MOST:
            run.examples.sort(key=lambda each: -each.weight)
            del run.examples[EXAMPLES_AT_MOST:]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One made-up sentence, as it is read now and as it would be."""

    before: Classification
    after: Classification

    @property
    def level_before(self) -> str:
        return Urgency(self.before.urgency).label

    @property
    def level_after(self) -> str:
        return Urgency(self.after.urgency).label

    @property
    def found(self) -> list[tuple[str, str]]:
        """What stands in it and for what, as it would be read."""
        return [(span.term, Category(span.category).label) for span in self.after.spans]


def try_sentence(text: str, *, before: Reader, after: Reader) -> Sentence:
    """Read a sentence that somebody made up. It is kept nowhere."""
    return Sentence(before.classify(text), after.classify(text))
