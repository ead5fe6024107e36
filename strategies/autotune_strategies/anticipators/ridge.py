"""Ridge regression on the record: the anticipator of the 2018 prototype."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from sklearn.linear_model import Ridge as RidgeRegression

from autotune.component import AnticipateQuery, Composed, Estimate
from autotune.validators import positive
from autotune_strategies.anticipators.log_features import LogFeatures

__all__ = ["Ridge"]


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
        y = outcomes.score if query.target == "score" else outcomes.fit_seconds
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
            model = RidgeRegression(alpha=self.alpha, solver="cholesky").fit(X, y)
            mean = model.predict(Q)
            residuals = y - model.predict(X)
        sd = float(np.sqrt(np.mean(residuals * residuals)))
        return Estimate(np.asarray(mean, dtype=np.float64), np.full(len(Q), sd))
