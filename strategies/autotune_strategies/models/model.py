"""The shape of a regression model, and any regressor of scikit-learn as one."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError

__all__ = [
    "Model",
    "SklearnRegressor",
    "linear",
    "mean_and_sd",
    "root_mean_square",
    "squared_distances",
    "standardized",
]

Array: TypeAlias = NDArray[np.float64]


_FARTHEST = 1e6


@runtime_checkable
class Model(Protocol):
    """A model that is fitted to rows and predicts at others, in one go and without memory."""

    def fit_predict(
        self, X: Array, y: Array, w: Array, Q: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return means and standard deviations at the rows of Q.

        Parameters
        ----------
        X : ndarray, shape (n, p)
            Features, n and p at least 1.
        y : ndarray, shape (n,)
            The target, brought to mean 0 and standard deviation 1 by the caller (or all 0).
        w : ndarray, shape (n,)
            Weights above 0, the largest 1.
        Q : ndarray, shape (m, p)
            Features of the candidates.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        tuple of ndarray
            Both of shape (m,); a row's answer does not depend on the other rows of Q.
        """
        ...


def mean_and_sd(y: Array, w: Array) -> tuple[float, float]:
    """Return the weighted mean and (population) standard deviation."""
    mean = float((w * y).sum() / w.sum())
    return mean, root_mean_square(y - mean, w)


def root_mean_square(residuals: Array, w: Array) -> float:
    """Return the root of the weighted mean square."""
    return float(np.sqrt((w * residuals * residuals).sum() / w.sum()))


def linear(Q: Array, weights: Array) -> Array:
    """Return Q @ weights, each row summed in the same order however many rows there are.

    A BLAS rounds a row differently in company than alone, and a candidate's estimate must not
    depend on the company.
    """
    total = np.zeros((len(Q), *weights.shape[1:]))
    for j in range(Q.shape[1]):
        total += np.multiply.outer(Q[:, j], weights[j])
    return total


def standardized(X: Array, w: Array, Q: Array) -> tuple[Array, Array]:
    """Bring the columns of X to weighted mean 0 and standard deviation 1, and those of Q along.

    A column that does not vary becomes 0 in both; what is a million standard deviations off or
    farther looks alike.
    """
    share = w / w.sum()
    mean = share @ X
    centred = X - mean
    sd = np.sqrt(share @ (centred * centred))
    # What rounding leaves of a constant column is not variation.
    varies = sd > 1e-12 * np.maximum(np.abs(X).max(axis=0), 1e-300)
    scale = np.where(varies, 1.0 / np.where(varies, sd, 1.0), 0.0)
    with np.errstate(over="ignore"):
        return (
            np.clip(centred * scale, -_FARTHEST, _FARTHEST),
            np.clip((Q - mean) * scale, -_FARTHEST, _FARTHEST),
        )


def squared_distances(Q: Array, X: Array) -> Array:
    """Return squared Euclidean distances, shape (m, n)."""
    total = np.zeros((len(Q), len(X)))
    for j in range(X.shape[1]):
        difference = Q[:, j, None] - X[None, :, j]
        difference *= difference
        total += difference
    return total


# How fitting fails on data that an estimator does not cope with, such as too few rows.
_UNFIT = (ValueError, TypeError, ArithmeticError, IndexError, np.linalg.LinAlgError)


