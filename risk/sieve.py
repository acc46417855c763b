"""
Turns sentences into strings of one letter a word, and tells which expressions may match them.

Written like this an expression is short, a word is compared at once, and a match says which words
it stands on. Some two thousand expressions are too many to try on every sentence, so each names up
to three sets of words, of each of which everything that it matches holds one.
"""

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from risk.normalisation import SENTENCE_END

# Sets of words by which an expression is sieved.
SETS = 3
# Letters are taken from here on; below lie those that mean something in an expression.
_FIRST = 0x100
_STOP, _NUMBER, _OTHER = chr(_FIRST), chr(_FIRST + 1), chr(_FIRST + 2)
_LAST = 0xD7FF
# A long text is sieved in parts, so that its words' bits are never many at once.
_SENTENCES_AT_ONCE = 64
# How many words that no expression names are remembered; they share one letter.
_REMEMBERED = 30_000
_IS_NUMBER = re.compile(r"\d+")


_registry: dict[str, str] = {}
_registering = threading.Lock()


def _letters_of(words: Iterable[str]) -> dict[str, str]:
    """
    The letter of each word: the same in every lexicon of this process.

    A lexicon with one term more than another so has all other expressions in common with it.
    """
    global _registry
    with _registering:
        named = list(words)
        new = [word for word in named if word not in _registry]
        if ord(_OTHER) + len(_registry) + len(new) >= _LAST:
            _registry, new = {}, named
        if ord(_OTHER) + len(new) >= _LAST:
            raise ValueError("There are more words in the patterns than there are letters.")
        for word in new:
            _registry.setdefault(word, chr(ord(_OTHER) + 1 + len(_registry)))
        return {word: _registry[word] for word in named}


class Alphabet(dict[str, str]):
    """The letter of each word; whatever no expression names shares one letter, or is a number."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__(_letters_of(words))
        self.numbers = _NUMBER + "".join(map(self.__getitem__, filter(_is_number, self)))
        self.limit = len(self) + _REMEMBERED
        self[SENTENCE_END] = _STOP

    def __missing__(self, word: str) -> str:
        letter = _NUMBER if _is_number(word) else _OTHER
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
        bits = np.zeros((size, SETS, width), dtype=np.uint64)
        free = np.zeros((SETS, width), dtype=np.uint64)
        for number, sets in needed.items():
            word, bit = number // 64, np.uint64(1 << number % 64)
            for place in range(SETS):
                if place < len(sets):
                    rows = [ord(alphabet[each]) - _FIRST for each in sets[place]]
                    bits[rows, place, word] |= bit
                else:
                    # Expressions with fewer than three sets are let through where they have none.
                    free[place, word] |= bit
        self._rows = bits.reshape(size, -1)
        self._free = free.reshape(-1)
        self._width = width
        has_number = np.zeros(width, dtype=np.uint64)
        for number in digits:
            has_number[number // 64] |= np.uint64(1 << number % 64)
        self._without_digits = ~has_number

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
