"""
Turns sentences into strings of one letter a word, and tells which expressions may match them.

Written like this an expression is short, a word is compared at once, and a match says which words
it stands on. Some two thousand expressions are too many to try on every sentence, so each names up
to three sets of words, of each of which everything that it matches holds one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from risk.normalisation import SENTENCE_END

# Sets of words by which an expression is sieved.
SETS = 3
# Letters are taken from here on; below lie those that mean something in an expression.
_FIRST = 0x100
_STOP, _NUMBER = chr(_FIRST), chr(_FIRST + 1)
_LAST = 0xD7FF
# A long text is sieved in parts, so that its words' bits are never many at once.
_SENTENCES_AT_ONCE = 64
# How many words that no expression names are remembered; they share one letter.
_REMEMBERED = 30_000
_IS_NUMBER = re.compile(r"\d+")

Bits = npt.NDArray[np.uint64]


class Alphabet(dict[str, str]):
    """The letter of each word; whatever no expression names is the last letter, or a number."""

    def __init__(self, words: Iterable[str]) -> None:
        named = list(words)
        if _FIRST + len(named) + 3 > _LAST:
            raise ValueError("There are more words in the patterns than there are letters.")
        super().__init__({word: chr(_FIRST + 2 + place) for place, word in enumerate(named)})
        self.other = chr(_FIRST + 2 + len(named))
        self.numbers = _NUMBER + "".join(self[word] for word in named if _is_number(word))
        self.limit = len(named) + _REMEMBERED
        self[SENTENCE_END] = _STOP

    def __missing__(self, word: str) -> str:
        letter = _NUMBER if _is_number(word) else self.other
        if len(self) < self.limit:
            self[word] = letter
        return letter

    def spell(self, words: Sequence[str]) -> str:
        """These words, a letter each."""
        return "".join(map(self.__getitem__, words))


def _is_number(word: str) -> bool:
    return _IS_NUMBER.fullmatch(word) is not None


class Sieve:
    """
    Tells which expressions are worth trying on a sentence, from its words alone.

    An expression is a bit; a word is the bits of the expressions that it speaks for, in each of
    the three sets. What is left of a sentence after three rows of ORs and two ANDs is tried. It
    takes time in proportion to the words, whatever the number of expressions that do not match.
    """

    def __init__(
        self,
        needed: Mapping[int, tuple[frozenset[str], ...]],
        alphabet: Mapping[str, str],
        *,
        digits: Collection[int] = (),
    ) -> None:
        width = max(needed, default=0) // 64 + 1
        told = {word for sets in needed.values() for each in sets for word in each}
        # A row for each letter up to the last that tells something, and one for all the others.
        size = max((ord(alphabet[word]) - _FIRST for word in told), default=0) + 2
        bits = np.zeros((size, SETS, width * 64), dtype=np.bool_)
        free = np.zeros((SETS, width * 64), dtype=np.bool_)
        for number, sets in needed.items():
            for place in range(SETS):
                if place < len(sets):
                    rows = [ord(alphabet[word]) - _FIRST for word in sets[place]]
                    bits[rows, place, number] = True
                else:
                    # Expressions with fewer than three sets are let through where they have none.
                    free[place, number] = True
        self._rows = _packed(bits).reshape(size, -1)
        self._free = _packed(free).reshape(-1)
        self._width = width
        has_number = np.zeros(width * 64, dtype=np.bool_)
        has_number[list(digits)] = True
        self._without_digits = ~_packed(has_number)

    def candidates(
        self, letters: str, sentences: Sequence[tuple[int, int]], *, has_digits: bool
    ) -> Iterator[tuple[int, list[int]]]:
        """For each sentence of these words the numbers of the expressions that may match it."""
        numbers = np.frombuffer(letters.encode("utf-32-le"), dtype=np.uint32) - np.uint32(_FIRST)
        rows = np.minimum(numbers, len(self._rows) - 1)
        for first in range(0, len(sentences), _SENTENCES_AT_ONCE):
            some = sentences[first : first + _SENTENCES_AT_ONCE]
            for sentence, candidates in self._of(rows, some, has_digits).items():
                yield first + sentence, candidates

    def _of(
        self, rows: npt.NDArray[np.uint32], sentences: Sequence[tuple[int, int]], has_digits: bool
    ) -> dict[int, list[int]]:
        begin = sentences[0][0]
        words = self._rows.take(rows[begin : sentences[-1][1]], axis=0)
        found = np.empty((len(sentences), words.shape[1]), dtype=np.uint64)
        for line, (first, last) in zip(found, sentences, strict=True):
            np.bitwise_or.reduce(words[first - begin : last - begin], axis=0, out=line)
        found |= self._free
        width = self._width
        left = found[:, :width] & found[:, width : 2 * width]
        left &= found[:, 2 * width :]
        if not has_digits:
            left &= self._without_digits
        which, place = left.nonzero()
        candidates: dict[int, list[int]] = {}
        for sentence, base, bits in zip(
            which.tolist(), (place * 64).tolist(), left[which, place].tolist(), strict=True
        ):
            numbers = candidates.setdefault(sentence, [])
            while bits:
                lowest = bits & -bits
                numbers.append(base + lowest.bit_length() - 1)
                bits ^= lowest
        return candidates


def _packed(bits: npt.NDArray[np.bool_]) -> Bits:
    return np.ascontiguousarray(np.packbits(bits, axis=-1, bitorder="little")).view("<u8")
