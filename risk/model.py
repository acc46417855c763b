"""
Scores a text with what the trained model learnt, without the library that trained it.

The model is linear: every word, its pieces, and words that follow one another (or nearly) add
their weight, and so does every lexicon term that was found. The weights lie in an .npz of plain
numbers beside a manifest that says what the file must hash to. A word's pieces always add the same,
so each word is summed once and kept in a table. A text is scored whole and by two sentences at a
time, and the highest counts, so that one sentence of worry is not diluted by a page of news.
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

from risk import concepts
from risk.enums import Category, Urgency
from risk.families import WHOLE
from risk.normalisation import SENTENCE_END, View

# Elsewhere for a test that damages a copy, or a release that ships the model by itself.
HERE = Path(os.environ.get("PEERSUPPORT_MODEL_DIR") or Path(__file__).parent / "model_files")
HEADS = ("flagged", "urgent", *(category.value for category in Category))
BUCKETS = 1 << 18
CACHE_AT_MOST = 40_000
WORD_AT_MOST = 24
TERMS_SHOWN = 5

# How much each kind of feature counts before the learner weighs it.
WORD, PIECE = 1.4, 0.5
# Two words at this distance: next to one another, one between, two between.
PAIRS = {1: 1.0, 2: 0.5, 3: 0.5}
# Concepts, and pairs that hold one, at these distances. They have a norm of their own, which is
# worth this much beside the words'.
CONCEPT, CONCEPT_PAIR, CONCEPTS_SHARE = 1.0, 0.5, 0.7
CONCEPT_DISTANCES = (1, 2, 3, 4)

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


class ModelUnusable(Exception):
    """The trained model is missing, damaged or not the one that its manifest describes."""


def bucket(feature: str) -> int:
    """The place of a feature in the table of weights."""
    return crc32(feature.encode()) % BUCKETS


def word_features(word: str) -> list[tuple[int, float]]:
    """The word itself and its pieces of three to five letters: places, and what each counts."""
    if word.isdigit():
        return [(bucket("w:#"), WORD)]
    word = word[:WORD_AT_MOST]
    bounded = f"<{word}>"
    features = [(bucket(f"w:{word}"), WORD)]
    for size in (3, 4, 5):
        for start in range(len(bounded) - size + 1):
            features.append((bucket(f"c:{bounded[start : start + size]}"), PIECE))
    return features


def word_hash(word: str) -> int:
    """What a word is known by in a pair."""
    return crc32(b"#" if word.isdigit() else word[:WORD_AT_MOST].encode())


def pair_buckets(hashes: npt.NDArray[np.uint64], distance: int) -> Places:
    """The place of each pair of words that stand `distance` apart, in the order of the second."""
    mixed = hashes[:-distance] * np.uint64(0x9E3779B1) + hashes[distance:] * np.uint64(
        0x85EBCA77 + 2 * distance
    )
    places: Places = ((mixed ^ (mixed >> np.uint64(17))) % np.uint64(BUCKETS)).astype(np.int64)
    return places


SYMBOLS = 1 + concepts.CONCEPTS_AT_MOST


def symbols_of(word: str) -> list[int]:
    """What a word is known by in a pair: itself first, then its concepts; noughts fill the row."""
    named = [crc32(f"k:{name}".encode()) | 1 << 32 for name in concepts.concepts().get(word, ())]
    row = [word_hash(word) | 1 << 33, *named]
    return row + [0] * (SYMBOLS - len(row))


def concept_features(
    symbols: npt.NDArray[np.uint64], sentence: Places
) -> tuple[Places, Places, Floats]:
    """
    Every concept, and every pair of which one at least is a concept, in the order of the words.

    :param symbols: a row for each word, as `symbols_of` makes it; noughts for an end of a sentence
    :param sentence: the number of each word's sentence
    :returns: for each feature the word that it ends on, its place in the table, what it counts
    """
    alone, column = symbols[:, 1:].nonzero()
    words = [alone]
    places = [(symbols[:, 1:][alone, column] * np.uint64(0x9E3779B1)) >> np.uint64(7)]
    counts = [np.full(len(alone), CONCEPT, dtype=np.float32)]
    for distance in CONCEPT_DISTANCES:
        together = (sentence[:-distance] == sentence[distance:]).nonzero()[0]
        if not len(together):
            continue
        before, after = symbols[together], symbols[together + distance]
        there = (before != 0)[:, :, None] & (after != 0)[:, None, :]
        there[:, 0, 0] = False  # two plain words are a pair of their own
        pair, left, right = there.nonzero()
        mixed = before[pair, left] * np.uint64(0x85EBCA77) + after[pair, right] * np.uint64(
            0xC2B2AE3D
        )
        words.append(together[pair] + distance)
        places.append(mixed ^ (mixed >> np.uint64(15)))
        counts.append(np.full(len(pair), CONCEPT_PAIR, dtype=np.float32))
    return (
        np.concatenate(words).astype(np.int64),
        (np.concatenate(places) % np.uint64(BUCKETS)).astype(np.int64),
        np.concatenate(counts),
    )


@dataclass(frozen=True, slots=True)
class Score:
    """What the model makes of a text: calibrated probabilities, none of them a diagnosis."""

    flagged: float
    urgent: float
    categories: dict[Category, float]

    def is_finite(self) -> bool:
        """Whether every number is one; a NaN compares as low and must never pass for it."""
        return all(map(math.isfinite, (self.flagged, self.urgent, *self.categories.values())))


class _Words:
    """Every word met so far: its row of summed weights, its share of the norm, its hash."""

    def __init__(self, weights: Floats) -> None:
        self.weights = weights
        self.forget()

    def forget(self) -> None:
        """Start anew. Line 0 is the end of a sentence, which weighs nothing."""
        self.numbers = {SENTENCE_END: 0}
        size = 4096
        self.rows = np.zeros((size, self.weights.shape[1]), dtype=np.float32)
        self.squares = np.zeros(size, dtype=np.float32)
        self.hashes = np.zeros(size, dtype=np.uint64)
        self.symbols = np.zeros((size, SYMBOLS), dtype=np.uint64)

    def numbers_of(self, words: Sequence[str]) -> Places:
        """The line of each word, made where there is none yet."""
        numbers = self.numbers
        try:
            return np.array([numbers[word] for word in words], dtype=np.int64)
        except KeyError:
            if len(numbers) > CACHE_AT_MOST:
                self.forget()
            return np.array([self._number(word) for word in words], dtype=np.int64)

    def _number(self, word: str) -> int:
        number = self.numbers.get(word)
        if number is None:
            number = len(self.numbers)
            if number >= len(self.squares):
                self.rows, self.squares, self.hashes, self.symbols = (
                    np.concatenate([table, np.zeros_like(table)])
                    for table in (self.rows, self.squares, self.hashes, self.symbols)
                )
            features = word_features(word)
            counts = np.array([count for _, count in features], dtype=np.float32)
            places = [place for place, _ in features]
            self.rows[number] = (self.weights[places] * counts[:, None]).sum(axis=0)
            self.squares[number] = float((counts**2).sum())
            self.hashes[number] = word_hash(word)
            self.symbols[number] = symbols_of(word)
            self.numbers[word] = number
        return number


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
    # Of "term:LEVEL" the level that it raises to by itself, where that is not its own.
    held_back: dict[str, Urgency] = field(default_factory=dict)
    _words: _Words = field(init=False)

    def __post_init__(self) -> None:
        self._words = _Words(self.weights)

    def score(self, view: View, families: Iterable[tuple[str, int]]) -> Score:
        """
        Score a text.

        `families` names what the lexicon found, each with the number of its sentence.
        """
        found: dict[int, set[str]] = {}
        for name, sentence in families:
            if name in self.families:
                found.setdefault(sentence, set()).add(name)
        sums = self._sums(view)
        everywhere = set().union(*found.values()) if found else set()
        whole = self._logits(sums.sum(axis=0)[None])
        best = whole[0] + self._named(everywhere)
        if len(sums) > 2:
            # Two sentences that follow one another, each pair as a text of its own.
            windows = self._logits(sums[:-1] + sums[1:])
            windows += self._named(found.get(WHOLE, set()))
            for window in {each - before for each in found.keys() - {WHOLE} for before in (0, 1)}:
                if 0 <= window < len(windows):
                    windows[window] += self._named(
                        found.get(window, set()) | found.get(window + 1, set())
                    )
            best = np.maximum(best, windows.max(axis=0))
        # A weight that has run away must end as a probability, not as a warning.
        logits = np.clip(self.slopes * best + self.offsets, -60, 60)
        probabilities = (1.0 / (1.0 + np.exp(-logits))).tolist()
        return Score(
            flagged=probabilities[0],
            urgent=probabilities[1],
            categories=dict(zip(Category, probabilities[2:], strict=True)),
        )

    def terms(self, view: View, head: int) -> list[tuple[int, int, float]]:
        """
        What weighed most for a head: first word, word after the last, and signed weight.

        A pair of words is one such term, and so is a word. At most five, the heaviest first.
        """
        numbers = self._words.numbers_of(view.words)
        squares = float(self._words.squares[numbers].sum())
        firsts = [np.arange(len(numbers))]
        lengths = [np.ones(len(numbers), dtype=np.int64)]
        weights = [self._words.rows[numbers, head]]
        for distance, first, places in self._pairs(numbers):
            firsts.append(first)
            lengths.append(np.full(len(first), distance + 1))
            weights.append(self.weights[places, head] * np.float32(PAIRS[distance]))
            squares += len(first) * PAIRS[distance] ** 2
        weighed = np.concatenate(weights) * (self.slopes[head] / math.sqrt(max(squares, 1.0)))
        start, length = np.concatenate(firsts), np.concatenate(lengths)
        kept: list[tuple[int, int, float]] = []
        # The heaviest often lie within one another, so more are looked at than are shown.
        for place in np.argsort(-np.abs(weighed), kind="stable")[: 8 * TERMS_SHOWN].tolist():
            opens, weight = int(start[place]), float(weighed[place])
            closes = opens + int(length[place])
            if len(kept) == TERMS_SHOWN or abs(weight) < 0.05:
                break
            if all(closes <= other[0] or opens >= other[1] for other in kept):
                kept.append((opens, closes, round(weight, 2)))
        return kept

    def _sums(self, view: View) -> Floats:
        """
        What each sentence adds: a row with the heads by its words and the square of their norm,
        then the heads by its concepts and the square of theirs.
        """
        numbers = self._words.numbers_of(view.words)
        starts = [first for first, _ in view.sentences] or [0]
        heads = len(HEADS)
        sums = np.zeros((len(starts), 2 * heads + 2), dtype=np.float32)
        if not len(numbers):
            return sums
        added = self._words.rows[numbers]
        squares = self._words.squares[numbers]
        for distance, first, places in self._pairs(numbers):
            weight = np.float32(PAIRS[distance])
            added[first + distance] += self.weights[places] * weight
            squares[first + distance] += weight * weight
        sums[:, :heads] = np.add.reduceat(added, starts)
        sums[:, heads] = np.add.reduceat(squares, starts)
        words, places, counts = concept_features(
            self._words.symbols[numbers], (numbers == 0).cumsum()
        )
        of_word = np.searchsorted(starts, words, side="right") - 1
        shares = (of_word == np.arange(len(starts))[:, None]) * counts
        sums[:, heads + 1 : -1] = shares.astype(np.float32) @ self.weights[places]
        sums[:, -1] = (shares * counts).sum(axis=1)
        return sums

    def _logits(self, sums: Floats) -> Floats:
        """The logits of rows of sums, without what the lexicon found."""
        heads = len(HEADS)
        words = sums[:, :heads] / np.sqrt(np.maximum(sums[:, heads, None], 1.0))
        named = sums[:, heads + 1 : -1] / np.sqrt(np.maximum(sums[:, -1, None], 1.0))
        logits = self.intercepts + words + np.float32(CONCEPTS_SHARE) * named
        return logits.astype(np.float32)

    def _named(self, names: set[str]) -> Floats:
        """What these lexicon terms and families add."""
        total = np.zeros(len(HEADS), dtype=np.float32)
        for name in sorted(names):
            total += self.families[name]
        return total

    def _pairs(self, numbers: Places) -> Iterable[tuple[int, Places, Places]]:
        """For each distance the first word of every pair, and the pair's place in the table."""
        sentence = (numbers == 0).cumsum()
        hashes = self._words.hashes[numbers]
        for distance in PAIRS:
            if len(numbers) <= distance:
                return
            # An end of a sentence opens the next one's number, so it pairs with nothing before it.
            together = (sentence[:-distance] == sentence[distance:]) & (numbers[:-distance] != 0)
            first = together.nonzero()[0]
            yield distance, first, pair_buckets(hashes, distance)[first]


