"""
Trains the screening model from our own corpus, the same bits every time.

Run by `manage.py train_screening` and by nothing that serves people: scikit-learn is imported
here and only inside the functions that need it. The corpus in risk/training/ is our own: short
posts and replies as minimal pairs, with a level and categories. Nothing else is trained on.
"""

import hashlib
import itertools
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from risk import lexicon as lexicon_files
from risk import model as model_files
from risk import rules
from risk.enums import Category, Urgency
from risk.families import families_found

CORPUS = Path(__file__).parent / "training"
READINGS_OF_A_LINE = 24
SEED = 20_261_122
FOLDS = 5
# What the numbers are rounded to, so that the last bits of a sum cannot change the file.
DECIMALS = 3
# Where the model alone raises the level. They are set by the alert load that wall guides can bear
# (AMBER 15 % and RED 5 % of everyday posts and of peer replies), not by what was trained on.
AMBER_AT = 0.77
RED_AT = 0.95
_CHOICE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One short post or reply of our own, and how soon a person should read it."""

    text: str
    level: Urgency
    categories: frozenset[Category]
    phenomenon: str
    line: int


def readings(line: str, *, most: int = READINGS_OF_A_LINE) -> list[str]:
    """
    What a line says with each of its choices taken, at most so many of them.

    Which ones is decided by the line alone, so that adding a line changes no other.
    """
    choices = [part.split("|") for part in _CHOICE.findall(line)]
    pattern = _CHOICE.sub("\0", line)
    everything = list(itertools.product(*choices))
    if len(everything) > most:
        digest = hashlib.sha256(line.encode()).digest()
        everything = random.Random(digest).sample(everything, most)  # noqa: S311 (a fixed choice)
    written = []
    for each in everything:
        pieces = pattern.split("\0")
        written.append("".join(itertools.chain(*zip(pieces, (*each, ""), strict=True))))
    return written


def corpus(directory: Path = CORPUS) -> Iterator[Example]:
    """Every example of the corpus, in the order of its files."""
    line_number = 0
    seen: set[str] = set()
    for path in sorted(directory.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            level = Urgency[group["level"].upper()]
            categories = frozenset(Category(name) for name in group["categories"])
            for line in group["texts"]:
                line_number += 1
                for text in readings(line):
                    if text not in seen:
                        seen.add(text)
                        yield Example(text, level, categories, group["phenomenon"], line_number)
    for path in sorted(directory.glob("*.jsonl")):
        for row in map(json.loads, path.read_text().splitlines()):
            line_number += 1
            if row["text"] not in seen:
                seen.add(row["text"])
                yield Example(
                    row["text"],
                    Urgency[row["level"].upper()],
                    frozenset(Category(name) for name in row["categories"]),
                    row["phenomenon"],
                    line_number,
                )


def corpus_digest(directory: Path = CORPUS) -> str:
    """A hash of everything that is trained on."""
    digest = hashlib.sha256()
    for path in sorted([*directory.glob("*.yaml"), *directory.glob("*.jsonl")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def train(directory: Path) -> dict[str, Any]:
    """Train on the whole corpus and write the model and its manifest to `directory`."""
    import sklearn
    from scipy import sparse  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    lexicon = lexicon_files.load()
    examples = list(corpus())
    rows: list[list[int]] = []
    named: list[set[str]] = []
    for example in examples:
        view = lexicon.normaliser.view(example.text)
        findings, scene = rules.judge(view, lexicon.find(view))
        rows.append(model_files.features_of(view.words))
        named.append({name for name, _ in families_found(findings, scene)})
    families = sorted(set().union(*named))
    place = {name: number for number, name in enumerate(families)}
    matrix = _matrix(rows, named, place)

    heads = model_files.HEADS
    targets = np.zeros((len(examples), len(heads)), dtype=np.int64)
    for number, example in enumerate(examples):
        targets[number, 0] = example.level >= Urgency.AMBER
        targets[number, 1] = example.level >= Urgency.RED
        for column, category in enumerate(Category):
            targets[number, 2 + column] = category in example.categories
    groups = np.array([example.line for example in examples])

    def fitted(matrix: sparse.csr_matrix, target: Any) -> Any:
        learner = LogisticRegression(
            C=4.0, solver="liblinear", class_weight="balanced", random_state=SEED, max_iter=400
        )
        return learner.fit(matrix, target)

    weights = np.zeros((model_files.BUCKETS + len(families), len(heads)))
    intercepts, slopes, offsets = (np.zeros(len(heads)) for _ in range(3))
    held_out = np.zeros((len(examples), len(heads)))
    for column in range(len(heads)):
        target = targets[:, column]
        for inside, outside in GroupKFold(FOLDS).split(matrix, target, groups):
            held_out[outside, column] = fitted(matrix[inside], target[inside]).decision_function(
                matrix[outside]
            )
        # Platt's two numbers, from scores of lines that the learner had not seen.
        scaling = LogisticRegression(C=1e6, solver="liblinear", random_state=SEED)
        scaling.fit(held_out[:, [column]], target)
        slopes[column] = round(float(scaling.coef_[0, 0]), 4)
        offsets[column] = round(float(scaling.intercept_[0]), 4)
        learner = fitted(matrix, target)
        weights[:, column] = np.round(learner.coef_[0], DECIMALS)
        intercepts[column] = round(float(learner.intercept_[0]), DECIMALS)

    probabilities = 1 / (1 + np.exp(-(slopes * held_out + offsets)))
    report = _report(examples, targets, probabilities)
    content = BytesIO()
    np.savez_compressed(
        content,
        weights=weights[: model_files.BUCKETS].astype(np.float32),
        families=weights[model_files.BUCKETS :].astype(np.float32),
        intercepts=intercepts.astype(np.float32),
    )
    data = content.getvalue()
    manifest: dict[str, Any] = {
        "file": "screening.npz",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "heads": list(heads),
        "families": families,
        "platt": {"slopes": slopes.tolist(), "offsets": offsets.tolist()},
        "thresholds": report.pop("thresholds"),
        "corpus_sha256": corpus_digest(),
        "examples": len(examples),
        "lines": int(groups.max()),
        "lexicon_version": lexicon.version,
        "scikit_learn": sklearn.__version__,
        "held_out_by_line": report,
        "says": "Orders what a person reads first. It is no diagnosis and predicts nothing.",
    }
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "screening.npz").write_bytes(data)
    (directory / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return manifest


def _matrix(rows: list[list[int]], named: list[set[str]], place: dict[str, int]) -> Any:
    from scipy import sparse

    data: list[float] = []
    indices: list[int] = []
    pointers = [0]
    for features, names in zip(rows, named, strict=True):
        share = 1 / max(len(features), 1) ** 0.5
        counted: dict[int, float] = {}
        for feature in features:
            counted[feature] = counted.get(feature, 0.0) + share
        for name in names:
            counted[model_files.BUCKETS + place[name]] = 1.0
        for index in sorted(counted):
            indices.append(index)
            data.append(counted[index])
        pointers.append(len(indices))
    shape = (len(rows), model_files.BUCKETS + len(place))
    return sparse.csr_matrix((data, indices, pointers), shape=shape)


def _report(examples: list[Example], targets: Any, probabilities: Any) -> dict[str, Any]:
    """How the heads did on lines they had not seen, and the thresholds that follow."""
    from sklearn.metrics import roc_auc_score

    flagged, urgent = probabilities[:, 0], probabilities[:, 1]
    green = targets[:, 0] == 0
    calm = targets[:, 1] == 0
    amber, red = AMBER_AT, RED_AT
    return {
        "auroc_flagged": round(float(roc_auc_score(targets[:, 0], flagged)), 3),
        "auroc_urgent": round(float(roc_auc_score(targets[:, 1], urgent)), 3),
        "recall_flagged": round(float((flagged[~green] >= amber).mean()), 3),
        "recall_urgent": round(float((urgent[~calm] >= red).mean()), 3),
        "green_flagged": round(float((flagged[green] >= amber).mean()), 3),
        "calm_urgent": round(float((urgent[calm] >= red).mean()), 3),
        "thresholds": {"amber": amber, "red": red, "category": 0.75},
    }
