"""The target as it is."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

__all__ = ["NoWarp"]


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
