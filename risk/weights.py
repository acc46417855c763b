"""
A table of small whole-number weights that are added up three at a time.

The model's weights are whole numbers from -127 to 127. Three of them lie in one 64-bit number with
room between, so that one addition adds three, and a sum is exact in whatever order it is made.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
_Number = TypeVar("_Number", np.int64, np.float32, np.float64)

_LANES, _WIDTH = 3, 21
_HALF = 1 << (_WIDTH - 1)
_MASK = (1 << _WIDTH) - 1
# More weights of 127 than this in one sum could run over into the next lane.
ADDED_AT_MOST = (_HALF - 1) // 127


class Weights:
    """The weight of every place in the table for each head; a head's weights share a scale."""

    def __init__(self, weights: npt.NDArray[np.int8], scales: Floats) -> None:
        self.heads = weights.shape[1]
        self.scales = scales
        # A row lies in one line of the processor's memory.
        self._table = np.zeros((len(weights), -(-self.heads // _LANES)), dtype=np.int64)
        for head in range(self.heads):
            lanes = weights[:, head].astype(np.int64) << (_WIDTH * (head % _LANES))
            self._table[:, head // _LANES] += lanes

    def sums(self, places: Places, bounds: Places) -> Places:
        """
        The weights of these places added up between each two bounds, unscaled: a row for each.

        :param bounds: indices into `places`, none below the one before it, the last its length
        """
        if len(bounds) > 1 and int(np.diff(bounds).max()) > ADDED_AT_MOST:
            return self._sums_of_parts(places, bounds)
        return self._apart(between(self._table.take(places, axis=0), bounds))

    def rows(self, places: Places) -> Floats:
        """The weights of each of these places, a row for each."""
        return self._apart(self._table.take(places, axis=0)).astype(np.float32) * self.scales

    def of_head(self, places: Places, head: int) -> Floats:
        """The weights of these places for one head."""
        # By rows first: a column by itself would be copied whole.
        packed = self._table.take(places, axis=0)[:, head // _LANES]
        for lane in range(_LANES):
            values = ((packed + _HALF) & _MASK) - _HALF
            if lane == head % _LANES:
                break
            packed = (packed - values) >> _WIDTH
        weighed: Floats = values.astype(np.float32) * self.scales[head]
        return weighed

    def _sums_of_parts(self, places: Places, bounds: Places) -> Places:
        closer = np.union1d(bounds, np.arange(bounds[0], bounds[-1], ADDED_AT_MOST))
        return between(self.sums(places, closer), np.searchsorted(closer, bounds))

    def _apart(self, packed: Places) -> Places:
        """What lies in the lanes of some rows: a row of all heads for each."""
        heads = np.empty((len(packed), _LANES * packed.shape[1]), dtype=np.int64)
        for lane in range(_LANES):
            values = ((packed + _HALF) & _MASK) - _HALF
            heads[:, lane::_LANES] = values
            packed = (packed - values) >> _WIDTH
        return heads[:, : self.heads]


def between(rows: npt.NDArray[_Number], bounds: Places) -> npt.NDArray[_Number]:
    """
    The rows added up between each two bounds; noughts where there are none between.

    :param bounds: indices into `rows`, none below the one before it, the last its length
    """
    added = np.zeros((len(bounds) - 1, rows.shape[1]), dtype=rows.dtype)
    some = (bounds[1:] > bounds[:-1]).nonzero()[0]
    if len(some):
        added[some] = np.add.reduceat(rows, bounds[some], axis=0)
    return added
