"""Designs that spread points over the unit cube."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from autotune.space import Row
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy import Key
from autotune.study import Study
from autotune_strategies.starts.design import Design, allowed_rows

__all__ = ["UnitCubeDesign"]

# Constraints that forbid nearly everything must not make a search hang.
MAX_TRIES = 50


class UnitCubeDesign(Design):
    """The mixin for designs in the unit cube: give a field ``n`` and ``batches``.

    Attributes
    ----------
    n : int
        How many points.
    """

    __slots__ = ()

    n: int

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (any, size): the design, then more of the like.

        Parameters
        ----------
        key : Key
            Address of randomness.
        size : int
            Number of axes, at least 1.
        """
        raise NotImplementedError

    def most(self, study: Study) -> int:
        """Return how many points there are at most: one, if there is nothing to search."""
        return self.n if cube_size(study.known_space) > 0 else 1

    def rows(self, study: Study, key: Key) -> Iterator[Row]:
        """Yield the points that the constraints allow; others are replaced by later ones."""
        space = study.known_space
        size = cube_size(space)
        if size == 0:
            yield from allowed_rows(space, space.encode([space.start]))
            return
        left, tries = self.n, MAX_TRIES * self.n
        for batch in self.batches(key, size):
            for row in allowed_rows(space, from_unit_cube(space, batch)):
                yield row
                left -= 1
                if left == 0:
                    return
            tries -= len(batch)
            if tries <= 0:
                return
