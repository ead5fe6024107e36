"""A Gaussian process that learns which trials succeed."""

from __future__ import annotations

import math
from typing import Any, ClassVar, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import AnticipateQuery, Estimate
from autotune.strategy.validators import count
from autotune.study import Accepted, Event, Rejected, Study
from autotune_strategies.gaussian.classification import (
    ClassPosterior,
    ClassPrior,
    fit_class_hyperparameters,
)
from autotune_strategies.gaussian.kernel import Inputs, distances, group_names
from autotune_strategies.target import target_column

__all__ = ["ClassifierState", "GaussianClassifier"]

Array: TypeAlias = NDArray[np.float64]

_FIRST_FIT = 4
_GROWTH = 1.2
# After an outcome that was held for so improbable, a little growth is enough.
_SURPRISE = 0.7
_GROWTH_IF_SURPRISED = 1.05


@frozen
class ClassifierState:
    """The state of a Gaussian classifier: what it has learnt.

    Parameters
    ----------
    lengths : tuple of (str, float)
        Logarithms of the length scales, by input group.
    linear, local : float
        Logarithms of the variances of the two parts of the kernel.
    last_fit : int
        How many trials were judged when it last learnt.
    """

    lengths: tuple[tuple[str, float], ...]
    linear: float
    local: float
    last_fit: int


def _prior(instance: object, attribute: Any, value: object) -> None:
    if not isinstance(value, ClassPrior):
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} is not a ClassPrior; give one "
            "such as ClassPrior(mean=1.0)"
        )


@frozen
class GaussianClassifier:
    r"""Anticipate the chance that a trial succeeds, by a Gaussian process on what has failed.

    .. math:: P(\text{success at } x) = \operatorname{E}\left[\frac{1}{1 + e^{-f(x)}}\right], \qquad
              f \sim \mathcal{GP}\left(m,\; b^2 + s_1^2\, x^\top \Lambda^{-2} x'
              + s_2^2\, k(x, x')\right)

    learnt from every judged trial: 1 if it has a score, 0 if it failed, of whatever kind. Inputs
    and distances are those of ``GaussianProcess``, so that it works in every space. The constant
    learns how often trials fail anywhere: where failures come by chance, neighbours that succeed
    outweigh them and nothing is fenced in. The linear part learns a limit of memory or time from
    few failures, the Matérn part islands, corners, strips and choices.

    While nothing has failed, the chance is 1 everywhere and nothing is computed. Length scales and
    variances are the most probable ones. They are learnt again when the number of judged trials has
    grown by a fifth; by a twentieth, if an outcome came as a surprise.

    Parameters
    ----------
    prior : ClassPrior
        What is held of the function before any data.
    max_rows : int
        With more judged trials only so many are looked at: the latest half, and others evenly
        spread.

    Examples
    --------
    >>> GaussianClassifier(max_rows=100).max_rows
    100

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", sections 3.4 and 5.5;
    Gelbart, Snoek and Adams (2014), "Bayesian optimization with unknown constraints", UAI, for what
    it is used for.
    """

    tells_success: ClassVar[bool] = True

    prior: ClassPrior = field(factory=ClassPrior, validator=_prior)
    max_rows: int = field(default=150, validator=count)

    def init(self) -> ClassifierState:
        """Return the state before any event."""
        return ClassifierState((), self.prior.linear, self.prior.local, 0)

    def update(self, state: ClassifierState, study: Study, event: Event) -> ClassifierState:
        """Take in an event: learn from a verdict if it is time."""
        if not isinstance(event, Accepted | Rejected):
            return state
        n = study.n_judged
        if n < max(_FIRST_FIT, state.last_fit * _GROWTH_IF_SURPRISED, state.last_fit + 1):
            return state
        if n < state.last_fit * _GROWTH and not _surprising(study, event.trial):
            return state
        data = self._data(study)
        names = group_names(study.known_space)
        if data is None or not names:
            return state
        inputs, y = data
        theta = fit_class_hyperparameters(
            distances(inputs, inputs), y, self.prior, self._theta(state, names)
        ).tolist()
        return ClassifierState(tuple(zip(names, theta[:-2], strict=True)), theta[-2], theta[-1], n)

    def read(self, state: ClassifierState, query: AnticipateQuery) -> Estimate | None:
        """Return the chance of success at the candidates; None for any other target."""
        if query.target != "success":
            return None
        study, n = query.study, len(query.parents)
        data = self._data(study)
        if data is None:
            return Estimate(np.ones(n), np.zeros(n))
        inputs, y = data
        names = group_names(study.known_space)
        if not names:
            return Estimate(np.full(n, y.mean()), np.zeros(n))
        theta = self._theta(state, names)
        try:
            posterior = ClassPosterior.of(inputs, y, theta, self.prior)
        except np.linalg.LinAlgError:
            return Estimate(np.full(n, y.mean()), np.zeros(n))
        chance = posterior.chance(Inputs.of(study.known_space, query.coordinates))
        return Estimate(chance, np.zeros(n))

    def _theta(self, state: ClassifierState, names: tuple[str, ...]) -> Array:
        known = dict(state.lengths)
        theta = self.prior.mode(len(names))
        for i, name in enumerate(names):
            theta[i] = known.get(name, theta[i])
        theta[-2:] = state.linear, state.local
        return theta

    def _data(self, study: Study) -> tuple[Inputs, Array] | None:
        """Return inputs and 1 or 0 of the judged trials; None while none has failed."""
        y = target_column(study, "success")
        rows = np.flatnonzero(np.isfinite(y))
        if len(rows) == 0 or y[rows].min() > 0:
            return None
        rows = _kept(rows, self.max_rows)
        coordinates = {name: column[rows] for name, column in study.coordinates.items()}
        return Inputs.of(study.known_space, coordinates), y[rows]


def _surprising(study: Study, trial: int) -> bool:
    success = float(study.proposals["anticipated_success"][trial - 1])
    outcome = study.outcome(trial)
    succeeded = not outcome.failed and math.isfinite(outcome.value)
    return abs(success - succeeded) > _SURPRISE


def _kept(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return the rows to look at, in order: all, or the latest half and others evenly spread."""
    n = len(rows)
    if n <= most:
        return rows
    half = most // 2
    early = np.linspace(0, n - (most - half) - 1, half).round().astype(np.int64)
    kept: NDArray[np.int64] = rows[np.concatenate([early, np.arange(n - (most - half), n)])]
    return kept
