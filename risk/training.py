"""
Trains the screening model from our own corpus, the same bits every time.

Run by `manage.py train_screening` and by nothing that serves people: scikit-learn is imported
here and only inside the functions that need it. What is trained on is risk.corpus, all of it our
own words; a challenger is trained on that and on what members have lent, scrubbed.
"""

import hashlib
import json
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from risk import concepts, rules
from risk import lexicon as lexicon_files
from risk import model as model_files
from risk.corpus import Example, corpus, corpus_digest
from risk.enums import Category, Urgency
from risk.families import families_found
from risk.lexicon import Lexicon

SEED = 20_261_122
# One group in so many is enough to tell whether training is what it was.
SLICE = 96
FOLDS = 4
# The strength of the prior, chosen on texts by authors who had not written the corpus.
C = 16.0
# What the numbers are rounded to, so that the last bits of a sum cannot change the file.
DECIMALS = 3
# A lexicon term counts for this much beside the words of a text, whose norm is one.
TERM = 0.5
# Where the model alone raises the level. They are set by the alert load that wall guides can bear
# (AMBER 15 % and RED 5 % of everyday posts and of peer replies), not by what was trained on.
AMBER_AT = 0.52
RED_AT = 0.42
# A long text offers many chances to be worded like risk: from so many words on more is asked of it,
# and from so many the most.
RED_AT_IN_LONG = 0.95
LONG_FROM = 24
LONGEST_FROM = 40
# Where a term that does not raise by itself does, the model half agreeing; in long texts as above.
AMBER_WITH_TERM = 0.25
RED_WITH_TERM = 0.3
RED_WITH_TERM_IN_LONG = 0.85
CATEGORY_AT = 0.3
# A term raises by itself only if it is right this often over the corpus, whose harmless twins are
# made to be hard. A term that is not says what it found and leaves the raising to the model, which
# knows it too. Terms found less often than this are trusted as they are written.
RIGHT_AT_LEAST = {Urgency.AMBER: 0.8, Urgency.RED: 0.9, Urgency.CRISIS: 0.45}
FOUND_AT_LEAST = 8
# Plain words for it are read, whatever their harmless twins do to the count.
ALWAYS_TRUSTED = frozenset(
    [
        "attempt-now", "feeling-suicidal", "going-to-unalive", "regrets-surviving", "take-own-life",
        "told-to-die", "want-to-die",
        "dutch-intent", "french-intent", "german-intent", "german-irish-other", "italian-intent",
        "nordic-intent", "other-latin-intent", "other-scripts-intent", "polish-intent",
        "portuguese-intent", "romanian-intent", "south-asian-intent", "spanish-intent",
        "turkish-intent", "welsh-intent",
    ]
)  # fmt: skip

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model as it is kept: the bytes of its .npz, and the manifest that names them."""

    content: bytes
    manifest: dict[str, Any]

    def write(self, directory: Path) -> None:
        """Write both files to a directory, which is made if it is missing."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / str(self.manifest["file"])).write_bytes(self.content)
        text = json.dumps(self.manifest, indent=1, sort_keys=True)
        (directory / "manifest.json").write_text(text + "\n")


