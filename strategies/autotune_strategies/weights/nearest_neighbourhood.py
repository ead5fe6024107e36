"""The trials nearest to the incumbent count, the others hardly."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed
from autotune.strategy.validators import count
from autotune_strategies.weights.distance import Distance
from autotune_strategies.weights.query import WeightQuery

__all__ = ["NearestNeighbourhood"]


@frozen
class NearestNeighbourhood(Composed[WeightQuery, NDArray[np.float64]]):
    """Let the k trials nearest to the incumbent count 1, and the others a little.

    Trials as far off as the k-th count 1 too. Without an incumbent all do.

    Parameters
    ----------
    k : int
        How many.
    elsewhere : float
        What the others count, above 0 and at most 1.
    distance : Distance
        What is near.

    Examples
    --------
    >>> NearestNeighbourhood(20).elsewhere
    0.01

    References
    ----------
    The local models of trust-region methods: Eriksson et al. (2019), "Scalable global optimization
    via local Bayesian optimization", NeurIPS 32, are a later example.
    """

    k: int = field(default=30, validator=count)
    elsewhere: float = field(default=0.01)
    distance: Distance = field(factory=Distance)

    @elsewhere.validator
    def _check_elsewhere(self, attribute: Any, value: float) -> None:  # noqa: ARG002
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 1e-12 <= value <= 1:
            raise ComponentError(
                f"NearestNeighbourhood.elsewhere = {value!r} must be a number from 1e-12 to 1"
            )

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return weights, shape (n,)."""
        study, rows = query.study, query.rows
        if study.incumbent is None or len(rows) <= self.k:
            return np.ones(len(rows))
        apart = self.distance.read(study, query.target, study.incumbent, rows)
        kth = np.partition(apart, self.k - 1)[self.k - 1]
        return np.where(apart <= kth, 1.0, float(self.elsewhere))
