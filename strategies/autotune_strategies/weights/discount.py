"""Older trials count for less."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.strategy import Composed
from autotune.strategy.validators import positive
from autotune_strategies.weights.query import LEAST_WEIGHT, WeightQuery

__all__ = ["Discount"]


@frozen
class Discount(Composed[WeightQuery, NDArray[np.float64]]):
    r"""Halve a trial's weight every so many trials.

    .. math:: w_t = 2^{-(T - t) / h}

    for trial *t*, where *T* is the newest of those learnt from.

    Parameters
    ----------
    half_life : float, optional
        The *h* above, in trials; None for no discount.

    Examples
    --------
    >>> Discount(half_life=20.0)
    Discount(half_life=20.0)

    References
    ----------
    Brown (1959), "Statistical Forecasting for Inventory Control": discounted least squares.
    """

    half_life: float | None = field(default=50.0, validator=optional(positive))  # type: ignore[arg-type]

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return weights, shape (n,), 1 for the newest trial."""
        rows = query.rows
        if self.half_life is None or len(rows) == 0:
            return np.ones(len(rows))
        with np.errstate(over="ignore"):
            age = (rows.max() - rows) / self.half_life
        return np.asarray(np.maximum(np.exp2(-age), LEAST_WEIGHT))
