"""People who write as they hear are read as they meant it, and nobody else is misread for it."""

import pytest

from risk import lexicon
from risk.classifier import classify
from risk.enums import Urgency
from risk.sounds import sound_of


@pytest.mark.parametrize(
    ("meant", "written"),
    [
        ("suicidal", ["sucidle", "sewisidal", "soosidal", "suisidul"]),
        ("suicide", ["sooicide", "suisyde"]),
        ("thoughts", ["thorts", "thots"]),
        ("tablets", ["tablits", "tabletts"]),
        ("overdose", ["overdoos", "ovadose"]),
        ("bridge", ["brige"]),
        ("goodbye", ["gudbye"]),
    ],
)
def test_spellings_of_one_sound_have_one_key(meant, written):
    assert {sound_of(each) for each in written} == {sound_of(meant)}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("sucidle thorts", "suicidal thoughts"),
        ("tablits by the bed", "tablets by the bed"),
        ("feel like offin meself", "feel like offing myself"),
    ],
)
def test_a_word_written_as_it_sounds_is_read(written, read):
    assert " ".join(lexicon.load().normaliser.view(written).words) == read


@pytest.mark.parametrize("word", ["premise", "imbalance", "madison", "theaters", "birdie"])
def test_a_word_that_only_sounds_alike_is_left_alone(word):
    assert lexicon.load().normaliser.view(word).words == [word]


@pytest.mark.parametrize(
    "text",
    [
        "sucidle thorts relly bad tonite",
        "i wont to kil my self",
        "pleese help i tuk to meny tablits cos i wantd to dye",
    ],
)
def test_misspelt_danger_is_read_soon(text):
    assert classify(text).urgency >= Urgency.RED
