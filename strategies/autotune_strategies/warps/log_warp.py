"""The logarithm of a target."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune_strategies.warps.warp import restored

__all__ = ["LogWarp"]

Array: TypeAlias = NDArray[np.float64]

_LARGEST = float(np.finfo(np.float64).max)
_TINY = float(np.finfo(np.float64).smallest_subnormal)
# Exponents beyond which exp is 0 or infinity.
_LEAST_EXPONENT, _LARGEST_EXPONENT = -746.0, 710.0
# Where numbers must be shifted above 0, the least lands at this share of their range.
_MARGIN = 0.01


@frozen
class LogWarp:
    r"""Take logarithms: for seconds, and for errors that span orders of magnitude.

    Positive values become :math:`\log y`. Negative ones, which are errors with their sign turned,
    become :math:`-\log(-y)`. Where there are both, or zeros, they are shifted first, so that the
    least is one hundredth of their range.

    Examples
    --------
    >>> LogWarp().fit(np.array([1.0, 10.0])).forward(np.array([100.0])).round(3).tolist()
    [4.605]

    References
    ----------
    Box and Cox (1964), "An analysis of transformations", Journal of the Royal Statistical Society B
    26, pp. 211-252: their λ = 0, with a shift.
    """

    def fit(self, y: Array) -> Logarithm:
        """Return the warp for finite values, shape (n,)."""
        if np.all(y > 0):
            return Logarithm(1.0, 1.0, 0.0)
        if np.all(y < 0):
            return Logarithm(-1.0, 1.0, 0.0)
        largest = float(np.abs(y).max())
        if largest == 0:
            return Logarithm(1.0, 1.0, 1.0)
        low, high = float(y.min()) / largest, float(y.max()) / largest
        return Logarithm(1.0, largest, _MARGIN * (high - low) - low)


@frozen
class Logarithm:
    """The warp ``z = sign * log(sign * y / unit + shift)``.

    Parameters
    ----------
    sign : float
        1 or -1.
    unit, shift : float
        What makes the argument positive.
    """

    sign: float
    unit: float
    shift: float

    def forward(self, y: Array) -> Array:
        """Return logarithms; values that have none count as the least that has."""
        with np.errstate(over="ignore"):
            size = np.minimum(self.sign * y / self.unit + self.shift, _LARGEST)
        return self.sign * np.log(np.maximum(size, _TINY))

    def inverse(self, z: Array) -> Array:
        """Return values."""
        with np.errstate(over="ignore"):
            size = np.exp(np.clip(self.sign * z, _LEAST_EXPONENT, _LARGEST_EXPONENT))
            y = self.sign * self.unit * (size - self.shift)
        return np.clip(y, -_LARGEST, _LARGEST)

    def restore(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Return means and standard deviations of the values."""
        return restored(self.inverse, mean, sd)