def train(examples: Sequence[Example] | None = None, *, lexicon: Lexicon | None = None) -> Trained:
    """
    Train on these examples, by default the whole corpus, with the lexicon as it stands.

    An example whose level is a range teaches a head only where the whole range agrees.
    """
    import sklearn

    lexicon = lexicon or lexicon_files.load()
    examples = list(corpus() if examples is None else examples)
    read = [_read(lexicon, example.text) for example in examples]
    families = sorted(set().union(*(each.names for each in read)))
    matrix = _matrix(read, {name: number for number, name in enumerate(families)})
    heads = model_files.HEADS
    # Each head is learnt by itself, in a process of its own where there are cores for it.
    with ProcessPoolExecutor(
        os.cpu_count(), mp_context=get_context("fork"), initializer=_be_quiet
    ) as pool:
        learnt = list(pool.map(_learn, [(name, matrix, examples) for name in heads]))
    weights = np.stack([each.weights for each in learnt], axis=1)
    intercepts, slopes, offsets = (
        np.array([getattr(each, name) for each in learnt])
        for name in ("intercept", "slope", "offset")
    )
    held_out = np.stack([each.held_out for each in learnt], axis=1)
    probabilities = 1 / (1 + np.exp(-np.clip(slopes * held_out + offsets, -60, 60)))
    content = _stored(weights, intercepts)
    return Trained(
        content,
        {
            "file": "screening.npz",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "heads": list(heads),
            "families": families,
            "platt": {"slopes": slopes.tolist(), "offsets": offsets.tolist()},
            "thresholds": {
                "amber": AMBER_AT,
                "red": RED_AT,
                "red_in_long": RED_AT_IN_LONG,
                "long_from": LONG_FROM,
                "longest_from": LONGEST_FROM,
                "category": CATEGORY_AT,
                "amber_with_term": AMBER_WITH_TERM,
                "red_with_term": RED_WITH_TERM,
                "red_with_term_in_long": RED_WITH_TERM_IN_LONG,
            },
            "held_back": held_back([each.asked for each in read], examples),
            "corpus_sha256": corpus_digest(),
            "examples": len(examples),
            "lexicon_version": lexicon.version,
            "concepts": concepts.digest(),
            "scikit_learn": sklearn.__version__,
            "held_out_by_group": _report(examples, probabilities),
            "says": "Orders what a person reads first. It is no diagnosis and predicts nothing.",
        },
    )


def train_shipped() -> Trained:
    """
    Train on the whole corpus, and keep beside it what a small part of it alone would make.

    Training the part again takes seconds, and shows that this trainer, lexicon and corpus are
    those that made the shipped model, without the minutes that the whole takes.
    """
    trained = train()
    return Trained(trained.content, {**trained.manifest, "slice_sha256": slice_digest()})