def _pairs(parameters: Any) -> Any:
    try:
        items = parameters.items() if isinstance(parameters, Mapping) else parameters
        pairs = [(name, value) for name, value in items]
        if not all(isinstance(name, str) for name, _ in pairs):
            raise TypeError("a name is not a string")
    except (TypeError, ValueError):
        raise ComponentError(
            f"SklearnRegressor.parameters = {parameters!r} must be a dict of values by name"
        ) from None
    return tuple(sorted((name, _plain(name, value)) for name, value in dict(pairs).items()))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return tuple(_plain(name, item) for item in value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ComponentError(
        f"SklearnRegressor.parameters[{name!r}] = {value!r} must be a plain value (None, a "
        "boolean, a finite number, a string, or a tuple of them), for it is written in the log"
    )


@frozen
class SklearnRegressor:
    """Fit a regressor of scikit-learn on standardised features.

    Its own standard deviation is used where ``predict`` offers one (``return_std``), else that of
    the residuals, the same everywhere. Weights are passed where ``fit`` takes them, and otherwise
    ignored. ``random_state`` comes from the search's key unless given. Where the regressor can't be
    fitted to the rows there are, say for want of enough, the answer is their weighted mean.

    Parameters
    ----------
    name : str
        The estimator's class, such as ``"sklearn.svm.SVR"`` or ``"SVR"``. It is looked up among
        scikit-learn's own regressors, those that ``sklearn.utils.all_estimators`` lists; nothing is
        imported by name. Those for positive targets only, for several targets at once, for one
        feature only, or made of other estimators can't be used.
    parameters : mapping of str to plain value
        The estimator's parameters that are not to stay at their defaults.

    Raises
    ------
    ComponentError
        If there is no such regressor, or it does not take the parameters.

    Examples
    --------
    >>> model = SklearnRegressor("sklearn.neighbors.KNeighborsRegressor", {"n_neighbors": 1})
    >>> mean, _ = model.fit_predict(np.array([[0.0], [1.0]]), np.array([5.0, 6.0]), np.ones(2),
    ...                             np.array([[0.9]]), np.random.default_rng(0))
    >>> mean.tolist()
    [6.0]

    References
    ----------
    Pedregosa et al. (2011), "Scikit-learn: Machine Learning in Python", Journal of Machine Learning
    Research 12, pp. 2825-2830.
    """

    name: str = field()
    parameters: tuple[tuple[str, Any], ...] = field(default=(), converter=_pairs)

    def __attrs_post_init__(self) -> None:
        estimator = self._estimator(None)
        tags = estimator.__sklearn_tags__()
        target = tags.target_tags
        if target.positive_only or not target.single_output or not tags.input_tags.two_d_array:
            raise ComponentError(
                f"SklearnRegressor.name = {self.name!r} can't be used: it is for positive targets "
                "only, for several targets, or for one feature; take another regressor"
            )
        try:
            estimator._validate_params()
        except ValueError as error:
            raise ComponentError(
                f"SklearnRegressor.parameters = {dict(self.parameters)!r}: {error}"
            ) from None

    def _estimator(self, random_state: int | None) -> Any:
        kind = _regressors().get(self.name) if isinstance(self.name, str) else None
        if kind is None:
            raise ComponentError(
                f"SklearnRegressor.name = {self.name!r} must name a regressor of scikit-learn, "
                "such as 'sklearn.svm.SVR'"
            )
        given = dict(self.parameters)
        takes = inspect.signature(kind).parameters
        if "random_state" in takes and given.get("random_state") is None:
            given["random_state"] = random_state
        unknown = [name for name in given if name not in takes]
        if unknown:
            raise ComponentError(
                f"SklearnRegressor.parameters: {self.name} has no parameter {unknown[0]!r}; it has "
                f"{', '.join(takes)}"
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a class will be gone some day
                return kind(**given)
        except TypeError as error:
            raise ComponentError(
                f"SklearnRegressor.name = {self.name!r} can't be made from plain values: {error}"
            ) from None

    def fit_predict(
        self, X: Array, y: Array, w: Array, Q: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return means and standard deviations at the rows of Q."""
        estimator = self._estimator(int(rng.integers(2**31 - 1)))
        X, Q = standardized(X, w, Q)
        weights = {}
        if "sample_weight" in inspect.signature(estimator.fit).parameters:
            weights["sample_weight"] = w
        own_sd = "return_std" in inspect.signature(estimator.predict).parameters
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # few rows, slow convergence: nobody is there to read
            try:
                estimator.fit(X, y, **weights)
                if own_sd:
                    mean, sd = estimator.predict(Q, return_std=True)
                else:
                    mean, fitted = estimator.predict(Q), estimator.predict(X)
                    sd = np.full(len(Q), root_mean_square(y - np.reshape(fitted, len(y)), w))
            except _UNFIT:
                constant, spread = mean_and_sd(y, w)
                return np.full(len(Q), constant), np.full(len(Q), spread)
        return (
            np.asarray(mean, dtype=np.float64).reshape(len(Q)),
            np.asarray(sd, dtype=np.float64).reshape(len(Q)),
        )


@cache
def _regressors() -> dict[str, type]:
    """Return scikit-learn's regressors, by full public name and by class name."""
    from sklearn.utils import all_estimators

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = all_estimators(type_filter="regressor")
    named: dict[str, type] = {}
    for name, kind in found:
        public = []
        for word in kind.__module__.split("."):
            if word.startswith("_"):
                break
            public.append(word)
        named[name] = named[".".join([*public, name])] = kind
    return named
