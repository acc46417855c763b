"""What the staff's page about the screening shows: reads only, and nobody's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from risk import days, drift, estimates, releases, wording
from risk.enums import LabelSource, ScreeningState, Urgency
from risk.model import ModelUnusable
from risk.models import AuditReading, Label, Screening, ScreeningDay

# The estimate is of lately: what was missed by a model long gone says little about this one.
ESTIMATED_OVER = timedelta(days=90)
CHARTED_DAYS = 35
RULES_SHOWN = 15
EVERYDAY_TEXTS = 2000
# The drawing area of a chart, in its own units.
WIDTH, HEIGHT = 560, 140


@dataclass(frozen=True, slots=True)
class Missed:
    """The estimate of missed risk, at two levels, and how far two readers agree."""

    amber: estimates.Share | None
    red: estimates.Share | None
    agreement: estimates.Agreement
    waiting: int


def missed_risk(*, now: datetime) -> Missed:
    """What the blind readings of the last three months say."""
    drawn = AuditReading.objects.filter(drawn_at__gt=now - ESTIMATED_OVER)
    by_reading: dict[int, list[Label]] = defaultdict(list)
    chances: dict[int, float] = {}
    labels = Label.objects.filter(audit_reading__in=drawn).select_related("audit_reading")
    for label in labels.order_by("judged_at", "pk"):
        reading = label.audit_reading
        assert reading is not None  # noqa: S101 -- asked for by it
        by_reading[reading.pk].append(label)
        chances[reading.pk] = reading.inclusion_probability
    readings = [
        estimates.Reading(_most_urgent(given), chances[pk]) for pk, given in by_reading.items()
    ]
    return Missed(
        amber=estimates.missed(readings, at_least=Urgency.AMBER),
        red=estimates.missed(readings, at_least=Urgency.RED),
        agreement=estimates.agreement(
            (_level(given[0]), _level(given[1])) for given in by_reading.values() if len(given) > 1
        ),
        waiting=AuditReading.objects.filter(done_at=None).count(),
    )


def rule_figures(*, now: datetime) -> list[estimates.RuleFigures]:
    """How often each rule was upheld and overruled by those who closed its alerts."""
    closed = (
        Label.objects.sure()
        .filter(source=LabelSource.CLOSED_ALERT, judged_at__gt=now - ESTIMATED_OVER)
        .filter(machine_level__isnull=False)
        .select_related("screening")
        .only("level", "machine_level", "screening__spans")
    )
    return estimates.by_rule(
        estimates.Judged(
            frozenset(str(span["rule"]) for span in label.screening.spans if span.get("rule")),
            Urgency(label.machine_level or 0),
            Urgency(label.level or 0),
        )
        for label in closed
    )


def overruled(figures: Iterable[estimates.RuleFigures]) -> list[str]:
    """A sentence for each rule that is overruled more often than not."""
    return [
        f"The rule {row.rule} was overruled in {row.override_rate:.0%} of {row.judged} alerts."
        for row in figures
        if row.override_rate is not None
        and row.judged >= drift.JUDGED_AT_LEAST
        and row.override_rate > drift.OVERRIDES_MOST
    ]


def slang(*, now: datetime) -> list[drift.Word]:
    """Words that stand out in what guides raised and the screening had let lie."""
    raised = (
        Label.objects.filter(level__gte=Urgency.AMBER, judged_at__gt=now - ESTIMATED_OVER)
        .exclude(source=LabelSource.CLOSED_ALERT)
        .select_related("screening")
    )
    everyday = Screening.objects.filter(
        state=ScreeningState.SCREENED, urgency=Urgency.GREEN, locality__is_hidden=False
    ).order_by("-pk")[:EVERYDAY_TEXTS]
    try:
        # Not those that a rule is made of already: they are no news.
        known = releases.lexicon_in_use().everyday
    except ModelUnusable:
        known = frozenset()
    return drift.new_slang(
        ((label.screening.author_id, wording.words_of(label.screening.text)) for label in raised),
        ((each.author_id, wording.words_of(each.text)) for each in everyday),
        known=known,
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """A line of days, drawn in a box, with the same numbers for a table beside it."""

    name: str
    unit: str
    line: str
    band: str
    rows: list[tuple[Any, str, bool]]
    highest: str
    newest: str


def charts() -> list[Chart]:
    """Alerts by level, unknown words and the stability of what is screened, day by day."""
    rows = list(ScreeningDay.objects.order_by("-day")[: CHARTED_DAYS + days.BEFORE])[::-1]
    counted = [days.counted(row) for row in rows]
    shown = range(max(len(rows) - CHARTED_DAYS, 0), len(rows))
    made = []
    for level in ("amber", "red", "crisis"):
        values, bands = [], []
        for at in shown:
            before = counted[max(at - days.BEFORE, 0) : at]
            pairs = [(day.levels.get(level, 0), day.screened) for day in before]
            day = counted[at]
            values.append(day.levels.get(level, 0) / day.screened * 1000 if day.screened else None)
            bands.append(drift.limits(pairs, texts=day.screened))
        made.append(
            _chart(f"{level.title()} in 1,000 texts", "", [rows[at] for at in shown], values, bands)
        )
    unknown = [counted[at].unknown_share for at in shown]
    made.append(
        _chart(
            "Words unknown to the screening",
            "%",
            [rows[at] for at in shown],
            [None if share is None else share * 100 for share in unknown],
            [],
        )
    )
    moved = []
    for at in shown:
        before, now = counted[max(at - days.BEFORE, 0) : at], counted[at]
        enough = len(before) >= drift.DAYS_AT_LEAST and now.screened >= drift.DAYS_AT_LEAST
        moved.append(
            drift.psi(drift.added(before).probabilities, now.probabilities) if enough else None
        )
    made.append(
        _chart("Stability of the probabilities (PSI)", "", [rows[at] for at in shown], moved, [])
    )
    return made


def _chart(
    name: str,
    unit: str,
    rows: list[ScreeningDay],
    values: list[float | None],
    bands: list[drift.Limits | None],
) -> Chart:
    places = 2 if "PSI" in name else 1
    tops = [value for value in values if value is not None]
    tops += [band.high for band in bands if band is not None]
    top = max([*tops, 0.1])
    step = WIDTH / max(len(rows) - 1, 1)

    def place(number: int, value: float) -> str:
        return f"{number * step:.1f},{HEIGHT - value / top * HEIGHT:.1f}"

    known = [(number, value) for number, value in enumerate(values) if value is not None]
    limits = [(number, band) for number, band in enumerate(bands) if band is not None]
    outline = [place(number, band.high) for number, band in limits]
    outline += [place(number, band.low) for number, band in reversed(limits)]
    outside = {
        number
        for number, band in limits
        if (value := values[number]) is not None and not band.holds(value)
    }
    return Chart(
        name=name,
        unit=unit,
        line=" ".join(place(number, value) for number, value in known),
        band=" ".join(outline),
        rows=[
            (row.day, "–" if value is None else f"{value:.{places}f}{unit}", number in outside)
            for number, (row, value) in enumerate(zip(rows, values, strict=True))
        ],
        highest=f"{top:.{places}f}{unit}",
        newest=f"{known[-1][1]:.{places}f}{unit}" if known else "nothing yet",
    )


def _most_urgent(given: list[Label]) -> Urgency | None:
    """Of two answers about one text the more urgent counts; none where nobody could say."""
    levels = [level for label in given if (level := _level(label)) is not None]
    return max(levels) if levels else None


def _level(label: Label) -> Urgency | None:
    return None if label.level is None else Urgency(label.level)
