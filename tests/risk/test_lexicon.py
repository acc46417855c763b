"""The lexicon is a file that people read: it must be whole, dated and findable."""

import re

import pytest
import yaml

from risk import lexicon, patterns, sieve
from risk.enums import Urgency


@pytest.fixture(scope="module")
def loaded():
    return lexicon.load()


def test_every_term_has_a_family_and_either_a_category_or_a_tag(loaded):
    assert len(loaded.terms) > 60
    for term in loaded.terms:
        assert term.family
        assert term.category is not None or term.tags
        assert term.category is not None or term.level == Urgency.GREEN


def test_every_file_says_when_it_was_reviewed():
    for path in lexicon.HERE.glob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        for entry in document.get("terms", ()):
            assert entry.get("reviewed_on") or document.get("reviewed_on"), entry["id"]


def test_no_file_is_too_long_to_review():
    assert all(path.stat().st_size < 32_000 for path in lexicon.HERE.glob("*.yaml"))


def test_a_combination_names_only_families_that_exist(loaded):
    tags = {tag for term in loaded.terms for tag in term.tags}
    # What a short reply takes from the words it answers: risk.classifier adds these.
    tags |= {f"{tag}_risk" for tag in ("incites", "assents") if tag in tags}
    for combination in loaded.combinations:
        for family in combination.all_of:
            assert family <= tags, combination.id
        assert combination.none_of <= tags | {"away"}, combination.id


def test_what_a_term_needs_or_is_blocked_by_exists(loaded):
    tags = {tag for term in loaded.terms for tag in term.tags}
    for term in loaded.terms:
        assert term.needs <= tags, term.id
        assert term.blockers <= tags, term.id


def _parse(pattern):
    return patterns.parse(pattern, classes={"who": (("me",), ("my", "self"))}, canonical=str.split)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("want to (die|go)", " i want to go ", True),
        ("cut ~2 arm", " cut my left arm ", True),
        ("cut ~1 arm", " cut my left arm ", False),
        ("hurt {who}", " hurt my self ", True),
        ("# pills", " 30 pills ", True),
        ("^ goodbye $", " goodbye ", True),
        ("^ goodbye $", " a goodbye ", False),
        ("(the)? pills?", " pill ", True),
    ],
)
def test_a_pattern_matches_what_it_says(pattern, text, matches):
    elements, words = _parse(pattern), text.split()
    alphabet = sieve.Alphabet(sorted(patterns.words_in(elements)))
    expression = patterns.to_expression(elements, alphabet, alphabet.numbers)
    assert (re.search(expression, alphabet.spell(words), re.DOTALL) is not None) is matches


@pytest.mark.parametrize("pattern", ["{nobody}", "(open", "close)"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern):
    with pytest.raises(patterns.PatternError):
        _parse(pattern)


def test_a_broken_file_is_refused_in_a_plain_sentence(tmp_path):
    (tmp_path / "words.yaml").write_text("respellings: [")
    with pytest.raises(lexicon.LexiconError, match="cannot be read"):
        lexicon.load(tmp_path)
