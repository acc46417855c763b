"""The sieve lets through whatever can match; what it keeps back saves time and nothing else."""

import re
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from risk import patterns, sieve
from risk.normalisation import SENTENCE_END

PATTERNS = [
    "want ~2 (die|go) (home)?",
    "(no way|never) ~3 out",
    "# pills left",
    "^ goodbye (all|everyone)?",
    "(alone|(left|gone) now) tonight $",
    "take (my|his) ~1 own",
]
WORDS = sorted(
    {"i", "seven", "7", "12", "the", SENTENCE_END}
    | {word for pattern in PATTERNS for word in re.findall("[a-z]+", pattern)}
)


def _read(pattern):
    return patterns.parse(pattern, classes={}, canonical=str.split)


ELEMENTS = [_read(pattern) for pattern in PATTERNS]
ALPHABET = sieve.Alphabet(sorted(set().union(*map(patterns.words_in, ELEMENTS))))
EXPRESSIONS = [
    re.compile(patterns.to_expression(each, ALPHABET, ALPHABET.numbers), re.DOTALL)
    for each in ELEMENTS
]
SIEVE = sieve.Sieve(
    {
        number: patterns.words_needed(each, most=sieve.SETS)
        for number, each in enumerate(ELEMENTS)
        if patterns.words_in(each)
    },
    ALPHABET,
    digits=[n for n, each in enumerate(ELEMENTS) if patterns.needs_a_number(each)],
)


def _sentences(words):
    first, found = 0, []
    for place, word in enumerate([*words, SENTENCE_END]):
        if word == SENTENCE_END:
            if place > first:
                found.append((first, place))
            first = place + 1
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_no_sentence_that_an_expression_matches_is_kept_from_it(words):
    letters, sentences = ALPHABET.spell(words), _sentences(words)
    let_through = {
        (sentence, number)
        for sentence, numbers in SIEVE.candidates(
            letters, sentences, has_digits=any(word.isdigit() for word in words)
        )
        for number in numbers
    }
    matching = {
        (sentence, number)
        for (sentence, (first, last)), (number, expression) in product(
            enumerate(sentences), enumerate(EXPRESSIONS)
        )
        if expression.search(letters[first:last])
    }
    assert matching <= let_through


def test_what_cannot_match_is_kept_back():
    letters = ALPHABET.spell(["i", "want", "the", "seven"])
    assert list(SIEVE.candidates(letters, [(0, 4)], has_digits=False)) == []


def test_a_long_text_is_sieved_in_parts_and_each_sentence_keeps_its_number():
    words = ["i", "the", SENTENCE_END] * 150 + ["want", "the", "die"]
    found = dict(SIEVE.candidates(ALPHABET.spell(words), _sentences(words), has_digits=False))
    assert found == {150: [0]}


def test_a_word_has_the_same_letter_in_every_lexicon():
    one, other = sieve.Alphabet(["apple", "pear"]), sieve.Alphabet(["aardvark", "apple", "pear"])
    assert (one["apple"], one["pear"]) == (other["apple"], other["pear"])
    assert len({*map(other.__getitem__, ["aardvark", "apple", "pear", "7", "unknown"])}) == 5