def slice_digest() -> str:
    """A hash of everything that training on every so many groups of the corpus gives."""
    trained = train([example for example in corpus() if example.group % SLICE == 0])
    manifest = json.dumps(trained.manifest, sort_keys=True)
    return hashlib.sha256(trained.content + manifest.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What one head has learnt, and its scores of texts that it had not seen."""

    weights: Numbers
    intercept: float
    slope: float
    offset: float
    held_out: Numbers


def _be_quiet() -> None:
    """A child that only sums must not answer to its parent's signals."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _learn(work: tuple[str, Any, Sequence[Example]]) -> _Learnt:
    from sklearn.linear_model import LogisticRegression

    name, matrix, examples = work
    groups = np.array([example.group for example in examples])
    taught, target = _target(name, examples)
    held_out = _scores_unseen(matrix, taught, target, groups)
    # Platt's two numbers, from scores of texts that the learner had not seen.
    scaling = LogisticRegression(C=1e6, solver="liblinear", random_state=SEED)
    scaling.fit(held_out[taught][:, None], target[taught])
    learner = _fitted(matrix[taught], target[taught])
    return _Learnt(
        weights=learner.coef_[0],
        intercept=round(float(learner.intercept_[0]), DECIMALS),
        slope=round(float(scaling.coef_[0, 0]), 4),
        offset=round(float(scaling.intercept_[0]), 4),
        held_out=held_out,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """A text of the corpus as the model sees it, and what the lexicon alone asks for."""

    features: dict[int, float]
    names: set[str]
    asked: set[tuple[str, Urgency]]


def _read(lexicon: Lexicon, text: str) -> _Read:
    view = lexicon.normaliser.view(text)
    findings, scene = rules.judge(view, lexicon.find(view))
    asked = {
        (finding.hit.term.id, finding.level)
        for finding in findings
        if finding.hit.term.category is not None and finding.level > Urgency.GREEN
    }
    asked |= {
        (raised.combination.id, raised.combination.level)
        for raised in rules.combine(scene, findings, lexicon.combinations)
    }
    return _Read(
        model_files.features_of(view.words),
        {name for name, _ in families_found(findings, scene)},
        asked,
    )


def held_back(
    asked: Sequence[set[tuple[str, Urgency]]], examples: Sequence[Example]
) -> dict[str, dict[str, Any]]:
    """
    The terms that do not raise to their level by themselves, to which they do, and why.

    A term is right about a text whose highest fair level is its own level or more.
    """
    found: dict[tuple[str, Urgency], int] = {}
    right: dict[tuple[str, Urgency, Urgency], int] = {}
    for terms, example in zip(asked, examples, strict=True):
        for term, level in terms:
            found[term, level] = found.get((term, level), 0) + 1
            for each in RIGHT_AT_LEAST:
                if each <= level and example.highest >= each:
                    right[term, level, each] = right.get((term, level, each), 0) + 1
    back: dict[str, dict[str, Any]] = {}
    for (term, level), times in sorted(found.items()):
        if times < FOUND_AT_LEAST or term in ALWAYS_TRUSTED:
            continue
        to = level
        # A little in doubt's favour (Laplace), so that a few twins alone hold no term back.
        while to > Urgency.GREEN and (
            (right.get((term, level, to), 0) + 1) / (times + 1.5) < RIGHT_AT_LEAST[to]
        ):
            to = Urgency(to - 1)
        if to < level:
            back[f"{term}:{level.name}"] = {
                "to": to.name,
                "found": times,
                "right": right.get((term, level, level), 0),
            }
    return back


def _matrix(read: Sequence[_Read], place: dict[str, int]) -> Any:
    from scipy import sparse  # type: ignore[import-untyped]

    data: list[float] = []
    indices: list[int] = []
    pointers = [0]
    for each in read:
        row = dict(each.features)
        for name in each.names:
            row[model_files.BUCKETS + place[name]] = TERM
        for index in sorted(row):
            indices.append(index)
            data.append(row[index])
        pointers.append(len(indices))
    shape = (len(read), model_files.BUCKETS + len(place))
    return sparse.csr_matrix((data, indices, pointers), shape=shape)


def _target(head: str, examples: Sequence[Example]) -> tuple[npt.NDArray[np.bool_], Any]:
    """Which examples teach this head, and what they teach."""
    if head in {"flagged", "urgent"}:
        level = Urgency.AMBER if head == "flagged" else Urgency.RED
        lowest = np.array([example.lowest >= level for example in examples])
        highest = np.array([example.highest >= level for example in examples])
        return lowest == highest, lowest.astype(np.int64)
    category = Category(head)
    named = np.array([category in example.categories for example in examples])
    return np.ones(len(examples), dtype=np.bool_), named.astype(np.int64)


def _fitted(matrix: Any, target: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(
        C=C, solver="liblinear", class_weight="balanced", random_state=SEED, max_iter=400
    )
    return learner.fit(matrix, target)


def _scores_unseen(matrix: Any, taught: Any, target: Any, groups: Any) -> Numbers:
    """The score of every example from a learner that saw neither it nor its pair."""
    from sklearn.model_selection import GroupKFold

    scores = np.zeros(len(target))
    for inside, outside in GroupKFold(FOLDS).split(matrix, target, groups):
        learnt = inside[taught[inside]]
        learner = _fitted(matrix[learnt], target[learnt])
        scores[outside] = learner.decision_function(matrix[outside])
    return scores


def _stored(weights: Numbers, intercepts: Numbers) -> bytes:
    """The weights as whole numbers with a scale for each head, in a file with no clock in it."""
    words = weights[: model_files.BUCKETS]
    scales = np.round(np.quantile(np.abs(words), 0.9999, axis=0) / 127, 6)
    scales = np.maximum(scales, 1e-6)
    content = BytesIO()
    np.savez_compressed(
        content,
        weights=np.clip(np.round(words / scales), -127, 127).astype(np.int8),
        scales=scales.astype(np.float32),
        families=np.round(weights[model_files.BUCKETS :] * TERM, DECIMALS).astype(np.float32),
        intercepts=intercepts.astype(np.float32),
    )
    return content.getvalue()


def _report(examples: Sequence[Example], probabilities: Numbers) -> dict[str, Any]:
    """How the two ordering heads did on texts that they had not seen."""
    from sklearn.metrics import roc_auc_score

    report: dict[str, Any] = {}
    for column, name in enumerate(("flagged", "urgent")):
        taught, target = _target(name, examples)
        scores = probabilities[taught, column]
        report[f"auroc_{name}"] = round(float(roc_auc_score(target[taught], scores)), 3)
    return report
