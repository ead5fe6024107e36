"""Random start points."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as count_from

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Key
from autotune.strategy.validators import count
from autotune_strategies.starts.unit_cube_design import UnitCubeDesign

__all__ = ["RandomStarts"]


@frozen
class RandomStarts(UnitCubeDesign):
    """Try points drawn independently and evenly, each parameter on its natural scale.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> RandomStarts(n=5)
    RandomStarts(n=5)

    References
    ----------
    Bergstra and Bengio (2012), "Random search for hyper-parameter optimization", JMLR 13,
    pp. 281-305.
    """

    n: int = field(default=10, validator=count)

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (n, size) at a time."""
        for i in count_from():
            yield key.child(i).generator().random((self.n, size))
