"""
Scores a text with what the trained model learnt, without the library that trained it.

The model is linear: every word, pair of words and piece of a word adds its weight, and so does
every lexicon family that was found. The weights lie in an .npz of plain numbers beside a
manifest that says what the file must hash to. A word's pieces always add the same, so each word
is summed once and kept. A text is scored whole and by two sentences at a time, and the highest
counts, so that one sentence of worry is not diluted by a page of news.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
import numpy.typing as npt

from risk.enums import Category
from risk.normalisation import SENTENCE_END, View

# Elsewhere for a test that damages a copy, or a release that ships the model by itself.
HERE = Path(os.environ.get("PEERSUPPORT_MODEL_DIR") or Path(__file__).parent / "model_files")
HEADS = ("flagged", "urgent", *(category.value for category in Category))
BUCKETS = 1 << 15
CACHE_AT_MOST = 40_000
WORD_AT_MOST = 24

Floats = npt.NDArray[np.float64]


class ModelUnusable(Exception):
    """The trained model is missing, damaged or not the one that its manifest describes."""


def bucket(feature: str) -> int:
    """The place of a feature in the table of weights."""
    return crc32(feature.encode()) % BUCKETS


def word_features(word: str) -> list[int]:
    """The word itself and its pieces of three to five letters, as places in the table."""
    if word.isdigit():
        return [bucket("w:#")]
    word = word[:WORD_AT_MOST]
    bounded = f"<{word}>"
    features = [bucket(f"w:{word}")] * 2
    for size in (3, 4, 5):
        for start in range(len(bounded) - size + 1):
            features.append(bucket(f"c:{bounded[start : start + size]}"))
    return features


def pair_feature(first: str, second: str) -> int:
    """Two words that follow one another, as a place in the table."""
    return bucket(f"p:{first[:WORD_AT_MOST]} {second[:WORD_AT_MOST]}")


@dataclass(frozen=True, slots=True)
class Score:
    """What the model makes of a text: calibrated probabilities, none of them a diagnosis."""

    flagged: float
    urgent: float
    categories: dict[Category, float]

    def is_finite(self) -> bool:
        """Whether every number is one; a NaN compares as low and must never pass for it."""
        return all(map(math.isfinite, (self.flagged, self.urgent, *self.categories.values())))


@dataclass(slots=True)
class Model:
    """The weights, ready for use."""

    version: str
    weights: Floats
    families: dict[str, Floats]
    intercepts: Floats
    slopes: Floats
    offsets: Floats
    thresholds: dict[str, float]
    manifest: dict[str, Any]
    _words: dict[str, tuple[Floats, int]] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], Floats] = field(default_factory=dict)

    def score(self, view: View, families: Iterable[tuple[str, int]]) -> Score:
        """
        Score a text.

        `families` names the lexicon families found, each with the number of its sentence.
        """
        sums, counts = self._sentences(view)
        found: dict[int, set[str]] = {}
        for name, sentence in families:
            if name in self.families:
                found.setdefault(sentence, set()).add(name)
        best = self._logits(sums.sum(axis=0), int(counts.sum()), set().union(*found.values()))
        if len(counts) > 2:
            for first in range(len(counts) - 1):
                names = found.get(first, set()) | found.get(first + 1, set())
                logits = self._logits(
                    sums[first] + sums[first + 1], int(counts[first] + counts[first + 1]), names
                )
                best = np.maximum(best, logits)
        probabilities = 1.0 / (1.0 + np.exp(-(self.slopes * best + self.offsets)))
        return Score(
            flagged=float(probabilities[0]),
            urgent=float(probabilities[1]),
            categories={
                category: float(probabilities[2 + number])
                for number, category in enumerate(Category)
            },
        )

    def _logits(self, total: Floats, count: int, names: set[str]) -> Floats:
        logits = self.intercepts + total / math.sqrt(max(count, 1))
        for name in sorted(names):
            logits = logits + self.families[name]
        return logits

    def _sentences(self, view: View) -> tuple[Floats, npt.NDArray[np.int64]]:
        sums = np.zeros((max(len(view.sentences), 1), len(HEADS)))
        counts = np.zeros(max(len(view.sentences), 1), dtype=np.int64)
        for number, (first, last) in enumerate(view.sentences):
            before = ""
            for word in view.words[first:last]:
                added, pieces = self._word(word)
                sums[number] += added
                counts[number] += pieces
                if before:
                    sums[number] += self._pair(before, word)
                    counts[number] += 1
                before = word
        return sums, counts

    def _word(self, word: str) -> tuple[Floats, int]:
        known = self._words.get(word)
        if known is None:
            features = word_features(word)
            known = (self.weights[features].sum(axis=0), len(features))
            if len(self._words) < CACHE_AT_MOST:
                self._words[word] = known
        return known

    def _pair(self, first: str, second: str) -> Floats:
        known = self._pairs.get((first, second))
        if known is None:
            known = self.weights[pair_feature(first, second)]
            if len(self._pairs) < CACHE_AT_MOST:
                self._pairs[first, second] = known
        return known


def features_of(words: Sequence[str]) -> list[int]:
    """Every feature of a text, for training: the same sums that `Model.score` makes."""
    features: list[int] = []
    before = ""
    for word in words:
        if word == SENTENCE_END:
            before = ""
            continue
        features.extend(word_features(word))
        if before:
            features.append(pair_feature(before, word))
        before = word
    return features


def read(directory: Path = HERE) -> tuple[dict[str, Any], bytes]:
    """
    The manifest and the bytes of the model, which are what the manifest says or refused.

    :raises ModelUnusable: if a file is missing, cut short or altered
    """
    try:
        manifest = json.loads((directory / "manifest.json").read_text())
        content = (directory / str(manifest["file"])).read_bytes()
        expected = manifest["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"The model cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelUnusable("The model file is not the one that its manifest describes.")
    return manifest, content


def load(directory: Path = HERE) -> Model:
    """
    Read the model, and refuse it unless it is exactly what its manifest describes.

    :raises ModelUnusable: if a file is missing, cut short, altered or cannot be understood
    """
    manifest, content = read(directory)
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name].astype(np.float64) for name in stored.files}
        if arrays["weights"].shape != (BUCKETS, len(HEADS)) or manifest["heads"] != list(HEADS):
            raise ModelUnusable("The model file has another shape than this code expects.")
        families = dict(zip(manifest["families"], arrays["families"], strict=True))
        return Model(
            version=str(manifest["sha256"])[:12],
            weights=arrays["weights"],
            families=families,
            intercepts=arrays["intercepts"],
            slopes=np.array(manifest["platt"]["slopes"], dtype=np.float64),
            offsets=np.array(manifest["platt"]["offsets"], dtype=np.float64),
            thresholds={name: float(value) for name, value in manifest["thresholds"].items()},
            manifest=manifest,
        )
    except (ValueError, KeyError, TypeError, OSError, BadZipFile) as error:
        raise ModelUnusable(f"The model cannot be understood: {error}") from error
