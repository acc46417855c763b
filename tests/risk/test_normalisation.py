"""Odd spellings are read as a person would read them, and every word keeps its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import lexicon


@pytest.fixture(scope="module")
def normaliser():
    return lexicon.load().normaliser


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I have to d.i.e", "i have to die"),
        ("n33d to d!e", "need to die"),
        ("$uic1de", "suicide"),
        ("un@l1ve", "unalive"),
        ("i w a n t t o d i e", "i want to die"),
        ("k i l l myself", "kill myself"),
        ("k*ll myself", "kill myself"),
        ("killmyself", "kill myself"),
        ("wanna dieeeee", "want to die"),
        ("ѕuісіdаl", "suicidal"),
        ("su\u200bicidal", "suicidal"),
        ("s̶u̶i̶c̶i̶d̶a̶l̶", "suicidal"),
        ("𝐬𝐮𝐢𝐜𝐢𝐝𝐚𝐥", "suicidal"),
        ("suiicidal", "suicidal"),
        ("<b>kill</b> myself", "kill myself"),
        ("I can’t", "i can not"),
        ("gona finish my lief", "going to finish my life"),
        ("🔪", "emojiknife"),
        ("gonna 0ff mys£lf", "going to off myself"),
        ("SU1 C1DAL", "suicidal"),
        ("wish___i___was___d3ad", "wish i was dead"),
        ("e*nd m*y l*ife", "end my life"),
        ("死にたい", "死 に た い"),
    ],
)
def test_reads_what_was_meant(normaliser, written, read):
    assert " ".join(normaliser.view(written).words) == read


@pytest.mark.parametrize(
    "word", ["weekend", "together", "himself", "deadline", "lifetime", "legend"]
)
def test_leaves_everyday_words_alone(normaliser, word):
    assert normaliser.view(word).words == [word]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_every_word_has_its_place_in_the_original(normaliser, text):
    view = normaliser.view(text)
    assert len(view.words) == len(view.starts) == len(view.ends) == len(view.offsets)
    for start, end in zip(view.starts, view.ends, strict=True):
        assert 0 <= start <= end <= len(text)
    assert view.starts == sorted(view.starts)


def test_a_long_run_without_full_stops_is_still_taken_in_parts(normaliser):
    view = normaliser.view("word and more " * 500)
    assert all(last - first <= 100 for first, last in view.sentences)
    assert sum(last - first for first, last in view.sentences) == len(view.words)
