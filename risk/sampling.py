"""
Draws the audit sample: unflagged texts that a person reads blind, so that misses are counted.

Every unflagged text is considered in one draw, with a chance that is written down. Two draws
are made over the same hour: one at random from all, one from those nearest to being flagged.
A text's chance of coming in by either is kept beside it, and its inverse is its weight.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from risk.enums import ScreeningState, Stratum, Urgency
from risk.models import AuditDraw, AuditReading, Screening

WEEK = timedelta(days=7)
# What is being recorded at this moment may commit a little later, with an earlier time.
SETTLED_AFTER = timedelta(minutes=1)
NEAR_DECILE = 0.9
# One draw at a time; the number only has to be nobody else's.
_LOCK = 7_305_119


@dataclass(frozen=True, slots=True)
class Rates:
    """The chances of one draw."""

    at_random: float
    near: float

    def chance(self, *, is_near: bool) -> float:
        """The chance of coming in by either draw."""
        if not is_near:
            return self.at_random
        return 1 - (1 - self.at_random) * (1 - self.near)


def draw(*, now: datetime, rates: Rates | None = None) -> int:
    """
    Draw from what was read since the last draw, and say how many a person should read.

    :param rates: where more is wanted than the settings ask for
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return 0
        last = AuditDraw.objects.order_by("-until_at").first()
        until_at = now - SETTLED_AFTER
        from_at = max(last.until_at, until_at - WEEK) if last else until_at - timedelta(hours=1)
        if until_at <= from_at:
            return 0
        above = _near_threshold(since=until_at - WEEK, until=until_at)
        found = list(
            unflagged(since=from_at, until=until_at).order_by("pk").values_list("pk", "probability")
        )
        near = {pk for pk, probability in found if _is_near(probability, above)}
        rates = rates or _rates(len(found), from_at=from_at, until_at=until_at)
        drawn = AuditDraw.objects.create(
            from_at=from_at, until_at=until_at, population=len(found), near_population=len(near),
            near_above=above, random_rate=rates.at_random, near_rate=rates.near,
        )  # fmt: skip
        # Unforeseeable in life, and the same again for the same draw in a test.
        dice = random.Random(_seed(drawn))  # noqa: S311 -- chance, not secrecy
        chosen = choose([pk for pk, _ in found], near, rates, dice)
        AuditReading.objects.bulk_create(
            AuditReading(
                screening_id=pk, draw=drawn, stratum=stratum, drawn_at=now,
                inclusion_probability=rates.chance(is_near=pk in near),
                wants_second=dice.random() < settings.AUDIT_READ_TWICE,
            )
            for pk, stratum in chosen.items()
        )  # fmt: skip
    return len(chosen)


def choose(
    pks: Sequence[int], near: set[int], rates: Rates, dice: random.Random
) -> dict[int, Stratum]:
    """Each drawn text and by which draw; at random first, where both drew it."""
    nearest = [pk for pk in pks if pk in near]
    chosen = dict.fromkeys(_systematic(nearest, rates.near, dice), Stratum.NEAR_THRESHOLD)
    chosen |= dict.fromkeys(_systematic(pks, rates.at_random, dice), Stratum.RANDOM)
    return chosen


def unflagged(*, since: datetime, until: datetime) -> QuerySet[Screening]:
    """What the machine read as GREEN in that time: of people, in places that guides see."""
    return Screening.objects.filter(
        state=ScreeningState.SCREENED,
        urgency=Urgency.GREEN,
        screened_at__gt=since,
        screened_at__lte=until,
        locality__is_hidden=False,
        author__suspended_at=None,
        audit_reading=None,
    )


def _systematic(pks: Sequence[int], rate: float, dice: random.Random) -> list[int]:
    """A random order and a random start: each has the same chance, and the count is steady."""
    if rate >= 1:
        return list(pks)
    shuffled = list(pks)
    dice.shuffle(shuffled)
    place, kept = dice.random(), []
    for number, pk in enumerate(shuffled):
        if math.floor((number + 1) * rate + place) > math.floor(number * rate + place):
            kept.append(pk)
    return kept


def _rates(population: int, *, from_at: datetime, until_at: datetime) -> Rates:
    """What the settings ask for, and at random as much more as the week's least number needs."""
    at_random = settings.AUDIT_RANDOM
    if population:
        first = (
            AuditDraw.objects.order_by("from_at").values_list("from_at", flat=True).first()
            or from_at
        )
        since = until_at - WEEK
        drawn = AuditReading.objects.filter(draw__until_at__gt=since).count()
        running = min((until_at - first) / WEEK, 1.0)
        short = settings.AUDIT_WEEKLY_AT_LEAST * running + 1 - drawn
        at_random = min(max(at_random, short / population), 1.0)
    return Rates(at_random, settings.AUDIT_NEAR)


def _near_threshold(*, since: datetime, until: datetime) -> float | None:
    """Above this lies the tenth of the week's unflagged texts that was nearest to a flag."""
    read = unflagged(since=since, until=until).values_list("probability", flat=True)
    probabilities = sorted(each for each in read if each is not None)
    if not probabilities:
        return None
    return probabilities[min(int(len(probabilities) * NEAR_DECILE), len(probabilities) - 1)]


def _is_near(probability: float | None, above: float | None) -> bool:
    return probability is not None and above is not None and probability >= above


def _seed(drawn: AuditDraw) -> str:
    return f"{settings.SECRET_KEY}:{drawn.until_at.isoformat()}:{drawn.population}"
