"""The shape of a model, and the small sums that models share."""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Model",
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
    """What is fitted to rows and predicts at others, in one go and without memory."""

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
    # What rounding leaves of a constant column is no variation.
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
