"""Trials count for less the farther they are from the incumbent."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed
from autotune.strategy.validators import positive
from autotune_strategies.weights.distance import Distance
from autotune_strategies.weights.query import LEAST_WEIGHT, WeightQuery

__all__ = ["KernelNeighbourhood"]


@frozen
class KernelNeighbourhood(Composed[WeightQuery, NDArray[np.float64]]):
    r"""Weigh trials with a Gaussian kernel around the incumbent.

    .. math:: w_t = \exp\left(-\tfrac{1}{2} (d_t / h)^2\right)

    where :math:`d_t` is the distance of trial *t* from the incumbent. Without an incumbent every
    trial counts 1.

    Parameters
    ----------
    bandwidth : float
        The *h* above. A bounded parameter is 1 long from bound to bound.
    distance : Distance
        What is near.

    Examples
    --------
    >>> KernelNeighbourhood(0.5).bandwidth
    0.5

    References
    ----------
    Atkeson, Moore and Schaal (1997), "Locally weighted learning", Artificial Intelligence Review
    11, pp. 11-73.
    """

    bandwidth: float = field(default=0.5, validator=positive)
    distance: Distance = field(factory=Distance)

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return weights, shape (n,), 1 where the incumbent is."""
        study, rows = query.study, query.rows
        if study.incumbent is None:
            return np.ones(len(rows))
        apart = self.distance.read(study, query.target, study.incumbent, rows)
        with np.errstate(over="ignore"):
            ratio = apart / self.bandwidth
            return np.maximum(np.exp(-0.5 * ratio * ratio), LEAST_WEIGHT)
