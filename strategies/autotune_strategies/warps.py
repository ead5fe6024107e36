"""Warps: targets transformed before a model learns them, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import scipy  # its parts are loaded when they are used
from attrs import define, field, frozen
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from autotune.strategy.validators import positive

__all__ = [
    "FittedWarp",
    "LogWarp",
    "NoWarp",
    "Ranks",
    "Standard",
    "Warp",
    "Winsorized",
    "YeoJohnson",
    "restored",
]

Array: TypeAlias = NDArray[np.float64]


_LARGEST = float(np.finfo(np.float64).max)


@runtime_checkable
class FittedWarp(Protocol):
    """A warp with its numbers known."""

    def forward(self, y: Array) -> Array:
        """Return warped values, finite and in the same order."""
        ...

    def inverse(self, z: Array) -> Array:
        """Return values at any warped values, finite and in the same order."""
        ...

    def restore(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Return means and standard deviations as they are before warping."""
        ...


@runtime_checkable
class Warp(Protocol):
    """A rule that finds the numbers of a warp."""

    def fit(self, y: Array) -> FittedWarp:
        """Return the warp for finite values, shape (n,), n at least 1."""
        ...


def restored(inverse: Callable[[Array], Array], mean: Array, sd: Array) -> tuple[Array, Array]:
    r"""Bring means and standard deviations back through an inverse *g*.

    .. math:: \mu' = g(\mu), \qquad \sigma' = \tfrac{1}{2} (g(\mu + \sigma) - g(\mu - \sigma))

    The mean comes back as the median of the distribution that it stands for.
    """
    with np.errstate(over="ignore"):
        above = np.clip(mean + sd, -_LARGEST, _LARGEST)
        below = np.clip(mean - sd, -_LARGEST, _LARGEST)
    # Halved before the difference, which may be beyond the largest double.
    return inverse(mean), np.maximum(inverse(above) / 2 - inverse(below) / 2, 0.0)


