"""The power transformation of Yeo and Johnson."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from autotune_strategies.warps.standard import Standard
from autotune_strategies.warps.warp import restored

__all__ = ["YeoJohnson"]

Array: TypeAlias = NDArray[np.float64]

# An exponent from which exp is still far from infinity.
_LARGEST_EXPONENT = 600.0
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

        found = minimize_scalar(
            surprise, bounds=(0.0, 2.0), method="bounded", options={"xatol": 1e-4}
        )
        return PowerTransform(float(found.x), standard)


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
    return np.asarray(np.expm1(np.minimum(power * logs, _LARGEST_EXPONENT)) / power)


def _rooted(size: Array, power: float) -> Array:
    """Return (1 + power * size)**(1 / power) - 1."""
    logs = size if power == 0 else np.log1p(power * size) / power
    return np.asarray(np.expm1(np.minimum(logs, _LARGEST_EXPONENT)))
