"""The product of several schedules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune_strategies.schedules.several import as_tuple, check_schedules, read_all

__all__ = ["Product"]

_LARGEST = float(np.finfo(np.float64).max)
_SMALLEST = math.ulp(0.0)


@frozen
class Product(Composed[ScheduleQuery, float | NDArray[np.float64]]):
    """Several schedules multiplied: a length for each parameter that decays, for example.

    Parameters
    ----------
    schedules : tuple of Schedule
        One or more. A product beyond the doubles is the largest, or the smallest, there is.

    Examples
    --------
    >>> from autotune_strategies.schedules.cosine import Cosine
    >>> from autotune_strategies.schedules.per_parameter_success import PerParameterSuccess
    >>> len(Product((PerParameterSuccess(), Cosine(1.0, 0.1, 100))).schedules)
    2
    """

    schedules: tuple[Schedule, ...] = field(converter=as_tuple, validator=check_schedules)

    @property
    def may_be_zero(self) -> bool:
        """Whether one of them may."""
        return any(getattr(schedule, "may_be_zero", False) for schedule in self.schedules)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float | NDArray[np.float64]:
        """Return the product at this state: a vector if one of them is."""
        product = np.ones(())
        for value in read_all(self.schedules, state, query):
            factor = np.asarray(value, dtype=np.float64)
            with np.errstate(over="ignore", under="ignore"):
                positive = (product > 0) & (factor > 0)
                product = np.minimum(product * factor, _LARGEST)
                product = np.where(positive, np.maximum(product, _SMALLEST), product)
        return float(product) if product.ndim == 0 else product
