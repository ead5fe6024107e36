"""Several weights at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed
from autotune.strategy.validators import part
from autotune_strategies.weights.query import LEAST_WEIGHT, WeightQuery, Weights

__all__ = ["ProductOfWeights"]


def _as_tuple(weights: Iterable[Weights]) -> tuple[Weights, ...]:
    return tuple(weights)


@frozen
class ProductOfWeights(Composed[WeightQuery, NDArray[np.float64]]):
    """Multiply several weights, so that a trial counts that is recent *and* near, say.

    Parameters
    ----------
    weights : tuple of Weights
        One or more.

    Examples
    --------
    >>> from autotune_strategies.weights.discount import Discount
    >>> from autotune_strategies.weights.kernel_neighbourhood import KernelNeighbourhood
    >>> len(ProductOfWeights((Discount(50.0), KernelNeighbourhood(0.5))).weights)
    2
    """

    weights: tuple[Weights, ...] = field(converter=_as_tuple)

    @weights.validator
    def _check_weights(self, attribute: Any, value: tuple[Weights, ...]) -> None:
        if len(value) == 0:
            raise ComponentError(
                "ProductOfWeights.weights = () must hold at least one component; use EvenWeights"
            )
        for weights in value:
            part(self, attribute, weights)

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:
        """Return the products, shape (n,)."""
        total = np.ones(len(query.rows))
        for weights_state, weights in zip(state, self.weights, strict=True):
            total = total * weights.read(weights_state, query)
        return np.maximum(total, LEAST_WEIGHT)
