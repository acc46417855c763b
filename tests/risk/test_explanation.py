"""A wall guide sees why: the words, what the model weighed, and what kept it from being higher."""

from pathlib import Path

import pytest

from risk import languages
from risk.classifier import MODEL, classify
from risk.enums import Category, Urgency
from risk.evaluation import rows_of

HERE = Path(__file__).parent
TOLD_TO_GO = "I want to kill myself, I can't do this any more"


@pytest.mark.parametrize(
    "text",
    [
        TOLD_TO_GO,
        "i've been cutting again and nobody knows",
        "my boyfriend hit me again last night and I'm scared of him",
        "I feel like such a burden, they would all be happier if I was gone",
    ],
)
def test_deleting_the_shown_spans_lowers_the_score(text):
    shown = classify(text)
    assert shown.spans
    left = text
    for span in sorted(shown.spans, key=lambda each: -each.start):
        left = left[: span.start] + " " * (span.end - span.start) + left[span.end :]
    without = classify(left)
    assert (without.urgency, without.probability) < (shown.urgency, shown.probability)


def test_spans_point_into_the_text_as_it_was_written():
    text = "honestly \U0001f62d\U0001f62d i w\u0430nt to k1ll   myself t0night"
    found = classify(text)
    assert found.urgency >= Urgency.RED
    for span in found.spans:
        assert text[span.start : span.end] == span.term


def test_at_most_five_terms_of_the_model_with_their_weights_are_shown():
    found = classify(TOLD_TO_GO)
    assert 1 <= len(found.model_terms) <= 5
    for words, weight in found.model_terms:
        assert words in TOLD_TO_GO
        assert weight != 0


def test_what_is_not_crisis_says_why_not():
    found = classify(TOLD_TO_GO)
    assert found.urgency == Urgency.RED
    assert found.why_not_higher.startswith("Not CRISIS: ")
    assert classify("the bus was late").why_not_higher.startswith("Not AMBER: ")


def test_a_lowered_term_says_what_its_context_decided():
    found = classify("I am not suicidal, I never said I was")
    assert any("denied" in reason for reason in found.reasons)
    assert "lowered by their context" in found.why_not_higher


def test_a_short_reply_is_read_with_the_words_it_answers():
    answered = "I want to kill myself tonight"
    goading = "go on then, what are you waiting for"
    in_reply = classify(goading, reply_to=answered)
    assert in_reply.urgency == Urgency.RED
    assert in_reply.categories[0] == Category.HOSTILITY_BULLYING
    assert any("Answers someone at risk" in reason for reason in in_reply.reasons)
    assert not any("Answers someone" in reason for reason in classify(goading).reasons)
    assert classify("me too", reply_to=answered).urgency == Urgency.AMBER
    assert classify("me too", reply_to="I love this song").urgency == Urgency.GREEN


def test_text_in_a_language_nobody_taught_it_goes_to_a_person_with_that_reason():
    found = classify("kocham jesienne spacery po lesie z moim starym psem")
    assert found.urgency == Urgency.AMBER
    assert any("language" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "diolch yn fawr i bawb am y gefnogaeth",
        "merci beaucoup pour vos messages, je vais mieux",
        "gracias por todo, hoy estoy mucho mejor",
        "brb",
        "lol same",
    ],
)
def test_everyday_words_in_a_language_it_reads_are_left_green(text):
    assert classify(text).urgency == Urgency.GREEN


def test_the_model_says_nothing_again_and_nothing_of_words_that_explain_nothing():
    found = [classify(row.text) for row in rows_of(HERE / "held_out.jsonl")]
    seen = 0
    for each in found:
        of_model = [span for span in each.spans if span.rule == MODEL]
        of_terms = [span for span in each.spans if span.rule != MODEL]
        for span in of_model:
            seen += 1
            assert not languages.plainest().issuperset(span.term.lower().split()), span
            assert all(span.end <= term.start or term.end <= span.start for term in of_terms), span
    assert seen > 20
