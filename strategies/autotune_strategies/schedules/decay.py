"""Schedules that decay with the number of trials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import count, not_negative, positive
from autotune.study import Study
from autotune.study.events import ORIGINS

__all__ = [
    "Cosine",
    "Exponential",
    "InverseLinear",
    "JudgedSteps",
    "Linear",
    "check_between",
    "check_upside",
    "judged_steps",
    "own_trials",
    "progress",
]

_STEPS = [ORIGINS.index("explore"), ORIGINS.index("exploit")]


def own_trials(study: Study) -> int:
    """Return how many trials were proposed, not counting earlier results taken over.

    Parameters
    ----------
    study : Study
        The state.
    """
    return study.n_trials - study.n_prior


def progress(study: Study, budget: int) -> float:
    """Return the share of a budget that is used, from 0 to 1.

    Parameters
    ----------
    study : Study
        The state.
    budget : int
        Trials in all.
    """
    return min(own_trials(study) / budget, 1.0)


@frozen(eq=False)
class JudgedSteps:
    """The steps that were judged, in the order of their verdicts.

    Parameters
    ----------
    trial : ndarray of int64, shape (n,)
        Their trials.
    success : ndarray of bool, shape (n,)
        Whether a step was accepted, and not for something else than its gain.
    failure : ndarray of bool, shape (n,)
        Whether it made the model worse, or failed. A step may be neither: one that changed nothing.
    """

    trial: NDArray[np.int64]
    success: NDArray[np.bool_]
    failure: NDArray[np.bool_]


def judged_steps(study: Study) -> JudgedSteps:
    """Return the strategy's own steps with what came of them.

    Start points, given points and earlier results are not steps, so they are left out. A trial
    accepted in spite of a loss, as annealing does, is not a success.

    Parameters
    ----------
    study : Study
        The state.
    """
    verdicts = study.verdicts
    origin = study.proposals["origin"][verdicts["trial"] - 1]
    rows = verdicts.rows[np.isin(origin, _STEPS)]
    accepted, gain = rows["accepted"], rows["gain"]
    unknown = np.isnan(gain)
    return JudgedSteps(
        rows["trial"],
        accepted & (unknown | (gain > 0)),
        np.where(unknown, ~accepted, gain < 0),
    )


def check_upside(component: object, low: str, high: str) -> None:
    """Check that one field is not above another."""
    a, b = getattr(component, low), getattr(component, high)
    if not a <= b:
        name = type(component).__name__
        raise ComponentError(
            f"{name}.{low} = {a!r} must not be above {name}.{high} = {b!r}; swap them"
        )


def check_between(component: Any, field: str, low: str, high: str) -> None:
    """Check that a field lies between two others."""
    check_upside(component, low, high)
    value = getattr(component, field)
    if not getattr(component, low) <= value <= getattr(component, high):
        name = type(component).__name__
        raise ComponentError(
            f"{name}.{field} = {value!r} must be from {name}.{low} = {getattr(component, low)!r} "
            f"to {name}.{high} = {getattr(component, high)!r}; change it or widen them"
        )


@frozen
class Linear(Composed[ScheduleQuery, float]):
    r"""A number that goes evenly from one value to another while the budget is used up.

    .. math:: (1 - p) \cdot \text{initial} + p \cdot \text{final}

    with *p* the share of the budget used, from 0 to 1. Earlier results taken over don't count.

    Parameters
    ----------
    initial, final : float
        The number at the first trial, and from the end of the budget on.
    budget : int
        Trials in all.

    Examples
    --------
    >>> Linear(initial=1.0, final=0.5, budget=100).at(0.5)
    0.75
    """

    initial: float = field(default=1.0, validator=not_negative)
    final: float = field(default=0.1, validator=not_negative)
    budget: int = field(default=100, validator=count)

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        return self.initial == 0 or self.final == 0

    def at(self, share: float) -> float:
        """Return the number at a share of the budget."""
        return (1.0 - share) * self.initial + share * self.final

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number at this state."""
        return self.at(progress(query.study, self.budget))


