"""Members read short, plain sentences: each is measured, none is hard without a reason (U17)."""

from __future__ import annotations

import re
from functools import cache
from statistics import median

import pytest
import yaml
from django.conf import settings

from peersupport.words import STAFF_ONLY, gather
from tests.readability import grade, plain, sentences, syllables

MEDIAN, HARDEST, LONGEST = 5, 8, 20
# Fewer words than this are a label, not a sentence.
A_SENTENCE = 5
NEVER = re.compile(
    r"\b(oops|don[’']t worry|commit(ted)? suicide|users?|patients?|moderators?)\b", re.IGNORECASE
)


@cache
def said_to_members() -> dict[str, str]:
    """What members read, by how the catalogue has it, where it is long enough to be measured."""
    entries = [
        said
        for words, found in gather().items()
        if STAFF_ONLY not in found.comments
        for said in ([words.said] if isinstance(words.said, str) else words.said)
    ]
    return {
        said: plain(said)
        for said in entries
        if sum(len(words) for words in sentences(plain(said))) >= A_SENTENCE
    }


def hard(text: str) -> str:
    """Why a text is too hard, or nothing."""
    if grade(text) > HARDEST:
        return f"grade {grade(text):.1f}"
    longest = max(len(words) for words in sentences(text))
    return f"{longest} words in a sentence" if longest > LONGEST else ""


@cache
def waivers() -> dict[str, str]:
    entries = yaml.safe_load((settings.BASE_DIR / "docs/readability-waivers.yaml").read_text())
    return {entry["says"]: entry["because"] for entry in entries}


def test_u17_half_of_what_members_read_is_easier_than_grade_five():
    grades = [grade(text) for text in said_to_members().values()]

    assert len(grades) > 100
    assert median(grades) <= MEDIAN, f"the median is {median(grades):.1f}"


def test_u17_nothing_members_read_is_hard_without_a_written_reason():
    found = [
        f"{hard(text)}: {text}"
        for said, text in said_to_members().items()
        if hard(text) and said not in waivers()
    ]

    assert not found, "Say these more plainly:\n" + "\n".join(found)


def test_every_waiver_is_still_needed_and_says_why():
    for said, because in waivers().items():
        assert len(because.split()) >= 4, f"no reason: {said}"
        assert said in said_to_members(), f"not in the catalogue any more: {said}"
        assert hard(said_to_members()[said]), f"plain enough without a waiver: {said}"


def test_members_are_never_told_words_that_wound_or_that_call_them_cases():
    found = [text for text in said_to_members().values() if NEVER.search(text)]

    assert not found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # By hand: 3 words, 3 syllables; 0.39 × 3 + 11.8 × 1 - 15.59.
        ("The cat sat.", -2.62),
        # 2 sentences, 9 words, 10 syllables: 0.39 × 4.5 + 11.8 × 10 / 9 - 15.59.
        ("You can just read. Write when you can always.", -0.724),
        # 1 sentence, 7 words, 20 syllables: 0.39 × 7 + 11.8 × 20 / 7 - 15.59.
        ("Confidential information regarding your identity remains private.", 20.854),
    ],
)
def test_the_grade_is_kincaids(text: str, expected: float):
    assert grade(text) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("wall", 1), ("guide", 1), ("people", 2), ("someone", 2), ("nobody", 3), ("looks", 1),
        ("worries", 2), ("university", 5), ("screening", 2), ("paused", 1), ("decided", 3),
        ("little", 2), ("every", 2), ("identity", 4), ("commissioner", 4), ("confidential", 4),
        ("addresses", 3), ("e-mail", 2), ("999", 1), ("pages", 2), ("don’t", 1),
    ],
)  # fmt: skip
def test_syllables_are_counted_by_ear(word: str, count: int):
    assert syllables(word) == count


@pytest.mark.parametrize(
    "text",
    [
        "Your confidential information remains unidentifiable to commissioning organisations.",
        "You can write here when you want and read here when you want and leave here when you "
        "want and come back here.",
    ],
)
def test_what_is_hard_is_found(text: str):
    assert hard(text)


def test_markup_and_names_are_not_measured():
    said = 'See <a href="%(help_url)s">Need help now</a>, %(alias)s.<br>It is &amp; stays open.'

    assert plain(said) == "See Need help now, Leeds.. It is & stays open."
