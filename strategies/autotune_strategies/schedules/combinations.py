"""Constant schedules, and schedules made of others."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import as_tuple, not_negative, part
from autotune_strategies.schedules.decay import check_upside

__all__ = ["Clipped", "Constant", "Maximum", "Product", "check_schedules", "read_all"]


@frozen
class Constant(Composed[ScheduleQuery, float]):
    """The same number at every trial.

    Parameters
    ----------
    value : float
        The number, at least 0.

    Examples
    --------
    >>> Constant(0.1)
    Constant(value=0.1)
    """

    value: float = field(validator=not_negative)

    @property
    def may_be_zero(self) -> bool:
        """Whether it is 0."""
        return self.value == 0

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number."""
        return float(self.value)


def check_schedules(
    instance: object, attribute: attrs.Attribute[Any], value: tuple[Schedule, ...]
) -> None:
    """Check that a field holds at least one schedule, and nothing else."""
    if len(value) == 0:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = () must hold at least one schedule"
        )
    for schedule in value:
        part(instance, attribute, schedule)


def read_all(
    schedules: tuple[Schedule, ...], state: tuple[Any, ...], query: ScheduleQuery
) -> list[Any]:
    """Return what each schedule answers, each asked under a key of its own."""
    return [
        schedule.read(part_state, ScheduleQuery(query.study, query.key.child(i)))
        for i, (part_state, schedule) in enumerate(zip(state, schedules, strict=True))
    ]


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
    >>> from autotune_strategies.schedules.decay import Cosine
    >>> from autotune_strategies.schedules.adaptive import PerParameterSuccess
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


@frozen
class Maximum(Composed[ScheduleQuery, float | NDArray[np.float64]]):
    """The largest of several schedules: one rule, but never below another.

    Parameters
    ----------
    schedules : tuple of Schedule
        One or more.

    Examples
    --------
    >>> from autotune_strategies.schedules.adaptive import ByRecentAccuracy
    >>> from autotune_strategies.schedules.decay import InverseLinear
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


@frozen
class Clipped(Composed[ScheduleQuery, float | NDArray[np.float64]]):
    """Another schedule's number, or numbers, brought within bounds.

    Parameters
    ----------
    of : Schedule
        The schedule.
    floor, ceiling : float
        Bounds; None for no upper one.

    Examples
    --------
    >>> from autotune_strategies.schedules.decay import Exponential
    >>> Clipped(Exponential(initial=2.0), floor=0.05, ceiling=1.0).ceiling
    1.0
    """

    of: Schedule = field(validator=part)
    floor: float = field(default=0.0, validator=not_negative)
    ceiling: float | None = field(default=None, validator=optional(not_negative))

    def __attrs_post_init__(self) -> None:
        if self.ceiling is not None:
            check_upside(self, "floor", "ceiling")

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        of = bool(getattr(self.of, "may_be_zero", False))
        return (of and self.floor == 0) or self.ceiling == 0

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float | NDArray[np.float64]:
        """Return the bounded number at this state: a vector if the other's is one."""
        value = np.maximum(self.read_part(state, "of", query), float(self.floor))
        if self.ceiling is not None:
            value = np.minimum(value, float(self.ceiling))
        return float(value) if np.ndim(value) == 0 else value
