"""
Scores a text with what the trained model learnt, without the library that trained it.

The model is linear: every word, its pieces, and words that follow one another (or nearly) add
their weight, and so does every lexicon term that was found. The weights lie in an .npz of plain
numbers beside a manifest that says what the file must hash to. A word's pieces always add the same,
so each word is summed once and kept in a table; many texts are scored at once, because numpy takes
as long to begin as to add up a sentence. A text is scored whole and by two sentences at a time, and
the highest counts, so that one sentence of worry is not diluted by a page of news.
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
from risk.weights import Weights, between

# Elsewhere for a test that damages a copy, or a release that ships the model by itself.
HERE = Path(os.environ.get("PEERSUPPORT_MODEL_DIR") or Path(__file__).parent / "model_files")
# A threshold that no probability reaches.
NEVER = 2.0
HEADS = ("flagged", "urgent", *(category.value for category in Category))
BUCKETS = 1 << 20
CACHE_AT_MOST = 20_000
# So many words are scored at once: with more, what is laid out no longer fits near the processor.
WORDS_AT_ONCE = 3_000
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
# The same pairs in one unit, each as often as it counts; and what those of a word add to the
# square of the norm, by how many words stand before it.
_PAIR_UNIT = 0.5
_PAIRS_TWICE = tuple(
    distance for distance, count in PAIRS.items() for _ in range(round(count / _PAIR_UNIT))
)
_FARTHEST = max(*PAIRS, *CONCEPT_DISTANCES)
_PAIR_SQUARES = np.array(
    [
        [sum(count**2 for distance, count in PAIRS.items() if distance <= reach)]
        for reach in range(_FARTHEST + 1)
    ]
)

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


def pair_buckets(
    first: npt.NDArray[np.uint64],
    second: npt.NDArray[np.uint64],
    distance: npt.NDArray[np.uint64] | np.uint64,
) -> Places:
    """The place of each pair of words that stand `distance` apart, by their hashes."""
    apart = np.uint64(0x85EBCA77) + np.uint64(2) * distance
    mixed = first * np.uint64(0x9E3779B1) + second * apart
    return _in_table(mixed ^ (mixed >> np.uint64(17)))


def concept_buckets(concept: npt.NDArray[np.uint64]) -> Places:
    """The place of each concept by itself."""
    return _in_table((concept * np.uint64(0x9E3779B1)) >> np.uint64(7))


def concept_pair_buckets(before: npt.NDArray[np.uint64], after: npt.NDArray[np.uint64]) -> Places:
    """The place of each pair of symbols, of which one at least is a concept."""
    mixed = before * np.uint64(0x85EBCA77) + after * np.uint64(0xC2B2AE3D)
    return _in_table(mixed ^ (mixed >> np.uint64(15)))


def _in_table(mixed: npt.NDArray[np.uint64]) -> Places:
    return (mixed & np.uint64(BUCKETS - 1)).astype(np.int64)


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
    places = [concept_buckets(symbols[:, 1:][alone, column])]
    counts = [np.full(len(alone), CONCEPT, dtype=np.float32)]
    for distance in CONCEPT_DISTANCES:
        together = (sentence[:-distance] == sentence[distance:]).nonzero()[0]
        if not len(together):
            continue
        before, after = symbols[together], symbols[together + distance]
        there = (before != 0)[:, :, None] & (after != 0)[:, None, :]
        there[:, 0, 0] = False  # two plain words are a pair of their own
        pair, left, right = there.nonzero()
        words.append(together[pair] + distance)
        places.append(concept_pair_buckets(before[pair, left], after[pair, right]))
        counts.append(np.full(len(pair), CONCEPT_PAIR, dtype=np.float32))
    return (
        np.concatenate(words).astype(np.int64),
        np.concatenate(places),
        np.concatenate(counts),
    )


@dataclass(frozen=True, slots=True)
class Score:
    """What the model makes of a text: calibrated probabilities, none of them a diagnosis."""

    flagged: float
    urgent: float
    named: tuple[float, ...]

    @property
    def categories(self) -> dict[Category, float]:
        """The probability of each category."""
        return dict(zip(Category, self.named, strict=True))

    def is_finite(self) -> bool:
        """Whether every number is one; a NaN compares as low and must never pass for it."""
        return math.isfinite(self.flagged + self.urgent + sum(self.named))


class _Words:
    """
    Every word met so far: what it adds by itself, its hash, and what it is known by in pairs.

    A row of `rows` is the heads by the word and the square of its norm, then the heads by its
    concepts and the square of theirs.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.forget()

    def forget(self) -> None:
        """Start anew. Line 0 is the end of a sentence, which weighs nothing."""
        self.numbers = {SENTENCE_END: 0}
        size = 4096
        self.rows = np.zeros((size, 2 * self.weights.heads + 2), dtype=np.float32)
        self.hashes = np.zeros(size, dtype=np.uint64)
        self.symbols = np.zeros((size, SYMBOLS), dtype=np.uint64)
        # How many symbols a word has.
        self.kinds = np.zeros(size, dtype=np.int32)

    def numbers_of(self, words: Sequence[str]) -> Places:
        """The line of each word, made where there is none yet."""
        numbers = self.numbers
        try:
            return np.array(list(map(numbers.__getitem__, words)), dtype=np.int64)
        except KeyError:
            if len(numbers) > CACHE_AT_MOST:
                self.forget()
            return np.array([self._number(word) for word in words], dtype=np.int64)

    def _number(self, word: str) -> int:
        number = self.numbers.get(word)
        if number is None:
            number = len(self.numbers)
            if number >= len(self.hashes):
                self.rows, self.hashes, self.symbols, self.kinds = (
                    np.concatenate([table, np.zeros_like(table)])
                    for table in (self.rows, self.hashes, self.symbols, self.kinds)
                )
            heads = self.weights.heads
            features = word_features(word)
            counts = np.array([count for _, count in features], dtype=np.float32)
            places = np.array([place for place, _ in features], dtype=np.int64)
            weights = self.weights.rows(places)
            self.rows[number, :heads] = (weights * counts[:, None]).sum(axis=0)
            self.rows[number, heads] = (counts**2).sum()
            symbols = np.array(symbols_of(word), dtype=np.uint64)
            named = concept_buckets(symbols[1:][symbols[1:] != 0])
            self.rows[number, heads + 1 : -1] = CONCEPT * self.weights.rows(named).sum(axis=0)
            self.rows[number, -1] = len(named) * CONCEPT**2
            self.hashes[number] = word_hash(word)
            self.symbols[number] = symbols
            self.kinds[number] = len(named) + 1
            self.numbers[word] = number
        return number


