"""
Whether what is screened, or how it is screened, is changing. Pure: counts in, alarms out.

Days are counted once (`risk.days`) and compared with the weeks before them: alerts by level
against control limits, probabilities and rules by the population stability index, unknown
words by their share. No alarm changes anything: it asks a person to look.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Below .1 nothing has moved, above .25 much has: the rule of thumb that PSI is read by.
PSI_MOVED = 0.25
UNKNOWN_WORDS_GREW_BY = 0.05
OVERRIDES_MOST = 0.5
JUDGED_AT_LEAST = 20
TEXTS_AT_LEAST = 200
DAYS_AT_LEAST = 7
# A word is shown only if so many different members used it: no name gets out this way.
MEMBERS_AT_LEAST = 5
OVER_REPRESENTED = 3.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a day's alerts per 1,000 texts are expected to lie between (a u-chart, 3 sigma)."""

    middle: float
    low: float
    high: float

    def holds(self, rate: float) -> bool:
        return self.low <= rate <= self.high


def limits(before: Sequence[tuple[int, int]], *, texts: int) -> Limits | None:
    """
    Control limits for a day with so many texts, from the alerts and texts of the days before.

    None where the days before are too few to say.
    """
    asked, read = sum(alerts for alerts, _ in before), sum(count for _, count in before)
    if len(before) < DAYS_AT_LEAST or read < TEXTS_AT_LEAST or texts <= 0:
        return None
    rate = asked / read
    # One alert's worth at least, so that a level which is almost never asked for has room.
    spread = 3 * math.sqrt(max(rate, 1 / read) / texts)
    return Limits(rate * 1000, max(rate - spread, 0) * 1000, (rate + spread) * 1000)


def psi(before: Sequence[float], now: Sequence[float]) -> float | None:
    """How far two distributions over the same bins lie apart; None with nothing in one."""
    total_before, total_now = sum(before), sum(now)
    if not total_before or not total_now:
        return None
    moved = 0.0
    for one, other in zip(before, now, strict=True):
        # Half a text in an empty bin, so that it counts for little and not for ever.
        old = max(one, 0.5) / total_before
        new = max(other, 0.5) / total_now
        moved += (new - old) * math.log(new / old)
    return moved


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of some days: see `ScreeningDay`."""

    screened: int
    levels: Mapping[str, int]
    probabilities: Sequence[int]
    rules: Mapping[str, int]
    words: int
    unknown_words: int

    @property
    def unknown_share(self) -> float | None:
        return self.unknown_words / self.words if self.words else None


def added(days: Sequence[Counted]) -> Counted:
    """Several days as one."""
    levels: dict[str, int] = defaultdict(int)
    rules: dict[str, int] = defaultdict(int)
    probabilities = [0] * 10
    for day in days:
        for name, count in day.levels.items():
            levels[name] += count
        for name, count in day.rules.items():
            rules[name] += count
        for place, count in enumerate(day.probabilities):
            probabilities[place] += count
    return Counted(
        sum(day.screened for day in days), levels, probabilities, rules,
        sum(day.words for day in days), sum(day.unknown_words for day in days),
    )  # fmt: skip


def rule_psi(before: Counted, now: Counted) -> float | None:
    """The stability of which rules stop at texts, over the rules of either time."""
    names = sorted({*before.rules, *now.rules})
    return psi([before.rules.get(n, 0) for n in names], [now.rules.get(n, 0) for n in names])


def alarms(before: Sequence[Counted], week: Sequence[Counted]) -> list[str]:
    """What has moved between the weeks before and the last one, a sentence each."""
    then, now = added(before), added(week)
    if len(before) < DAYS_AT_LEAST or min(then.screened, now.screened) < TEXTS_AT_LEAST:
        return []
    found = []
    for level in ("amber", "red", "crisis"):
        expected = limits(
            [(day.levels.get(level, 0), day.screened) for day in before], texts=now.screened
        )
        rate = now.levels.get(level, 0) / now.screened * 1000
        if expected and not expected.holds(rate):
            found.append(
                f"{level.upper()} came up {rate:.0f} times in 1,000 texts this week, and "
                f"{expected.middle:.0f} times before."
            )
    moved = psi(then.probabilities, now.probabilities)
    if moved is not None and moved > PSI_MOVED:
        found.append(f"The model's probabilities have moved (PSI {moved:.2f}).")
    moved = rule_psi(then, now)
    if moved is not None and moved > PSI_MOVED and sum(now.rules.values()) >= TEXTS_AT_LEAST:
        found.append(f"Other rules stop at texts than before (PSI {moved:.2f}).")
    old, new = then.unknown_share, now.unknown_share
    if old is not None and new is not None and new - old > UNKNOWN_WORDS_GREW_BY:
        found.append(f"{new:.0%} of the words are unknown to the screening, and {old:.0%} before.")
    return found


@dataclass(frozen=True, slots=True)
class Word:
    """A word that stands out in what guides raised, and how many members used it."""

    word: str
    members: int
    times_as_common: float


def new_slang(
    raised: Iterable[tuple[int, Iterable[str]]],
    everyday: Iterable[tuple[int, Iterable[str]]],
    *,
    known: frozenset[str] = frozenset(),
) -> list[Word]:
    """
    Words over-represented in what people raised and the screening had let lie.

    Both are pairs of a member and the words of one text. Counted by members, never by texts,
    and never shown for fewer than five of them.
    """
    with_it, all_raised = _members_by_word(raised)
    without, all_everyday = _members_by_word(everyday)
    if not all_raised or not all_everyday:
        return []
    found = []
    for word, members in with_it.items():
        if len(members) < MEMBERS_AT_LEAST or word in known:
            continue
        share = len(members) / len(all_raised)
        usual = (len(without.get(word, ())) + 0.5) / (len(all_everyday) + 1)
        if share / usual >= OVER_REPRESENTED:
            found.append(Word(word, len(members), round(share / usual, 1)))
    return sorted(found, key=lambda each: (-each.times_as_common, each.word))[:30]


def _members_by_word(
    texts: Iterable[tuple[int, Iterable[str]]],
) -> tuple[dict[str, set[int]], set[int]]:
    by_word: dict[str, set[int]] = defaultdict(set)
    members: set[int] = set()
    for member, words in texts:
        members.add(member)
        for word in words:
            by_word[word].add(member)
    return by_word, members
