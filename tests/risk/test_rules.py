"""The same words ask for different readings in different company."""

import pytest

from risk import lexicon
from risk.classifier import Reader, classify
from risk.enums import Category, Urgency

AMBER, RED = Urgency.AMBER, Urgency.RED


@pytest.mark.parametrize(
    "text",
    [
        "I can't promise I won't kill myself",
        "there is hardly a night when I don't want to die",
        "They asked and I said I was fine, not suicidal. I was lying.",
        "I'm not going to lie, I want to end my life",
        "never thought I'd say it but I want to kill myself",
        "Told my mum I'm not suicidal so she could go on holiday. Not true.",
        "I keep swearing to everyone that I wouldn't take my life. I would.",
        "There's never been a moment this week where I wasn't thinking of ending my life",
        "Never once this month have I woken up without planning my own death",
        "I can't recall a day when I didn't want to die",
        "The whole office clapped and I have never wanted to die more",
        "They don't know that tomorrow I am killing myself",
        "I wish I was kidding about wanting to die, lol",
    ],
)
def test_a_denial_that_denies_nothing_is_red(text):
    assert classify(text).urgency >= RED


@pytest.mark.parametrize(
    "text",
    [
        "I'm not suicidal, just tired",
        "I don't want to die, I want things to change",
        "I would never hurt myself",
        "Not suicidal. Not even that sad. Mostly bored.",
    ],
)
def test_a_denial_is_at_most_amber_and_says_so(text):
    assert classify(text).urgency <= AMBER


@pytest.mark.parametrize(
    "text",
    [
        "If you've taken something call 999 now, we'll be here when you get back",
        "You're not a burden. Your kids would not be better off without you, I promise.",
        "I overdosed on Christmas films and regret nothing",
        "Forty minutes of hold music. Lost the will to live around minute twelve.",
        "At seventeen I took an overdose. At forty I teach swimming to toddlers.",
        "She hit me with a riddle over breakfast",
        "Asked by the form if I had thoughts of ending my life, I said no, and it is so.",
    ],
)
def test_what_only_holds_the_words_is_at_most_amber(text):
    assert classify(text).urgency <= AMBER


@pytest.mark.parametrize(
    "text",
    [
        "Been actively suicidal since about lunchtime, trying to look normal in a meeting",
        "nearly unlived myself this morning",
        "I survived my attempt last week and I wish I hadn't",
        "I have wanted to be dead since April, and May is no better",
        "It's loud next door and I'm sat here wanting to be dead",
        "I'm a baker who wants to die and nobody would guess",
    ],
)
def test_nothing_beside_it_makes_the_plain_word_less(text):
    assert classify(text).urgency >= RED


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("my brother says he wants to die", AMBER, AMBER),
        ("my brother says he will kill himself tonight", RED, Urgency.CRISIS),
        ("I wanted to die ten years ago and I'm glad I'm here", Urgency.GREEN, AMBER),
        ("I wanted to die ten years ago and the feeling is back", RED, Urgency.CRISIS),
        ("the book is about suicide", Urgency.GREEN, AMBER),
        ("the song about suicide is exactly how I feel", AMBER, Urgency.CRISIS),
        ("my knees are killing me", Urgency.GREEN, Urgency.GREEN),
        ("my knees are killing me and I want to kill myself", RED, Urgency.CRISIS),
        ("I wanted to die, I called the boss mum haha", Urgency.GREEN, AMBER),
        ("we lost my uncle to suicide last year", Urgency.GREEN, AMBER),
        ("we lost my uncle to suicide and I want to follow him", AMBER, Urgency.CRISIS),
        ("please don't kill yourself, you are not alone", Urgency.GREEN, AMBER),
        ("just kill yourself", RED, Urgency.CRISIS),
        ("has mirtazapine made anyone hungry?", Urgency.GREEN, AMBER),
    ],
)
def test_each_pair_is_told_apart(text, lowest, highest):
    assert lowest <= classify(text).urgency <= highest


def test_a_term_that_is_the_last_word_of_a_text_is_read_as_any_other():
    term = {
        "id": "an-hour", "category": "suicide", "level": "red", "reviewed_on": "2026-11-23",
        "patterns": ["tonight"],
    }  # fmt: skip
    reader = Reader(lexicon.load(extra=[term]), None)
    assert "an-hour" in {span.rule for span in reader.classify("it is tonight").spans}


def test_being_told_to_die_is_hostility():
    assert Category.HOSTILITY_BULLYING in classify("go and hang yourself").categories


@pytest.mark.parametrize(
    "text",
    ["ring me on 07700 900123", "mail blue.fox@example.org", "add me on snap: quietowl7"],
)
def test_details_that_identify_are_amber(text):
    found = classify(text)
    assert found.urgency == AMBER
    assert found.categories


@pytest.mark.parametrize("text", ["Samaritans are on 116 123", "text 85258", "born in 1984-1990"])
def test_helplines_and_years_are_not_details(text):
    assert Category.IDENTIFYING_INFO not in classify(text).categories


@pytest.mark.parametrize(
    "text", ["je voudrais mourir", "quiero morir", "dwi eisiau marw", "no quiero vivir más"]
)
def test_crisis_words_of_other_languages_are_read(text):
    assert classify(text).urgency >= RED