@dataclass(slots=True)
class _Laid:
    """Texts laid one after the other: their words, and where each sentence begins and ends."""

    numbers: Places
    # How many words stand before each in its sentence, as far as pairs reach.
    reach: Places
    # Where each sentence begins, and the end of all.
    bounds: Places
    # Which sentence each text begins with, and how many there are.
    texts: Places

    def pairs(self, distances: tuple[int, ...]) -> tuple[Places, Places, Places]:
        """
        Every two words that stand so far apart with no end between them, by the second.

        :param distances: from the least; one may stand twice, and its pairs then do
        :returns: the first of each two, the second, and where those of each word begin and end
        """
        count = np.searchsorted(np.array(distances), self.reach, side="right")
        ends = np.zeros(len(count) + 1, dtype=np.int64)
        np.cumsum(count, out=ends[1:])
        second = np.repeat(np.arange(len(count)), count)
        which = np.arange(ends[-1]) - np.repeat(ends[:-1], count)
        return second - np.array(distances).take(which), second, ends


@dataclass(slots=True)
class Model:
    """The weights, ready for use."""

    version: str
    weights: Weights
    families: dict[str, Floats]
    intercepts: Floats
    slopes: Floats
    offsets: Floats
    thresholds: dict[str, float]
    manifest: dict[str, Any]
    # Of "term:LEVEL" the level that it raises to by itself, where that is not its own.
    held_back: dict[str, Urgency] = field(default_factory=dict)
    _words: _Words = field(init=False)
    _family_numbers: dict[str, int] = field(init=False)
    _family_rows: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._words = _Words(self.weights)
        self._family_numbers = {name: number for number, name in enumerate(self.families)}
        rows = np.array([*self.families.values()], dtype=np.float32)
        self._family_rows = rows.reshape(len(self.families), len(HEADS))

    def red_from(self, words: int, *, with_term: bool = False) -> float:
        """
        From which probability on a text of so many words is RED: longer texts need more.

        :param with_term: where a term asks for RED too that does not raise to it by itself
        """
        name = "red_with_term" if with_term else "red"
        lowest = self.thresholds.get(name, NEVER)
        highest = self.thresholds.get(f"{name}_in_long", lowest)
        begins, ends = self.thresholds["long_from"], self.thresholds["longest_from"]
        share = min(max((words - begins) / (ends - begins), 0.0), 1.0)
        # Between the odds, so that recalibrating both moves what lies between them alike.
        short, long = _logit(lowest), _logit(highest)
        return max(1 / (1 + math.exp(-(short + share * (long - short)))), lowest)

    def score(self, view: View, families: Iterable[tuple[str, int]]) -> Score:
        """
        Score a text.

        `families` names what the lexicon found, each with the number of its sentence.
        """
        return self.score_many([(view, families)])[0]

    def score_many(self, texts: Sequence[tuple[View, Iterable[tuple[str, int]]]]) -> list[Score]:
        """Score texts, each as `score` would."""
        scores: list[Score] = []
        some: list[tuple[View, Iterable[tuple[str, int]]]] = []
        words = 0
        for text in texts:
            some.append(text)
            words += len(text[0].words)
            if words >= WORDS_AT_ONCE:
                scores += self._score_some(some)
                some, words = [], 0
        return scores + self._score_some(some) if some else scores

    def _score_some(self, texts: Sequence[tuple[View, Iterable[tuple[str, int]]]]) -> list[Score]:
        laid = self._lay([view for view, _ in texts])
        sums = self._sums(laid)
        counts = np.diff(laid.texts)
        best = self._logits(np.add.reduceat(sums, laid.texts[:-1], axis=0))
        # Two sentences that follow one another, each pair as a text of its own, where there are
        # more than two: these are the first of them, by text.
        sentences = np.arange(len(sums))
        longer = np.repeat(counts > 2, counts)
        longer[laid.texts[1:] - 1] = False
        windows = sentences[longer]
        pairs = self._logits(sums[windows] + sums[windows + 1])
        of_text, of_pair = self._found(texts, laid.texts, windows)
        best += of_text
        pairs += of_pair
        if len(windows):
            several = (counts > 2).nonzero()[0]
            starts = np.searchsorted(windows, laid.texts[several])
            highest = np.maximum.reduceat(pairs, starts, axis=0)
            best[several] = np.maximum(best[several], highest)
        # A weight that has run away must end as a probability, not as a warning.
        logits = np.clip(self.slopes * best + self.offsets, -60, 60)
        probabilities = (1.0 / (1.0 + np.exp(-logits))).tolist()
        return [Score(each[0], each[1], tuple(each[2:])) for each in probabilities]

    def terms(self, view: View, head: int) -> list[tuple[int, int, float]]:
        """
        What weighed most for a head: first word, word after the last, and signed weight.

        A pair of words is one such term, and so is a word. At most five, the heaviest first.
        """
        laid = self._lay([view])
        rows = self._words.rows.take(laid.numbers, axis=0)
        squares = float(rows[:, self.weights.heads].sum())
        firsts = [np.arange(len(laid.numbers))]
        lengths = [np.ones(len(laid.numbers), dtype=np.int64)]
        weights = [rows[:, head]]
        hashes = self._words.hashes.take(laid.numbers)
        for distance, count in PAIRS.items():
            second = (laid.reach >= distance).nonzero()[0]
            first = second - distance
            places = pair_buckets(hashes.take(first), hashes.take(second), np.uint64(distance))
            firsts.append(first)
            lengths.append(np.full(len(first), distance + 1))
            weights.append(self.weights.of_head(places, head) * np.float32(count))
            squares += len(first) * count**2
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

    def _lay(self, views: Sequence[View]) -> _Laid:
        words: list[str] = []
        begins: list[int] = []
        bounds: list[int] = []
        texts = [0]
        for view in views:
            begin = len(words)
            begins.append(begin)
            words += view.words
            bounds += [begin + first for first, _ in view.sentences] or [begin]
            texts.append(len(bounds))
        numbers = self._words.numbers_of(words)
        place = np.arange(len(numbers))
        # Nothing pairs over the end of a sentence, nor with it, nor with another text.
        opens = np.where(numbers == 0, place + 1, 0)
        begins = [begin for begin in begins if begin < len(numbers)]
        opens[begins] = np.maximum(opens[begins], begins)
        reach = np.clip(place - np.maximum.accumulate(opens), 0, _FARTHEST)
        return _Laid(
            numbers, reach, np.array([*bounds, len(words)], dtype=np.int64), np.array(texts)
        )

    def _sums(self, laid: _Laid) -> Floats:
        """
        What each sentence adds: a row with the heads by its words and the square of their norm,
        then the heads by its concepts and the square of theirs.
        """
        heads = self.weights.heads
        table = self._words
        sums = between(table.rows.take(laid.numbers, axis=0), laid.bounds)
        # Words in pairs, and then what they are about, in one go: the bounds of the second follow
        # those of the first, with a row between that belongs to neither.
        hashes = table.hashes.take(laid.numbers)
        first, second, ends = laid.pairs(_PAIRS_TWICE)
        distance = second - first
        words = pair_buckets(hashes.take(first), hashes.take(second), distance.astype(np.uint64))
        words_end = ends.take(laid.bounds)
        first, second, ends = laid.pairs(CONCEPT_DISTANCES)
        named, ends = self._concept_pairs(laid.numbers.take(first), laid.numbers.take(second), ends)
        named_end = ends.take(laid.bounds)
        both = self.weights.sums(
            np.concatenate([words, named]), np.concatenate([words_end, named_end + len(words)])
        )
        sums[:, :heads] += both[: len(sums)] * (self.weights.scales * np.float32(_PAIR_UNIT))
        sums[:, heads + 1 : -1] += both[len(sums) + 1 :] * (
            self.weights.scales * np.float32(CONCEPT_PAIR)
        )
        sums[:, heads] += between(_PAIR_SQUARES.take(laid.reach, axis=0), laid.bounds)[:, 0]
        sums[:, -1] += CONCEPT_PAIR**2 * np.diff(named_end)
        return sums

    def _concept_pairs(
        self, before: Places, after: Places, ends_of_words: Places
    ) -> tuple[Places, Places]:
        """
        The places of every pair of symbols of these pairs of words of which one is a concept.

        :returns: the places, by the second word, and where those of each word begin and end
        """
        table = self._words
        across = table.kinds.take(after)
        # All but the first of them, which is the two words themselves.
        counts = table.kinds.take(before) * across - 1
        ends = np.zeros(len(counts) + 1, dtype=np.int64)
        np.cumsum(counts, out=ends[1:])
        place = np.arange(1, ends[-1] + 1, dtype=np.int32)
        place -= np.repeat(ends[:-1].astype(np.int32), counts)
        across = np.repeat(across, counts)
        left = place // across
        right = place - left * across
        left += np.repeat((before * SYMBOLS).astype(np.int32), counts)
        right += np.repeat((after * SYMBOLS).astype(np.int32), counts)
        symbols = table.symbols.reshape(-1)
        places = concept_pair_buckets(symbols.take(left), symbols.take(right))
        return places, ends.take(ends_of_words)

    def _logits(self, sums: Floats) -> Floats:
        """The logits of rows of sums, without what the lexicon found."""
        heads = len(HEADS)
        words = sums[:, :heads] / np.sqrt(np.maximum(sums[:, heads, None], 1.0))
        named = sums[:, heads + 1 : -1] / np.sqrt(np.maximum(sums[:, -1, None], 1.0))
        logits = self.intercepts + words + np.float32(CONCEPTS_SHARE) * named
        return logits.astype(np.float32)

    def _found(
        self,
        texts: Sequence[tuple[View, Iterable[tuple[str, int]]]],
        begins: Places,
        windows: Places,
    ) -> tuple[Floats, Floats]:
        """What the lexicon's terms and families add: to each text, and to each of the windows."""
        known = self._family_numbers
        names: list[int] = []
        of_text: list[int] = []
        sentences: list[int] = []
        for number, (_, families) in enumerate(texts):
            for name, sentence in families:
                if name in known:
                    names.append(known[name])
                    of_text.append(number)
                    sentences.append(sentence)
        name, text, place = np.array([names, of_text, sentences], dtype=np.int64)
        # Window by the sentence that it begins with; the last of each text begins none.
        window = np.full(int(begins[-1]) + 1, -1)
        window[windows] = np.arange(len(windows))
        here = (place != WHOLE).nonzero()[0]
        sentence = begins[text[here]] + place[here]
        # What is true of the whole text is true of each of its windows.
        per_text = np.diff(np.searchsorted(windows, begins))
        whole = (place == WHOLE).nonzero()[0]
        times = per_text[text[whole]]
        nth = np.arange(times.sum()) - np.repeat(times.cumsum() - times, times)
        first = np.searchsorted(windows, begins)[text[whole]]
        rows = np.concatenate(
            [window[sentence], window[sentence - 1], np.repeat(first, times) + nth]
        )
        named = np.concatenate([name[here], name[here], np.repeat(name[whole], times)])
        return (
            self._named(text, name, len(texts)),
            self._named(rows[rows >= 0], named[rows >= 0], len(windows)),
        )

    def _named(self, rows: Places, names: Places, count: int) -> Floats:
        """What these lexicon terms and families add to so many rows, each to a row but once."""
        each = np.unique(rows * len(self.families) + names)
        rows, names = np.divmod(each, max(len(self.families), 1))
        bounds = np.searchsorted(rows, np.arange(count + 1))
        return between(self._family_rows.take(names, axis=0), bounds)


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(clipped / (1 - clipped))


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
        places = pair_buckets(hashes[:-distance], hashes[distance:], np.uint64(distance))
        for first, place in enumerate(places.tolist()):
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
        weights = Weights(arrays["weights"].astype(np.int8), arrays["scales"].astype(np.float32))
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
