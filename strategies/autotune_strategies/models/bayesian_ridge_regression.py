"""Linear regression that finds its own penalty, by the evidence."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from autotune.strategy.validators import count, positive
from autotune_strategies.models.model import Array, linear

__all__ = ["BayesianRidgeRegression"]

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
