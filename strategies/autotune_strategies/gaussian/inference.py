"""The likelihood of a Gaussian process's hyper-parameters, and its posterior."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray
from scipy.linalg import lapack, solve_triangular
from scipy.optimize import minimize
from scipy.special import expit

from autotune.errors import ComponentError
from autotune.strategy.component import OMITTED_AT_DEFAULT
from autotune.strategy.validators import positive
from autotune_strategies.gaussian.kernel import Inputs, distances, matern52

__all__ = ["JITTER", "Posterior", "Prior", "fit_hyperparameters", "negative_log_posterior"]

Array: TypeAlias = NDArray[np.float64]


JITTER = 1e-8
_LOWEST_LENGTH, _HIGHEST_LENGTH = -5.0, 6.0
_LOWEST_SIGNAL, _HIGHEST_SIGNAL = -4.0, 4.0
_LOWEST_NOISE, _HIGHEST_NOISE = -12.0, 2.0
_HIGHEST_ODDS = 7.0
_NUGGET_SD = 1.0


def _within_bounds(instance: object, attribute: Any, value: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not _LOWEST_NOISE <= value <= _HIGHEST_NOISE:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a number from "
            f"{_LOWEST_NOISE} to {_HIGHEST_NOISE}: the logarithm of a variance"
        )


def _inside(instance: object, attribute: Any, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value < 1:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a number between 0 "
            "and 1, or None"
        )


@frozen
class Prior:
    r"""A prior of the hyper-parameters: each is log-normal.

    The length scales' location grows with the number of groups *d*, so that a process with many
    inputs is not taken to be rougher: the density of ℓ has its mode at
    :math:`\exp(\sqrt2 + \tfrac12 \log d - 3)`.

    Parameters
    ----------
    length_sd : float
        Of the logarithms of the length scales.
    noise, noise_sd : float
        Of the logarithm of the noise variance, the targets having variance 1.
    signal_sd : float
        Of the logarithm of the signal variance, around 0.
    nugget : float, optional
        What share of that noise is no luck but the configuration's own, and comes again when it is
        evaluated again; it is learnt where some are. None: all is luck.

    Examples
    --------
    >>> Prior(noise=-6.0).mode(groups=1).round(2).tolist()
    [-1.59, 0.0, -6.0]

    References
    ----------
    Hvarfner, Hellsten and Nardi (2024), "Vanilla Bayesian optimization performs great in high
    dimensions", ICML, section 4.
    """

    length_sd: float = field(default=math.sqrt(3.0), validator=positive)
    noise: float = field(default=-4.0, validator=_within_bounds)
    noise_sd: float = field(default=1.0, validator=positive)
    signal_sd: float = field(default=1.0, validator=positive)
    nugget: float | None = field(
        default=None, validator=optional(_inside), metadata=OMITTED_AT_DEFAULT
    )

    def mode(self, groups: int) -> Array:
        """Return the most probable values: log lengths, log signal and log noise variance.

        With a nugget, the log odds of its share come last.
        """
        length = math.sqrt(2.0) + 0.5 * math.log(max(groups, 1)) - 3.0
        mode = [*(length,) * groups, 0.0, self.noise]
        if self.nugget is not None:
            mode.append(math.log(self.nugget / (1.0 - self.nugget)))
        return np.array(mode)

    def sd(self, groups: int) -> Array:
        """Return their standard deviations."""
        sd = [*(self.length_sd,) * groups, self.signal_sd, self.noise_sd]
        if self.nugget is not None:
            sd.append(_NUGGET_SD)
        return np.array(sd)


def negative_log_posterior(
    theta: Array, squared: Array, y: Array, noise: Array, prior: Prior
) -> tuple[float, Array]:
    r"""Return minus the logarithm of the posterior density, up to a constant, and its gradient.

    .. math:: \tfrac12 y^\top K^{-1} y + \tfrac12 \log |K|
              + \tfrac12 \sum_i \left(\frac{\theta_i - \mu_i}{\sigma_i}\right)^2, \qquad
              K = s^2 k + \sigma^2 \left(\rho S + (1 - \rho) \operatorname{diag}(\nu)\right)

    where *S* is 1 for rows of one configuration, and 0 otherwise.

    Parameters
    ----------
    theta : ndarray, shape (groups + 2,) or (groups + 3,)
        Log length scales, log signal variance, log noise variance, and the log odds of *ρ*, which
        is 0 without.
    squared : ndarray, shape (groups, n, n)
        Squared distances.
    y : ndarray, shape (n,)
        Targets of mean 0.
    noise : ndarray, shape (n,)
        The relative noise variances *ν* of the rows.
    prior : Prior
        Of theta.
    """
    groups, n = len(squared), len(y)
    correlation, slope = matern52(squared, theta[:groups])
    signal, spread = math.exp(theta[groups]), math.exp(theta[groups + 1])
    own = own_share(theta, groups)
    K = signal * correlation
    if own > 0:
        same = _same(squared)
        K += (spread * own) * same
    K.flat[:: n + 1] += spread * (1.0 - own) * noise + JITTER
    factor, failed = lapack.dpotrf(K, lower=1)
    if failed != 0:
        return 1e25, np.zeros(len(theta))
    log_determinant = float(np.log(np.diagonal(factor)).sum())
    inverse, _ = lapack.dpotri(factor, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    alpha = inverse @ y
    off = (theta - prior.mode(groups)) / prior.sd(groups)
    value = 0.5 * float(y @ alpha) + log_determinant + 0.5 * float(off @ off)
    M = 0.5 * (inverse - np.outer(alpha, alpha))
    gradient = off / prior.sd(groups)
    # The sums over all pairs of rows, as one product of a matrix with a vector.
    gradient[:groups] += (squared.reshape(groups, n * n) @ (M * (signal * slope)).ravel()) * np.exp(
        -2.0 * theta[:groups]
    )
    gradient[groups] += signal * float(np.vdot(M, correlation))
    if own == 0:
        gradient[groups + 1] += spread * float(np.diagonal(M) @ noise)
        return value, gradient
    shared, single = float(np.vdot(M, same)), float(np.diagonal(M) @ noise)
    gradient[groups + 1] += spread * (own * shared + (1.0 - own) * single)
    gradient[groups + 2] += spread * own * (1.0 - own) * (shared - single)
    return value, gradient


def own_share(theta: Array, groups: int) -> float:
    """Return the share of the noise that is the configuration's own; 0 without a nugget."""
    return float(expit(theta[groups + 2])) if len(theta) > groups + 2 else 0.0


