"""Ridge regression on the record: the anticipator of the 2018 prototype."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import AnticipateQuery, Composed, Estimate
from autotune.strategy.validators import positive
from autotune_strategies.anticipators.log_features import LogFeatures

__all__ = ["Ridge", "fit_ridge"]


@frozen
class Ridge(Composed[AnticipateQuery, Estimate | None]):
    r"""Anticipate by linear regression with a penalty on the size of the weights.

    .. math:: \min_{w, b}\ \lVert y - Xw - b \rVert^2 + \alpha \lVert w \rVert^2

    over all judged trials with a finite score, *X* being their features. The standard deviation is
    that of the residuals, the same everywhere. From two trials on; before that it says nothing.

    Parameters
    ----------
    alpha : float
        The penalty.
    features : LogFeatures
        What is made of the coordinates.

    Examples
    --------
    >>> Ridge(alpha=0.5).alpha
    0.5

    References
    ----------
    Hoerl and Kennard (1970), "Ridge regression", Technometrics 12, pp. 55-67; the default
    ``meta_learner`` of the AutoTune prototype (2018).
    """

    alpha: float = field(default=1.0, validator=positive)
    features: LogFeatures = field(factory=LogFeatures)

    def read(self, state: tuple[Any, ...], query: AnticipateQuery) -> Estimate | None:  # noqa: ARG002
        """Return means and standard deviations at the candidates, or None."""
        study = query.study
        outcomes = study.outcomes()
        y = outcomes.value if query.target == "score" else outcomes.fit_seconds
        rows = np.flatnonzero(outcomes.usable & np.isfinite(y))
        if len(rows) < 2:
            return None
        y = y[rows]
        record = {name: column[rows] for name, column in study.coordinates.items()}
        X, Q = self.features.read(study.known_space, record, query.coordinates)
        if X.shape[1] == 0:
            mean = np.full(len(Q), y.mean())
            residuals = y - y.mean()
        else:
            weights, intercept = fit_ridge(X, y, self.alpha)
            mean = Q @ weights + intercept
            residuals = y - (X @ weights + intercept)
        sd = float(np.sqrt(np.mean(residuals * residuals)))
        return Estimate(mean, np.full(len(Q), sd))


def fit_ridge(
    X: NDArray[np.float64], y: NDArray[np.float64], alpha: float
) -> tuple[NDArray[np.float64], float]:
    """Return weights and intercept of the ridge regression of y on X; the intercept is free.

    The normal equations of the centred data, for there are few features; where a tiny alpha leaves
    them singular, the least of the solutions. That is scikit-learn's
    ``Ridge(alpha, solver="cholesky")`` without its checks of the input, which take most of its time
    on data as small as this.
    """
    x_mean, y_mean = X.mean(axis=0), float(y.mean())
    centred = X - x_mean
    gram = centred.T @ centred
    gram.flat[:: len(gram) + 1] += alpha  # the diagonal
    right = centred.T @ (y - y_mean)
    try:
        weights = np.linalg.solve(gram, right)
    except np.linalg.LinAlgError:
        weights = np.linalg.lstsq(gram, right)[0]
    return weights, y_mean - float(x_mean @ weights)
