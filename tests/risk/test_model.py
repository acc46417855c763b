"""The model is what its corpus makes it, bit for bit, and scores without its teacher."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import manage
from risk import concepts, corpus, corpus_lint, lexicon, model, rules
from risk.enums import Urgency
from risk.families import families_found

_TRAINS_A_SLICE = (
    "import django; django.setup(); from risk import training; print(training.slice_digest())"
)


def test_training_again_gives_the_very_same_bits():
    # Processes of their own, as a person trains, with their words in other orders. The whole
    # corpus takes minutes: that a part of it comes out alike says the same of the trainer, the
    # lexicon and the arithmetic; that it is this corpus the next test says.
    environment = {**os.environ, **manage.SAME_SUMS}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _TRAINS_A_SLICE],
            env={**environment, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    said = [process.communicate(timeout=300)[0].strip() for process in running]
    shipped = json.loads((model.HERE / "manifest.json").read_text())
    again = "Run manage.py train_screening and commit what it writes."
    assert said == [shipped["slice_sha256"]] * 2, again


def test_the_shipped_model_is_of_this_corpus_this_lexicon_and_these_concepts():
    manifest, content = model.read()
    assert manifest["corpus_sha256"] == corpus.corpus_digest()
    assert manifest["examples"] == len(corpus.corpus())
    assert manifest["lexicon_version"] == lexicon.version_on_disk()
    assert manifest["concepts"] == concepts.digest()
    assert (manifest["size"], manifest["heads"]) == (len(content), list(model.HEADS))


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
