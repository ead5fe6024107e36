"""The larger of several schedules."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune_strategies.schedules.several import as_tuple, check_schedules, read_all

__all__ = ["Maximum"]


@frozen
class Maximum(Composed[ScheduleQuery, float | NDArray[np.float64]]):
    """The largest of several schedules: one rule, but never below another.

    Parameters
    ----------
    schedules : tuple of Schedule
        One or more.

    Examples
    --------
    >>> from autotune_strategies.schedules.by_recent_accuracy import ByRecentAccuracy
    >>> from autotune_strategies.schedules.inverse_linear import InverseLinear
    >>> len(Maximum((ByRecentAccuracy(), InverseLinear(floor=0.0))).schedules)
    2
    """

    schedules: tuple[Schedule, ...] = field(converter=as_tuple, validator=check_schedules)

    @property
    def may_be_zero(self) -> bool:
        """Whether all of them may."""
        return all(getattr(schedule, "may_be_zero", False) for schedule in self.schedules)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float | NDArray[np.float64]:
        """Return the largest at this state: a vector if one of them is."""
        values = read_all(self.schedules, state, query)
        largest = np.asarray(values[0], dtype=np.float64)
        for value in values[1:]:
            largest = np.maximum(largest, value)
        return float(largest) if largest.ndim == 0 else largest
