"""Every trial counts the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import Composed
from autotune_strategies.weights.query import WeightQuery

__all__ = ["EvenWeights"]


@frozen
class EvenWeights(Composed[WeightQuery, NDArray[np.float64]]):
    """Let every trial count 1.

    Examples
    --------
    >>> EvenWeights()
    EvenWeights()
    """

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return ones, shape (n,)."""
        return np.ones(len(query.rows))
