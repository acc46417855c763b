"""
Whether a theme spreads: what more people than usual write of, where, and in which order.

For each category of the screening, and each family of its terms, the people who wrote of it are
counted in bins of six hours, and the last 24 hours are set against the same hours of the same
weekday in the four weeks before. If so many people would come about by chance less than once in a
hundred days (the upper tail of a Poisson distribution with the mean of those weeks), the theme has
risen. Setting a span against the same span of earlier times is the "historical limits" method
(Stroup and others, Statistics in Medicine 1989); a short baseline of one's own days is how the
EARS methods work (Hutwagner and others, Journal of Urban Health 2003).

What it is not: no finding about anybody, no proof that one person's words led to another's, and no
forecast. Few people make rough means; with many themes looked at each hour, one will rise by
chance now and then. It asks a person to look.

It counts people, not posts, so nobody raises a theme alone. No words are shown, and no way of any
kind is named: a family has a plain name, given here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from accounts.models import WallGuide
from commissioning.models import Locality
from community.models import Post, Reply
from escalation.models import ThemeRise
from live.pokes import poke_localities
from risk.enums import Category, Urgency
from risk.operations import families_of_terms

BIN = timedelta(hours=6)
SHOWN = timedelta(hours=72)
BINS = SHOWN // BIN
RECENT = timedelta(hours=24)
WEEK = timedelta(days=7)
WEEKS_BEFORE = 4
# So unlikely by chance alone before a person is asked to look.
UNLIKELY = 0.01
# Fewer people are few people, whatever the weeks before were like.
AT_LEAST = 3
# A theme that was never met has a mean of nothing, and then anybody would be too many.
LEAST_EXPECTED = 0.5
# Answers in one topic within this of an earlier thread count as the way it may have gone.
NEAR = timedelta(hours=12)

OWN_TERMS = "operator"
# What the files of the lexicon are called by people. None of these names a way of any kind.
FAMILIES: dict[str, str] = {
    "abuse": "Abuse, said plainly",
    "abuse_indirect": "Abuse, said indirectly",
    "concern": "Worry for somebody else",
    "contact": "Contact details",
    "contact_indirect": "Asking to meet or write elsewhere",
    "coping_indirect": "Coping in ways that harm",
    "eating": "Eating and weight",
    "eating_indirect": "Eating and weight, said indirectly",
    "emoji": "Signs in place of words",
    "harms_indirect": "Harm, said indirectly",
    "hopelessness": "No hope",
    "hostile_indirect": "Hostile words",
    "languages": "Words in other languages",
    "languages_more": "Plain words in many languages",
    "medicines": "Medicines",
    "methods": "Asking for or offering a way",
    "methods_asked": "Asking for a way",
    "others": "Harm to others, or egging on",
    "self_harm": "Self-harm",
    "self_harm_indirect": "Self-harm, said indirectly",
    "substance_indirect": "Alcohol and drugs, said indirectly",
    "substances": "Alcohol and drugs",
    "suicide": "Suicide, said plainly",
    "suicide_acts": "Having begun something",
    "suicide_concern": "Worry that somebody may die",
    "suicide_farewell": "Saying goodbye",
    "suicide_indirect": "Suicide, said indirectly",
    "suicide_now": "Now",
    "suicide_passive": "Wishing not to be here",
    "suicide_plans": "Having a plan",
    "suicide_ready": "Getting ready",
    "suicide_returning": "Thoughts that come back",
    "suicide_wish": "Wishing to die",
    "violence_indirect": "Violence, said indirectly",
    OWN_TERMS: "The operator’s own terms",
}


@dataclass(frozen=True)
class Met:
    """One reading in which a theme was met: by whom, where and when. No words."""

    author: int
    post: int
    topic: int
    at: datetime


@dataclass(frozen=True)
class Theme:
    """A theme in the last 72 hours, beside what the weeks before let expect."""

    slug: str
    # People in each bin of six hours, oldest first; and their mean in the weeks before.
    bins: tuple[int, ...]
    usual: tuple[float, ...]
    # Of the last 24 hours.
    authors: int
    threads: int
    expected: float
    chance: float

    @property
    def name(self) -> str:
        return name_of(self.slug)

    @property
    def has_risen(self) -> bool:
        return self.authors >= AT_LEAST and self.chance < UNLIKELY


@dataclass
class Stretch:
    """One thread in which a theme stands: since when, by how many, and after which others."""

    post: Post
    first_at: datetime
    authors: set[int] = field(default_factory=set)
    times: int = 0
    # An earlier thread of the same topic, within hours, in which it stood before.
    after: Post | None = None
    # Somebody wrote of it here who had also written in that earlier thread.
    shares_people: bool = False


def name_of(slug: str) -> str:
    """The plain name of a category or a family."""
    kind, _, name = slug.partition("-")
    if kind == "category" and name in Category.values:
        return Category(name).label
    return FAMILIES.get(name, "Other terms")


def is_theme(slug: str) -> bool:
    kind, _, name = slug.partition("-")
    return (kind == "category" and name in Category.values) or (
        kind == "family" and name in FAMILIES
    )


def bins_before(now: datetime) -> list[datetime]:
    """When each bin shown begins, oldest first."""
    begin = _end_of_bin(now) - SHOWN
    return [begin + number * BIN for number in range(BINS)]


def chart_of(theme: Theme) -> list[tuple[int, int, int, float]]:
    """Bars for a drawing of 240 by 80: where each begins, how high, how high the usual is."""
    highest = max(max(theme.bins), max(theme.usual), 4)
    return [
        (number * 20 + 2, round(80 * people / highest), people, round(80 * usual / highest, 1))
        for number, (people, usual) in enumerate(zip(theme.bins, theme.usual, strict=True))
    ]


def every_theme(*, now: datetime) -> list[Theme]:
    """Every theme that was met in the last 72 hours, those that have risen first."""
    end = _end_of_bin(now)
    spans = [(end - SHOWN, end)]
    for week in range(1, WEEKS_BEFORE + 1):
        # The recent hours of that week reach back to a whole bin, as now.
        spans.append((end - SHOWN - week * WEEK, end - week * WEEK))
    met = _met(spans)
    themes = [_theme(slug, found, end=end, now=now) for slug, found in met.items()]
    shown = [theme for theme in themes if any(theme.bins)]
    return sorted(shown, key=lambda theme: (not theme.has_risen, theme.chance, theme.slug))


def spread_of(slug: str, guide: WallGuide, *, now: datetime) -> list[Stretch]:
    """
    The threads in which a theme stands, in the order in which it came to them.

    Of localities that this guide covers. An earlier thread of the same topic within hours is
    named beside each: a way it may have gone, and not a cause.
    """
    end = _end_of_bin(now)
    met = sorted(_met([(end - SHOWN, end)]).get(slug, []), key=lambda one: one.at)
    posts = {
        post.pk: post
        for post in Post.objects.filter(
            pk__in={one.post for one in met}, author__locality__in=guide.covers.all()
        ).select_related("author__locality", "topic")
    }
    found: dict[int, Stretch] = {}
    for one in met:
        post = posts.get(one.post)
        if post is None:
            continue
        stretch = found.setdefault(one.post, Stretch(post, one.at))
        stretch.authors.add(one.author)
        stretch.times += 1
    order = sorted(found.values(), key=lambda each: each.first_at)
    for number, stretch in enumerate(order):
        earlier = [
            each
            for each in order[:number]
            if each.post.topic_id == stretch.post.topic_id
            and stretch.first_at - each.first_at <= NEAR
        ]
        if earlier:
            # Somebody who was in both is likelier the way than whoever was merely last.
            nearest = max(
                earlier, key=lambda each: (bool(each.authors & stretch.authors), each.first_at)
            )
            stretch.after = nearest.post
            stretch.shares_people = bool(nearest.authors & stretch.authors)
    return order


def watch(*, now: datetime) -> int:
    """Note every theme that has risen, once until somebody looks. Returns how many are new."""
    new = 0
    for theme in every_theme(now=now):
        if theme.has_risen:
            new += _note(theme, at=now)
    return new


@transaction.atomic
def _note(theme: Theme, *, at: datetime) -> bool:
    figures: dict[str, Any] = {
        "seen_at": at, "authors": theme.authors, "expected": theme.expected
    }  # fmt: skip
    if ThemeRise.objects.filter(theme=theme.slug, looked_at=None).update(**figures):
        return False
    # Looked at within a day: it is known, and the page shows it anyway.
    if ThemeRise.objects.filter(theme=theme.slug, looked_at__gt=at - RECENT).exists():
        return False
    rise = ThemeRise(theme=theme.slug, risen_at=at, **figures)
    ThemeRise.objects.bulk_create([rise], ignore_conflicts=True)
    poke_localities(Locality.objects.shown().values_list("pk", flat=True))
    return True


def look_at(*, slug: str, by: WallGuide, at: datetime) -> bool:
    """A guide has looked. It is shown on the page as long as it is more than usual."""
    open_ones = ThemeRise.objects.filter(theme=slug, looked_at=None)
    return bool(open_ones.update(looked_at=at, looked_by=by))


def chance_of(at_least: int, *, expected: float) -> float:
    """How likely so many or more are, where so many are expected: a Poisson distribution's tail."""
    if at_least <= 0:
        return 1.0
    below = sum(
        math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(at_least)
    )
    return max(0.0, 1.0 - below)


