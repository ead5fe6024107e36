"""What a Gaussian process expects at new inputs, once its hyper-parameters are known."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from autotune_strategies.gaussian.inputs import Inputs, distances
from autotune_strategies.gaussian.likelihood import JITTER
from autotune_strategies.gaussian.matern import matern52

__all__ = ["Posterior"]

Array: TypeAlias = NDArray[np.float64]


@frozen(eq=False)
class Posterior:
    r"""A Gaussian process that has seen n rows.

    .. math:: \mu(q) = k_q^\top K^{-1} y, \qquad
              \Sigma(q, q') = k(q, q') - k_q^\top K^{-1} k_{q'}

    Parameters
    ----------
    inputs : Inputs
        Of the rows.
    theta : ndarray, shape (groups + 2,)
        Log length scales, log signal variance, log noise variance.
    factor : ndarray, shape (n, n)
        The lower Cholesky factor of K.
    alpha : ndarray, shape (n,)
        :math:`K^{-1} y`.

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", algorithm 2.1.
    """

    inputs: Inputs
    theta: Array
    factor: Array
    alpha: Array

    @classmethod
    def of(cls, inputs: Inputs, y: Array, noise: Array, theta: Array) -> Posterior:
        """Return the posterior given targets of mean 0 and the rows' relative noise variances.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the covariance is not positive definite even with more and more jitter.
        """
        squared = distances(inputs, inputs)
        groups, n = len(squared), len(y)
        K = math.exp(theta[groups]) * matern52(squared, theta[:groups])[0]
        diagonal = np.diagonal(K) + math.exp(theta[groups + 1]) * noise
        jitter = JITTER
        while True:
            K.flat[:: n + 1] = diagonal + jitter
            try:
                factor = np.linalg.cholesky(K)
                break
            except np.linalg.LinAlgError:
                if jitter > 1.0:
                    raise
                jitter *= 100.0
        half = solve_triangular(factor, y, lower=True, check_finite=False)
        alpha = solve_triangular(factor, half, lower=True, trans=1, check_finite=False)
        return cls(inputs, theta, np.asarray(factor, dtype=np.float64), alpha)

    def _cross(self, queries: Inputs) -> Array:
        squared = distances(self.inputs, queries)
        groups = len(squared)
        return math.exp(self.theta[groups]) * matern52(squared, self.theta[:groups])[0]

    def marginal(self, queries: Inputs) -> tuple[Array, Array]:
        """Return mean and variance of the function, without noise, at each query, shape (m,)."""
        cross = self._cross(queries)
        half = solve_triangular(self.factor, cross, lower=True, check_finite=False)
        signal = math.exp(self.theta[-2])
        return cross.T @ self.alpha, np.maximum(signal - np.einsum("nm,nm->m", half, half), 0.0)

    def joint(self, queries: Inputs) -> tuple[Array, Array]:
        """Return the mean, shape (m,), and the covariance, shape (m, m), of the function."""
        cross = self._cross(queries)
        half = solve_triangular(self.factor, cross, lower=True, check_finite=False)
        squared = distances(queries, queries)
        prior = math.exp(self.theta[-2]) * matern52(squared, self.theta[: len(squared)])[0]
        return cross.T @ self.alpha, prior - half.T @ half
