"""Exponential decay to a floor."""

from __future__ import annotations

import math
from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import count, not_negative, positive
from autotune.study import Study
from autotune_strategies.schedules.counting import own_trials, progress

__all__ = ["Exponential"]


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
