"""As many parameters as a schedule says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import part
from autotune_strategies.moves.numbers.query import NumberQuery

__all__ = ["Scheduled"]


@frozen
class Scheduled(Composed[NumberQuery, NDArray[np.float64]]):
    r"""Change as many parameters as a schedule says, on average.

    With *v* the schedule's value, brought between 1 and the number of parameters *d*, the number is
    :math:`\lfloor v \rfloor` or one more, the latter with chance :math:`v - \lfloor v \rfloor`. So
    a search may start with steps in many parameters and end with steps in one.

    Parameters
    ----------
    schedule : Schedule
        The number; of one that answers a value for each parameter the mean counts.

    Examples
    --------
    >>> from autotune_strategies.schedules.exponential import Exponential
    >>> Scheduled(Exponential(initial=4.0, floor=1.0)).schedule.initial
    4.0

    References
    ----------
    Regis and Shoemaker (2013), "Combining radial basis function surrogates and dynamic coordinate
    search in high-dimensional expensive black-box optimization", Engineering Optimization 45,
    pp. 529-555, who perturb ever fewer coordinates.
    """

    schedule: Schedule = field(validator=part)

    def read(self, state: tuple[Any, ...], query: NumberQuery) -> NDArray[np.float64]:
        """Return the chances of 1, 2, … parameters, shape (most,)."""
        answer = self.read_part(
            state, "schedule", ScheduleQuery(query.study, query.key.child("schedule"))
        )
        # Brought between the bounds first: a sum of values as large as doubles get has no mean.
        value = float(np.mean(np.clip(answer, 0.0, float(query.most) * np.size(answer))))
        value = min(max(value, 1.0), float(query.most))
        below = math.floor(value)
        chances = np.zeros(query.most)
        chances[below - 1] = 1.0 - (value - below)
        if below < query.most:
            chances[below] = value - below
        return chances
