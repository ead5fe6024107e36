"""A linear function fitted afresh around every candidate."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from autotune.strategy.validators import count, positive
from autotune_strategies.models.model import Array, linear, squared_distances, standardized

__all__ = ["LocalLinear"]


@frozen
class LocalLinear:
    r"""Fit a ridge regression around each candidate, near rows counting for more.

    With *h* the distance of the k-th nearest row in standardised features (a hair more, so that it
    counts too), row *i* counts with the tricube kernel

    .. math:: k_i = w_i \left(1 - (d_i / h)^3\right)^3_+

    in the fit :math:`\min_{b, b_0} \sum_i k_i (y_i - b_0 - x_i b)^2 + \alpha \lVert b \rVert^2`.
    The standard deviation is that of the residuals, weighted so.

    Parameters
    ----------
    neighbours : int
        How many rows, the k above, a fit reaches.
    ridge : float
        The penalty, α above.

    Examples
    --------
    >>> x = np.linspace(0, 3, 40)
    >>> mean, _ = LocalLinear(10, 1e-3).fit_predict(
    ...     x[:, None], np.sin(x), np.ones(40), np.array([[1.0]]), np.random.default_rng(0))
    >>> bool(abs(mean[0] - np.sin(1.0)) < 0.02)
    True

    References
    ----------
    Cleveland and Devlin (1988), "Locally weighted regression", Journal of the American Statistical
    Association 83, pp. 596-610; the penalty is added here, for there are often more features than
    neighbours.
    """

    neighbours: int = field(default=30, validator=count)
    ridge: float = field(default=0.1, validator=positive)

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
        n, p = X.shape
        k = min(self.neighbours, n)
        squares = squared_distances(Q, X)
        # Stable, so that it is the order of the record that decides between ties.
        order = np.argsort(squares, axis=1, kind="stable")[:, :k]
        distances = np.sqrt(np.take_along_axis(squares, order, axis=1))
        reach = 1.001 * distances[:, -1:]
        ratio = np.where(reach > 0, distances / np.where(reach > 0, reach, 1.0), 0.0)
        kernel = w[order] * (1 - ratio**3) ** 3
        share = kernel / kernel.sum(axis=1, keepdims=True)
        near, target = X[order], y[order]
        x_mean = (share[:, :, None] * near).sum(axis=1)
        y_mean = (share * target).sum(axis=1)
        near = near - x_mean[:, None, :]
        target = target - y_mean[:, None]
        weighted = np.ascontiguousarray((kernel[:, :, None] * near).transpose(0, 2, 1))
        gram = weighted @ near
        # A floor that rounding can't get under, however small the penalty.
        floor = 1e-11 * np.trace(gram, axis1=1, axis2=2) + 1e-200
        gram[:, np.arange(p), np.arange(p)] += self.ridge + floor[:, None]
        right = (weighted * target[:, None, :]).sum(axis=2)
        slopes = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
        mean = y_mean + _rowwise(Q - x_mean, slopes)
        residuals = target - np.stack(
            [linear(rows, b) for rows, b in zip(near, slopes, strict=True)]
        )
        return mean, np.sqrt((share * residuals * residuals).sum(axis=1))


def _rowwise(a: Array, b: Array) -> Array:
    """Return the sums of the products of the rows, the same for each row in any company."""
    total = np.zeros(len(a))
    for j in range(a.shape[1]):
        total += a[:, j] * b[:, j]
    return total