def _theme(slug: str, met: Iterable[Met], *, end: datetime, now: datetime) -> Theme:
    by_week: dict[int, list[Met]] = defaultdict(list)
    for one in met:
        by_week[(end - one.at - timedelta(microseconds=1)) // WEEK].append(one)
    weeks = [by_week.get(week, []) for week in range(WEEKS_BEFORE + 1)]
    counted = [_bins(found, end=end - week * WEEK) for week, found in enumerate(weeks)]
    usual = tuple(sum(each[place] for each in counted[1:]) / WEEKS_BEFORE for place in range(BINS))
    recent = [
        [
            one
            for one in found
            if one.at > now - week * WEEK - RECENT and one.at <= now - week * WEEK
        ]
        for week, found in enumerate(weeks)
    ]
    authors = [len({one.author for one in found}) for found in recent]
    expected = sum(authors[1:]) / WEEKS_BEFORE
    return Theme(
        slug=slug, bins=counted[0], usual=usual, authors=authors[0],
        threads=len({one.post for one in recent[0]}), expected=expected,
        chance=chance_of(authors[0], expected=max(expected, LEAST_EXPECTED)),
    )  # fmt: skip


def _bins(met: Iterable[Met], *, end: datetime) -> tuple[int, ...]:
    people: list[set[int]] = [set() for _ in range(BINS)]
    for one in met:
        place = BINS - 1 - (end - one.at - timedelta(microseconds=1)) // BIN
        if 0 <= place < BINS:
            people[place].add(one.author)
    return tuple(len(each) for each in people)


def _end_of_bin(now: datetime) -> datetime:
    """The end of the running six hours, in UTC."""
    begun = now.replace(hour=now.hour // 6 * 6, minute=0, second=0, microsecond=0)
    return begun + BIN


def _met(spans: list[tuple[datetime, datetime]]) -> Mapping[str, list[Met]]:
    """Every theme met in these spans of time, with each reading that met it."""
    families = families_of_terms()
    found: dict[str, list[Met]] = defaultdict(list)
    kinds = ContentType.objects.get_for_models(Post, Reply)
    with connection.cursor() as cursor:
        for begin, end in spans:
            cursor.execute(_READINGS, {
                "begin": begin, "end": end, "post": kinds[Post].pk, "reply": kinds[Reply].pk,
                "green": Urgency.GREEN,
            })  # fmt: skip
            for author, at, post, topic, categories, rules in cursor.fetchall():
                one = Met(author, post, topic, at)
                themes = {f"category-{slug}" for slug in categories}
                themes |= {
                    f"family-{families[rule]}" for rule in rules if families.get(rule) in FAMILIES
                }
                for slug in themes:
                    found[slug].append(one)
    return found


# The newest reading of each writing on the wall that should be read soon. What was edited counts
# once, at the moment of its first words.
_READINGS = """
SELECT DISTINCT ON (s.subject_type_id, s.subject_id)
    s.author_id, s.requested_at, p.id, p.topic_id,
    ARRAY(SELECT jsonb_array_elements_text(s.categories)),
    ARRAY(SELECT DISTINCT span ->> 'rule' FROM jsonb_array_elements(s.spans) AS span
          WHERE span ->> 'rule' <> 'model')
FROM risk_screening AS s
JOIN commissioning_locality AS l ON l.id = s.locality_id AND NOT l.is_hidden
LEFT JOIN community_reply AS r ON s.subject_type_id = %(reply)s AND r.id = s.subject_id
JOIN community_post AS p
    ON p.id = CASE WHEN s.subject_type_id = %(post)s THEN s.subject_id ELSE r.post_id END
WHERE s.subject_type_id IN (%(post)s, %(reply)s)
  AND s.requested_at >= %(begin)s AND s.requested_at < %(end)s
  -- Read within a day of being written, or not at all: this bounds the walk along the index.
  AND s.screened_at >= %(begin)s AND s.screened_at < %(end)s::timestamptz + interval '1 day'
  AND s.urgency > %(green)s
ORDER BY s.subject_type_id, s.subject_id, s.revision DESC
"""
