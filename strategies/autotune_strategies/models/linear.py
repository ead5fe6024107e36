"""Linear models: ridge regression, Bayesian ridge regression, and a local one."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from autotune.strategy.validators import count, positive
from autotune_strategies.models.model import (
    Array,
    linear,
    root_mean_square,
    squared_distances,
    standardized,
)

__all__ = ["BayesianRidgeRegression", "LocalLinear", "RidgeRegression"]


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


# Parameters of the gamma priors of both precisions: next to nothing is assumed.
_VAGUE = 1e-6


@frozen
class BayesianRidgeRegression:
    r"""Fit a linear function whose penalty and noise maximise the evidence.

    With :math:`y_i \sim N(b_0 + x_i b, (\alpha w_i)^{-1})` and :math:`b \sim N(0, \lambda^{-1} I)`,
    the posterior of *b* has covariance :math:`\Sigma = (\lambda I + \alpha X^T W X)^{-1}`. Both
    precisions are brought to the maximum of the evidence by

    .. math::

       \gamma = \sum_k \frac{\alpha e_k}{\lambda + \alpha e_k}, \quad
       \lambda \leftarrow \frac{\gamma}{\lVert b \rVert^2}, \quad
       \alpha \leftarrow \frac{\sum_i w_i - \gamma}{\sum_i w_i (y_i - b_0 - x_i b)^2}

    where :math:`e_k` are the eigenvalues of :math:`X^T W X` of centred *X*. The standard deviation
    is the predictive one, :math:`\sqrt{1/\alpha + q \Sigma q^T}`, and grows away from the record.

    Parameters
    ----------
    max_iterations : int
        Updates at most.
    tolerance : float
        The updates end when the coefficients change by less in sum.

    Examples
    --------
    >>> X = np.arange(10.0)[:, None]
    >>> y = (X[:, 0] - 4.5) / 2.872
    >>> mean, sd = BayesianRidgeRegression().fit_predict(
    ...     X, y, np.ones(10), np.array([[5.0], [9.0]]), np.random.default_rng(0))
    >>> mean.round(2).tolist(), bool(sd[1] > sd[0])
    ([0.17, 1.57], True)

    References
    ----------
    MacKay (1992), "Bayesian interpolation", Neural Computation 4, pp. 415-447. Bishop (2006),
    "Pattern Recognition and Machine Learning", section 3.5. The priors, starting values and rule to
    end are those of scikit-learn's ``BayesianRidge``.
    """

    max_iterations: int = field(default=300, validator=count)
    tolerance: float = field(default=1e-3, validator=positive)

    def fit_predict(
        self,
        X: Array,
        y: Array,
        w: Array,
        Q: Array,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> tuple[Array, Array]:
        """Return means and standard deviations at the rows of Q."""
        total = float(w.sum())
        share = w / total
        x_mean, y_mean = share @ X, float(share @ y)
        root = np.sqrt(w)
        target = (y - y_mean) * root
        U, S, V = np.linalg.svd((X - x_mean) * root[:, None], full_matrices=False)
        along = U.T @ target
        eigenvalues = S * S
        # The part of the target that no coefficients reach.
        out_of_reach = max(float(target @ target - along @ along), 0.0)

        def fit(alpha: float, lambda_: float) -> tuple[Array, float]:
            ridge = lambda_ / alpha
            misfit = along * (ridge / (eigenvalues + ridge))
            coordinates = S * along / (eigenvalues + ridge)
            return coordinates, float(misfit @ misfit) + out_of_reach

        alpha = 1.0 / (float(share @ ((y - y_mean) ** 2)) + float(np.finfo(np.float64).eps))
        lambda_ = 1.0
        before: Array | None = None
        for _ in range(self.max_iterations):
            coordinates, error = fit(alpha, lambda_)
            gamma = float(np.sum(alpha * eigenvalues / (lambda_ + alpha * eigenvalues)))
            lambda_ = (gamma + 2 * _VAGUE) / (float(coordinates @ coordinates) + 2 * _VAGUE)
            # With small weights there may be fewer rows, as weights count them, than coefficients.
            alpha = (max(total - gamma, 0.5) + 2 * _VAGUE) / (error + 2 * _VAGUE)
            slopes = coordinates @ V
            if before is not None and np.abs(before - slopes).sum() < self.tolerance:
                break
            before = slopes
        coordinates, _ = fit(alpha, lambda_)
        centred = Q - x_mean
        projected = linear(centred, V.T)
        known = linear(projected * projected, 1.0 / (alpha * eigenvalues + lambda_))
        # Directions that the record does not span keep their prior variance.
        squares = linear(centred * centred, np.ones(centred.shape[1]))
        unspanned = squares - linear(projected * projected, np.ones(len(S)))
        variance = 1.0 / alpha + known + np.maximum(unspanned, 0.0) / lambda_
        return y_mean + linear(projected, coordinates), np.sqrt(variance)


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
