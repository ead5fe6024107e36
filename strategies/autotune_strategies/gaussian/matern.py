"""The Matérn 5/2 kernel with a length scale for each group of inputs."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["matern52"]

Array: TypeAlias = NDArray[np.float64]

_ROOT5 = math.sqrt(5.0)


def matern52(squared: Array, log_lengths: Array) -> tuple[Array, Array]:
    r"""Return the correlations, and what their derivatives have in common.

    .. math:: k = \left(1 + \sqrt5 r + \tfrac53 r^2\right) e^{-\sqrt5 r}, \qquad
              r^2 = \sum_g d_g^2 / \ell_g^2, \qquad
              \frac{\partial k}{\partial \log \ell_g}
              = \tfrac53 \left(1 + \sqrt5 r\right) e^{-\sqrt5 r} \; d_g^2 / \ell_g^2

    Parameters
    ----------
    squared : ndarray, shape (groups, n, m)
        Squared distances :math:`d_g^2`.
    log_lengths : ndarray, shape (groups,)
        Logarithms of the length scales.

    Returns
    -------
    tuple of ndarray, each of shape (n, m)
        The correlations *k*, and the factor before :math:`d_g^2 / \ell_g^2` above.

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", equation 4.17.

    Examples
    --------
    >>> k, _ = matern52(np.array([[[0.0, 1.0]]]), np.array([0.0]))
    >>> k.round(4).tolist()
    [[1.0, 0.524]]
    """
    r = np.sqrt(np.tensordot(np.exp(-2.0 * log_lengths), squared, axes=1))
    decay = np.exp(-_ROOT5 * r)
    slope = (1.0 + _ROOT5 * r) * decay
    return slope + (5.0 / 3.0) * r * r * decay, (5.0 / 3.0) * slope
