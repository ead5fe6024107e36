"""Chances in proportion to something, none of them too small."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["in_proportion"]


def in_proportion(weights: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    r"""Return chances in proportion to weights, a share of which is spread evenly.

    .. math:: p_j = \frac{\text{floor}}{k} + (1 - \text{floor}) \frac{w_j}{\sum_i w_i}

    Parameters
    ----------
    weights : ndarray, shape (k,)
        Finite numbers of at least zero; where all are zero they count as equal.
    floor : float
        The share that is spread evenly, from 0 to 1: no chance is below ``floor / k``.

    Examples
    --------
    >>> in_proportion(np.array([3.0, 1.0]), 0.2)
    array([0.7, 0.3])
    """
    top = weights.max()
    shares = weights / top if top > 0 else np.ones(len(weights))
    return np.asarray(floor / len(weights) + (1.0 - floor) * shares / shares.sum())
