"""Counts each day of screening once, for the drift charts: numbers, and nobody's words."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from risk import drift, releases, wording
from risk.enums import ScreeningState, Urgency
from risk.models import Screening, ScreeningDay

# How many days are looked back on at once, where beat was away.
CATCH_UP = 14
# The week that is compared, and the weeks it is compared with.
WEEK, BEFORE = 7, 28
TEXTS_AT_MOST = 50_000


def count_days(*, now: datetime) -> int:
    """Count every whole day that has not been counted, and say how many."""
    today = now.astimezone(UTC).date()
    wanted = [today - timedelta(days=back) for back in range(CATCH_UP, 0, -1)]
    counted = set(ScreeningDay.objects.filter(day__in=wanted).values_list("day", flat=True))
    fresh = [day for day in wanted if day not in counted]
    for day in fresh:
        _count(day, at=now)
    return len(fresh)


def _count(day: date, *, at: datetime) -> None:
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    read = Screening.objects.filter(
        screened_at__gte=midnight,
        screened_at__lt=midnight + timedelta(days=1),
        state=ScreeningState.SCREENED,
        locality__is_hidden=False,
    ).order_by("pk")
    vocabulary = releases.lexicon_in_use()
    levels: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    probabilities = [0] * 10
    screened = words = unknown = 0
    for row in read.only("urgency", "probability", "spans", "text")[:TEXTS_AT_MOST].iterator():
        screened += 1
        levels[Urgency(row.urgency or Urgency.GREEN).slug] += 1
        probabilities[min(int((row.probability or 0.0) * 10), 9)] += 1
        rules.update({str(span.get("rule", "")) for span in row.spans} - {""})
        found = wording.words_of(row.text)
        words += len(found)
        unknown += len(found) - wording.known_words(found, lexicon=vocabulary)
    counts = {
        "screened": screened, "levels": dict(levels), "probabilities": probabilities,
        "rules": dict(rules), "words": words, "unknown_words": unknown,
    }  # fmt: skip
    days = list(
        ScreeningDay.objects.filter(
            day__lt=day, day__gte=day - timedelta(days=WEEK + BEFORE - 1)
        ).order_by("day")
    )
    edge = day - timedelta(days=WEEK - 1)
    today = ScreeningDay(day=day, counted_at=at, **counts)
    today.alarms = drift.alarms(
        [counted(each) for each in days if each.day < edge],
        [counted(each) for each in [*days, today] if each.day >= edge],
    )
    # Two workers may have begun: the first one's count stays.
    ScreeningDay.objects.bulk_create([today], ignore_conflicts=True)


def counted(day: ScreeningDay) -> drift.Counted:
    """A day's row as the drift functions read it."""
    return drift.Counted(
        day.screened, day.levels, day.probabilities, day.rules, day.words, day.unknown_words
    )
