"""A Gaussian process that learns its length scales and its noise."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional
from numpy.typing import NDArray
from scipy.special import expit

from autotune.errors import ComponentError
from autotune.strategy import AnticipateQuery, Estimate, Key
from autotune.strategy.component import OMITTED_AT_DEFAULT
from autotune.strategy.validators import count, one_of, part, positive
from autotune.study import Accepted, Event, Rejected, Study
from autotune_strategies.gaussian.inference import (
    Posterior,
    Prior,
    fit_hyperparameters,
    negative_log_posterior,
    own_share,
)
from autotune_strategies.gaussian.kernel import Inputs, distances, group_names, matern52
from autotune_strategies.target import target_column
from autotune_strategies.warps import FittedWarp, NoWarp, Standard, Warp
from autotune_strategies.weights import LEAST_WEIGHT, EvenWeights, WeightQuery, Weights

__all__ = ["GaussianProcess", "GaussianState"]

Array: TypeAlias = NDArray[np.float64]


# Fewer rows than this say next to nothing about length scales.
_FIRST_FIT = 4
_GROWTH = 1.2


@frozen
class GaussianState:
    """The state of a Gaussian process: what it has learnt.

    Parameters
    ----------
    weights : object
        The state of the weights.
    lengths : tuple of (str, float)
        Logarithms of the length scales, by input group.
    signal, noise : float
        Logarithms of the variances of signal and noise.
    next_fit : int
        How many judged trials the next fit waits for.
    nugget : float, optional
        The log odds of the configuration's own share of the noise.
    """

    weights: Any
    lengths: tuple[tuple[str, float], ...]
    signal: float
    noise: float
    next_fit: int
    nugget: float | None = None


def _warp(instance: object, attribute: Any, value: object) -> None:
    if isinstance(value, type) or not isinstance(value, Warp):
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} is not a warp; give one such "
            "as NoWarp()"
        )


def _prior(instance: object, attribute: Any, value: object) -> None:
    if not isinstance(value, Prior):
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} is not a Prior; give one such "
            "as Prior(noise=-6.0)"
        )


@frozen
class GaussianProcess:
    r"""Anticipate by a Gaussian process on the usable trials of the record.

    .. math:: y_t = f(x_t) + \varepsilon_t, \qquad f \sim \mathcal{GP}(0, s^2 k), \qquad
              \varepsilon_t \sim N(0, \sigma^2 / w_t)

    with *k* the Matérn 5/2 kernel and a length scale for each parameter: on its natural scale
    where it has an order, the same or different (Hamming) where it has none, and two for a
    sequence, of its elements and its length. An inactive parameter lies a unit beside the values
    (see ``autotune_strategies.gaussian.kernel.distances``). Targets are warped and standardised.
    The standard deviation is that of *f*, without the noise of one evaluation.

    Length scales, signal and noise are the most probable ones. They are learnt again each time the
    number of judged trials has grown by a fifth, and remembered in between, for learning costs more
    than asking. From two trials on it has something to say.

    Parameters
    ----------
    target : {"score", "seconds"}
        What the hyper-parameters are learnt for; on the other target those of the prior serve.
    weights : Weights
        How much each trial counts: the noise of a row is divided by its weight.
    warp : Warp
        What is done to the target first.
    of : {"level", "change"}
        With "change" a candidate is expected at its parent's measured value plus what changes from
        there, as for ``Regression``; with "level" the parent is smoothed like every other trial.
    prior : Prior
        What is held of the hyper-parameters before any data.
    max_rows : int
        With more usable trials only so many are looked at: the best third, the latest third, and
        others evenly spread. Of failed ones, the latest third of that.
    failure_noise : float, optional
        With it, a failed trial counts as one with the mean score, so that what is around it is no
        longer wholly uncertain, and not the most promising only because nothing is known there. Its
        noise has this variance, that of all scores being 1, divided by the square of the share of
        failures around it: where others succeed, it says next to nothing. The smaller, the further
        the search stays away. Nothing is learnt from failures about length scales and noise. None
        if they are not to count.

    Examples
    --------
    >>> GaussianProcess(max_rows=200).target
    'score'

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", chapters 2 and 5;
    Snoek, Larochelle and Adams (2012), "Practical Bayesian optimization of machine learning
    algorithms", NeurIPS; for the prior see ``Prior``.
    """

    target: Literal["score", "seconds"] = field(
        default="score", validator=one_of("score", "seconds")
    )
    weights: Weights = field(factory=EvenWeights, validator=part)
    warp: Warp = field(factory=NoWarp, validator=_warp)
    of: Literal["level", "change"] = field(default="level", validator=one_of("level", "change"))
    prior: Prior = field(factory=Prior, validator=_prior)
    max_rows: int = field(default=200, validator=count)
    failure_noise: float | None = field(
        default=None,
        validator=optional(positive),
        metadata=OMITTED_AT_DEFAULT,
    )

    def init(self) -> GaussianState:
        """Return the state before any event."""
        own = self.prior.mode(0)[2:].tolist()
        return GaussianState(self.weights.init(), (), 0.0, self.prior.noise, _FIRST_FIT, *own)

    def update(self, state: GaussianState, study: Study, event: Event) -> GaussianState:
        """Take in an event: learn from a verdict if enough have come since the last time."""
        weights = self.weights.update(state.weights, study, event)
        if weights is not state.weights:
            state = evolve(state, weights=weights)
        if not isinstance(event, Accepted | Rejected) or study.n_judged < state.next_fit:
            return state
        key = Key(study.begun.seed).child("gaussian process", study.n_judged)
        data = self._data(state, study, self.target, key)
        next_fit = max(study.n_judged + 1, math.ceil(study.n_judged * _GROWTH))
        names = group_names(study.known_space)
        if data is None or len(data[1]) < _FIRST_FIT or not names:
            return evolve(state, next_fit=next_fit)
        inputs, z, noise, _ = data
        theta = fit_hyperparameters(
            distances(inputs, inputs), z, noise, self.prior, self._theta(state, names)
        ).tolist()
        d = len(names)
        lengths = tuple(zip(names, theta[:d], strict=True))
        return GaussianState(weights, lengths, theta[d], theta[d + 1], next_fit, *theta[d + 2 :])

    def read(self, state: GaussianState, query: AnticipateQuery) -> Estimate | None:
        """Return means and standard deviations at the candidates, or None."""
        study = query.study
        fitted = self._posterior(state, study, query.target, query.key)
        n = len(query.parents)
        if fitted is None:
            return None
        posterior, back, y = fitted
        if posterior is None:
            mean, variance = np.zeros(n), np.ones(n)
            return Estimate(*back.restore(mean, np.sqrt(variance)))
        queries = Inputs.of(study.known_space, query.coordinates)
        mean, variance = posterior.marginal(queries)
        if self.of == "change":
            mean = mean + self._luck(study, posterior, back, y, query.parents)
        noise = back.restore(mean, np.full(n, math.sqrt(posterior.noise)))[1]
        return Estimate(*back.restore(mean, np.sqrt(variance)), noise)

    def joint(
        self, state: GaussianState, query: AnticipateQuery
    ) -> tuple[Array, Array, Array] | None:
        """Return mean and covariance at the candidates in warped, standardised units.

        For draws of whole functions, as Thompson sampling needs them.

        Returns
        -------
        tuple of ndarray, or None
            Mean, shape (n,), covariance, shape (n, n), and the candidates' means in the units of
            the target; None where the record says nothing.
        """
        fitted = self._posterior(state, query.study, query.target, query.key)
        if fitted is None:
            return None
        posterior, back, _ = fitted
        if posterior is None:
            return None
        queries = Inputs.of(query.study.known_space, query.coordinates)
        mean, covariance = posterior.joint(queries)
        return mean, covariance, back.restore(mean, np.zeros(len(mean)))[0]

    def nothing_matters(
        self, state: GaussianState, study: Study, key: Key
    ) -> tuple[float, float, float] | None:
        r"""Return the chance that no parameter matters to the target, and what then is to be said.

        By Schwarz' criterion, with *k* length scales and a signal more in the process than in a
        mean and a variance,

        .. math:: P = \frac{1}{1 + \exp\left(L_0 - L_1 - \frac{k + 1}2 \log n\right)},

        *L* being minus the logarithms of the likelihoods.

        Returns
        -------
        tuple of float, or None
            The chance, and mean and variance of the warped target; None with fewer than two trials.

        References
        ----------
        Schwarz (1978), "Estimating the dimension of a model", Annals of Statistics 6, pp. 461-464.
        """
        data = self._data(state, study, self.target, key)
        if data is None:
            return None
        inputs, z, noise, back = data
        names = group_names(study.known_space)
        mean, sd = back.standard.restore(np.zeros(1), np.ones(1))
        n, d = len(z), len(names)
        if d == 0:
            return 1.0, float(mean[0]), float(sd[0]) ** 2
        theta = self._theta(state, names)
        squared = distances(inputs, inputs)
        off = (theta - self.prior.mode(d)) / self.prior.sd(d)
        density, _ = negative_log_posterior(theta, squared, z, noise, self.prior)
        process = density - 0.5 * float(off @ off)
        spread = max(float(np.var(z)), float(np.finfo(np.float64).tiny))
        nothing = 0.5 * n * (1.0 + math.log(spread))
        chance = float(expit(process + 0.5 * (d + 1) * math.log(n) - nothing))
        return chance, float(mean[0]), spread * float(sd[0]) ** 2

    def _posterior(
        self, state: GaussianState, study: Study, target: str, key: Key
    ) -> tuple[Posterior | None, _Back, Array] | None:
        data = self._data(state, study, target, key)
        if data is None:
            return None
        inputs, z, noise, back = data
        names = group_names(study.known_space)
        if target == self.target:
            theta = self._theta(state, names)
        else:
            theta = self.prior.mode(len(names))
        y = target_column(study, target)
        if not names:
            return None, back, y
        failed = self._failed(study) if target == "score" else ()
        if len(failed) > 0:
            assert self.failure_noise is not None
            usable = np.flatnonzero(np.isfinite(y))
            rows = np.concatenate([usable[_kept(y[usable], self.max_rows)], failed])
            inputs = _inputs_of(study, rows)
            z = np.append(z, np.zeros(len(failed)))
            variance = self.failure_noise / (1.0 - _success_around(inputs, len(failed), theta)) ** 2
            d = len(names)
            luck = math.exp(theta[d + 1]) * (1.0 - own_share(theta, d))
            noise = np.append(noise, variance / luck)
        try:
            return Posterior.of(inputs, z, noise, theta), back, y
        except np.linalg.LinAlgError:
            return None, back, y

    def _failed(self, study: Study) -> NDArray[np.int64]:
        """Return the rows of failed trials that count."""
        if self.failure_noise is None:
            return np.empty(0, dtype=np.int64)
        outcomes = study.outcomes()
        return np.flatnonzero(outcomes.judged & ~outcomes.usable)[-(self.max_rows // 3 or 1) :]

    def _luck(
        self, study: Study, posterior: Posterior, back: _Back, y: Array, parents: NDArray[np.int64]
    ) -> Array:
        """Return how far each parent was measured above what the process makes of it."""
        rows = np.unique(parents)
        rows = rows[(rows > 0) & (rows <= len(y))]
        rows = rows[np.isfinite(y[rows - 1])]
        luck = np.zeros(len(y) + 1)
        if len(rows) > 0:
            coordinates = {name: c[rows - 1] for name, c in study.coordinates.items()}
            smoothed, _ = posterior.marginal(Inputs.of(study.known_space, coordinates))
            luck[rows] = back.forward(y[rows - 1]) - smoothed
        inside = (parents > 0) & (parents <= len(y))
        result: Array = luck[np.where(inside, parents, 0)]
        return result

    def _theta(self, state: GaussianState, names: tuple[str, ...]) -> Array:
        known = dict(state.lengths)
        theta = self.prior.mode(len(names))
        for i, name in enumerate(names):
            theta[i] = known.get(name, theta[i])
        own = () if state.nugget is None else (state.nugget,)
        theta[len(names) :] = state.signal, state.noise, *own
        return theta

    def _data(
        self, state: GaussianState, study: Study, target: str, key: Key
    ) -> tuple[Inputs, Array, Array, _Back] | None:
        """Return inputs, targets, relative noise variances, and the way back to the target."""
        y = target_column(study, target)
        usable = np.flatnonzero(np.isfinite(y))
        if len(usable) < 2:
            return None
        warp = self.warp.fit(y[usable])
        warped = warp.forward(y[usable])
        standard = Standard.of(warped, np.ones(len(usable)))
        kept = _kept(y[usable], self.max_rows)
        rows = usable[kept]
        w = np.asarray(
            self.weights.read(state.weights, WeightQuery(study, key.child("weights"), target, rows))
        )
        noise = 1.0 / np.maximum(w / w.max(), LEAST_WEIGHT)
        inputs = _inputs_of(study, rows)
        return inputs, standard.forward(warped)[kept], noise, _Back(warp, standard)


def _success_around(inputs: Inputs, n_failed: int, theta: Array) -> Array:
    """Return the share of successes around each failed row, those being the last ones."""
    squared = distances(inputs, inputs)
    near = matern52(squared[:, -n_failed:], theta[: len(squared)])[0]
    return np.asarray(near[:, :-n_failed].sum(axis=1) / near.sum(axis=1))


def _inputs_of(study: Study, rows: NDArray[np.int64]) -> Inputs:
    coordinates = {name: column[rows] for name, column in study.coordinates.items()}
    return Inputs.of(study.known_space, coordinates)


@frozen(eq=False)
class _Back:
    """From standardised, warped values to those of the target."""

    warp: FittedWarp
    standard: Standard

    def forward(self, y: Array) -> Array:
        return self.standard.forward(self.warp.forward(y))

    def restore(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        return self.warp.restore(*self.standard.restore(mean, sd))


def _kept(y: Array, most: int) -> NDArray[np.int64]:
    """Return which rows to look at, in order: all, or the best, the latest and some of the rest."""
    n = len(y)
    if n <= most:
        return np.arange(n)
    third = most // 3
    keep = np.zeros(n, dtype=np.bool_)
    keep[n - third :] = True
    keep[np.argsort(-y, kind="stable")[:third]] = True
    rest = np.flatnonzero(~keep)
    room = most - int(keep.sum())
    keep[rest[np.linspace(0, len(rest) - 1, room).round().astype(np.int64)]] = True
    return np.flatnonzero(keep)
