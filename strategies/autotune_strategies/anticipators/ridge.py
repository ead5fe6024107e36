"""Ridge regression on logarithms of the parameters: the anticipator of the 2018 prototype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import (
    Boolean,
    Categorical,
    Coordinates,
    Dimension,
    Fixed,
    Float,
    Ordinal,
    Sequence,
    Space,
)
from autotune.space.dimensions import LARGEST, log_size
from autotune.strategy import AnticipateQuery, Composed, Estimate
from autotune.strategy.validators import positive

__all__ = ["LogFeatures", "Ridge", "fit_ridge"]


@frozen
class LogFeatures:
    """Turn coordinates into columns for a linear model.

    A number *x* becomes log *x* and, from three distinct values in the record on, also (log *x*)²,
    so that an optimum inside can be seen. Each element of a sequence does the same and adds a flag
    for where it is missing. Choices are one-hot over the values in the record, booleans 0 or 1.
    A parameter that has not varied gives no column. One that is inactive in some trials has a flag
    for that; its other columns then stand at the (upper) median of the record, or at 0 for choices.

    Parameters
    ----------
    missing : float
        What stands for a missing element of a sequence.

    Examples
    --------
    >>> from autotune.space import Float, Space
    >>> space = Space({"x": Float(0.1, 10, log=True)})
    >>> X, Q = LogFeatures().read(space, space.encode([{"x": 1.0}, {"x": 2.0}]),
    ...                           space.encode([{"x": 4.0}]))
    >>> X.shape, Q.shape
    ((2, 1), (1, 1))

    References
    ----------
    ``vectorize_parameters`` of the AutoTune prototype (2018).
    """

    missing: float = field(default=1e-3, validator=positive)

    def read(
        self, space: Space, record: Coordinates, candidates: Coordinates
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the features of the record and of the candidates.

        Parameters
        ----------
        space : Space
            What the coordinates are of.
        record, candidates : mapping of str to ndarray
            Coordinates of n trials and m candidates.

        Returns
        -------
        tuple of ndarray
            Shapes (n, p) and (m, p).
        """
        n = len(next(iter(record.values())))
        m = len(next(iter(candidates.values())))
        columns: list[tuple[NDArray[Any], NDArray[Any]]] = []
        for name, dimension in space.parameters:
            x, q = record[name], candidates[name]
            if isinstance(dimension, Sequence):
                # Only elements that the record knows can be learnt about.
                width = x.shape[1]
                if q.shape[1] < width:
                    q = np.pad(q, ((0, 0), (0, width - q.shape[1])), constant_values=np.nan)
                for j in range(width):
                    self._add_element(columns, dimension.of, x[:, j], q[:, j])
            else:
                self._add_scalar(columns, dimension, x, q)
        if not columns:
            return np.zeros((n, 0)), np.zeros((m, 0))
        # Column-major, as each is filled and used as a whole.
        features = np.empty((n + m, len(columns)), order="F")
        for j, (x, q) in enumerate(columns):
            features[:n, j] = x
            features[n:, j] = q
        return features[:n], features[n:]

    def _add_scalar(
        self,
        columns: list[tuple[NDArray[Any], NDArray[Any]]],
        dimension: Dimension,
        x: NDArray[np.float64],
        q: NDArray[np.float64],
    ) -> None:
        gone_x, gone_q = np.isnan(x), np.isnan(q)
        if not gone_x.any() and not gone_q.any():
            self._add(columns, dimension, x, q)
            return
        active = x[~gone_x]
        if len(active) == 0:
            return
        if len(active) < len(x):
            columns.append((gone_x, gone_q))
        if isinstance(dimension, Categorical | Ordinal):
            values = np.unique(active)
            if len(values) > 1:
                columns.extend((x == value, q == value) for value in values)
        else:
            # One of the values in the record, so that it does not count as another distinct one.
            middle = np.partition(active, len(active) // 2)[len(active) // 2]
            self._add(columns, dimension, np.where(gone_x, middle, x), np.where(gone_q, middle, q))

    def _add(
        self,
        columns: list[tuple[NDArray[Any], NDArray[Any]]],
        dimension: Dimension,
        x: NDArray[np.float64],
        q: NDArray[np.float64],
    ) -> None:
        if isinstance(dimension, Fixed):
            return
        distinct = _distinct(x)
        if distinct < 2:
            return
        if isinstance(dimension, Boolean):
            columns.append((x, q))
        elif isinstance(dimension, Categorical | Ordinal):
            columns.extend((x == value, q == value) for value in np.unique(x))
        else:
            lx, lq = self._log(dimension, x), self._log(dimension, q)
            columns.append((lx, lq))
            if distinct > 2:
                columns.append((lx * lx, lq * lq))

    def _add_element(
        self,
        columns: list[tuple[NDArray[Any], NDArray[Any]]],
        dimension: Dimension,
        x: NDArray[np.float64],
        q: NDArray[np.float64],
    ) -> None:
        gone_x, gone_q = np.isnan(x), np.isnan(q)
        if gone_x.any() and not gone_x.all():
            columns.append((gone_x, gone_q))
        filled = np.where(gone_x, self.missing, x), np.where(gone_q, self.missing, q)
        self._add(columns, dimension, *filled)

    def _log(self, dimension: Dimension, x: NDArray[np.float64]) -> NDArray[np.float64]:
        if isinstance(dimension, Float) and dimension.linear_below is not None:
            return dimension.scaled(x)
        return log_size(x)


def _distinct(x: NDArray[np.float64]) -> int:
    """Count distinct values, up to three."""
    if len(x) == 0:
        return 0
    others = x[x != x[0]]
    if len(others) == 0:
        return 1
    return 2 if np.all(others == others[0]) else 3


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
        y, unit = _in_unit(y[rows])
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
        mean = np.clip(mean, -LARGEST / unit, LARGEST / unit) * unit
        return Estimate(mean, np.full(len(Q), min(sd, LARGEST / unit) * unit))


def _in_unit(y: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Divide numbers whose squares have no double by a power of two, which loses no digit."""
    _, exponent = math.frexp(float(np.abs(y).max()))
    unit = 1.0 if abs(exponent) < 450 else 2.0**exponent if exponent < 1024 else 2.0**1023
    return y / unit, unit


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
