"""The toy problem of the 2018 prototype: a sum and a product of two of twenty inputs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from sklearn.metrics import r2_score
from sklearn.model_selection import check_cv
from sklearn.neural_network import MLPRegressor

from autotune.objective import Measurement
from autotune.strategy import Key
from autotune_benchmarks.problems.live_problem import fitted_folds

__all__ = ["START", "Toy2018", "make_data"]

START: Mapping[str, Any] = MappingProxyType(
    {"learning_rate_init": 0.1, "batch_size": 64, "hidden_layer_sizes": (4, 1)}
)
"""Where the prototype's search started."""

Array = NDArray[np.float64]


def make_data(seed: int, rows: int = 5000, columns: int = 20) -> tuple[Array, Array]:
    """Return X, standard normal, and y = x0 + x1 + x0·x1.

    Parameters
    ----------
    seed : int
        Seed of the data.
    rows, columns : int
        Shape of X.
    """
    X = np.random.default_rng(seed).standard_normal((rows, columns))
    return X, X[:, 0] + X[:, 1] + X[:, 0] * X[:, 1]


@frozen(eq=False)
class Toy2018:
    """R² of ``MLPRegressor()`` in two-fold cross-validation, as the objective of one trial.

    The prototype left ``random_state`` open, so that no two fits were alike, and that noise is part
    of the problem. Here every fit's random state is drawn from the address (seed, trial,
    "estimator", fold): a run can be repeated, and yet a configuration tried twice gives two scores.

    Parameters
    ----------
    X, y : ndarray
        The data.
    seed : int
        Root of the estimators' randomness.
    trial : int
        The trial whose objective this is; see ``of_trial``.

    Notes
    -----
    The folds are those of scikit-learn for ``cv=2`` and a regressor, ``KFold(2)`` without
    shuffling. BLAS runs on one thread, so that fits in other processes don't slow each other.
    Warnings, such as that the network has not converged, are left out.
    """

    X: Array = field(repr=False)
    y: Array = field(repr=False)
    seed: int
    trial: int = 1

    @property
    def n_folds(self) -> int:
        """Two."""
        return 2

    def of_trial(self, trial: int) -> Toy2018:
        """Return the objective of another trial."""
        return Toy2018(self.X, self.y, self.seed, trial)

    def random_state(self, fold: int) -> int:
        """Return the random state of the fit of a fold."""
        key = Key(self.seed).child(self.trial, "estimator", fold)
        return int(key.generator().integers(2**32))

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Fit and score the folds; a fit that fails is a measurement too."""
        splits = list(check_cv(self.n_folds).split(self.X, self.y))

        def build(fold: int) -> Any:
            return MLPRegressor(random_state=self.random_state(fold), **configuration)

        def score(model: Any, X: Array, y: Array) -> float:
            return float(r2_score(y, model.predict(X)))

        return fitted_folds(build, score, (self.X, self.y), {fold: splits[fold] for fold in folds})