@frozen
class NoWarp:
    """Leave the target as it is.

    Examples
    --------
    >>> NoWarp().fit(np.array([1.0, 2.0])).forward(np.array([3.0])).tolist()
    [3.0]
    """

    def fit(self, y: NDArray[np.float64]) -> NoWarp:  # noqa: ARG002
        """Return itself, for there is nothing to find."""
        return self

    def forward(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values."""
        return y

    def inverse(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values."""
        return z

    def restore(
        self, mean: NDArray[np.float64], sd: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both as they are."""
        return mean, sd


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


@frozen
class Winsorized:
    r"""Bring values that lie far below most others up to a fence, so that they don't set the scale.

    .. math:: z = \max\left(y,\; q_1 - k\,(q_3 - q_1)\right)

    with the quartiles :math:`q_1, q_3` of the trials. Larger values are better, and how bad
    the bad ones are says little about the good ones.

    Parameters
    ----------
    fence : float
        How many interquartile ranges *k* the fence lies below the first quartile.

    Examples
    --------
    >>> Winsorized(1.5).fit(np.array([-1e6, 1.0, 2.0, 3.0, 4.0])).floor
    -2.0

    References
    ----------
    Tukey (1977), "Exploratory data analysis", section 2C (fences).
    """

    fence: float = field(default=5.0, validator=positive)

    def fit(self, y: Array) -> Floor:
        """Return the warp for finite values, shape (n,)."""
        first, third = np.quantile(y, (0.25, 0.75)).tolist()
        # Half of each first, for the range of large numbers may be none.
        half = third / 2 - first / 2
        return Floor(max(first - 2.0 * min(self.fence, _LARGEST) * half, -_LARGEST))


@frozen
class Floor:
    """The warp ``z = max(y, floor)``; what is below the floor can't be told from it.

    Parameters
    ----------
    floor : float
        The least value.
    """

    floor: float

    def forward(self, y: Array) -> Array:
        """Return values, none below the floor."""
        return np.maximum(y, self.floor)

    def inverse(self, z: Array) -> Array:
        """Return them as they are."""
        return z

    def restore(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Return them as they are."""
        return mean, sd


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
        z = ndtri((scipy.stats.rankdata(unit) - 0.375) / (len(y) + 0.25))
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


# An exponent from which exp is still far from infinity.
_LARGEST_LOGARITHM = 600.0
_LARGEST_SIZE = 1e300


@frozen
class YeoJohnson:
    r"""Bring a skew target near a normal distribution by a power, of either sign.

    Standardised values *u* become

    .. math::

       z = \begin{cases}
         ((1 + u)^\lambda - 1) / \lambda & u \ge 0 \\
         -((1 - u)^{2 - \lambda} - 1) / (2 - \lambda) & u < 0
       \end{cases}

    (logarithms where the exponent is 0). λ maximises the likelihood of normal *z* between 0 and 2;
    outside of these one of the branches is bounded, and not every *z* would have a *u*.

    Examples
    --------
    >>> y = np.exp(np.linspace(-2, 2, 9))
    >>> warp = YeoJohnson().fit(y)
    >>> warp.power < 0.5, np.allclose(warp.inverse(warp.forward(y)), y)
    (True, True)

    References
    ----------
    Yeo and Johnson (2000), "A new family of power transformations to improve normality or
    symmetry", Biometrika 87, pp. 954-959. Cowen-Rivers et al. (2022), "HEBO: pushing the limits of
    sample-efficient hyper-parameter optimisation", JAIR 74, warp scores by it.
    """

    def fit(self, y: Array) -> PowerTransform:
        """Return the warp for finite values, shape (n,)."""
        standard = Standard.of(y, np.ones(len(y)))
        if not standard.sd > 0:
            return PowerTransform(1.0, standard)
        u = standard.forward(y)
        logs = float((np.sign(u) * np.log1p(np.abs(u))).sum())

        def surprise(power: float) -> float:
            variance = float(np.var(_forward(u, power)))
            likelihood = -0.5 * len(u) * np.log(max(variance, 1e-300)) + (power - 1) * logs
            return -float(likelihood)

        result = minimize_scalar(
            surprise, bounds=(0.0, 2.0), method="bounded", options={"xatol": 1e-4}
        )
        return PowerTransform(float(result.x), standard)


@frozen
class PowerTransform:
    """The warp with its power.

    Parameters
    ----------
    power : float
        λ, from 0 to 2; 1 leaves values as they are, standardised.
    standard : Standard
        How values are standardised first.
    """

    power: float
    standard: Standard

    def forward(self, y: Array) -> Array:
        """Return transformed values."""
        return _forward(self.standard.forward(y), self.power)

    def inverse(self, z: Array) -> Array:
        """Return values."""
        return self.standard.inverse(_inverse(z, self.power))

    def restore(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Return means and standard deviations of the values."""
        return restored(self.inverse, mean, sd)


def _forward(u: Array, power: float) -> Array:
    size = np.log1p(np.abs(u))
    return np.where(u >= 0, _powered(size, power), -_powered(size, 2 - power))


def _inverse(z: Array, power: float) -> Array:
    size = np.minimum(np.abs(z), _LARGEST_SIZE)
    return np.where(z >= 0, _rooted(size, power), -_rooted(size, 2 - power))


def _powered(logs: Array, power: float) -> Array:
    """Return (exp(logs)**power - 1) / power."""
    if power == 0:
        return logs
    return np.asarray(np.expm1(np.minimum(power * logs, _LARGEST_LOGARITHM)) / power)


def _rooted(size: Array, power: float) -> Array:
    """Return (1 + power * size)**(1 / power) - 1."""
    logs = size if power == 0 else np.log1p(power * size) / power
    return np.asarray(np.expm1(np.minimum(logs, _LARGEST_LOGARITHM)))
