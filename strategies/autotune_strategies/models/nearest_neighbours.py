"""The mean of the nearest trials."""

from __future__ import annotations

from typing import Literal

import numpy as np
from attrs import field, frozen

from autotune.strategy.validators import count, one_of
from autotune_strategies.models.model import Array, squared_distances, standardized

__all__ = ["NearestNeighbours"]

# Squared distances closer than this share of the largest are ties.
_TIE = 1e-12


@frozen
class NearestNeighbours:
    r"""Take the weighted mean of the k nearest rows.

    .. math:: \hat{y}(q) = \frac{\sum_{i \in N_k(q)} w_i\, v_i\, y_i}{\sum_{i \in N_k(q)} w_i\, v_i}

    in standardised features; rows as near as the k-th all count. :math:`v_i` is 1, or one over the
    distance. The standard deviation is the spread about this mean of the k + 1 nearest, so that one
    neighbour has one as well.

    Parameters
    ----------
    k : int
        The number of neighbours.
    weighting : {"even", "distance"}
        Whether near ones count for more among them.

    Examples
    --------
    >>> X, Q = np.array([[0.0], [1.0], [2.0]]), np.array([[1.1]])
    >>> mean, _ = NearestNeighbours(1).fit_predict(
    ...     X, np.array([5.0, 6.0, 9.0]), np.ones(3), Q, np.random.default_rng(0))
    >>> mean.tolist()
    [6.0]

    References
    ----------
    Cover and Hart (1967), "Nearest neighbor pattern classification", IEEE Transactions on
    Information Theory 13, pp. 21-27; for regression Hastie, Tibshirani and Friedman (2009), "The
    Elements of Statistical Learning", 2nd ed., section 2.3.2.
    """

    k: int = field(default=5, validator=count)
    weighting: Literal["even", "distance"] = field(
        default="distance", validator=one_of("even", "distance")
    )

    def fit_predict(
        self,
        X: Array,
        y: Array,
        w: Array,
        Q: Array,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> tuple[Array, Array]:
        """Return means and standard deviations at the rows of Q."""
        X, Q = standardized(X, w, Q)
        squares = squared_distances(Q, X)
        tie = _TIE * (1.0 + squares.max(axis=1, keepdims=True))
        near = w * _nearest(squares, self.k, tie)
        if self.weighting == "distance":
            near = near / np.sqrt(squares + tie)
        mean = (near * y).sum(axis=1) / near.sum(axis=1)
        wide = w * _nearest(squares, self.k + 1, tie)
        residuals = y - mean[:, None]
        variance = (wide * residuals * residuals).sum(axis=1) / wide.sum(axis=1)
        return mean, np.sqrt(variance)


def _nearest(squares: Array, k: int, tie: Array) -> Array:
    """Return 1 for the k smallest of each row and for ties with the k-th, else 0."""
    n = squares.shape[1]
    if k >= n:
        return np.ones_like(squares)
    kth = np.partition(squares, k - 1, axis=1)[:, k - 1 : k]
    return (squares <= kth + tie).astype(np.float64)
