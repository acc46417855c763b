"""
Words to offer for one that finds nothing: "Did you mean lonely?"

Only words that several people use on the open wall: no name that one person wrote, nothing of
a group, nothing that is off the wall.
"""

from __future__ import annotations

import re
from functools import cache

from django.db import connection, transaction

from community.models import SEARCH_WORD_MAX_LENGTH, SearchWord

# The newest so many posts, and as many replies, are where words come from.
READ = 10_000
# Words of fewer people are theirs, and are offered to nobody else.
WRITERS_AT_LEAST = 3
WORD_MIN_LENGTH = 4
OFFERED_FROM = 30
FURTHEST = 2
WORDS_LOOKED_AT = 6

COUNT = """
WITH written AS (
    (SELECT author_id, body FROM community_post
     WHERE is_visible AND group_id IS NULL ORDER BY published_at DESC, id DESC LIMIT %(read)s)
    UNION ALL
    (SELECT reply.author_id, reply.body FROM community_reply reply
     JOIN community_post post ON post.id = reply.post_id
     WHERE reply.is_visible AND post.is_visible AND post.group_id IS NULL
       AND reply.author_id IS NOT NULL
     ORDER BY reply.id DESC LIMIT %(read)s)
)
SELECT word, count(DISTINCT author_id) FROM (
    SELECT author_id, unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', body))) AS word
    FROM written
) each
WHERE length(word) BETWEEN %(shortest)s AND %(longest)s
GROUP BY word HAVING count(DISTINCT author_id) >= %(writers)s
"""
# For each word that was asked for, those that look most like it.
ALIKE = f"""
SELECT DISTINCT known.word, known.writers FROM unnest(%s::varchar[]) AS asked (word)
CROSS JOIN LATERAL (
    SELECT word, writers FROM community_searchword
    ORDER BY community_searchword.word <-> asked.word LIMIT {OFFERED_FROM}
) known
"""  # noqa: S608 -- our own number
NEAR = "SELECT word, writers FROM community_searchword WHERE near && %s::varchar[]"


@transaction.atomic
def gather() -> int:
    """Make the list of words anew, and say how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {"read": READ, "shortest": WORD_MIN_LENGTH, "longest": SEARCH_WORD_MAX_LENGTH,
             "writers": WRITERS_AT_LEAST},
        )  # fmt: skip
        words = [
            SearchWord(word=word, writers=writers, near=near(word))
            for word, writers in cursor.fetchall()
            if word.isalpha()
        ]
        # Two that gather at once would trip over each other's rows.
        cursor.execute("LOCK TABLE community_searchword IN SHARE ROW EXCLUSIVE MODE")
    SearchWord.objects.all().delete()
    SearchWord.objects.bulk_create(words, batch_size=1000)
    return len(words)


def suggestion(query: str) -> str:
    """The same question with one unknown word put right; empty if nothing is near."""
    asked = [
        word
        for word in re.findall(r"[^\W\d_]+", query)
        if WORD_MIN_LENGTH <= len(word) <= SEARCH_WORD_MAX_LENGTH
    ][:WORDS_LOOKED_AT]
    known = _known_near([word.casefold() for word in asked])
    for word in asked:
        if nearest := _nearest(word.casefold(), known):
            return re.sub(rf"\b{re.escape(word)}\b", nearest, query, count=1)
    return ""


def near(word: str) -> list[str]:
    """The word, and the word with each of its letters left out."""
    return sorted({word, *(word[:at] + word[at + 1 :] for at in range(len(word)))})


def _known_near(words: list[str]) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        if has_trigrams():
            cursor.execute(ALIKE, [words])
        else:
            cursor.execute(NEAR, [sorted({each for word in words for each in near(word)})])
        return list(cursor.fetchall())


def _nearest(word: str, known: list[tuple[str, int]]) -> str:
    """The known word that is fewest slips of the finger away; the commonest of several."""
    ranked = sorted((distance(word, each), -writers, each) for each, writers in known)
    # No slip at all: this word is known, and another one may be the misspelt one.
    if not ranked or not 0 < ranked[0][0] <= FURTHEST or ranked[0][0] * 3 > len(word):
        return ""
    return ranked[0][2]


@cache
def has_trigrams() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'search_word_alike')")
        return bool(cursor.fetchone()[0])


def distance(one: str, other: str) -> int:
    """Slips between two words: a letter too many, too few, wrong, or two the wrong way round."""
    above: list[int] = []
    row = list(range(len(other) + 1))
    for down, a in enumerate(one, start=1):
        before, above, row = above, row, [down]
        for across, b in enumerate(other, start=1):
            cost = min(above[across] + 1, row[-1] + 1, above[across - 1] + (a != b))
            if down > 1 and across > 1 and a == other[across - 2] and one[down - 2] == b:
                cost = min(cost, before[across - 2] + 1)
            row.append(cost)
    return row[-1]