@frozen
class Exponential(Composed[ScheduleQuery, float]):
    r"""A number that decays exponentially, down to a floor.

    .. math:: \max\left(\text{floor}, \text{initial} \cdot e^{-\text{decay} \cdot t}\right)

    with *t* the number of trials proposed so far (earlier results taken over don't count) or, if a
    budget is given, their share of it, at most 1.

    Parameters
    ----------
    initial : float
        The number at the first trial.
    decay : float
        The rate, for one trial or for the whole budget; with ln 2 = 0.69 the number halves.
    floor : float
        The least it becomes.
    budget : int, optional
        Trials in all.

    Examples
    --------
    >>> round(Exponential(initial=1.0, decay=0.1, floor=0.01).at(10), 3)
    0.368
    """

    initial: float = field(default=1.0, validator=positive)
    decay: float = field(default=0.05, validator=not_negative)
    floor: float = field(default=0.01, validator=not_negative)
    budget: int | None = field(default=None, validator=optional(count))

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0: without a floor it becomes too small for a double."""
        return self.floor == 0

    def at(self, t: float) -> float:
        """Return the number after so many trials, or at such a share of the budget."""
        return max(float(self.floor), self.initial * math.exp(-self.decay * t))

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number at this state."""
        return self.at(_time(query.study, self.budget))


def _time(study: Study, budget: int | None) -> float:
    return float(own_trials(study)) if budget is None else progress(study, budget)


@frozen
class Cosine(Composed[ScheduleQuery, float]):
    r"""A number that goes from one value to another along half a cosine: slow, fast, slow.

    .. math:: \text{final} + \tfrac{1}{2} (\text{initial} - \text{final}) (1 + \cos(\pi p))

    with *p* the share of the budget used, from 0 to 1. Earlier results taken over don't count.

    Parameters
    ----------
    initial, final : float
        The number at the first trial, and from the end of the budget on.
    budget : int
        Trials in all.

    Examples
    --------
    >>> cosine = Cosine(initial=1.0, final=0.0, budget=100)
    >>> cosine.at(0.0), round(cosine.at(0.25), 3), cosine.at(1.0)
    (1.0, 0.854, 0.0)

    References
    ----------
    Loshchilov and Hutter (2017), "SGDR: Stochastic gradient descent with warm restarts", ICLR,
    equation 5, with one period.
    """

    initial: float = field(default=1.0, validator=not_negative)
    final: float = field(default=0.1, validator=not_negative)
    budget: int = field(default=100, validator=count)

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        return self.initial == 0 or self.final == 0

    def at(self, share: float) -> float:
        """Return the number at a share of the budget."""
        # Weights of the two ends, so that the ends themselves are met exactly.
        weight = (1.0 + math.cos(math.pi * share)) / 2.0
        return weight * self.initial + (1.0 - weight) * self.final

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number at this state."""
        return self.at(progress(query.study, self.budget))


@frozen
class InverseLinear(Composed[ScheduleQuery, float]):
    r"""A number that decays as one over the number of trials, down to a floor.

    .. math:: \max\left(\text{floor}, \frac{\text{initial}}{1 + n \cdot \text{decay}}\right)

    with *n* the number of trials proposed so far.

    Parameters
    ----------
    initial : float
        The number at the first trial.
    decay : float
        The rate: with 0.25 it takes four trials to halve.
    floor : float
        The least it becomes.

    Examples
    --------
    >>> InverseLinear(initial=1.0, decay=0.25, floor=0.5).at(1)
    0.8

    References
    ----------
    The exploration rate of the AutoTune prototype (2018).
    """

    initial: float = field(default=1.0, validator=not_negative)
    decay: float = field(default=0.25, validator=not_negative)
    floor: float = field(default=0.5, validator=not_negative)

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        return self.floor == 0 and self.initial == 0

    def at(self, n_trials: int) -> float:
        """Return the number after so many trials."""
        return max(float(self.floor), self.initial / (1.0 + n_trials * self.decay))

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number at this state."""
        return self.at(query.study.n_trials)
