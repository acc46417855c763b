"""The model is what its corpus makes it, bit for bit, and scores without its teacher."""

import json
import subprocess
import sys

import numpy as np
import pytest

from risk import corpus, corpus_lint, lexicon, model, rules
from risk.enums import Urgency
from risk.families import families_found


def test_training_again_gives_the_very_same_files(tmp_path):
    # A process of its own, as a person trains: nothing that another test did is in it.
    subprocess.run(
        [sys.executable, "manage.py", "train_screening", "--to", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    for name in ("screening.npz", "manifest.json"):
        # Compared first and asserted then: the files are long, and a diff of them is for nobody.
        same = (tmp_path / name).read_bytes() == (model.HERE / name).read_bytes()
        assert same, "Run manage.py train_screening and commit what it writes."


def test_the_runtime_scores_as_the_trainer_sums():
    loaded, words = model.load(), lexicon.load()
    text = "I can't see a way out of this tonight"
    view = words.normaliser.view(text)
    findings, scene = rules.judge(view, words.find(view))
    names = families_found(findings, scene)
    logit = loaded.intercepts[1]
    for place, count in model.features_of(view.words).items():
        logit += loaded.weights.rows(np.array([place]))[0, 1] * count
    for name in {name for name, _ in names} & loaded.families.keys():
        logit += loaded.families[name][1]
    expected = 1 / (1 + 2.718281828459045 ** -(loaded.slopes[1] * logit + loaded.offsets[1]))
    assert loaded.score(view, names).urgent == pytest.approx(expected, abs=1e-5)


def test_serving_never_imports_scikit_learn():
    code = (
        "import sys; from risk.classifier import classify; classify('hello there'); "
        "sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_the_corpus_is_large_balanced_and_without_doubles():
    examples = corpus.corpus()
    assert len(examples) >= 2_500
    assert len({example.text for example in examples}) == len(examples)
    levels = [example.lowest for example in examples]
    for level in Urgency:
        assert levels.count(level) >= 100, level
    assert 0.25 <= levels.count(Urgency.GREEN) / len(levels) <= 0.7


def test_nothing_is_trained_on_that_is_evaluated():
    learnt = [example.text for example in corpus.corpus()]
    directory = model.HERE.parent.parent / "tests" / "risk"
    for path in sorted(directory.glob("held_out*.jsonl")):
        measured = [json.loads(line)["text"] for line in path.read_text().splitlines()]
        assert list(corpus_lint.near_copies(learnt, measured)) == [], path.name


def test_the_model_card_is_of_the_model_that_is_shipped():
    card = (model.HERE.parent.parent / "docs" / "model-card.md").read_text("utf-8")
    assert f"the lexicon `{lexicon.load().version}`" in " ".join(card.split())
    assert f"the model `{model.load().version}`" in " ".join(card.split())


def test_the_model_is_small():
    assert (model.HERE / "screening.npz").stat().st_size < 10_000_000