def _same(squared: Array) -> Array:
    """Return 1 for pairs of one configuration, and 0 for all others."""
    return np.asarray(np.all(squared == 0.0, axis=0), dtype=np.float64)


def fit_hyperparameters(
    squared: Array, y: Array, noise: Array, prior: Prior, start: Array | None = None
) -> Array:
    """Return the most probable hyper-parameters, from the prior's mode and from ``start``.

    Parameters
    ----------
    squared, y, noise, prior
        As for ``negative_log_posterior``.
    start : ndarray, shape (groups + 2,), optional
        Where else to begin: what was found with fewer data.
    """
    groups = len(squared)
    bounds = [
        *((_LOWEST_LENGTH, _HIGHEST_LENGTH),) * groups,
        (_LOWEST_SIGNAL, _HIGHEST_SIGNAL),
        (_LOWEST_NOISE, _HIGHEST_NOISE),
    ]
    if prior.nugget is not None:
        bounds.append((-_HIGHEST_ODDS, _HIGHEST_ODDS))
    best, least = prior.mode(groups), math.inf
    for begin in [prior.mode(groups)] if start is None else [prior.mode(groups), start]:
        result = minimize(
            negative_log_posterior,
            begin,
            args=(squared, y, noise, prior),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 40},
        )
        if math.isfinite(result.fun) and result.fun < least:
            best, least = np.asarray(result.x, dtype=np.float64), float(result.fun)
    return best


@frozen(eq=False)
class Posterior:
    r"""A Gaussian process that has seen n rows.

    .. math:: \mu(q) = k_q^\top K^{-1} y, \qquad
              \Sigma(q, q') = k(q, q') - k_q^\top K^{-1} k_{q'}

    Parameters
    ----------
    inputs : Inputs
        Of the rows.
    theta : ndarray, shape (groups + 2,) or (groups + 3,)
        As for ``negative_log_posterior``.
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
        spread, own = math.exp(theta[groups + 1]), own_share(theta, groups)
        K = math.exp(theta[groups]) * matern52(squared, theta[:groups])[0]
        if own > 0:
            K += (spread * own) * _same(squared)
        diagonal = np.diagonal(K) + spread * (1.0 - own) * noise
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
        return self._covariance(distances(self.inputs, queries))

    def _covariance(self, squared: Array) -> Array:
        groups = len(squared)
        covariance = math.exp(self.theta[groups]) * matern52(squared, self.theta[:groups])[0]
        own = own_share(self.theta, groups)
        if own > 0:
            covariance += math.exp(self.theta[groups + 1]) * own * _same(squared)
        return covariance

    @property
    def noise(self) -> float:
        """The variance of the luck in one evaluation."""
        groups = len(self.inputs.numbers)
        return math.exp(self.theta[groups + 1]) * (1.0 - own_share(self.theta, groups))

    def marginal(self, queries: Inputs) -> tuple[Array, Array]:
        """Return mean and variance of the function, without noise, at each query, shape (m,)."""
        cross = self._cross(queries)
        half = solve_triangular(self.factor, cross, lower=True, check_finite=False)
        groups = len(self.inputs.numbers)
        prior = math.exp(self.theta[groups])
        own = own_share(self.theta, groups)
        if own > 0:
            prior += math.exp(self.theta[groups + 1]) * own
        return cross.T @ self.alpha, np.maximum(prior - np.einsum("nm,nm->m", half, half), 0.0)

    def joint(self, queries: Inputs) -> tuple[Array, Array]:
        """Return the mean, shape (m,), and the covariance, shape (m, m), of the function."""
        cross = self._cross(queries)
        half = solve_triangular(self.factor, cross, lower=True, check_finite=False)
        prior = self._covariance(distances(queries, queries))
        return cross.T @ self.alpha, prior - half.T @ half
