"""Ranks in place of values, spread like a normal distribution."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from autotune_strategies.warps.warp import restored

__all__ = ["Ranks"]

Array: TypeAlias = NDArray[np.float64]

_LARGEST = float(np.finfo(np.float64).max)


@frozen
class Ranks:
    r"""Replace values by normal scores, so that neither outliers nor units matter.

    .. math:: z_i = \Phi^{-1}\left(\frac{r_i - 3/8}{n + 1/4}\right)

    where :math:`r_i` is the rank of :math:`y_i`, ties sharing their mean rank. Back it goes by
    linear interpolation between the values seen, and beyond them along a straight line with the
    slope of their whole range.

    Examples
    --------
    >>> warp = Ranks().fit(np.array([3.0, 1.0, 1000.0]))
    >>> warp.forward(np.array([1.0, 3.0, 1000.0])).round(3).tolist()
    [-0.869, 0.0, 0.869]
    >>> warp.inverse(np.array([0.0])).tolist()
    [3.0]

    References
    ----------
    Blom (1958), "Statistical Estimates and Transformed Beta-Variables", for the constants. Salinas
    et al. (2020), "A quantile-based approach for hyperparameter transfer learning", ICML, for their
    use in tuning.
    """

    def fit(self, y: Array) -> NormalScores:
        """Return the warp for finite values, shape (n,)."""
        largest = float(np.abs(y).max())
        largest = largest if largest > 0 else 1.0
        unit = y / largest
        z = ndtri((rankdata(unit) - 0.375) / (len(y) + 0.25))
        values, first = np.unique(unit, return_index=True)
        return NormalScores(values, z[first], largest)


@define(frozen=True, eq=False)
class NormalScores:
    """Values seen and their normal scores, both rising.

    Parameters
    ----------
    values, scores : ndarray, shape (k,)
        The distinct values, divided by the largest size, and their scores.
    largest : float
        The largest size.
    """

    values: Array = field(repr=False)
    scores: Array = field(repr=False)
    largest: float

    def forward(self, y: Array) -> Array:
        """Return normal scores."""
        with np.errstate(over="ignore"):
            unit = np.clip(y / self.largest, -_LARGEST, _LARGEST)
            return _through(unit, self.values, self.scores)

    def inverse(self, z: Array) -> Array:
        """Return values."""
        with np.errstate(over="ignore"):
            unit = _through(z, self.scores, self.values)
            return np.clip(unit * self.largest, -_LARGEST, _LARGEST)

    def restore(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Return means and standard deviations of the values."""
        return restored(self.inverse, mean, sd)


def _through(x: Array, knots: Array, heights: Array) -> Array:
    """Interpolate, and go on beyond the ends with the slope of the whole."""
    inside = np.interp(x, knots, heights)
    if len(knots) < 2:
        return inside
    # Rounding leads past the next knot at times, and so out of order.
    place = np.clip(np.searchsorted(knots, x, side="right"), 1, len(knots) - 1)
    inside = np.clip(inside, heights[place - 1], heights[place])
    slope = (heights[-1] - heights[0]) / (knots[-1] - knots[0])
    beyond = x - np.clip(x, knots[0], knots[-1])
    return np.asarray(np.clip(inside + slope * beyond, -_LARGEST, _LARGEST))
