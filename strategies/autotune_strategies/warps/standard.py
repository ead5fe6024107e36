"""Mean 0 and standard deviation 1, for doubles of any size."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

__all__ = ["Standard"]

Array: TypeAlias = NDArray[np.float64]

_LARGEST = float(np.finfo(np.float64).max)


@frozen
class Standard:
    """A shift and a scale, ``y = largest * (mean + sd * z)``.

    In two factors, for the sum of two doubles may be beyond the largest.

    Parameters
    ----------
    largest : float
        The largest size seen; 1 if all are zero.
    mean, sd : float
        Of the values divided by it; the standard deviation is 0 if all are the same.

    Examples
    --------
    >>> standard = Standard.of(np.array([1.0, 3.0]), np.ones(2))
    >>> standard.forward(np.array([2.0, 3.0])).tolist()
    [0.0, 1.0]
    """

    largest: float
    mean: float
    sd: float

    @classmethod
    def of(cls, y: Array, w: Array) -> Standard:
        """Return that of finite values with their weights, shape (n,), n at least 1."""
        largest = float(np.abs(y).max())
        if largest == 0:
            return cls(1.0, 0.0, 0.0)
        unit = y / largest
        first = float(unit[0])
        if np.all(unit == first):
            return cls(largest, first, 0.0)
        share = w / w.sum()
        mean = float((share * unit).sum())
        residuals = unit - mean
        return cls(largest, mean, float(np.sqrt((share * residuals * residuals).sum())))

    def forward(self, y: Array) -> Array:
        """Return standardised values; zeros if all that was seen is the same."""
        if not self.sd > 0:
            return np.zeros(len(y))
        return (y / self.largest - self.mean) / self.sd

    def inverse(self, z: Array) -> Array:
        """Return the values, finite."""
        with np.errstate(over="ignore"):
            return np.clip(self.largest * (self.mean + self.sd * z), -_LARGEST, _LARGEST)

    def restore(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Return means and standard deviations as they are for the values, finite."""
        with np.errstate(over="ignore"):
            return self.inverse(mean), np.clip(self.largest * (self.sd * sd), 0.0, _LARGEST)