def features_of(words: Sequence[str]) -> dict[int, float]:
    """
    Every feature of a text and what it counts, for training: the same sums that `Model` makes.

    Words and concepts are each brought to a norm of one, and concepts then to their share.
    """
    spoken: dict[int, float] = {}
    square = 0.0
    is_end = [word == SENTENCE_END for word in words]
    for word, ends in zip(words, is_end, strict=True):
        if not ends:
            for place, count in word_features(word):
                spoken[place] = spoken.get(place, 0.0) + count
                square += count * count
    hashes = np.array([word_hash(word) for word in words], dtype=np.uint64)
    for distance, count in PAIRS.items():
        if len(words) <= distance:
            break
        for first, place in enumerate(pair_buckets(hashes, distance).tolist()):
            if not any(is_end[first : first + distance + 1]):
                spoken[place] = spoken.get(place, 0.0) + count
                square += count * count
    features = {place: count / max(square, 1.0) ** 0.5 for place, count in spoken.items()}
    symbols = np.array(
        [
            [0] * SYMBOLS if ends else symbols_of(word)
            for word, ends in zip(words, is_end, strict=True)
        ],
        dtype=np.uint64,
    ).reshape(len(words), SYMBOLS)
    _, places, counts = concept_features(symbols, np.cumsum(is_end))
    share = CONCEPTS_SHARE / max(float((counts**2).sum()), 1.0) ** 0.5
    for place, count in zip(places.tolist(), counts.tolist(), strict=True):
        features[place] = features.get(place, 0.0) + count * share
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
    return load_bytes(content, manifest)


