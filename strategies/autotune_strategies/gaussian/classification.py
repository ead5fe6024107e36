"""A Gaussian process behind a yes or no: Laplace's approximation, its evidence and its answers."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.linalg import lapack, solve_triangular
from scipy.optimize import minimize
from scipy.special import expit

from autotune.strategy.validators import finite, positive
from autotune_strategies.gaussian.inference import Prior
from autotune_strategies.gaussian.kernel import Inputs, distances, matern52

__all__ = ["ClassPosterior", "ClassPrior", "fit_class_hyperparameters", "negative_log_evidence"]

Array: TypeAlias = NDArray[np.float64]

_LENGTHS = (-4.0, 4.0)
_VARIANCES = (-6.0, 5.0)
_MOST_STEPS = 30
_LEAST_RISE = 1e-6


@frozen
class ClassPrior:
    r"""What is held of the function behind yes and no before any data.

    .. math:: f \sim \mathcal{GP}\left(m,\; b^2 + s_1^2\, x^\top \Lambda^{-2} x'
              + s_2^2\, k(x, x')\right)

    with *k* the Matérn 5/2 kernel and :math:`\Lambda` the length scales. The constant learns how
    often there is a yes at all, the linear part which way it ends (one side of a plane in all
    space, as with memory or time), and the Matérn part what has no such form.

    Parameters
    ----------
    mean, offset : float
        The *m* and *b* above, as log odds.
    linear, local : float
        The most probable logarithms of the variances of the two parts.
    variance_sd : float
        The standard deviation of these logarithms.
    length_mode : float
        Factor on the most probable length scales, which are those of ``Prior``.
    length_sd : float
        The standard deviation of their logarithms.

    Examples
    --------
    >>> ClassPrior().mode(groups=1).round(2).tolist()
    [-0.89, 0.0, 1.0]
    """

    mean: float = field(default=2.0, validator=finite)
    offset: float = field(default=1.5, validator=positive)
    linear: float = field(default=0.0, validator=finite)
    local: float = field(default=1.0, validator=finite)
    variance_sd: float = field(default=1.0, validator=positive)
    length_mode: float = field(default=2.0, validator=positive)
    length_sd: float = field(default=1.0, validator=positive)

    def mode(self, groups: int) -> Array:
        """Return the most probable values: log lengths, log variances, linear and local."""
        theta = Prior().mode(groups)
        theta[:groups] += math.log(self.length_mode)
        theta[groups:] = self.linear, self.local
        return theta

    def sd(self, groups: int) -> Array:
        """Return their standard deviations."""
        return np.array([*(self.length_sd,) * groups, self.variance_sd, self.variance_sd])


@frozen(eq=False)
class _Mode:
    """The most probable function at the rows, and what Newton's method leaves behind."""

    evidence: float
    alpha: Array
    chance: Array
    root: Array
    factor: Array


def _mode_of(K: Array, y: Array, mean: float) -> _Mode | None:
    """Return the mode of the posterior, by Newton's method; None if it can't be found."""
    n, sign = len(y), np.where(y > 0, -1.0, 1.0)
    alpha, f = np.zeros(n), np.full(n, mean)
    before = -math.inf
    for _ in range(_MOST_STEPS):
        chance = expit(f)
        weight = np.maximum(chance * (1.0 - chance), 1e-10)
        root = np.sqrt(weight)
        B = root[:, None] * K * root
        B.flat[:: n + 1] += 1.0
        factor, failed = lapack.dpotrf(B, lower=1, clean=1)
        if failed != 0:
            return None
        b = weight * (f - mean) + (y - chance)
        c, _ = lapack.dpotrs(factor, root * (K @ b), lower=1)
        target = b - root * c
        step = 1.0
        while True:
            trial = alpha + step * (target - alpha)
            g = K @ trial
            now = -0.5 * float(trial @ g) - float(np.logaddexp(0.0, sign * (g + mean)).sum())
            if now >= before - 1e-9 or step < 1e-3:
                break
            step *= 0.5
        alpha, f = trial, g + mean
        if now - before < _LEAST_RISE:
            break
        before = now
    chance = expit(f)
    root = np.sqrt(np.maximum(chance * (1.0 - chance), 1e-10))
    B = root[:, None] * K * root
    B.flat[:: n + 1] += 1.0
    factor, failed = lapack.dpotrf(B, lower=1, clean=1)
    if failed != 0:
        return None
    evidence = now - float(np.log(np.diagonal(factor)).sum())
    return _Mode(evidence, alpha, chance, root, factor)


def _centred(squared: Array) -> Array:
    """Return by group the squared distances of the rows to their centroid, shape (groups, n)."""
    rows = squared.mean(axis=2)
    return np.asarray(rows - 0.5 * rows.mean(axis=1, keepdims=True))


def _linear(squared: Array, here: Array, there: Array, precision: Array) -> Array:
    """Return the products of what lies between rows and their centroid, by scaled lengths."""
    total = np.tensordot(precision, squared, axes=1)
    return np.asarray(0.5 * ((precision @ here)[:, None] + (precision @ there) - total))


def negative_log_evidence(
    theta: Array, squared: Array, y: Array, prior: ClassPrior
) -> tuple[float, Array]:
    r"""Return minus the logarithm of the posterior density of theta, and its gradient.

    Parameters
    ----------
    theta : ndarray, shape (groups + 2,)
        Log length scales, log variances of the linear and the local part.
    squared : ndarray, shape (groups, n, n)
        Squared distances.
    y : ndarray, shape (n,)
        1 for a yes, 0 for a no.
    prior : ClassPrior
        Of theta.

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", algorithm 5.1.
    """
    groups, n = len(squared), len(y)
    off = (theta - prior.mode(groups)) / prior.sd(groups)
    precision = np.exp(-2.0 * theta[:groups])
    centred = _centred(squared)
    linear = math.exp(theta[groups]) * _linear(squared, centred, centred, precision)
    correlation, slope = matern52(squared, theta[:groups])
    local = math.exp(theta[groups + 1])
    K = prior.offset**2 + linear + local * correlation
    found = _mode_of(K, y, prior.mean)
    if found is None:
        return 1e25, np.zeros(len(theta))
    root, factor, chance = found.root, found.factor, found.chance
    inverse, _ = lapack.dpotri(factor, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    R = root[:, None] * inverse * root
    KR = K @ R
    spread = np.diagonal(K) - np.einsum("ij,ji->i", KR, K)
    third = -chance * (1.0 - chance) * (1.0 - 2.0 * chance)
    s2 = 0.5 * spread * third
    v = s2 - KR.T @ s2
    g = y - chance
    M = 0.5 * (np.outer(found.alpha, found.alpha) - R) + 0.5 * (np.outer(v, g) + np.outer(g, v))
    gradient = np.empty(len(theta))
    flat = squared.reshape(groups, n * n)
    by_row = M.sum(axis=1)
    products = centred @ by_row - 0.5 * (flat @ M.ravel())
    gradient[:groups] = precision * (
        flat @ (M * (local * slope)).ravel() - 2.0 * math.exp(theta[groups]) * products
    )
    gradient[groups] = float(np.vdot(M, linear))
    gradient[groups + 1] = local * float(np.vdot(M, correlation))
    value = -found.evidence + 0.5 * float(off @ off)
    return value, off / prior.sd(groups) - gradient


def fit_class_hyperparameters(
    squared: Array, y: Array, prior: ClassPrior, start: Array | None = None
) -> Array:
    """Return the most probable hyper-parameters, from the prior's mode or from ``start``.

    Parameters
    ----------
    squared, y, prior
        As for ``negative_log_evidence``.
    start : ndarray, shape (groups + 2,), optional
        Where to begin: what was found with fewer data.
    """
    groups = len(squared)
    best, least = prior.mode(groups), math.inf
    for begin in [prior.mode(groups)] if start is None else [prior.mode(groups), start]:
        result = minimize(
            negative_log_evidence,
            begin,
            args=(squared, y, prior),
            jac=True,
            method="L-BFGS-B",
            bounds=[*(_LENGTHS,) * groups, _VARIANCES, _VARIANCES],
            options={"maxiter": 25},
        )
        if math.isfinite(result.fun) and result.fun < least:
            best, least = np.asarray(result.x, dtype=np.float64), float(result.fun)
    return best


@frozen(eq=False)
class ClassPosterior:
    """What a Gaussian process makes of n rows of yes and no.

    Parameters
    ----------
    inputs : Inputs
        Of the rows.
    theta : ndarray, shape (groups + 2,)
        Log length scales, log variances of the linear and the local part.
    prior : ClassPrior
        What was held before.

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", algorithms 3.1 and
    3.2; MacKay (1992), "The evidence framework applied to classification networks", Neural
    Computation 4, pp. 720-736, for the mean of a logistic function.
    """

    inputs: Inputs
    theta: Array
    prior: ClassPrior
    squared: Array
    found: _Mode

    @classmethod
    def of(cls, inputs: Inputs, y: Array, theta: Array, prior: ClassPrior) -> ClassPosterior:
        """Return the posterior given the answers at the rows.

        Raises
        ------
        numpy.linalg.LinAlgError
            If it can't be found.
        """
        squared = distances(inputs, inputs)
        groups = len(squared)
        centred = _centred(squared)
        K = prior.offset**2 + math.exp(theta[groups]) * _linear(
            squared, centred, centred, np.exp(-2.0 * theta[:groups])
        )
        K = K + math.exp(theta[groups + 1]) * matern52(squared, theta[:groups])[0]
        found = _mode_of(K, y, prior.mean)
        if found is None:
            raise np.linalg.LinAlgError("the mode of a Gaussian process could not be found")
        return cls(inputs, theta, prior, squared, found)

    def chance(self, queries: Inputs) -> Array:
        """Return the chance of a yes at each query, shape (m,)."""
        mean, variance = self.latent(queries)
        return expit(mean / np.sqrt(1.0 + math.pi / 8.0 * variance))

    def latent(self, queries: Inputs) -> tuple[Array, Array]:
        """Return mean and variance of the log odds at each query, shape (m,)."""
        theta, groups = self.theta, len(self.squared)
        precision = np.exp(-2.0 * theta[:groups])
        across = distances(self.inputs, queries)
        rows = self.squared.mean(axis=2)
        here = rows - 0.5 * rows.mean(axis=1, keepdims=True)
        there = across.mean(axis=1) - 0.5 * rows.mean(axis=1, keepdims=True)
        linear, local = math.exp(theta[groups]), math.exp(theta[groups + 1])
        cross = self.prior.offset**2 + linear * _linear(across, here, there, precision)
        cross += local * matern52(across, theta[:groups])[0]
        half = solve_triangular(
            self.found.factor, self.found.root[:, None] * cross, lower=True, check_finite=False
        )
        own = self.prior.offset**2 + linear * (precision @ there) + local
        variance = np.maximum(own - np.einsum("nm,nm->m", half, half), 0.0)
        return self.prior.mean + cross.T @ self.found.alpha, variance
