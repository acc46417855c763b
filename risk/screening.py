"""
What the worker does: read what waits, and ask a person where it worries.

Rows are taken in batches. Taking is a transaction of its own that counts the attempt
*before* the work, so that a text which kills its worker is not tried for ever. The rest
is idempotent: running twice changes nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import DataError, connection, transaction
from django.db.models import F, Q

from live import pokes
from risk import classifier, current, shadow
from risk.alerts import raise_alerts
from risk.enums import ScreeningState, Urgency
from risk.models import ATTEMPTS_BEFORE_A_PERSON, LEASE_LASTS, Screening
from risk.trajectory import LOOKS_BACK, Before, raised_by

logger = logging.getLogger(__name__)

BATCH = 64

Clock = Callable[[], datetime]


def drain(*, now: Clock, older_than: timedelta = timedelta(0), limit: int | None = None) -> int:
    """
    Screen all that waits, in batches, oldest first, and say how many were screened.

    :param now: asked before each batch, because draining takes time
    :param older_than: leave what is younger to others (the sentinel's way)
    :param limit: stop after about so many
    """
    screened = 0
    batch: list[Screening] = []
    while limit is None or screened < limit:
        last, batch = batch, take(now=now(), older_than=older_than)
        if not batch:
            # Nothing waits any more: the challenger may look at what was read last.
            if last and not older_than:
                shadow.read([row.pk for row in last], at=now())
            break
        screened += screen_batch(batch, now=now)
    return screened


@transaction.atomic
def take(*, now: datetime, older_than: timedelta = timedelta(0)) -> list[Screening]:
    """Lease a batch of waiting rows to this worker, counting the attempt."""
    waiting = (
        Screening.objects.ready(now=now)
        .waiting_since(now - older_than)
        .filter(attempts__lt=ATTEMPTS_BEFORE_A_PERSON)
        .order_by("requested_at", "pk")
        .select_related("in_reply_to")
        .select_for_update(skip_locked=True, of=("self",))
    )
    batch = list(waiting[:BATCH])
    # What has failed before is tried alone, so that it cannot take neighbours with it.
    if any(row.attempts for row in batch):
        batch = [row for row in batch if row.attempts][:1]
    Screening.objects.filter(pk__in=[row.pk for row in batch]).update(
        attempts=F("attempts") + 1, leased_until=now + LEASE_LASTS
    )
    return batch


def screen_batch(batch: Sequence[Screening], *, now: Clock) -> int:
    """Classify a leased batch and record it. A row that raises is left to its next try."""
    readings = list(_readings(batch))
    if not readings:
        return 0
    try:
        record(readings, at=now())
    except DataError:
        # One reading that Postgres will not take must not take its neighbours with it.
        return sum(_recorded_alone(reading, at=now()) for reading in readings)
    return len(readings)


def _readings(
    batch: Sequence[Screening],
) -> Iterator[tuple[Screening, classifier.Classification]]:
    """Each row with what is made of it. A row that cannot be read takes no neighbour with it."""
    reader = current.reader()
    texts = [(row.text, row.in_reply_to.text if row.in_reply_to else None) for row in batch]
    try:
        together = reader.classify_many(texts)
    except Exception:
        logger.error("A batch of %s could not be classified; each is tried alone", len(batch))
    else:
        yield from zip(batch, together, strict=True)
        return
    for row, (text, answered) in zip(batch, texts, strict=True):
        try:
            yield row, reader.classify(text, reply_to=answered)
        except Exception:
            # No text and no traceback of it in the log; the row's number is enough.
            logger.error("Screening %s could not be classified", row.pk)


def _recorded_alone(reading: tuple[Screening, classifier.Classification], *, at: datetime) -> bool:
    try:
        record([reading], at=at)
    except DataError:
        # Its message would quote what the member wrote.
        logger.error("The reading of screening %s could not be recorded", reading[0].pk)
        return False
    return True


@transaction.atomic
def record(
    readings: Sequence[tuple[Screening, classifier.Classification]], *, at: datetime
) -> list[Screening]:
    """
    Write readings down, each once, and raise an alert where one worries.

    Returns the rows that were written. A row that another worker has recorded in the
    meantime is left as it is, so that a late duplicate changes nothing (F04, F06).
    """
    before = _written_before([row for row, _ in readings], at=at)
    for row, reading in readings:
        raised = raised_by(before[row.author_id], words=reading.urgency, at=row.requested_at)
        row.state = ScreeningState.SCREENED if reading.complete else ScreeningState.LEFT_TO_A_PERSON
        row.screened_at = at
        row.urgency = raised.urgency
        row.urgency_of_words = reading.urgency
        row.raised_because = raised.because
        row.probability = reading.probability
        row.categories = list(reading.categories)
        row.spans = [asdict(span) for span in reading.spans]
        row.reasons = list(reading.reasons)
        row.model_terms = [{"text": text, "weight": weight} for text, weight in reading.model_terms]
        row.why_not_higher = reading.why_not_higher
        row.lexicon_version = reading.lexicon_version
        row.model_version = reading.model_version
    written = _write_once([row for row, _ in readings], at=at)
    worrying = [row for row in written if row.urgency or row.state != ScreeningState.SCREENED]
    raise_alerts(worrying, at=at)
    pokes.poke_localities(row.locality_id for row in worrying)
    return written


def _written_before(rows: Sequence[Screening], *, at: datetime) -> dict[int, list[Before]]:
    """What the authors of a batch wrote in the fortnight before, by author, in one query."""
    before: dict[int, list[Before]] = {row.author_id: [] for row in rows}
    earlier = (
        Screening.objects.filter(
            author__in=before, requested_at__gt=at - LOOKS_BACK, urgency_of_words__isnull=False
        )
        .exclude(urgency_of_words=Urgency.GREEN)
        .values_list("author_id", "requested_at", "urgency_of_words")
    )
    for author, written_at, urgency in earlier:
        before[author].append(Before(written_at, Urgency(urgency or Urgency.GREEN)))
    return before


def _write_once(rows: Sequence[Screening], *, at: datetime) -> list[Screening]:
    """One UPDATE for the batch, of those rows that are still pending."""
    values = [
        {
            "id": row.pk, "state": row.state, "urgency": row.urgency,
            "probability": row.probability, "categories": row.categories, "spans": row.spans,
            "reasons": row.reasons, "model_terms": row.model_terms,
            "why_not_higher": row.why_not_higher, "urgency_of_words": row.urgency_of_words,
            "raised_because": row.raised_because, "lexicon_version": row.lexicon_version,
            "model_version": row.model_version,
        }
        for row in rows
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_ONCE, [at, json.dumps(values)])
        written = {pk for (pk,) in cursor.fetchall()}
    return [row for row in rows if row.pk in written]


_WRITE_ONCE = """
    UPDATE risk_screening AS screening
    SET screened_at = %s, leased_until = NULL, state = read.state, urgency = read.urgency,
        probability = read.probability, categories = read.categories, spans = read.spans,
        reasons = read.reasons, model_terms = read.model_terms,
        why_not_higher = read.why_not_higher, urgency_of_words = read.urgency_of_words,
        raised_because = read.raised_because, lexicon_version = read.lexicon_version,
        model_version = read.model_version
    FROM jsonb_to_recordset(%s::jsonb) AS read(
        id bigint, state text, urgency smallint, probability float8, categories jsonb,
        spans jsonb, reasons jsonb, model_terms jsonb, why_not_higher text,
        urgency_of_words smallint, raised_because text, lexicon_version text, model_version text)
    WHERE screening.id = read.id AND screening.state = 'pending'
    RETURNING screening.id
"""


def leave_to_a_person(*, now: datetime, after: timedelta | None) -> int:
    """
    Ask a person to read what the machine could not, and say for how many.

    That is whatever was tried three times, or, if ``after`` is given, has waited longer.
    """
    hopeless = Q(attempts__gte=ATTEMPTS_BEFORE_A_PERSON)
    if after is not None:
        hopeless |= Q(requested_at__lte=now - after)
    with transaction.atomic():
        # The locked row itself is asked whether it still waits: it may just have been screened.
        rows = list(
            Screening.objects.ready(now=now).filter(hopeless).select_for_update(skip_locked=True)
        )
        for row in rows:
            row.state = ScreeningState.LEFT_TO_A_PERSON
            row.screened_at = now
            row.reasons = ["Nothing could be screened here in time. Please read it yourself."]
            row.save(update_fields=["state", "screened_at", "reasons"])
        raise_alerts(rows, at=now)
        pokes.poke_localities(row.locality_id for row in rows)
    return len(rows)
