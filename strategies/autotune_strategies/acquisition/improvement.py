"""Acquisitions by improvement: its expectation, its logarithm and its probability."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr

from autotune.strategy import AcquisitionQuery, Composed
from autotune.strategy.validators import not_negative

__all__ = [
    "LOWEST",
    "ExpectedImprovement",
    "LogExpectedImprovement",
    "ProbabilityOfImprovement",
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


@frozen
class ExpectedImprovement(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by the expectation of what they gain beyond a margin, losses being 0.

    .. math:: \mathrm{E}[\max(g, 0)] = \sigma\left(\varphi(z) + z\,\Phi(z)\right), \quad
              z = \frac{\text{gain} - \text{margin}}{\sigma}

    with *σ* the standard deviation of the candidate's score. The trial stepped from counts with
    its anticipated score, not its measured one, so that luck in measuring it is smoothed away.

    Parameters
    ----------
    margin : float
        The least gain that counts; more of it explores more.

    Examples
    --------
    >>> ExpectedImprovement()
    ExpectedImprovement(margin=0.0)

    References
    ----------
    Jones, Schonlau and Welch (1998), "Efficient global optimization of expensive black-box
    functions", Journal of Global Optimization 13, pp. 455-492, section 4.1.
    """

    margin: float = field(default=0.0, validator=not_negative)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,), at least 0."""
        prediction = query.prediction
        return expected_improvement(prediction.gain - self.margin, prediction.value_sd)


@frozen
class LogExpectedImprovement(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by the logarithm of the expected improvement.

    .. math:: \log \sigma + \log\left(\varphi(z) + z\,\Phi(z)\right), \quad
              z = \frac{\text{gain} - \text{margin}}{\sigma}

    The order is that of ``ExpectedImprovement``, but it goes on where that underflows to 0: when
    all candidates are anticipated to be many standard deviations worse, the least bad is taken.
    ``PerSecond`` and ``WithinSeconds`` know that it is a logarithm.

    Parameters
    ----------
    margin : float
        The least gain that counts.

    Examples
    --------
    >>> LogExpectedImprovement().logarithmic
    True

    References
    ----------
    Ament et al. (2023), "Unexpected improvements to expected improvement for Bayesian
    optimization", NeurIPS, section 4.1.
    """

    margin: float = field(default=0.0, validator=not_negative)

    @property
    def logarithmic(self) -> bool:
        """Whether the worth is a logarithm."""
        return True

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,)."""
        prediction = query.prediction
        return log_expected_improvement(prediction.gain - self.margin, prediction.value_sd)


@frozen
class ProbabilityOfImprovement(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by the chance that they gain more than a margin.

    .. math:: \Phi\left(\frac{\text{gain} - \text{margin}}{\sigma}\right)

    with *σ* the standard deviation of the candidate's score. Where it is 0 the chance is 0 or 1.
    The trial stepped from counts with its anticipated score, not its measured one.

    Parameters
    ----------
    margin : float
        The least gain that counts; without one the surest small gain is taken.

    Examples
    --------
    >>> ProbabilityOfImprovement(margin=0.01)
    ProbabilityOfImprovement(margin=0.01)

    References
    ----------
    Kushner (1964), "A new method of locating the maximum point of an arbitrary multipeak curve in
    the presence of noise", Journal of Basic Engineering 86, pp. 97-106.
    """

    margin: float = field(default=0.0, validator=not_negative)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,), from 0 to 1."""
        prediction = query.prediction
        beyond = prediction.gain - self.margin
        sd = prediction.value_sd
        z = np.zeros(len(beyond))
        with np.errstate(over="ignore"):
            np.divide(beyond, sd, out=z, where=sd > 0)
        return np.where(sd > 0, ndtr(z), np.where(beyond > 0, 1.0, 0.0))
