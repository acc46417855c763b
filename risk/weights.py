"""
A table of small whole-number weights that are added up many at once.

The model's weights are whole numbers from -127 to 127, a byte each, so that a million places of
twelve heads lie in twelve megabytes, and a sum is exact in whatever order it is made.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Sums = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
_Number = TypeVar("_Number", np.int32, np.int64, np.float32, np.float64)


class Weights:
    """The weight of every place in the table for each head; a head's weights share a scale."""

    def __init__(self, weights: npt.NDArray[np.int8], scales: Floats) -> None:
        self.heads = weights.shape[1]
        self.scales = scales
        # A row lies in one line of the processor's memory.
        self._table = np.ascontiguousarray(weights)

    def sums(self, places: Places, bounds: Places) -> Sums:
        """
        The weights of these places added up between each two bounds, unscaled: a row for each.

        :param bounds: indices into `places`, none below the one before it, the last its length
        """
        return between(self._table.take(places, axis=0).astype(np.int32), bounds)

    def rows(self, places: Places) -> Floats:
        """The weights of each of these places, a row for each."""
        return self._table.take(places, axis=0).astype(np.float32) * self.scales

    def of_head(self, places: Places, head: int) -> Floats:
        """The weights of these places for one head."""
        # Along the rows: a column by itself would be copied whole.
        weights = self._table.reshape(-1).take(places * self.heads + head)
        weighed: Floats = weights.astype(np.float32) * self.scales[head]
        return weighed


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