def load_bytes(content: bytes, manifest: dict[str, Any]) -> Model:
    """
    The model that these bytes hold, if they are what the manifest describes.

    :raises ModelUnusable: if they are not, or cannot be understood
    """
    if hashlib.sha256(content).hexdigest() != manifest.get("sha256"):
        raise ModelUnusable("The model file is not the one that its manifest describes.")
    if manifest.get("concepts") != concepts.digest():
        raise ModelUnusable("The concepts are not the ones that the model was trained with.")
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if arrays["weights"].shape != (BUCKETS, len(HEADS)) or manifest["heads"] != list(HEADS):
            raise ModelUnusable("The model file has another shape than this code expects.")
        # Kept as whole numbers from -127 to 127 with a scale for each head.
        weights = arrays["weights"].astype(np.float32) * arrays["scales"].astype(np.float32)
        rows = arrays["families"].astype(np.float32)
        families = dict(zip(manifest["families"], rows, strict=True))
        return Model(
            version=str(manifest["sha256"])[:12],
            weights=weights,
            families=families,
            intercepts=arrays["intercepts"].astype(np.float32),
            slopes=np.array(manifest["platt"]["slopes"], dtype=np.float32),
            offsets=np.array(manifest["platt"]["offsets"], dtype=np.float32),
            thresholds={name: float(value) for name, value in manifest["thresholds"].items()},
            manifest=manifest,
            held_back={
                key: Urgency[each["to"]] for key, each in manifest.get("held_back", {}).items()
            },
        )
    except (ValueError, KeyError, TypeError, OSError, BadZipFile) as error:
        raise ModelUnusable(f"The model cannot be understood: {error}") from error
