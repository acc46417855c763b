"""The figures of the model card are what their names say."""

import pytest

from risk import corpus_lint, evaluation
from risk.classifier import shipped
from risk.corpus import CorpusError, corpus, parse
from risk.enums import Category, Urgency
from risk.evaluation import Row


def test_auroc_is_the_chance_that_the_true_one_ranks_higher():
    assert evaluation.auroc([3, 2], [1, 0]) == 1
    assert evaluation.auroc([0], [1]) == 0
    assert evaluation.auroc([1, 2], [1, 0]) == pytest.approx(3.5 / 4)
    assert evaluation.auroc([], [1]) is None


def test_recall_at_a_share_counts_only_the_highest_ranked():
    scores, truths = [0.9, 0.8, 0.7, 0.1], [True, False, True, False]
    assert evaluation.recall_at(0.25, scores, truths) == 0.5
    assert evaluation.recall_at(0.75, scores, truths) == 1


def test_calibration_error_is_the_distance_between_said_and_so():
    assert evaluation.calibration_error([0.8] * 10, [True] * 8 + [False] * 2) == pytest.approx(0)
    assert evaluation.calibration_error([1.0] * 4, [False] * 4) == pytest.approx(1)


def test_a_checklist_counts_what_is_missed_and_what_is_flagged_for_nothing():
    rows = [
        Row("I want to kill myself", lowest=Urgency.RED, highest=Urgency.CRISIS,
            categories=frozenset({Category.SUICIDE})),
        Row("the cake was nice", lowest=Urgency.RED, highest=Urgency.CRISIS),
        Row("I want to kill myself", lowest=Urgency.GREEN, highest=Urgency.GREEN),
    ]  # fmt: skip
    counts = evaluation.checklist_of(evaluation.measure(shipped(), rows))
    assert (counts.red_recall.right, counts.red_recall.of) == (1, 2)
    assert (counts.category_named.right, counts.category_named.of) == (1, 1)
    assert (counts.green_flagged.right, counts.green_flagged.of) == (1, 1)
    assert (counts.amber_at_most_red.right, counts.amber_at_most_red.of) == (1, 1)


def test_each_half_alone_is_measured_without_the_other():
    reader = shipped()
    only_worded = "I want to kill myself"
    assert evaluation.lexicon_alone(reader).classify(only_worded).urgency >= Urgency.RED
    without_terms = evaluation.model_alone(reader).classify(only_worded)
    assert {span.rule for span in without_terms.spans} <= {"model"}
    assert without_terms.probability > 0.1


# --- the corpus itself ------------------------------------------------------------------------


def test_the_corpus_holds_nothing_that_it_must_not():
    assert list(corpus_lint.problems(corpus())) == []


def example(level: str, text: str) -> object:
    return parse(f"{level} - post | {text}", phenomenon="everyday", group=1, file="x.txt", number=3)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (("green", "took 50 mg of it"), "an amount of a medicine"),
        (("green", "write to someone@another.org"), "an e-mail address"),
        (("amber", "nothing marked here"), "shows no words"),
        (("green", "marked [for nothing]"), "marks words as risk"),
    ],
)
def test_the_lint_finds_what_must_not_be_there(line, what):
    assert any(what in sentence for sentence in corpus_lint.problems([example(*line)]))


def test_the_lint_finds_the_same_words_with_another_level():
    twice = [example("green", "See you soon!"), example("amber", "see you [soon]")]
    assert any("again with another level" in each for each in corpus_lint.problems(twice))


def test_a_near_copy_of_what_is_measured_with_is_found():
    measured = ["The queue at the bakery was so long that I gave up and went home"]
    near = "the queue at the bakery was so long that I gave up and had toast"
    far = "I gave up on the bakery because of its prices"
    assert [learnt for learnt, _ in corpus_lint.near_copies([near, far], measured)] == [near]


@pytest.mark.parametrize("line", ["", "green post | no categories", "purple - post | x"])
def test_a_line_that_is_not_one_is_refused_by_its_place(line):
    with pytest.raises(CorpusError, match=r"x\.txt, line 3"):
        parse(line, phenomenon="everyday", group=1, file="x.txt", number=3)
