"""
A table of small whole-number weights that are added up three at a time.

The model's weights are whole numbers from -127 to 127. Three of them lie in one 64-bit number with
room between, so that one addition adds three, and a sum is exact in whatever order it is made.
"""

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

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
        self._table = np.zeros((-(-self.heads // _LANES), len(weights)), dtype=np.int64)
        for head in range(self.heads):
            lanes = weights[:, head].astype(np.int64) << (_WIDTH * (head % _LANES))
            self._table[head // _LANES] += lanes

    def sums(self, places: Places, bounds: Places) -> Places:
        """
        The weights of these places added up between each two bounds, unscaled: a row for each.

        :param bounds: indices into `places`, none below the one before it
        """
        if len(bounds) > 1 and int(np.diff(bounds).max()) > ADDED_AT_MOST:
            return self._sums_of_parts(places, bounds)
        running = np.zeros((len(self._table), len(places) + 1), dtype=np.int64)
        # It may run over; the difference of two of its places is right all the same.
        np.cumsum(self._table.take(places, axis=1), axis=1, out=running[:, 1:])
        at = running.take(bounds, axis=1)
        return self._apart(at[:, 1:] - at[:, :-1])

    def rows(self, places: Places) -> Floats:
        """The weights of each of these places, a row for each."""
        return self._apart(self._table.take(places, axis=1)).astype(np.float32) * self.scales

    def of_head(self, places: Places, head: int) -> Floats:
        """The weights of these places for one head."""
        return self.rows(places)[:, head]

    def _sums_of_parts(self, places: Places, bounds: Places) -> Places:
        closer = np.union1d(bounds, np.arange(bounds[0], bounds[-1], ADDED_AT_MOST))
        running = np.zeros((len(closer), self.heads), dtype=np.int64)
        np.cumsum(self.sums(places, closer), axis=0, out=running[1:])
        return np.diff(running.take(np.searchsorted(closer, bounds), axis=0), axis=0)

    def _apart(self, packed: Places) -> Places:
        """What lies in the lanes of some columns: a row of all heads for each."""
        heads = np.empty((packed.shape[1], _LANES * len(packed)), dtype=np.int64)
        for lane in range(_LANES):
            values = ((packed + _HALF) & _MASK) - _HALF
            heads[:, lane::_LANES] = values.T
            packed = (packed - values) >> _WIDTH
        return heads[:, : self.heads]
