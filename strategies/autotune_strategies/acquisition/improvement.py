"""Expected improvement of normal variables, also where it is too small for plain arithmetic."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr

__all__ = [
    "LOWEST",
    "expected_improvement",
    "finite",
    "is_logarithmic",
    "log_expected_improvement",
    "log_h",
]

Array = NDArray[np.float64]

LOWEST = -1e300
"""The worth of what can't be worth anything: below all others, yet a number to compute with."""

_C1 = math.log(2 * math.pi) / 2
_C2 = math.log(math.pi / 2) / 2
_FAR = -1 / math.sqrt(float(np.finfo(np.float64).eps))


def finite(worth: Array) -> Array:
    """Return the worth with infinities brought to the ends of its range, and NaN to the lowest."""
    numbers = np.nan_to_num(worth, nan=LOWEST, posinf=-LOWEST, neginf=LOWEST)
    return np.clip(numbers, LOWEST, -LOWEST)


def is_logarithmic(acquisition: object) -> bool:
    """Tell whether an acquisition's worth is a logarithm, so that factors are to be added."""
    return bool(getattr(acquisition, "logarithmic", False))


def log_h(z: Array) -> Array:
    r"""Return the logarithm of the expected improvement of a standard normal variable over −z.

    .. math:: \log h(z) = \log\left(\varphi(z) + z\,\Phi(z)\right)

    in three pieces, each accurate where it is used, so that it neither cancels nor underflows.

    Parameters
    ----------
    z : ndarray
        Standardised gains, of any size.

    Returns
    -------
    ndarray
        Of the same shape.

    Examples
    --------
    >>> log_h(np.array([0.0, -40.0])).round(3).tolist()
    [-0.919, -808.299]

    References
    ----------
    Ament et al. (2023), "Unexpected improvements to expected improvement for Bayesian
    optimization", NeurIPS, equation 9.
    """
    z = np.asarray(z, dtype=np.float64)
    with np.errstate(over="ignore"):  # beyond 1e154 the square is infinite, and so is the answer
        square = z * z
    out = -square / 2 - _C1 - 2 * np.log(np.maximum(np.abs(z), 1.0))
    near = z > -1
    x = z[near]
    out[near] = np.log(_density(x) + x * ndtr(x))
    middle = (z <= -1) & (z > _FAR)
    x = z[middle]
    out[middle] = -square[middle] / 2 - _C1 + _log1mexp(np.log(erfcx(-x / math.sqrt(2)) * -x) + _C2)
    return np.asarray(out)


def _density(z: Array) -> Array:
    with np.errstate(under="ignore", over="ignore"):
        return np.asarray(np.exp(-z * z / 2) / math.sqrt(2 * math.pi))


def _log1mexp(x: Array) -> Array:
    """Return log(1 − exp(x)) for x < 0."""
    # Rounding can bring the argument to 0, where the logarithm ends.
    x = np.minimum(x, -float(np.finfo(np.float64).eps))
    out = np.empty_like(x)
    small = x > -math.log(2)
    out[small] = np.log(-np.expm1(x[small]))
    out[~small] = np.log1p(-np.exp(x[~small]))
    return out


def expected_improvement(gain: Array, sd: Array) -> Array:
    r"""Return the mean of what lies above 0 of normal variables.

    .. math:: \mathrm{E}[\max(g, 0)] = \sigma\, h(\mu / \sigma), \quad
              h(z) = \varphi(z) + z\,\Phi(z)

    Parameters
    ----------
    gain, sd : ndarray, shape (n,)
        Means and standard deviations; 0 where nothing is uncertain.

    Returns
    -------
    ndarray, shape (n,)
        At least 0, and at least ``gain``.

    Examples
    --------
    >>> expected_improvement(np.array([0.0, 0.5]), np.array([1.0, 0.0])).round(4).tolist()
    [0.3989, 0.5]
    """
    with np.errstate(under="ignore", over="ignore"):
        uncertain = sd * np.exp(log_h(_standardised(gain, sd)))
    return finite(np.maximum(np.where(sd > 0, uncertain, 0.0), np.maximum(gain, 0.0)))


def log_expected_improvement(gain: Array, sd: Array) -> Array:
    """Return the logarithm of ``expected_improvement``, to any depth.

    Where nothing is uncertain and nothing gained, it is about ``LOWEST`` (there is no logarithm of
    0), the less the more would be lost.

    Parameters
    ----------
    gain, sd : ndarray, shape (n,)
        Means and standard deviations.

    Returns
    -------
    ndarray, shape (n,)
        Finite.
    """
    out = np.empty(len(gain))
    uncertain = sd > 0
    out[uncertain] = np.log(sd[uncertain]) + log_h(_standardised(gain, sd)[uncertain])
    sure = ~uncertain & (gain > 0)
    out[sure] = np.log(gain[sure])
    hopeless = ~uncertain & (gain <= 0)
    loss = -gain[hopeless]
    largest = loss.max(initial=0.0)
    out[hopeless] = LOWEST * (0.5 + 0.5 * (loss / largest if largest > 0 else loss))
    return finite(out)


def _standardised(gain: Array, sd: Array) -> Array:
    z = np.zeros(len(gain))
    with np.errstate(over="ignore"):
        np.divide(gain, sd, out=z, where=sd > 0)
    return np.clip(z, LOWEST, -LOWEST)
