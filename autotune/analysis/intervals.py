"""Intervals: of shares, of means over groups, and of resampled statistics."""

from __future__ import annotations

import numpy as np
import scipy  # its parts are loaded when they are used
from numpy.typing import NDArray

from autotune.errors import StudyError

__all__ = [
    "check_level",
    "jackknife_sd",
    "normal_quantile",
    "percentile_interval",
    "t_quantile",
    "variance_interval",
    "wilson_interval",
]

Array = NDArray[np.float64]

_FEWEST_DEGREES = 5.0


def check_level(level: float) -> None:
    """Check the level of an interval.

    Raises
    ------
    StudyError
        If it is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise StudyError(f"level = {level!r} must lie between 0 and 1, such as 0.95")


def wilson_interval(
    successes: NDArray[np.int64], n: NDArray[np.int64], level: float
) -> tuple[Array, Array]:
    r"""Return Wilson's score interval of shares; from 0 to 1 where *n* is 0.

    .. math:: \frac{\hat p + z^2/2n}{1 + z^2/n} \pm
              \frac{z}{1 + z^2/n} \sqrt{\frac{\hat p(1 - \hat p)}{n} + \frac{z^2}{4n^2}}

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22, pp. 209-212.

    Examples
    --------
    >>> low, high = wilson_interval(np.array([5]), np.array([10]), 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.237], [0.763])
    """
    z = normal_quantile(level)
    some = np.maximum(n, 1)
    p = successes / some
    middle = (p + z * z / (2 * some)) / (1 + z * z / some)
    half = z / (1 + z * z / some) * np.sqrt(p * (1 - p) / some + z * z / (4 * some**2))
    known = n > 0
    return np.where(known, middle - half, 0.0), np.where(known, middle + half, 1.0)


def t_quantile(level: float, degrees: int) -> float:
    """Return how many standard errors a central interval reaches on each side."""
    return float(scipy.stats.t.ppf(0.5 + level / 2, max(degrees, 1)))


def jackknife_sd(partial: Array) -> Array:
    r"""Return standard errors from estimates that each leave one group of *g* out.

    .. math:: \sqrt{\frac{g - 1}{g} \sum_i (\hat\theta_i - \bar\theta)^2}

    Parameters
    ----------
    partial : ndarray, shape (g, …)
        The estimates.

    References
    ----------
    Shao and Tu (1995), "The Jackknife and Bootstrap", section 2.3, the grouped jackknife.
    """
    g = len(partial)
    deviation = partial - partial.mean(axis=0)
    return np.asarray(np.sqrt((g - 1) / g * np.sum(deviation**2, axis=0)))


def normal_quantile(level: float) -> float:
    """Return how many standard deviations a central interval reaches on each side."""
    return float(scipy.stats.norm.ppf(0.5 + level / 2))


def percentile_interval(resampled: Array, level: float) -> tuple[Array, Array]:
    """Return the central interval of resampled statistics, shape (resamples, …).

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13.
    """
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.asarray(low), np.asarray(high)


def variance_interval(estimate: float, sd: float, level: float) -> tuple[float, float] | None:
    r"""Return the interval of a variance component by its estimate and standard error.

    With :math:`\nu = 2 (\hat\theta / s)^2` degrees of freedom, :math:`\nu \hat\theta / \theta`
    is taken for a :math:`\chi^2_\nu` variable. None where that are too few degrees to be of use.

    References
    ----------
    Satterthwaite (1946), "An approximate distribution of estimates of variance components",
    Biometrics Bulletin 2, pp. 110-114.

    Examples
    --------
    >>> low, high = variance_interval(1.0, 0.25, 0.95)
    >>> round(low, 2), round(high, 2)
    (0.65, 1.75)
    """
    if not estimate > 0 or not sd > 0:
        return None
    degrees = 2 * (estimate / sd) ** 2
    if degrees < _FEWEST_DEGREES:
        return None
    most, least = (float(scipy.stats.chi2.ppf(0.5 + way * level / 2, degrees)) for way in (1, -1))
    return degrees * estimate / most, degrees * estimate / least
