"""Linear regression with a penalty on the size of the coefficients."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from autotune.strategy.validators import positive
from autotune_strategies.models.model import Array, linear, root_mean_square

__all__ = ["RidgeRegression"]


@frozen
class RidgeRegression:
    r"""Fit a linear function with a penalty on its slopes.

    .. math:: \min_{b, b_0}\ \sum_i w_i (y_i - b_0 - x_i b)^2 + \alpha \lVert b \rVert^2

    The standard deviation is that of the weighted residuals, the same everywhere.

    Parameters
    ----------
    alpha : float
        The penalty.

    Examples
    --------
    >>> X = np.array([[0.0], [1.0], [2.0]])
    >>> mean, sd = RidgeRegression(1e-9).fit_predict(
    ...     X, 3 * X[:, 0] - 1, np.ones(3), np.array([[5.0]]), np.random.default_rng(0))
    >>> mean.round(6).tolist(), sd.round(6).tolist()
    ([14.0], [0.0])

    References
    ----------
    Hoerl and Kennard (1970), "Ridge regression: biased estimation for nonorthogonal problems",
    Technometrics 12, pp. 55-67.
    """

    alpha: float = field(default=1.0, validator=positive)

    def fit_predict(
        self,
        X: Array,
        y: Array,
        w: Array,
        Q: Array,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> tuple[Array, Array]:
        """Return means and standard deviations at the rows of Q."""
        share = w / w.sum()
        x_mean, y_mean = share @ X, float(share @ y)
        centred = X - x_mean
        weighted = centred * w[:, None]
        gram = centred.T @ weighted
        gram.flat[:: len(gram) + 1] += self.alpha  # the diagonal
        right = weighted.T @ (y - y_mean)
        try:
            slopes = np.linalg.solve(gram, right)
        except np.linalg.LinAlgError:  # a tiny alpha; the least of the solutions
            slopes = np.linalg.lstsq(gram, right)[0]
        sd = root_mean_square(y - y_mean - centred @ slopes, w)
        return y_mean + linear(Q - x_mean, slopes), np.full(len(Q), sd)
