"""The shape of warps: a monotone transformation of a target, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["FittedWarp", "Warp", "restored"]

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
    """What finds the numbers of a warp."""

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
