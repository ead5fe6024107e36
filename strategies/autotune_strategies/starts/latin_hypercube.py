"""A Latin hypercube of start points."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as count_from

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.stats import qmc

from autotune.strategy import Key
from autotune.strategy.validators import count
from autotune_strategies.starts.unit_cube_design import UnitCubeDesign

__all__ = ["LatinHypercube"]


@frozen
class LatinHypercube(UnitCubeDesign):
    r"""Try points of which each has its own *n*-th of every parameter's range.

    .. math:: u_{ij} = \frac{\pi_j(i) + r_{ij}}{n}, \quad i = 0, \dots, n - 1,

    with a random permutation :math:`\pi_j` for each axis and :math:`r_{ij}` uniform from 0 to 1.
    Points that the constraints forbid are replaced by those of further hypercubes.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> LatinHypercube(n=8)
    LatinHypercube(n=8)

    References
    ----------
    McKay, Beckman and Conover (1979), "A comparison of three methods for selecting values of input
    variables in the analysis of output from a computer code", Technometrics 21(2), pp. 239-245.
    """

    n: int = field(default=10, validator=count)

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (n, size) at a time."""
        for i in count_from():
            yield qmc.LatinHypercube(size, seed=key.child(i).generator()).random(self.n)
