"""A scrambled Sobol sequence of start points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.stats import qmc

from autotune.strategy import Key
from autotune.strategy.validators import count
from autotune_strategies.starts.unit_cube_design import UnitCubeDesign

__all__ = ["Sobol"]


@frozen
class Sobol(UnitCubeDesign):
    """Try the first points of a scrambled Sobol sequence, which fills the space evenly.

    Each further point goes where the earlier ones left room, so fewer of them are the beginning of
    more. They balance best if ``n`` is a power of 2. Points that the constraints forbid are passed
    over.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> Sobol(n=16)
    Sobol(n=16)

    References
    ----------
    Sobol' (1967), "On the distribution of points in a cube and the approximate evaluation of
    integrals", USSR Computational Mathematics and Mathematical Physics 7(4), pp. 86-112; Owen
    (1998), "Scrambling Sobol' and Niederreiter-Xing points", Journal of Complexity 14(4),
    pp. 466-489.
    """

    n: int = field(default=8, validator=count)

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (a power of 2, size) at a time."""
        sequence = qmc.Sobol(size, scramble=True, seed=key.generator())
        power = max(self.n - 1, 0).bit_length()
        # The powers must add up, or the sequence complains of its balance.
        yield sequence.random_base2(power)
        while True:
            yield sequence.random_base2(power)
            power += 1
